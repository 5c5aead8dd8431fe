-- Who booked a visit and who changed it last, and why it was booked over the rule.
ALTER TABLE appointments ADD COLUMN booked_by VARCHAR(100);
ALTER TABLE appointments ADD COLUMN booked_at DATETIME;
ALTER TABLE appointments ADD COLUMN changed_by VARCHAR(100);
ALTER TABLE appointments ADD COLUMN changed_at DATETIME;
ALTER TABLE appointments ADD COLUMN overbook_reason VARCHAR(500)
