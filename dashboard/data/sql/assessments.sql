SELECT * FROM assessment ORDER BY student_id, taken_on, instrument, form
