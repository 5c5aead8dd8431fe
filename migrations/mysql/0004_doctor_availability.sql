CREATE TABLE IF NOT EXISTS doctor_availability (
    id INT NOT NULL AUTO_INCREMENT,
    doctor_id INT NOT NULL,
    day_of_week ENUM('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun') NOT NULL,
    start_time TIME NOT NULL,
    end_time TIME NOT NULL,
    is_recurring BOOLEAN DEFAULT TRUE,
    exception_date DATE,
    PRIMARY KEY (id),
    FOREIGN KEY (doctor_id) REFERENCES doctors (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
