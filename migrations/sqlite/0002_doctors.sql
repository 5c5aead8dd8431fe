CREATE TABLE IF NOT EXISTS doctors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL CHECK (length(name) <= 100),
    email VARCHAR(100) NOT NULL COLLATE NOCASE UNIQUE CHECK (length(email) <= 100),
    phone VARCHAR(20) NOT NULL CHECK (length(phone) <= 20),
    specialization VARCHAR(100) NOT NULL CHECK (length(specialization) <= 100),
    license_number VARCHAR(50) NOT NULL UNIQUE CHECK (length(license_number) <= 50),
    is_active BOOLEAN DEFAULT TRUE
)
