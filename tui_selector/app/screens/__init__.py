"""Screens: the culling view, the loupe, help and dialogs."""
