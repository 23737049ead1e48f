"""What is on disk: photos, the catalog, plans and their undo."""
