SELECT * FROM attempt ORDER BY student_id, exam, taken_on
