-- Names of instruments that wait for a decision, with their rows on each sheet.
SELECT * FROM unknown_instrument ORDER BY import_id, label
