-- One student's content areas on or before a day, as the sheets gave them.
SELECT c.*, i.file
FROM content_area c LEFT JOIN import_account i USING (import_id)
WHERE c.student_id = $student_id AND c.taken_on <= $as_of
ORDER BY c.taken_on DESC, c.instrument, c.form, c.axis, c.area
