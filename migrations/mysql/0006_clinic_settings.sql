-- What all desks of a clinic must agree on: its name, its time zone.
CREATE TABLE IF NOT EXISTS clinic_settings (
    name VARCHAR(50) NOT NULL,
    value VARCHAR(500) NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
