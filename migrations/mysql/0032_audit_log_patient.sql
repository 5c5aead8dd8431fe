-- What was done to whose record.
CREATE INDEX audit_log_patient ON audit_log (patient_id)
