-- What was done when.
CREATE INDEX IF NOT EXISTS audit_log_time ON audit_log (at)
