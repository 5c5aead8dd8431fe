-- What was done under which key, so that a request which is made again is answered and not done
-- again.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    idempotency_key VARCHAR(100) NOT NULL PRIMARY KEY,
    action VARCHAR(40) NOT NULL,
    record_id INTEGER NOT NULL,
    done_at DATETIME NOT NULL
) WITHOUT ROWID
