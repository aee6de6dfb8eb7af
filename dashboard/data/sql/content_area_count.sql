SELECT count(*) FROM content_area
