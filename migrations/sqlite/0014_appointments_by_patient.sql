-- A patient's visits: around an interval, and next and past ones.
CREATE INDEX IF NOT EXISTS appointments_by_patient
    ON appointments (patient_id, appointment_time, duration_minutes, status, doctor_id)
