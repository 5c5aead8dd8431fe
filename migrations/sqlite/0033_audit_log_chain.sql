-- A place in a chain is taken once.
CREATE UNIQUE INDEX IF NOT EXISTS audit_log_chain ON audit_log (desk, seq)
