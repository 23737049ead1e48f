"""Decisions in XMP sidecars: written for other programs, and read back from them."""
