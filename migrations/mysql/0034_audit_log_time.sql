-- What was done when.
CREATE INDEX audit_log_time ON audit_log (at)
