"""`models list`, `show`, `use` and `remove`: what they say, what they change, and no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from patience import PATIENCE

from tui_selector import paths, settings
from tui_selector.cli import doctor
from tui_selector.cli.root import run
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.models import checkpoint, folders
from tui_selector.models.choice import LIBRARY_KEY, LibraryChoice
from tui_selector.models.registry import CHAT_MODELS, MODELS, known

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(["models", *(str(argument) for argument in arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def write_model(folder: Path, config: dict[str, object]) -> None:
    """A folder that looks like a small whole model."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    header = b'{"w": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}'
    (folder / "model.safetensors").write_bytes(
        len(header).to_bytes(8, "little") + header + b"\1\2\3\4"
    )


def put(name: str, config: dict[str, object] | None = None) -> Path:
    """Lay a model where pulled ones lie."""
    model = known(name)
    hub = model.hub if model else name
    folder = folders.folder_of(paths.models_folder(), hub)
    write_model(folder, config or {"model_type": "clip", "projection_dim": 16})
    files = {
        path.name: folders.File(path.stat().st_size, folders.sha256(path))
        for path in folder.iterdir()
    }
    manifest = folders.Manifest(hub=hub, revision="c" * 40, licence="mit", files=files)
    (folder / folders.MANIFEST).write_bytes(msgspec.json.encode(manifest))
    return folder


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    return folder


def chosen(call: Call) -> list[str]:
    rows = json.loads(call("list", "--json")[1])
    return [row["name"] for row in rows if row["chosen"]]


def test_the_list_names_every_known_model_and_what_is_here(call: Call) -> None:
    put("clip-b32")
    put("someone/else")
    (folders.partial_of(paths.models_folder(), "half/way")).mkdir()
    rows = {row["name"]: row for row in json.loads(call("list", "--json")[1])}
    known = {model.name for model in (*MODELS, *CHAT_MODELS)}
    assert set(rows) == {"builtin", *known, "someone/else"}
    assert rows["qwen3.5-4b"]["chats"]
    here = [name for name, row in rows.items() if row["pulled"]]
    assert here == ["builtin", "clip-b32", "someone/else"]
    assert rows["clip-b32"]["dimensions"] == 16
    assert not rows["metaclip2"]["commercial"]
    code, out, _ = call("list")
    assert code == 0
    assert "CC-BY-NC-4.0" in out
    assert "A pull of half/way was begun" in out


def test_a_pulled_model_is_chosen_by_itself_and_given_up_again(call: Call) -> None:
    assert chosen(call) == ["builtin"]
    put("clip-b32")
    assert chosen(call) == ["clip-b32"]
    put("siglip2")
    assert chosen(call) == ["siglip2"]
    assert call("remove", "siglip2", "--yes")[0] == 0
    assert chosen(call) == ["clip-b32"]


def test_what_is_not_whole_is_no_model(call: Call) -> None:
    folder = put("clip-b32")
    (folder / "model.safetensors").write_bytes(b"cut")
    assert chosen(call) == ["builtin"]
    code, _, err = call("use", "clip-b32")
    assert code == 1
    assert "`tui-selector models pull clip-b32` gets it" in err


def test_show_tells_what_changed_since_the_pull(call: Call) -> None:
    folder = put("clip-b32")
    assert "all as pulled" in call("show", "clip-b32", "--verify")[1]
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    code, out, _ = call("show", "clip-b32", "--verify")
    assert code == 1
    assert "changed: model.safetensors; pull it again" in out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("siglip2", "109 languages"),
        ("metaclip2", "CC-BY-NC-4.0, not for commercial use"),
        ("jina-clip-v2", "runs code that comes with it: --trust-remote-code"),
    ],
)
def test_show_tells_what_a_pull_would_bring(call: Call, name: str, words: str) -> None:
    code, out, _ = call("show", name)
    assert code == 0
    assert words in out
    assert "here         no" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "nonsense"), "There is no model nonsense"),
        (("show", "a/b"), "only `tui-selector models pull` asks the hub"),
        (("use", "nonsense"), "There is no model nonsense"),
        (("use", "siglip2"), "`tui-selector models pull siglip2` gets it"),
        (("pull", "nonsense"), "an id on the hub looks like owner/name"),
        (("pull", "../x"), "an id on the hub looks like owner/name"),
        (("pull", "jina-clip-v2"), "add --trust-remote-code"),
        (("pull", "metaclip2"), "Add --accept-licence"),
        (("remove", "siglip2"), "is not on this machine"),
        (("remove", "../.."), "is not on this machine"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    call: Call, arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = call(*arguments)
    assert code in (1, 2)
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1


def test_the_builtin_model_is_shown_as_what_is_here(call: Call) -> None:
    code, out, _ = call("show", "builtin")
    assert code == 0
    assert "here         yes" in out
    assert "size" not in out


def test_use_writes_the_setting_and_leaves_the_rest(call: Call) -> None:
    put("clip-b32")
    file = paths.settings_file()
    file.parent.mkdir(parents=True)
    file.write_text('# mine\ntile = 2 # small\n\n[keys]\npick = "y"\n')
    code, out, _ = call("use", "clip-b32")
    assert code == 0
    assert out.startswith("Photos are looked at with clip-b32 (it is set).")
    text = '# mine\ntile = 2 # small\nmodel = "clip-b32"\n\n[keys]\npick = "y"\n'
    assert file.read_text().replace("\n\n", "\n") == text.replace("\n\n", "\n")
    assert call("use", "builtin")[0] == 0
    assert settings.load(file, {}).model == "builtin"
    assert json.loads(call("use", "auto", "--json")[1]) == {
        "model": "clip-b32",
        "set": "auto",
        "reason": "the best that is pulled and fits",
        "engines": [],
    }


def test_use_for_one_folder_leaves_the_setting_alone(call: Call, album: Path) -> None:
    put("clip-b32")
    assert call("use", "clip-b32", album)[0] == 0
    assert settings.load().model == "auto"
    with Catalog.open(paths.library_paths(album)) as catalog:
        kept = catalog.load(LIBRARY_KEY, LibraryChoice, LibraryChoice())
    assert kept == LibraryChoice("clip-b32", str(album))
    answer = json.loads(call("remove", "clip-b32", "--yes", "--json")[1])
    assert answer["users"] == [str(album)]
    assert not folders.pulled(paths.models_folder())


def test_a_folder_of_ones_own_is_used_by_its_path(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path / 'my "model"', {"model_type": "siglip", "vision_config": {}})
    monkeypatch.chdir(tmp_path)
    assert call("use", './my "model"')[0] == 0
    assert settings.load().model == str(tmp_path / 'my "model"')
    assert call("show", 'my "model"')[0] == 0


def test_code_in_a_folder_runs_only_as_it_was_when_it_was_trusted(
    call: Call, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    write_model(folder, {"model_type": "own", "auto_map": {"AutoModel": "own.Own"}})
    (folder / "own.py").write_text("x = 1\n")
    code, _, err = call("use", folder)
    assert code == 1
    assert "add --trust-remote-code" in err
    assert call("use", folder, "--trust-remote-code")[0] == 0
    assert call("use", folder)[0] == 0
    (folder / "own.py").write_text("x = 2\n")
    assert call("use", folder)[0] == 1


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_type": "bert"}, "does not put pictures and text into one space"),
        ({}, "does not say what kind of model it is"),
    ],
)
def test_a_folder_with_another_kind_of_model_is_refused(
    call: Call, tmp_path: Path, config: dict[str, object], sentence: str
) -> None:
    write_model(tmp_path / "model", config)
    (tmp_path / "model" / "model.safetensors").unlink()  # it would be of no use, either
    code, _, err = call("use", tmp_path / "model")
    assert code == 1
    assert sentence in err


def test_a_model_that_is_set_and_gone_is_said(call: Call) -> None:
    put("clip-b32")
    assert call("use", "clip-b32")[0] == 0
    code, out, _ = call("remove", "clip-b32", "--yes")
    assert code == 0
    assert "Choose another model for the settings." in out
    assert "The model of the settings is not used: The model clip-b32 is not" in call("list")[1]


def test_a_model_is_not_removed_without_a_yes(call: Call) -> None:
    put("clip-b32")
    assert call("remove", "clip-b32")[0] == 2
    assert folders.pulled(paths.models_folder())


def test_what_was_converted_of_a_model_goes_with_it(call: Call) -> None:
    folder = put("clip-b32")
    made = paths.models_cache() / f"pictures-{checkpoint.fingerprint(folder)}-00000000"
    other = made.with_name("pictures-0000000000000000-00000000")
    for each in (made, other):
        each.mkdir(parents=True)
        (each / "pictures.onnx").write_bytes(bytes(1000))
    size = folders.space(folder)
    assert json.loads(call("remove", "clip-b32", "--yes", "--json")[1])["freed"] == size + 1000
    assert not made.exists()
    assert other.exists()


#: Ends the process where any of these commands opens a socket or looks up an address.
_WATCHED = """
import sys

def watch(event, arguments):
    if event.startswith("socket."):
        sys.stderr.write(f"{event} {arguments}")
        sys.stderr.flush()
        import os
        os._exit(99)

sys.addaudithook(watch)
from tui_selector.cli import doctor
from tui_selector.cli.root import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("list",), 0),
        (("show", "siglip2"), 0),
        (("show", "clip-b32"), 0),
        (("use", "clip-b32"), 0),
        (("use", "siglip2"), 1),
        (("remove", "clip-b32", "--yes"), 0),
        (("pull", "siglip2"), 99),
    ],
)
def test_only_a_pull_touches_the_network(arguments: tuple[str, ...], expected: int) -> None:
    put("clip-b32")
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    answer = subprocess.run(
        [sys.executable, "-c", _WATCHED, "models", *arguments],
        env=environment | {"HF_ENDPOINT": "http://127.0.0.1:9"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert answer.returncode == expected, answer.stderr


def test_a_model_that_is_loaded_finds_no_hub() -> None:
    script = """
import tui_selector.models.embedder
import huggingface_hub
try:
    huggingface_hub.HfApi().model_info("some/model")
except huggingface_hub.errors.OfflineModeIsEnabled:
    print("offline")
"""
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env=environment | {"HF_ENDPOINT": "http://127.0.0.1:9"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert answer.stdout == "offline\n", answer.stderr


def test_the_doctor_tells_which_models_are_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put("clip-b32")
    (folders.partial_of(paths.models_folder(), "half/way")).mkdir()
    monkeypatch.setenv("TUI_SELECTOR_MODEL", "siglip2")
    monkeypatch.setattr(doctor, "_device", lambda: iter(()))
    assert run(["doctor", "--json"]) == 1
    checks = {each["what"]: each for each in json.loads(capsys.readouterr().out)}
    assert checks["model clip-b32"]["verdict"] == "good"
    assert "half pulled" in checks["model half/way"]["finding"]
    assert checks["model in use"]["verdict"] == "bad"
    assert "models pull siglip2" in checks["model in use"]["finding"]
