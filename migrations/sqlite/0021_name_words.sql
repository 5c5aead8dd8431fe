-- The distinct words of all names and how many patients bear each: small enough for a desk to
-- hold, to lead a look-up by its rarest word and to forgive typos.
CREATE TABLE IF NOT EXISTS name_words (
    word VARCHAR(100) NOT NULL PRIMARY KEY,
    uses INTEGER NOT NULL
) WITHOUT ROWID
