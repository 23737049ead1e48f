"""Cull photo albums in the terminal, on the machine that holds them."""

__version__ = "0.1.0"
