"""`models use` while an engine runs: the model before serves, then the other one takes over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_library import Library, Make

from tui_selector.cli.root import run
from tui_selector.engine.protocol import Settle
from tui_selector.engine.search_messages import Found, Search
from tui_selector.engine.swap import SERVING_KEY, Serving


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_models

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        return tiny_models.write(tmp_path_factory.mktemp("tiny") / "siglip", "siglip").folder


def test_a_running_engine_follows_and_comes_back(
    library: Library, make_photos: Make, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_photos(library.root, 12)
    library.settle()
    before = library.status().progress.model
    with library.catalog() as catalog:
        tabs = catalog.tabs.clusters()
        assert catalog.load(SERVING_KEY, Serving, Serving()).model == "builtin"
    capsys.readouterr()

    assert run(["models", "use", str(model), str(library.root), "--json"]) == 0
    (engine,) = json.loads(capsys.readouterr().out)["engines"]
    assert (engine["serving"], engine["chosen"], engine["photos"]) == ("builtin", str(model), 12)
    with library.client(start=False) as client:
        client.request(Settle())
        assert isinstance(client.request(Search(text="dog")), Found)
    progress = library.status().progress
    assert progress.model.startswith("siglip · ")
    assert (progress.stage, progress.coming) == ("idle", "")
    with library.catalog() as catalog:
        serving = catalog.load(SERVING_KEY, Serving, Serving())
        assert serving.model == str(model)
        assert catalog.vectors.count(serving.space) == 12
        assert set(catalog.tabs.clusters()) & set(tabs)

    assert run(["models", "use", "auto", str(library.root)]) == 0
    assert "change at once" in capsys.readouterr().out
    library.settle()
    assert library.status().progress.model == before
    with library.catalog() as catalog:
        assert catalog.load(SERVING_KEY, Serving, Serving()).model == "builtin"


def test_without_an_engine_it_says_what_will_happen(
    library: Library, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "use", str(model), str(library.root)]) == 0
    assert "in the background" in capsys.readouterr().out
