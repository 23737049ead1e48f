"""How good a picture is technically: signals from its pixels, and what they say in a group."""
