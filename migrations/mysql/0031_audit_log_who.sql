-- Who it was, from where, whose record, and the row's place in the chain of its desk. All nullable: an
-- older program's INSERT still works, and its rows are in no chain.
ALTER TABLE audit_log
    ADD COLUMN staff_id INT NULL,
    ADD COLUMN host VARCHAR(255) CHARACTER SET utf8mb4 NULL,
    ADD COLUMN os_user VARCHAR(64) CHARACTER SET utf8mb4 NULL,
    ADD COLUMN patient_id INT NULL,
    ADD COLUMN desk CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN seq INT NULL,
    ADD COLUMN hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
