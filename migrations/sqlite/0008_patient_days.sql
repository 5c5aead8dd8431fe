-- The same for patients, who cannot be in two places at once either.
CREATE TABLE IF NOT EXISTS patient_days (
    patient_id INTEGER NOT NULL,
    day DATE NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (day, patient_id)
) WITHOUT ROWID
