"""Criterion to groups: photos sorted by anything that is said in words."""
