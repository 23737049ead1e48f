"""Which photos show the same: copies, near-duplicates, bursts, and sets that belong together."""
