-- Bookings that were begun at a desk that ended by itself, until their actor takes them up.
CREATE TABLE IF NOT EXISTS drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    actor VARCHAR(100) NOT NULL,
    body TEXT NOT NULL,
    kept_at DATETIME NOT NULL
)
