-- Rows that wait for a person to say whose they are, with what each tells (JSON).
SELECT * FROM unknown_student ORDER BY import_id, sheet_row, who
