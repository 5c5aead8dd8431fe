CREATE INDEX patients_by_phone ON patients (phone_reversed)
