-- What was done to whose record.
CREATE INDEX IF NOT EXISTS audit_log_patient ON audit_log (patient_id)
