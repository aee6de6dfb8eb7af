-- Rows that wait to be matched to a student, with their identifying values (JSON).
SELECT * FROM unknown_student ORDER BY import_id, sheet_row, who
