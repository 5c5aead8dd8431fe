-- A place in a chain is taken once.
CREATE UNIQUE INDEX audit_log_chain ON audit_log (desk, seq)
