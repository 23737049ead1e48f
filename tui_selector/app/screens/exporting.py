"""Exporting from the grid: photos as files, and decisions to and from sidecars."""

from __future__ import annotations

from pathlib import Path

from textual import work

from tui_selector.app.screens.hits import Hits
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.photo import Flag


class Exporting(Hits):
    """A screen from which photos are exported."""

    async def action_export(self) -> None:
        """Ask what is exported and where to; where an export runs, show how far it is."""
        exports, album = self.selector.out.exports, self.album
        if exports.progress is not None:
            from tui_selector.app.screens.export_dialog import ExportProgress

            def stopped(stop: bool | None) -> None:
                if stop:
                    exports.stop()

            await self.app.push_screen(ExportProgress(lambda: exports.progress), stopped)
            return
        if album is None:
            self.app.bell()
            return
        from tui_selector.app.exports import choices
        from tui_selector.app.screens.export_dialog import ExportDialog
        from tui_selector.library.export.planning import ExportPlan

        self.targets()  # a range that is being chosen becomes marks
        self.end_range()
        await self.fetch_all()
        shown = [photo for photo in album.ids if album.is_match(photo)]
        known = await self.selector.reader.ask(_picked_and_all)
        marked = album.targets() if album.marks else []
        offered = choices(marked, shown, *(known or ([], [])))
        if not offered:
            self.selector.say("There is no photo here to export.")
            return

        def answered(plan: ExportPlan | None) -> None:
            if plan is not None:
                self._carry_out(plan)

        folder = self.selector.session.export or f"~/{self.selector.paths.root.name}-export"
        dialog = ExportDialog(offered, Path(folder), exports.plan)
        await self.app.push_screen(dialog, answered)

    def _carry_out(self, plan: object) -> None:
        from msgspec.structs import replace

        from tui_selector.library.export.planning import FOLDER_FORMS, ExportPlan

        assert isinstance(plan, ExportPlan)
        selector = self.selector
        folder = plan.target if plan.form in FOLDER_FORMS else plan.target.parent
        selector.session = replace(selector.session, export=str(folder))
        # It outlives this screen: the application carries it out.
        selector.run_worker(selector.out.exports.run(plan), name="export", group="export")

    def action_copy_fetch_line(self) -> None:
        """Copy the line that fetches the last export to the clipboard."""
        self.selector.out.exports.copy_line()

    # -- sidecars ----------------------------------------------------------------------------

    def action_write_sidecars(self) -> None:
        """Write decisions about the marked photos, or all, into their sidecars."""
        self._sidecars("write")

    def action_read_sidecars(self) -> None:
        """Take over what the sidecars of the marked photos, or of all, say."""
        self._sidecars("read")

    @work(group="sidecars")
    async def _sidecars(self, way: str) -> None:
        album = self.album
        if album is None:
            self.app.bell()
            return
        photos = list(album.marks) or None
        if way == "write":
            await self.selector.out.sidecars.write(photos)
        else:
            await self.selector.out.sidecars.read(photos)


def _picked_and_all(catalog: Catalog) -> tuple[list[int], list[int]]:
    from tui_selector.library.export.selection import everything, flagged

    return flagged(catalog, Flag.PICK), everything(catalog)
