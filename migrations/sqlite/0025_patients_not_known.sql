-- Those whom the look-up does not know as they are now: few, or none. Its condition is NOT_KNOWN of
-- src/store/sql/dialect.rs, by which it is found.
CREATE INDEX IF NOT EXISTS patients_not_known ON patients (id)
    WHERE (name IS NOT known_name OR phone IS NOT known_phone)
