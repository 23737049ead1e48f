"""Answers about the assistant itself, and to what it does not understand."""

from __future__ import annotations

from tui_selector.chat.assistant.matter import Matter, Reply
from tui_selector.chat.assistant.saying import listed, paragraphs
from tui_selector.chat.assistant.sources import Sources

CAN = (
    "which is better, best, sharpest, brightest, most colourful, newest … and why",
    "compare 1 and 2; sort them by sharpness",
    "describe photo 2; when, where and with which camera it was taken; its size, name and tags",
    "is it suitable for a children's album, a large print, a profile picture …",
    "are there duplicates, blurry or dark photos, closed eyes; what is wrong with photo 3",
    "which one shows a dog; how many have faces",
    "keep the best and reject the rest; mark 2 and 3; rate photo 1 with 4 stars",
    "find photos of …; rename this tab to …",
)


def blind(sources: Sources) -> str:
    """That the assistant sees nothing, and who would."""
    who = (
        f"For an answer from a model that sees the photos, choose {sources.eyes}."
        if sources.eyes
        else "For an answer from a model that sees the photos, choose a vision-language model."
    )
    return f"I do not see the pictures: I know what was measured and what the files say. {who}"


def help_(matter: Matter) -> Reply:
    """What can be asked."""
    return Reply(paragraphs("You can ask me:", listed(CAN), blind(matter.sources)))


def not_understood(sources: Sources) -> Reply:
    """That a question was not understood, and what would be."""
    return Reply(paragraphs("I did not understand that. I can:", listed(CAN), blind(sources)))


def eyes(matter: Matter) -> Reply:
    """Whether it sees the photos."""
    return Reply(f"No. {blind(matter.sources)}")


def who(matter: Matter) -> Reply:
    """Who answers."""
    return Reply(
        paragraphs(
            "I am the assistant that is built into tui-selector: rules and measurements, no "
            "language model.",
            blind(matter.sources),
        )
    )


def undo(matter: Matter) -> Reply:
    """How something is taken back."""
    return Reply("Press `u` in the grid: it takes back the last thing that was done.")


def edit(matter: Matter) -> Reply:
    """That pictures are not changed."""
    return Reply("I change no pictures; tui-selector only chooses among them.")


def yes(matter: Matter) -> Reply:
    """That proposals are confirmed with a key."""
    return Reply("I do nothing by myself: press `y` to carry out what was proposed last.")


def hello(matter: Matter) -> Reply:
    """A greeting."""
    return Reply("Hello. Ask which photo is better, for example, or say “help”.")


def thanks(matter: Matter) -> Reply:
    """You are welcome."""
    return Reply("You are welcome.")
