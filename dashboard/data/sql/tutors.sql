SELECT * FROM tutor ORDER BY tutor_id
