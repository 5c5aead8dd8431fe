-- What the look-up knows a patient by. An older program that changes a name or a phone leaves these
-- as they are.
ALTER TABLE patients ADD COLUMN known_name VARCHAR(100);
ALTER TABLE patients ADD COLUMN known_phone VARCHAR(20)
