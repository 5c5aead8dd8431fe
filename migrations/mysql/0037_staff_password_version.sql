-- Counts the passwords that were set: desks that are open by an older one close.
ALTER TABLE staff ADD COLUMN password_version INT NOT NULL DEFAULT 0
