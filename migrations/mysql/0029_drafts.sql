-- Bookings that were begun at a desk that ended by itself, until their actor takes them up.
CREATE TABLE IF NOT EXISTS drafts (
    id INT NOT NULL AUTO_INCREMENT,
    actor VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    body TEXT NOT NULL,
    kept_at DATETIME NOT NULL,
    PRIMARY KEY (id),
    KEY drafts_by_actor (actor, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
