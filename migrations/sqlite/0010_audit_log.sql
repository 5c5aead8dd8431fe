-- Who did what to which record, when: written in the transaction that does it.
CREATE TABLE IF NOT EXISTS audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at DATETIME NOT NULL,
    actor VARCHAR(100) NOT NULL,
    action VARCHAR(40) NOT NULL,
    record VARCHAR(40) NOT NULL,
    record_id INTEGER NOT NULL,
    detail TEXT
);
CREATE INDEX IF NOT EXISTS audit_log_record ON audit_log (record, record_id)
