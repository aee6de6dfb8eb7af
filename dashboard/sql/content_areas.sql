SELECT student_id, instrument, form, taken_on, axis, area, score, correct, items, relative FROM content_area
