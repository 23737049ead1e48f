"""What the program knows about a folder: the catalog in SQLite and the vectors beside it."""
