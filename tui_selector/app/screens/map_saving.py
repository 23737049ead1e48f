"""Writing the map into a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui_selector.app.map_colours import TITLES
from tui_selector.app.screens.mapping import Mapping
from tui_selector.library.display import printable


class Saving(Mapping):
    """Asks for a file, and writes the map into it as SVG or PNG."""

    def action_export(self) -> None:
        """Ask for a file, and write the map into it."""
        from tui_selector.app.screens.dialogs import TextDialog

        if self.shown is None:
            self.app.bell()
            return
        root = self.selector.paths.root
        self.app.push_screen(
            TextDialog(
                "Write the map as a picture (.svg or .png)",
                value=f"{Path.cwd() / f'map-{printable(root.name)}.svg'}",
                fault=self._export_fault,
            ),
            self._export,
        )

    def _export_fault(self, text: str) -> str | None:
        file = Path(text).expanduser()
        if file.suffix.lower() not in (".svg", ".png"):
            return "Give the file a name that ends in .svg or .png."
        if file.exists():
            return "There is such a file already; choose another name."
        if file.resolve().is_relative_to(self.selector.paths.root):
            return "Choose a folder outside the album: it would be taken for a photo."
        return None

    async def _export(self, text: str | None) -> None:
        from tui_selector.app.map_export import write_picture

        if not text or self.shown is None:
            return
        shown, file = self.shown, Path(text).expanduser()
        title = f"{printable(self.selector.paths.root.name)}: {TITLES[self.colour_by].lower()}"
        try:
            await asyncio.to_thread(write_picture, file, shown.points, shown.colouring, title)
        except OSError as error:
            self.selector.say(f"The map cannot be written: {printable(str(error))}", "error")
        else:
            self.selector.say(f"Wrote {printable(str(file))}.")
