"""The folder itself: finding, comparing and watching its files."""
