-- What somebody did, by time.
CREATE INDEX audit_log_staff ON audit_log (staff_id, at)
