"""The terminal: textual lives only here."""
