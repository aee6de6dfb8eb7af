-- Every sheet in force, newest import first: read = stored + unchanged + rejected + waiting.
SELECT * FROM import_account ORDER BY import_id DESC
