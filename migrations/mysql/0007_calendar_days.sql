-- One row a doctor and day, written first by whatever touches that day: the lock on one server,
-- what certification collides on in a cluster, and the cursor by which other desks see what
-- changed. No foreign key, so that the write takes no lock but its own.
CREATE TABLE IF NOT EXISTS calendar_days (
    doctor_id INT NOT NULL,
    day DATE NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (day, doctor_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
