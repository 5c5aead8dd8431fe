-- The usual length of a doctor's visits; NULL means the schema's 60 minutes.
ALTER TABLE doctors ADD COLUMN default_minutes INTEGER
