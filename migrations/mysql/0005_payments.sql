CREATE TABLE IF NOT EXISTS payments (
    id INT NOT NULL AUTO_INCREMENT,
    appointment_id INT NOT NULL,
    amount DECIMAL(10, 2) NOT NULL,
    payment_method ENUM('Credit Card', 'Insurance', 'Cash') NOT NULL,
    status ENUM('Pending', 'Completed', 'Refunded') DEFAULT 'Pending',
    transaction_id VARCHAR(100),
    PRIMARY KEY (id),
    FOREIGN KEY (appointment_id) REFERENCES appointments (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
