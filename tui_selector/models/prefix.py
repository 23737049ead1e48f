"""What a model has read of a conversation, so that it reads only what is new in the next turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Prefix(NamedTuple):
    """Tokens that a model has read, and what it keeps of them.

    Attributes:
        tokens: Their numbers, in order.
        pictures: Which pictures the picture tokens among them stand for, in order.
        cache: Keys and values of transformers, of all the tokens.
    """

    tokens: tuple[int, ...]
    pictures: tuple[tuple[str, int], ...]
    cache: Any


class Reuse(NamedTuple):
    """What of a prefix another conversation begins with.

    Attributes:
        tokens: How many tokens; 0 where it begins otherwise.
        pictures: How many pictures stand among them.
    """

    tokens: int
    pictures: int


NOTHING = Reuse(0, 0)


def shared(
    prefix: Prefix,
    tokens: Sequence[int],
    pictures: Sequence[tuple[str, int]],
    picture_token: int,
) -> Reuse:
    """How much of a conversation has been read already.

    Either all the pictures of the prefix are used again or none: a picture may have any number of
    tokens, which all look the same.

    Args:
        prefix: What was read.
        tokens: Of the conversation; one of them at least is left to be read.
        pictures: Of the conversation.
        picture_token: The number of the token that stands for a part of a picture.
    """
    count = 0
    for was, now in zip(prefix.tokens, tokens[:-1], strict=False):
        if was != now:
            break
        count += 1
    there = prefix.tokens.count(picture_token)
    inside = tuple(tokens[:count]).count(picture_token)
    same = tuple(pictures[: len(prefix.pictures)]) == prefix.pictures
    if inside == there and same:
        return Reuse(count, len(prefix.pictures))
    if picture_token in tokens[:count]:
        count = list(tokens).index(picture_token)
    return Reuse(count, 0)


def cut(prefix: Prefix, length: int) -> Any | None:
    """What was kept of the first tokens; None where the model's memory cannot be cut there.

    Args:
        prefix: What was read; it is of no use afterwards.
        length: How many tokens, at most all of them.
    """
    surplus = prefix.cache.get_seq_length() - length
    if surplus < 0 or length <= 0:
        return None
    try:
        if surplus:
            prefix.cache.crop(-surplus)
    except (RuntimeError, ValueError, NotImplementedError, AttributeError):
        # States of a linear attention, and windows that have slid on, do not go back.
        return None
    return prefix.cache
