CREATE INDEX IF NOT EXISTS patients_by_birth ON patients (date_of_birth)
