"""The language of culling rules: one line of text into `Rule`s.

    rules  = [ rule , { "," , rule } ] ;
    rule   = { blank } , [ "-" ] , name , [ ":" , number , [ "%" ] ] , { blank } ;
    name   = letter , { letter | "-" } ;
    number = digit , { digit } , [ "." , { digit } ] | "." , digit , { digit } ;

A photo that a rule fits may go. With a minus, a photo that the rule fits is left alone, whatever
other rules say. Upper case is lower case, and blanks or underscores between the words of a name
are hyphens. Reading takes time in proportion to the length of the text.
"""

from __future__ import annotations

import difflib
import re

import msgspec

from tui_selector.library.display import printable
from tui_selector.library.groups import LIMITS, THRESHOLDS, GroupSetting
from tui_selector.library.mistake import Mistake

#: Longest text that is read, characters.
MOST_CHARACTERS = 1000
#: Longest name that a nearest one is looked for, and longest quotation, characters.
_LONGEST_NAME, _SHOWN = 24, 40

_NAME = re.compile(r"[^\W\d_][^\W\d]*(?:[ _-]+[^\W\d_]+)*")
_NUMBER = re.compile(r"(\d{1,9}(?:\.\d{0,6})?|\.\d{1,6})(%?)", re.ASCII)
_BLANKS = re.compile(r"\s*")

#: What people type for what a rule is called otherwise.
_MEANT = {
    "blur": "blurry",
    "copies": "duplicates",
    "dupes": "duplicates",
    "unsharp": "blurry",
    "shaken": "motion-blur",
    "blank": "low-information",
    "underexposed": "dark",
    "overexposed": "bright",
    "eyes": "closed-eyes",
    "receipts": "documents",
    "empty": "low-information",
}


class RulesError(Mistake):
    """Rules that cannot be understood."""


class Kind(msgspec.Struct, frozen=True):
    """A rule that there is.

    Attributes:
        name: As it is typed.
        meaning: Which photos it fits, in a few words.
        usual: What a threshold may be, and about what the rule goes by where none is written.
        least: The lowest threshold; the same as `most` where the rule takes none.
        most: The highest.
        is_share: Whether the threshold can be written in percent.
    """

    name: str
    meaning: str
    usual: float = 0.0
    least: float = 0.0
    most: float = 0.0
    is_share: bool = False

    @property
    def example(self) -> str:
        """The rule with a threshold."""
        return f"{self.name}:{_number(self.usual)}"


def _alike(name: str, setting: GroupSetting, meaning: str) -> Kind:
    return Kind(name, meaning, THRESHOLDS[setting], *LIMITS[setting], is_share=True)


#: Every rule, in the order in which help lists them and reasons are given.
KINDS = {
    kind.name: kind
    for kind in (
        _alike("duplicates", "duplicate", "one picture again, resized, cropped, turned or flipped"),
        _alike("bursts", "bursts", "shot in a row of the same motif, all but the best"),
        _alike("similar", "similar", "the same motif, whenever shot, all but the best"),
        Kind("blurry", "blurred even where it is sharpest (sharpness below the number)", 0.5, 0, 2),
        Kind("motion-blur", "blurred by motion"),
        Kind("out-of-focus", "nothing is in focus"),
        Kind("dark", "underexposed (mean light so many EV below white)", 3.5, 0.5, 10),
        Kind("bright", "overexposed (share of burnt-out pixels)", 0.1, 0.001, 1, is_share=True),
        Kind("low-information", "nothing to see (bits of the histogram below)", 1.2, 0.1, 7),
        Kind("noisy", "noise on flat parts (grey levels above)", 6, 0.5, 60),
        Kind("screenshots", "of a screen", 0.5, 0.01, 1, is_share=True),
        Kind("documents", "pages of text", 0.7, 0.01, 1, is_share=True),
        Kind("closed-eyes", "prominent faces on which no eye was found, where it can be told"),
        Kind("small", "few pixels (megapixels below)", 0.5, 0.01, 100),
    )
}


class Rule(msgspec.Struct, frozen=True):
    """A rule as it was written.

    Attributes:
        name: One of `KINDS`.
        threshold: What was written; None leaves it to what measures the signal.
        exclude: Whether photos that it fits are left alone instead.
        column: Where it begins, its sign included.
    """

    name: str
    threshold: float | None = None
    exclude: bool = False
    column: int = 0


def parse(text: str) -> tuple[Rule, ...]:
    """Read rules.

    Raises:
        RulesError: They cannot be understood; the error says where and what would be right.
    """
    if len(text) > MOST_CHARACTERS:
        raise RulesError(
            f"Rules have at most {MOST_CHARACTERS:,} characters; leave out what stands from here "
            "on.",
            MOST_CHARACTERS,
            len(text) - MOST_CHARACTERS,
        )
    if not text.strip():
        return ()
    rules: dict[str, Rule] = {}
    start = 0
    while start <= len(text):
        comma = text.find(",", start)
        end = comma if comma >= 0 else len(text)
        rule = _rule(text, start, end)
        if rule.name in rules:
            raise RulesError(
                f"The rule {rule.name} stands here twice; leave one out.",
                rule.column,
                len(text[rule.column : end].rstrip()),
            )
        rules[rule.name] = rule
        start = end + 1
    return tuple(rules.values())


def canonical(rules: tuple[Rule, ...]) -> str:
    """The text of rules, which `parse` reads as the same."""
    return ", ".join(
        f"{'-' if rule.exclude else ''}{rule.name}"
        + ("" if rule.threshold is None else f":{_number(rule.threshold)}")
        for rule in rules
    )


def _number(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")


def _skip(text: str, at: int, end: int) -> int:
    """The first place from `at` on that is no blank, `end` at most."""
    match = _BLANKS.match(text, at, end)
    return match.end() if match else at


def _rule(text: str, start: int, end: int) -> Rule:
    """Read the rule between two commas."""
    at = column = _skip(text, start, end)
    if at == end:
        raise RulesError(
            f"A rule is missing here; there are {', '.join(KINDS)}.", min(at, len(text)), 0
        )
    exclude = text[at] == "-"
    at += exclude
    match = _NAME.match(text, at, end)
    if match is None:
        length = len(text[column:end].rstrip())
        raise RulesError(
            "A minus stands right before the rule that is to be left out, e.g. -screenshots."
            if exclude
            else f"{_quoted(text[column:end])} is no rule; there are {', '.join(KINDS)}.",
            column,
            length,
        )
    name = re.sub(r"[ _-]+", "-", match[0]).casefold()
    kind = KINDS.get(name)
    if kind is None:
        raise RulesError(_unknown(match[0].rstrip(), name), match.start(), len(match[0]))
    at = _skip(text, match.end(), end)
    threshold: float | None = None
    if at < end and text[at] == ":":
        threshold, at = _threshold(text, _skip(text, at + 1, end), end, kind)
        at = _skip(text, at, end)
    if at < end:
        raise RulesError(
            f"A comma or the end comes after {name}, not {_quoted(text[at:end])}.",
            at,
            len(text[at:end].rstrip()),
        )
    return Rule(name, threshold, exclude, column)


def _threshold(text: str, start: int, end: int, kind: Kind) -> tuple[float, int]:
    """Read a number; return it and where it ends."""
    if kind.least == kind.most:
        raise RulesError(f"The rule {kind.name} takes no number.", start, end - start)
    match = _NUMBER.match(text, start, end)
    if match is None:
        raise RulesError(
            f"A number comes after the colon, e.g. {kind.example}.",
            start,
            len(text[start:end].rstrip()),
        )
    if match[2] and not kind.is_share:
        raise RulesError(
            f"The threshold of {kind.name} is no share and takes no %, e.g. {kind.example}.",
            match.start(2),
            1,
        )
    value = round(float(match[1]) / (100 if match[2] else 1), 8)
    if not kind.least <= value <= kind.most:
        raise RulesError(
            f"The threshold of {kind.name} lies between {kind.least:g} and {kind.most:g}; "
            f"{kind.usual:g} is usual.",
            start,
            match.end() - start,
        )
    return value, match.end()


def _unknown(written: str, name: str) -> str:
    """Say that there is no such rule, and which one may be meant."""
    near = [_MEANT[name]] if name in _MEANT else []
    near = near or difflib.get_close_matches(name[:_LONGEST_NAME], KINDS, n=1)
    hint = f"do you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}."
    return f"There is no rule {_quoted(written)}; {hint}"


def _quoted(text: str) -> str:
    stripped = text.strip()
    short = stripped if len(stripped) <= _SHOWN else stripped[: _SHOWN - 1] + "…"
    return f"“{printable(short)}”"
