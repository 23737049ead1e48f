"""The command `tui-selector`: something true on the screen first, everything else after it.

Imports here cost the user's first impression: hardly more than `os` and `sys` comes before the
first bytes.
"""

import gc
import os
import sys

from tui_selector.cli.words import COMMANDS, VALUED


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    folder = _folder_to_open(arguments)
    if folder is None:
        from tui_selector.cli.root import run

        sys.exit(run(arguments))
    opening = _draw_opening(folder)
    # Until photos are on screen nothing is thrown away that would be worth collecting.
    gc.disable()
    if any("=" in word for word in arguments if word.startswith("-")):
        from tui_selector.cli.root import run

        sys.exit(run(arguments, opening=opening))
    # The parser of the command line costs as much time as the first picture.
    from itertools import pairwise

    from tui_selector.cli.screen import open_at_once

    flags = {option[2:]: value for option, value in pairwise(arguments) if option in VALUED}
    sys.exit(open_at_once(folder, flags))


def _folder_to_open(arguments: list[str]) -> str | None:
    """The folder that these arguments open on the screen, if that is plain to see."""
    prints_lines = os.environ.get("TERM") in (None, "", "dumb")
    if prints_lines or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    words = [
        word
        for word, before in zip(arguments, ["", *arguments], strict=False)
        if not word.startswith("-") and before not in VALUED
    ]
    if words[:1] == ["open"]:
        words = words[1:]
    elif not words or words[0] in COMMANDS:
        return None
    options = [word.partition("=")[0] for word in arguments if word.startswith("-")]
    if len(words) != 1 or not set(options) <= set(VALUED) or arguments[-1] in VALUED:
        return None
    folder = os.path.expanduser(words[0])  # noqa: PTH111 (pathlib costs 10 ms here)
    readable = os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK)  # noqa: PTH112
    return folder if readable else None


def _draw_opening(folder: str) -> bool:
    """Enter the alternate screen and say what is being opened, in one write."""
    size = os.get_terminal_size(sys.stdout.fileno())
    shown = "".join(c if c.isprintable() else "·" for c in os.path.abspath(folder))  # noqa: PTH100
    room = max(size.columns - 12, 0)
    if len(shown) > room:
        shown = "…" + shown[len(shown) - room + 1 :] if room else ""
    text = (
        "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H"
        f"\x1b[1m tui-selector\x1b[0m\x1b[{max(size.lines, 1)};1H\x1b[2m Opening {shown}\x1b[0m"
    )
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
    return True


if __name__ == "__main__":
    main()
