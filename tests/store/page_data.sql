-- What the program before Frontdesk left there: every status and method, values left out, names
-- in several scripts, and what no desk would write today.
INSERT INTO patients (id, name, email, phone, date_of_birth, address, created_at) VALUES
  (101, 'John Smith', 'john@example.org', '555-0101', '1980-04-02', '12 Elm St', '2023-08-15 09:30:00'),
  (102, 'Zoë Müller-Łukasz', 'Zoe@example.org', '+49 30 1234567', '1948-02-29', NULL, '2023-01-01 00:00:01'),
  (103, '  ann   lee  ', 'ann@example.org', 'n/a', '1899-12-31', '', NULL),
  (107, 'Nguyễn Thị Ánh', 'anh@example.org', '(555) 0199 ext 7', '2022-06-30', 'Line 1
Line 2', '2023-08-15 09:30:00');

INSERT INTO doctors (id, name, email, phone, specialization, license_number, is_active) VALUES
  (5, 'Dr. Sarah Lee', 'lee@example.org', '555-0001', 'Cardiology', 'MD-1', TRUE),
  (6, 'Dr. Joaquín Silva', 'silva@example.org', '555-0002', 'Paediatrics', 'MD-2', FALSE),
  (9, 'Dr. Ада Окафор', 'okafor@example.org', '555-0003', 'GP', 'MD-3', NULL);

INSERT INTO appointments (id, doctor_id, patient_id, appointment_time, duration_minutes, status, notes) VALUES
  (42, 5, 101, '2026-12-01 09:00:00', 30, 'Scheduled', 'bring the X-ray'),
  (43, 5, 102, '2026-12-01 09:15:00', 30, 'Scheduled', NULL),
  (44, 9, 101, '2026-12-01 23:30:00', NULL, NULL, ''),
  (45, 6, 103, '2023-08-15 10:00:00', 0, 'Cancelled', 'ünïcödé'),
  (46, 5, 107, '2023-08-15 10:00:30', 60, 'No-Show', NULL),
  (50, 5, 107, '2023-08-16 10:00:00', 60, 'Completed', NULL);

INSERT INTO doctor_availability (id, doctor_id, day_of_week, start_time, end_time, is_recurring, exception_date) VALUES
  (1, 5, 'Tue', '09:00:00', '17:00:00', TRUE, NULL),
  (2, 9, 'Tue', '22:00:00', '06:00:00', TRUE, NULL),
  (3, 5, 'Thu', '00:00:00', '00:00:00', FALSE, '2026-12-24'),
  (4, 5, 'Wed', '09:00:00', '12:00:00', NULL, NULL),
  (8, 6, 'Mon', '09:00:00', '12:00:00', FALSE, NULL);

INSERT INTO payments (id, appointment_id, amount, payment_method, status, transaction_id) VALUES
  (1, 42, 120.00, 'Credit Card', 'Completed', 'ch_1'),
  (2, 50, 99999999.99, 'Insurance', NULL, NULL),
  (3, 45, 0.05, 'Cash', 'Refunded', 'é'),
  (4, 44, -10.10, 'Cash', 'Pending', '');
