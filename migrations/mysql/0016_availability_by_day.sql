-- The hours of one day of all doctors.
CREATE INDEX availability_by_day
    ON doctor_availability (exception_date, day_of_week, doctor_id)
