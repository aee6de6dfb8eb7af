SELECT * FROM topic ORDER BY student_id, seen_on, topic
