-- Who booked a visit and who changed it last, and why it was booked over the rule. All nullable:
-- an older program's INSERT still works.
ALTER TABLE appointments
    ADD COLUMN booked_by VARCHAR(100) CHARACTER SET utf8mb4 NULL,
    ADD COLUMN booked_at DATETIME NULL,
    ADD COLUMN changed_by VARCHAR(100) CHARACTER SET utf8mb4 NULL,
    ADD COLUMN changed_at DATETIME NULL,
    ADD COLUMN overbook_reason VARCHAR(500) CHARACTER SET utf8mb4 NULL
