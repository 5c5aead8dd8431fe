-- Who it was, from where, whose record, and the row's place in the chain of its desk.
ALTER TABLE audit_log ADD COLUMN staff_id INTEGER;
ALTER TABLE audit_log ADD COLUMN host VARCHAR(255);
ALTER TABLE audit_log ADD COLUMN os_user VARCHAR(64);
ALTER TABLE audit_log ADD COLUMN patient_id INTEGER;
ALTER TABLE audit_log ADD COLUMN desk CHAR(36);
ALTER TABLE audit_log ADD COLUMN seq INTEGER;
ALTER TABLE audit_log ADD COLUMN hash CHAR(64)
