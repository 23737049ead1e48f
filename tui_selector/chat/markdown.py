"""Markdown of hostile authors: nothing leads anywhere but to photos of the conversation.

Links, pictures, addresses and HTML stay the text that they are; "photo 2" becomes a link to
"photo:2".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

#: What stands before the number in the address of a link.
SCHEME = "photo:"

#: "photo 2", "Photos 1, 2 and 5", "photo #3".
_PHOTOS = re.compile(
    r"\b(?:photo|picture|image)s? #?\d{1,2}\b(?:(?:,|,? and|,? or| &) #?\d{1,2}\b)*",
    re.IGNORECASE | re.ASCII,
)
#: The first number takes the word with it, the others stand alone.
_FIRST = re.compile(r"(?:(?:photo|picture|image)s? #?)?\d+", re.IGNORECASE | re.ASCII)


def photo_markdown(numbers: Collection[int]) -> MarkdownIt:
    """A parser that knows of no link but those to photos with these numbers."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.disable(
        ["link", "image", "autolink", "html_inline", "html_block", "reference", "entity"]
    )

    def link_photos(state: StateCore) -> None:
        for block in state.tokens:
            if block.type == "inline" and block.children:
                block.children = list(_linked(block.children, numbers))

    parser.core.ruler.push("photos", link_photos)
    return parser


def linked_number(href: str) -> int | None:
    """The photo that a link leads to; None where it is none of ours."""
    digits = href.removeprefix(SCHEME)
    is_ours = href.startswith(SCHEME) and digits.isascii() and digits.isdigit()
    return int(digits) if is_ours and len(digits) <= 2 else None


def mentions(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of each photo that a text names."""
    for named in _PHOTOS.finditer(text):
        for match in _FIRST.finditer(text, named.start(), named.end()):
            number = int(re.sub(r"\D", "", match[0]))
            yield match.start(), match.end(), number


def _linked(tokens: list[Token], numbers: Collection[int]) -> Iterator[Token]:
    from markdown_it.token import Token

    for token in tokens:
        if token.type != "text":
            yield token
            continue
        place = 0
        for start, end, number in mentions(token.content):
            if number in numbers:
                if start > place:
                    yield Token("text", "", 0, content=token.content[place:start])
                yield Token("link_open", "a", 1, attrs={"href": f"{SCHEME}{number}"})
                yield Token("text", "", 0, content=token.content[start:end])
                yield Token("link_close", "a", -1)
                place = end
        if place < len(token.content):
            yield Token("text", "", 0, content=token.content[place:])
