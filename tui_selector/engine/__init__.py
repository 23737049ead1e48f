"""The background process: one per library, outliving the terminal."""
