"""The elements of an XMP packet, and the bytes at which each of them stands.

Where expat says that a document is well-formed, its tags are taken apart at their bytes, so that
an edit changes those bytes and no other. Document types are refused, and entities with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.parsers import expat

import msgspec

#: Bytes of the largest sidecar that is read; a long history of edits has some hundred thousand.
LARGEST = 16 * 1024 * 1024

#: Elements within elements.
_DEEPEST = 100

_XML = "http://www.w3.org/XML/1998/namespace"
_ENCODINGS = (None, "utf-8", "utf8", "us-ascii", "ascii")
_NAME = re.compile(rb"<([^\s/>]+)")
_ATTRIBUTE = re.compile(rb"\s+([^\s=]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


class PacketError(Exception):
    """A sidecar cannot be understood, or not safely; the message is a sentence without its name."""


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of an element.

    Attributes:
        space: Address of its namespace; "" where it has none.
        name: Without its prefix.
        value: With references resolved.
        start: First byte of the white space before it.
        value_start: First byte of its value, after the quote.
        value_end: Byte of the closing quote.
    """

    space: str
    name: str
    value: str
    start: int
    value_start: int
    value_end: int


class Element(msgspec.Struct):
    """An element.

    Attributes:
        space: Address of its namespace; "" where it has none.
        name: Without its prefix.
        raw: As it is written, prefix included.
        start: First byte of its start tag.
        inside: Byte after its start tag.
        close: First byte of its end tag; `inside` where it has none (`<a/>`).
        end: Byte after it.
        attributes: In order, namespace declarations not among them.
        prefixes: Prefix to namespace, of all that can be used in it.
        children: Elements right in it.
        text: Text right in it.
    """

    space: str
    name: str
    raw: bytes
    start: int
    inside: int
    close: int
    end: int
    attributes: tuple[Attribute, ...]
    prefixes: Mapping[str, str]
    children: list[Element] = []
    text: str = ""

    def is_named(self, space: str, name: str) -> bool:
        return self.name == name and self.space == space

    @property
    def is_closed(self) -> bool:
        """Whether its start tag is its end as well."""
        return self.inside == self.end

    def below(self, space: str, name: str) -> Iterator[Element]:
        """The elements with this name right in it."""
        return (child for child in self.children if child.is_named(space, name))


def parse(data: bytes) -> Element:
    """Read a packet and return its root.

    Raises:
        PacketError: It is not well-formed, not in UTF-8, too large, or has a document type.
    """
    if len(data) > LARGEST:
        raise PacketError(f"It is larger than {LARGEST // 1024**2} MB.")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise PacketError("It is not written in UTF-8.") from error
    return _Reader(data).read()


class _Reader:
    """Makes elements of what expat finds."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: list[Element] = []
        self._root: Element | None = None
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self) -> Element:
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            raise PacketError(f"It is damaged in line {error.lineno}.") from error
        assert self._root is not None, "a well-formed document has a root"
        return self._root

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise PacketError("It is not written in UTF-8.")

    def _document_type(self, *_: Any) -> None:
        raise PacketError("It has a document type, which no sidecar needs; it may be an attack.")

    def _start(self, name: str, pairs: list[str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise PacketError("Its elements are nested too deep.")
        start = self._parser.CurrentByteIndex
        found = _NAME.match(self._data, start)
        assert found is not None, "expat says that a tag begins here"
        attributes, prefixes, end = self._attributes(found.end(), pairs)
        is_closed = self._data[end : end + 1] == b"/"
        inside = self._data.index(b">", end) + 1
        space, bare = _resolved(name, prefixes, usual=True)
        element = Element(
            space=space,
            name=bare,
            raw=found[1],
            start=start,
            inside=inside,
            close=inside,
            end=inside if is_closed else 0,
            attributes=attributes,
            prefixes=prefixes,
            children=[],
        )
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _attributes(
        self, at: int, pairs: list[str]
    ) -> tuple[tuple[Attribute, ...], Mapping[str, str], int]:
        """The attributes of the tag whose name ends at a byte, the prefixes, and their end."""
        matches: list[re.Match[bytes]] = []
        while found := _ATTRIBUTE.match(self._data, at):
            matches.append(found)
            at = found.end()
        named = list(zip(pairs[::2], pairs[1::2], matches, strict=True))
        prefixes = self._open[-1].prefixes if self._open else {"xml": _XML}
        own = {
            name.partition(":")[2]: value
            for name, value, _ in named
            if name == "xmlns" or name.startswith("xmlns:")
        }
        if own:
            prefixes = {**prefixes, **own}
        attributes: list[Attribute] = []
        for name, value, match in named:
            if name == "xmlns" or name.startswith("xmlns:"):
                continue
            group = 2 if match[2] is not None else 3
            space, bare = _resolved(name, prefixes, usual=False)
            attributes.append(
                Attribute(space, bare, value, match.start(), match.start(group), match.end(group))
            )
        while self._data[at : at + 1].isspace():
            at += 1
        return tuple(attributes), prefixes, at

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if not element.end:
            element.close = self._parser.CurrentByteIndex
            element.end = self._data.index(b">", element.close) + 1

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text


def _resolved(name: str, prefixes: Mapping[str, str], *, usual: bool) -> tuple[str, str]:
    """Namespace and bare name; `usual` says whether names without prefix have the usual one."""
    prefix, colon, bare = name.partition(":")
    if not colon:
        return (prefixes.get("", "") if usual else ""), name
    if prefix not in prefixes:
        raise PacketError(f"It uses the prefix {prefix!a} without saying what it means.")
    return prefixes[prefix], bare
