-- What somebody did, by time.
CREATE INDEX IF NOT EXISTS audit_log_staff ON audit_log (staff_id, at)
