-- A day of all doctors: what the day board reads.
CREATE INDEX IF NOT EXISTS appointments_by_time
    ON appointments (appointment_time, doctor_id, patient_id, duration_minutes, status)
