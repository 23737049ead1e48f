"""Pixels and words into vectors. torch and transformers live only here."""
