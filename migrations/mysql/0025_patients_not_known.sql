-- Those whom the look-up does not know as they are now: few, or none.
CREATE INDEX patients_not_known ON patients (not_known)
