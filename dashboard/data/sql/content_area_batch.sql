-- Content areas of one batch of students (variables part and parts): what estimates are made from, without lineage.
SELECT * EXCLUDE (import_id, sheet_row, correction_id)
FROM content_area
WHERE hash(student_id) % getvariable('parts') = getvariable('part')
