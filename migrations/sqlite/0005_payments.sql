-- `amount` is in whole cents here: SQLite has no exact decimal.
CREATE TABLE IF NOT EXISTS payments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    appointment_id INTEGER NOT NULL REFERENCES appointments (id),
    amount INTEGER NOT NULL CHECK (typeof(amount) = 'integer'),
    payment_method VARCHAR(11) NOT NULL CHECK (payment_method IN ('Credit Card', 'Insurance', 'Cash')),
    status VARCHAR(9) DEFAULT 'Pending' CHECK (status IN ('Pending', 'Completed', 'Refunded')),
    transaction_id VARCHAR(100)
);
CREATE INDEX IF NOT EXISTS payments_appointment ON payments (appointment_id)
