-- Labels that wait for a person to say which content area they mean, with the rows of each sheet that carry them.
SELECT * FROM unknown_area ORDER BY import_id, label
