-- A patient's folded name once for each of its words, that word first and the others after it, so
-- that a name is found by its words in any order as a range of a narrow covering index.
CREATE TABLE IF NOT EXISTS patient_names (
    name_key VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    patient_id INT NOT NULL,
    PRIMARY KEY (name_key, patient_id),
    KEY patient_names_patient (patient_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
