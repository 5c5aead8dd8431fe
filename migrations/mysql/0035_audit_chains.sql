-- The last row of each desk's chain, so that it is missed when somebody takes it away.
CREATE TABLE IF NOT EXISTS audit_chains (
    desk CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    host VARCHAR(255) NOT NULL,
    os_user VARCHAR(64) NOT NULL,
    opened_at DATETIME NOT NULL,
    seq INT NOT NULL,
    hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (desk)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
