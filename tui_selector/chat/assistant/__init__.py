"""Answers to questions about photos without a language model: from what was measured."""
