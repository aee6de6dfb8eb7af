SELECT * FROM student ORDER BY student_id
