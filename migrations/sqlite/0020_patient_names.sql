-- A patient's folded name once for each of its words, that word first and the others after it, so
-- that a name is found by its words in any order as a range of a narrow covering index.
CREATE TABLE IF NOT EXISTS patient_names (
    name_key VARCHAR(100) NOT NULL,
    patient_id INTEGER NOT NULL,
    PRIMARY KEY (name_key, patient_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS patient_names_patient ON patient_names (patient_id)
