-- A doctor's visits around an interval: what the booking transaction reads.
CREATE INDEX IF NOT EXISTS appointments_by_doctor
    ON appointments (doctor_id, appointment_time, duration_minutes, status, patient_id)
