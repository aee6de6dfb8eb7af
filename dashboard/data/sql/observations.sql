SELECT * FROM observation ORDER BY student_id, taken_on, instrument, form
