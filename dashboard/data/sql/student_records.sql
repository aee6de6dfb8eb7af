-- A student's values on sheets other than scores, each with its sheet and row. A current value that came from an earlier
-- row than the record's newest is a row of its own.
WITH record AS (
    SELECT 'roster' AS what, NULL::DATE AS said_of, concat_ws(' · ', last_name, first_name, email, program,
           'class of ' || class_year, exam_track, advisor, 'planned ' || planned_on, 'clerkship ' || clerkship_starts_on,
           'eligible from ' || eligibility_starts_on, 'to ' || eligibility_ends_on, status, 'USMLE ' || usmle_id) AS says,
           import_id, sheet_row, correction_id
    FROM student WHERE student_id = $student_id
    UNION ALL
    SELECT 'attempt', taken_on, concat_ws(' · ', exam, outcome, 'attempt ' || attempt_number, scaled_score, distance),
           import_id, sheet_row, correction_id
    FROM attempt WHERE student_id = $student_id AND taken_on <= $as_of
    UNION ALL
    SELECT 'content area', taken_on, concat_ws(' · ', instrument || ' ' || form, area, score, correct || ' of ' || items,
           relative), import_id, sheet_row, correction_id
    FROM content_area WHERE student_id = $student_id AND taken_on <= $as_of
    UNION ALL
    SELECT 'score, date unknown', NULL, concat_ws(' · ', instrument || ' ' || form, score, 'column ' || label),
           import_id, sheet_row, correction_id
    FROM undated_score WHERE student_id = $student_id
    UNION ALL
    SELECT 'missed topic', seen_on, concat_ws(' · ', topic, missed || ' of ' || items, source, error_type),
           import_id, sheet_row, correction_id
    FROM topic WHERE student_id = $student_id AND (seen_on IS NULL OR seen_on <= $as_of)
    UNION ALL
    SELECT 'self-analysis', taken_on, concat_ws(' · ', exam, 'confidence ' || confidence), import_id, sheet_row,
           correction_id
    FROM self_analysis WHERE student_id = $student_id AND taken_on <= $as_of
    UNION ALL
    SELECT 'tutoring', held_on, concat_ws(' · ', tutor_id, hours || ' h', area), import_id, sheet_row, correction_id
    FROM session WHERE student_id = $student_id AND held_on <= $as_of
    UNION ALL
    SELECT replace("column", '_', ' ') || ' of ' || replace(replace(fact, 'student', 'roster'), '_', ' '), said_of,
           concat_ws(' · ', nullif(trim(what), ''), value), import_id, sheet_row, NULL
    FROM older_value WHERE student_id = $student_id AND (said_of IS NULL OR said_of <= $as_of)
)
SELECT r.*, i.file
FROM record r LEFT JOIN import_account i USING (import_id)
ORDER BY r.what = 'roster' DESC, r.said_of DESC NULLS LAST, r.what, r.sheet_row, r.says
