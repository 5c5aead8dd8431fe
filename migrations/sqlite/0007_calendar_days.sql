-- One row a doctor and day, written first by whatever touches that day; the cursor by which other
-- desks see what changed.
CREATE TABLE IF NOT EXISTS calendar_days (
    doctor_id INTEGER NOT NULL,
    day DATE NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (day, doctor_id)
) WITHOUT ROWID
