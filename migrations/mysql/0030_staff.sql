-- The people who sign in. Whoever left is not active: the audit trail goes on naming them.
CREATE TABLE IF NOT EXISTS staff (
    id INT NOT NULL AUTO_INCREMENT,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(100) NOT NULL,
    role VARCHAR(20) NOT NULL,
    doctor_id INT NULL,
    os_user VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    os_user_signs_in BOOLEAN NOT NULL DEFAULT FALSE,
    may_overbook BOOLEAN NOT NULL DEFAULT FALSE,
    may_refund BOOLEAN NOT NULL DEFAULT FALSE,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
    failed_sign_ins INT NOT NULL DEFAULT 0,
    locked_until DATETIME NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE KEY staff_email (email),
    UNIQUE KEY staff_os_user (os_user)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
