SELECT * FROM undated_score ORDER BY student_id, instrument, form, label
