-- The same for patients, who cannot be in two places at once either.
CREATE TABLE IF NOT EXISTS patient_days (
    patient_id INT NOT NULL,
    day DATE NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (day, patient_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
