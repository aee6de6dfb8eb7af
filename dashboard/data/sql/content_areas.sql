SELECT * FROM content_area
