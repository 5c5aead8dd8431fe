-- What was done under which key, so that a request which is made again is answered and not done
-- again.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    idempotency_key VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    action VARCHAR(40) NOT NULL,
    record_id INT NOT NULL,
    done_at DATETIME NOT NULL,
    PRIMARY KEY (idempotency_key),
    KEY idempotency_keys_done_at (done_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
