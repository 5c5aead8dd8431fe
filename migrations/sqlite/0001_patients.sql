-- The schema page's table. SQLite has no lengths, so they are checked.
CREATE TABLE IF NOT EXISTS patients (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL CHECK (length(name) <= 100),
    email VARCHAR(100) NOT NULL COLLATE NOCASE UNIQUE CHECK (length(email) <= 100),
    phone VARCHAR(20) NOT NULL CHECK (length(phone) <= 20),
    date_of_birth DATE NOT NULL,
    address TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
)
