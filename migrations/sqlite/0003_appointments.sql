-- Deleting a doctor or a patient deletes their visits: the schema page's business decision.
CREATE TABLE IF NOT EXISTS appointments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    doctor_id INTEGER NOT NULL REFERENCES doctors (id) ON DELETE CASCADE,
    patient_id INTEGER NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
    appointment_time DATETIME NOT NULL,
    duration_minutes INTEGER DEFAULT 60,
    status VARCHAR(9) DEFAULT 'Scheduled'
        CHECK (status IN ('Scheduled', 'Completed', 'Cancelled', 'No-Show')),
    notes TEXT
)
