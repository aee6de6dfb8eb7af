SELECT * FROM self_analysis ORDER BY student_id, exam, taken_on
