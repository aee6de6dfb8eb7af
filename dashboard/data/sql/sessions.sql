SELECT * FROM session ORDER BY student_id, held_on, tutor_id
