"""The ways in which photos are sorted: what does the four steps."""
