-- One student's missed topics.
SELECT * FROM topic WHERE student_id = $student_id
