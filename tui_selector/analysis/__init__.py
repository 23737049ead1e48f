"""Vectors into meaning: clusters, names, suggestions, metrics."""
