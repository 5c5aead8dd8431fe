-- The people who sign in. Whoever left is not active: the audit trail goes on naming them.
CREATE TABLE IF NOT EXISTS staff (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(100) NOT NULL COLLATE NOCASE UNIQUE,
    role VARCHAR(20) NOT NULL,
    doctor_id INTEGER,
    os_user VARCHAR(64) UNIQUE,
    os_user_signs_in BOOLEAN NOT NULL DEFAULT FALSE,
    may_overbook BOOLEAN NOT NULL DEFAULT FALSE,
    may_refund BOOLEAN NOT NULL DEFAULT FALSE,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    password_hash VARCHAR(255),
    must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
    failed_sign_ins INTEGER NOT NULL DEFAULT 0,
    locked_until DATETIME,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
)
