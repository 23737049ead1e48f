"""What was typed and cannot be understood, and where."""

from __future__ import annotations


class Mistake(Exception):  # noqa: N818 - the mistake is the owner's, not the program's
    """A line of text that cannot be understood or answered.

    Attributes:
        sentence: What is wrong and what would be right; safe to show in a terminal.
        column: Where in the text, in characters from 0.
        length: How many characters are meant; 0 where something is missing.
    """

    def __init__(self, sentence: str, column: int, length: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.column = column
        self.length = length
