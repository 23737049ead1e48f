"""Widgets: the tile grid, tab bar, panels and status bar."""
