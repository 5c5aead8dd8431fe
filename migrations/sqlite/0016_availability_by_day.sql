-- The hours of one day of all doctors, and of one doctor.
CREATE INDEX IF NOT EXISTS availability_by_day
    ON doctor_availability (exception_date, day_of_week, doctor_id);
CREATE INDEX IF NOT EXISTS availability_by_doctor ON doctor_availability (doctor_id)
