-- One student's tutoring sessions.
SELECT * FROM session WHERE student_id = $student_id
