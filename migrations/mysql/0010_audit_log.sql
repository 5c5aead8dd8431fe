-- Who did what to which record, when: written in the transaction that does it.
CREATE TABLE IF NOT EXISTS audit_log (
    id BIGINT NOT NULL AUTO_INCREMENT,
    at DATETIME NOT NULL,
    actor VARCHAR(100) NOT NULL,
    action VARCHAR(40) NOT NULL,
    record VARCHAR(40) NOT NULL,
    record_id INT NOT NULL,
    detail TEXT,
    PRIMARY KEY (id),
    KEY audit_log_record (record, record_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
