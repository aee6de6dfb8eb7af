-- Labels that wait for a decision on their content area, with their rows on each sheet.
SELECT * FROM unknown_area ORDER BY import_id, label
