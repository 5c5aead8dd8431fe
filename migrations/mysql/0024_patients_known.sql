-- What the look-up knows a patient by. An older program that changes a name or a phone leaves these
-- as they are, and then, as with a patient of whom nothing is known, the last one is 1; it is NULL
-- where all is known. It is stored: servers have been corrupting indexes over columns that are not
-- (MDEV-38140).
ALTER TABLE patients
    ADD COLUMN known_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    ADD COLUMN known_phone VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    ADD COLUMN not_known TINYINT GENERATED ALWAYS AS (
        CASE WHEN LEFT(CONVERT(name USING utf8mb4), 100) COLLATE utf8mb4_bin <=> known_name
            AND LEFT(CONVERT(phone USING utf8mb4), 20) COLLATE utf8mb4_bin <=> known_phone
            THEN NULL ELSE 1 END) STORED
