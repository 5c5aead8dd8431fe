-- The same for visits, with the columns that were added without saying how their text is kept.
ALTER TABLE appointments
    MODIFY notes TEXT CHARACTER SET utf8mb4,
    MODIFY booked_by VARCHAR(100) CHARACTER SET utf8mb4 NULL,
    MODIFY changed_by VARCHAR(100) CHARACTER SET utf8mb4 NULL,
    MODIFY overbook_reason VARCHAR(500) CHARACTER SET utf8mb4 NULL
