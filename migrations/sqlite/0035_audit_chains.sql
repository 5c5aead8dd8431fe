-- The last row of each desk's chain, so that it is missed when somebody takes it away.
CREATE TABLE IF NOT EXISTS audit_chains (
    desk CHAR(36) PRIMARY KEY,
    host VARCHAR(255) NOT NULL,
    os_user VARCHAR(64) NOT NULL,
    opened_at DATETIME NOT NULL,
    seq INTEGER NOT NULL,
    hash CHAR(64) NOT NULL
) WITHOUT ROWID
