-- The distinct words of all names and how many patients bear each: small enough for a desk to
-- hold, to lead a look-up by its rarest word and to forgive typos.
CREATE TABLE IF NOT EXISTS name_words (
    word VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    uses INT NOT NULL,
    PRIMARY KEY (word)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
