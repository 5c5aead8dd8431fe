CREATE INDEX IF NOT EXISTS patients_by_phone ON patients (phone_reversed)
