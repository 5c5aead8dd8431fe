-- The digits of the phone, last first, so that a run of last digits is a range of an index. NULL
-- marks a patient whom the look-up does not know yet: one that an older program wrote.
ALTER TABLE patients ADD COLUMN phone_reversed VARCHAR(20)
