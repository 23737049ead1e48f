"""An XMP packet of which single properties are changed, and every other byte stays as it is.

XMP specification, part 1 (ISO 16684-1): properties are attributes or elements of `rdf:Description`
elements; a list of texts is an element that holds an `rdf:Bag` (or `rdf:Seq`) of `rdf:li`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from tui_selector.library.xmp.tree import Attribute, Element, PacketError, parse

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

#: A packet that says nothing.
EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="tui-selector">\n'
    f' <rdf:RDF xmlns:rdf="{RDF}">\n'
    '  <rdf:Description rdf:about=""/>\n'
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>\n'
).encode()

_CONTAINERS = ("Bag", "Seq", "Alt")
_REFERENCES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


class Property(NamedTuple):
    """The name of a property: its namespace, the prefix that it usually has, the bare name."""

    space: str
    prefix: str
    name: str


class _Edit(msgspec.Struct, frozen=True):
    """Bytes from `start` to `end` that become others."""

    start: int
    end: int
    data: bytes


class Packet:
    """An XMP packet. Reading tells what it says; edits gather until `edited` returns the bytes."""

    def __init__(self, data: bytes) -> None:
        """
        Raises:
            PacketError: It cannot be understood, or not safely.
        """
        self._data = data
        self._edits: list[_Edit] = []
        self._attributes: dict[str, bytes] = {}
        self._elements: list[bytes] = []
        self._prefixes: dict[str, str] = {}
        root = parse(data)
        rdf = root if root.is_named(RDF, "RDF") else next(root.below(RDF, "RDF"), None)
        if rdf is None:
            raise PacketError("It holds no RDF, and is no XMP.")
        self._descriptions = list(rdf.below(RDF, "Description"))
        if not self._descriptions:
            raise PacketError("It describes nothing.")

    # -- reading -----------------------------------------------------------------------------

    def text(self, of: Property) -> str | None:
        """The value of a simple property; None where it has none."""
        for found in self._found(of):
            return found.value if isinstance(found, Attribute) else found.text.strip()
        return None

    def texts(self, of: Property) -> list[str]:
        """The texts of a list; none where there is no list."""
        return [item.text for item in self._items(of)]

    def _found(self, of: Property) -> Iterator[Attribute | Element]:
        for description in self._descriptions:
            for attribute in description.attributes:
                if (attribute.space, attribute.name) == (of.space, of.name):
                    yield attribute
            yield from description.below(of.space, of.name)

    def _containers(self, of: Property) -> Iterator[Element]:
        for found in self._found(of):
            if isinstance(found, Element):
                for child in found.children:
                    if child.space == RDF and child.name in _CONTAINERS:
                        yield child

    def _items(self, of: Property) -> Iterator[Element]:
        for container in self._containers(of):
            yield from (item for item in container.below(RDF, "li") if not item.children)

    # -- simple properties -------------------------------------------------------------------

    def set_text(self, of: Property, value: str) -> None:
        """Give a simple property a value.

        Raises:
            PacketError: It is written in a way that is not understood.
        """
        found = list(self._found(of))
        for each in found:
            if isinstance(each, Attribute):
                self._edit(each.value_start, each.value_end, _escaped(value))
            elif each.children:
                raise PacketError(f"Its {of.name} is written in a way that is not known here.")
            elif each.is_closed:
                tag = self._data[each.start : each.end].removesuffix(b"/>").rstrip()
                self._edit(
                    each.start, each.end, tag + b">" + _escaped(value) + b"</" + each.raw + b">"
                )
            else:
                self._edit(each.inside, each.close, _escaped(value))
        if not found:
            self._attributes[f"{self._prefix(of)}:{of.name}"] = _escaped(value)

    def remove_text(self, of: Property) -> None:
        """Take a simple property away; it may not be there."""
        for each in self._found(of):
            if isinstance(each, Attribute):
                self._edit(each.start, each.value_end + 1, b"")
            else:
                self._edit(self._after_blank(each.start), each.end, b"")

    # -- lists -------------------------------------------------------------------------------

    def add_texts(self, of: Property, texts: Iterable[str]) -> None:
        """Add texts at the end of a list, which is made where there is none.

        Raises:
            PacketError: It is written in a way that is not understood.
        """
        added = list(texts)
        if not added:
            return
        container = next(self._containers(of), None)
        if container is not None:
            self._extend(container, added)
            return
        if any(isinstance(each, Attribute) or each.text.strip() for each in self._found(of)):
            raise PacketError(f"Its {of.name} is no list.")
        for each in self._found(of):
            assert isinstance(each, Element)
            self._edit(self._after_blank(each.start), each.end, b"")
        self._elements.append(self._new_list(of, added))

    def remove_texts(self, of: Property, is_gone: Callable[[str], bool]) -> None:
        """Take the texts that `is_gone` fits out of a list."""
        for item in self._items(of):
            if is_gone(item.text):
                self._edit(self._after_blank(item.start), item.end, b"")

    def _extend(self, container: Element, texts: list[str]) -> None:
        prefix = container.raw.rpartition(b":")[0]
        item = prefix + b":li" if prefix else b"li"
        last = container.children[-1] if container.children else None
        blank = b""
        if last is not None:
            blank = self._data[self._after_blank(last.start) : last.start]
        data = b"".join(blank + _wrapped(item, text) for text in texts)
        if container.is_closed:
            tag = self._data[container.start : container.end].removesuffix(b"/>").rstrip()
            data = tag + b">" + data + b"</" + container.raw + b">"
            self._edit(container.start, container.end, data)
        else:
            at = last.end if last is not None else container.inside
            self._edit(at, at, data)

    def _new_list(self, of: Property, texts: list[str]) -> bytes:
        rdf = self._rdf_prefix()
        name = f"{self._prefix(of)}:{of.name}".encode()
        outer = b"\n" + self._indent + b" "
        items = b"".join(outer + b"  " + _wrapped(rdf + b"li", text) for text in texts)
        return (
            outer + b"<" + name + b">" + outer + b" <" + rdf + b"Bag>" + items
            + outer + b" </" + rdf + b"Bag>" + outer + b"</" + name + b">"
        )  # fmt: skip

    # -- what comes out ----------------------------------------------------------------------

    def edited(self) -> bytes:
        """The packet with all edits; the very bytes that came in where there are none."""
        edits = [*self._edits, *self._insertions()]
        out, at = [], 0
        for edit in sorted(edits, key=lambda each: (each.start, each.end)):
            out += [self._data[at : edit.start], edit.data]
            at = max(at, edit.end)
        return b"".join([*out, self._data[at:]])

    def _insertions(self) -> Iterator[_Edit]:
        """What is new in the first description: prefixes, attributes, elements."""
        first = self._descriptions[0]
        named = [f'xmlns:{prefix}="{space}"'.encode() for prefix, space in self._prefixes.items()]
        named += [name.encode() + b'="' + value + b'"' for name, value in self._attributes.items()]
        tag = self._data[first.start : first.inside]
        bare = tag.removesuffix(b">").removesuffix(b"/").rstrip()
        at = first.start + len(bare)
        blank = b" "
        if first.attributes:
            last = first.attributes[-1]
            blank = self._data[last.start : last.start + self._blanks(last.start)]
        if named:
            yield _Edit(at, at, b"".join(blank + each for each in named))
        content = b"".join(self._elements)
        if not content:
            return
        if first.is_closed:
            end = b">" + content + b"\n" + self._indent + b"</" + first.raw + b">"
            yield _Edit(first.inside - 2, first.inside, end)
        else:
            at = first.children[-1].end if first.children else first.inside
            yield _Edit(at, at, content)

    def _edit(self, start: int, end: int, data: bytes) -> None:
        self._edits.append(_Edit(start, end, data))

    # -- how it is written -------------------------------------------------------------------

    def _prefix(self, of: Property) -> str:
        """The prefix of a namespace in the first description; declared there where it has none."""
        known = {**self._descriptions[0].prefixes, **self._prefixes}
        for prefix, space in known.items():
            if space == of.space and prefix:
                return prefix
        prefix, number = of.prefix, 1
        while prefix in known:
            prefix, number = f"{of.prefix}{number}", number + 1
        self._prefixes[prefix] = of.space
        return prefix

    def _rdf_prefix(self) -> bytes:
        """The prefix of RDF with its colon, as the first description has it."""
        prefix, colon, _ = self._descriptions[0].raw.rpartition(b":")
        return prefix + colon

    @property
    def _indent(self) -> bytes:
        """The white space before the first description in its line."""
        start = self._descriptions[0].start
        line = self._data[self._after_blank(start) : start]
        return line.rpartition(b"\n")[2]

    def _after_blank(self, at: int) -> int:
        """The first byte of the white space before `at`."""
        while at and self._data[at - 1 : at].isspace():
            at -= 1
        return at

    def _blanks(self, at: int) -> int:
        """How much white space begins at `at`."""
        end = at
        while self._data[end : end + 1].isspace():
            end += 1
        return end - at


def _escaped(text: str) -> bytes:
    """A text as XML writes it; what XML may not hold at all is left out."""
    return "".join(filter(_is_allowed, text)).translate(_REFERENCES).encode("utf-8", "replace")


def _is_allowed(char: str) -> bool:
    """XML 1.0, 2.2: characters that a document may hold."""
    code = ord(char)
    return (
        code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
    ) or char in "\t\n\r"


def _wrapped(name: bytes, text: str) -> bytes:
    return b"<" + name + b">" + _escaped(text) + b"</" + name + b">"
