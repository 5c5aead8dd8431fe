-- Names of all languages: a table that was made on a database whose texts are latin1, or the three-byte
-- utf8, holds no others. It is taken where a column is kept so (see `schema.rs`).
ALTER TABLE patients
    MODIFY name VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
    MODIFY email VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
    MODIFY phone VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL,
    MODIFY address TEXT CHARACTER SET utf8mb4
