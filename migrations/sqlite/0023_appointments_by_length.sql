-- Long visits, which may run into a time from far before it: what else runs into it began near.
CREATE INDEX IF NOT EXISTS appointments_by_length
    ON appointments (appointment_time, doctor_id, patient_id, duration_minutes, status)
    WHERE duration_minutes > 240
