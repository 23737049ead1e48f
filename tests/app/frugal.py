"""Textual without what it does anew for each application and what nobody sees of a test."""

from __future__ import annotations

from typing import Any

import pytest
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen

_parse_rules = Stylesheet._parse_rules
_render_chops = Compositor._render_chops
_compositor_refresh = Screen._compositor_refresh

_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}
_unseen: set[int] = set()


def _parse_once(sheet: Stylesheet, *source: Any, **named: Any) -> list[RuleSet]:
    """The rules of a piece of CSS, parsed once for all applications of the same colours."""
    key = (*source, *sorted(named.items()), *sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, *source, **named)
    return _parsed[key]


def _refresh(screen: Screen[Any]) -> None:
    """Draw what changed; without a terminal, the widgets alone."""
    app = screen.app
    if not app.is_headless or "_display" in vars(app):
        _compositor_refresh(screen)
        return
    frame = id(screen._compositor)
    _unseen.add(frame)
    try:
        _compositor_refresh(screen)
    finally:
        _unseen.discard(frame)


def _put_together(compositor: Compositor, crop: Any, is_rendered_line: Any) -> Any:
    """Have all widgets drawn, and put them together where somebody sees it."""
    if id(compositor) not in _unseen:
        return _render_chops(compositor, crop, is_rendered_line)
    for _ in compositor._get_renders(crop):
        pass
    return []


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let applications under test share stylesheets, and put together no frames for nobody."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parse_once)
    monkeypatch.setattr(Compositor, "_render_chops", _put_together)
    monkeypatch.setattr(Screen, "_compositor_refresh", _refresh)
