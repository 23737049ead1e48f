"""Colours: two themes of the program's own, the owner's, and an application that wears them.

The program's own are neutral grey round the photos, so that the colours of a photo are judged
fairly (a coloured surround shifts them in the eye: simultaneous contrast).
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from textual.app import App
from textual.color import Color, ColorParseError
from textual.theme import Theme

from tui_selector.library.display import printable

DARK = Theme(
    name="album",
    primary="#8fb0d6",
    secondary="#b7a6d9",
    accent="#d9b36c",
    warning="#e0b04c",
    error="#e06c75",
    success="#8fc27a",
    foreground="#d4d4d4",
    background="#1b1b1b",
    surface="#242424",
    panel="#2c2c2c",
    dark=True,
    variables={"footer-key-foreground": "#d9b36c", "footer-background": "#242424"},
)

LIGHT = Theme(
    name="album-light",
    primary="#2f5d8c",
    secondary="#6b5596",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3261e",
    success="#2e6b1f",
    foreground="#202020",
    background="#e4e4e4",
    surface="#d8d8d8",
    panel="#cccccc",
    dark=False,
    variables={"footer-key-foreground": "#8a5a00", "footer-background": "#d8d8d8"},
)

OWN = (DARK, LIGHT)

_COLOURS = frozenset(
    {
        "primary",
        "secondary",
        "accent",
        "warning",
        "error",
        "success",
        "foreground",
        "background",
        "surface",
        "panel",
        "boost",
    }
)
_KNOWN = frozenset(field.name for field in fields(Theme))


class ThemeError(Exception):
    """A theme file is wrong; the message is a sentence that names it."""


def read_theme(file: Path) -> Theme:
    """Read a theme from a TOML file, whose keys are the fields of `textual.theme.Theme`.

    `name` may be left out: it is the file's then.

    Raises:
        ThemeError: The file cannot be read, or does not describe a theme.
    """
    import tomllib

    shown = printable(str(file))
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeError(f"The theme {shown} cannot be read: {printable(str(error))}.") from error
    values.setdefault("name", file.stem)
    for key, value in values.items():
        if key not in _KNOWN:
            raise ThemeError(f"The theme {shown} sets '{printable(key)}', which no theme has.")
        if key in _COLOURS and not _is_colour(value):
            raise ThemeError(f"In the theme {shown}, '{key}' is no colour; write '#8fb0d6'.")
    if "primary" not in values:
        raise ThemeError(f"The theme {shown} has no 'primary' colour.")
    try:
        theme = Theme(**values)
        theme.to_color_system().generate()
    except Exception as error:
        # Whatever a hand-written file makes of the colour system, it must not end the program.
        raise ThemeError(f"The theme {shown} cannot be used: {printable(str(error))}.") from error
    return theme


def read_themes(folder: Path) -> tuple[list[Theme], list[str]]:
    """Every theme of a folder, and a sentence for each file that is none."""
    themes: list[Theme] = []
    complaints: list[str] = []
    try:
        files = sorted(folder.glob("*.toml"))
    except OSError:
        return [], []
    for file in files:
        try:
            themes.append(read_theme(file))
        except ThemeError as error:
            complaints.append(str(error))
    return themes, complaints


class ThemedApp(App[None]):
    """An application that knows every theme and is styled once when it comes up."""

    _styled_with: dict[str, str] | None = None

    def dress(self, wanted: str, folder: Path) -> list[str]:
        """Make every theme known and wear one. Call it before the application runs.

        Args:
            wanted: Name of the theme; where there is none of that name, it is `DARK`.
            folder: Of the owner's themes.

        Returns:
            A sentence for everything that was wrong.
        """
        owners, complaints = read_themes(folder)
        for theme in (*OWN, *owners):
            self.register_theme(theme)
        if wanted not in self.available_themes:
            complaints.append(f"There is no theme '{printable(wanted)}'; this is 'album'.")
            wanted = DARK.name
        self.set_reactive(ThemedApp.theme, wanted)
        self._styled_with = self.get_css_variables()
        self.stylesheet.set_variables(self._styled_with)
        return complaints

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew, unless it is of the current theme already.

        Textual asks for it when the theme of an application that comes up is set, too; parsing
        the style sheet twice would cost a tenth of the start.
        """
        variables = self.get_css_variables()
        if variables != self._styled_with:
            self._styled_with = variables
            super().refresh_css(animate=animate)


def _is_colour(value: object) -> bool:
    try:
        Color.parse(str(value))
    except ColorParseError:
        return False
    return isinstance(value, str)
