-- One student's attempts on or before a day, newest first, each with the sheet and row it came from.
SELECT a.*, i.file
FROM attempt a LEFT JOIN import_account i USING (import_id)
WHERE a.student_id = $student_id AND a.taken_on <= $as_of
ORDER BY a.taken_on DESC, a.exam
