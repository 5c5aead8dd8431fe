-- Long visits, which may run into a time from far before it: what else runs into it began near.
CREATE INDEX appointments_by_length
    ON appointments (duration_minutes, appointment_time)
