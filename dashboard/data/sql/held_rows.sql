SELECT * FROM held_row ORDER BY import_id, sheet_row
