-- The same with all that the day board reads of the hours, so that no row is fetched for them.
CREATE INDEX IF NOT EXISTS availability_covered
    ON doctor_availability (exception_date, day_of_week, doctor_id, start_time, end_time, is_recurring)
