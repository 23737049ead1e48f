"""Views of the whole library that the grid opens and that stay as they were left."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from tui_selector.app.screens.decide import Part


class Views(Part):
    """Opens views; each is made once and kept while other screens are shown."""

    def action_evaluate(self) -> None:
        """Look how good tabs, algorithms and criteria are."""
        from tui_selector.app.screens.evaluate import NAME, EvaluateScreen

        self._open_view(NAME, EvaluateScreen)

    def action_criteria(self) -> None:
        """Group photos by anything said in words."""
        from tui_selector.app.screens.criteria import NAME, CriteriaScreen

        self._open_view(NAME, CriteriaScreen)

    def _open_view(self, name: str, make: Callable[[], Screen[None]]) -> None:
        if self.album is None:
            self.app.bell()
            return
        if not self.app.is_screen_installed(name):
            self.app.install_screen(make(), name)
        self.app.push_screen(name)
