"""The commands ask and caption: for people, for programs, and by their exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_engine import ChatEngine, add_photos
from chat_server import Handler, Scene, scene

from tui_selector.chat.backend import ChatRequest
from tui_selector.cli import caption as caption_command
from tui_selector.cli import chat as ask_command
from tui_selector.cli.root import run
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.paths import library_paths

Call = Callable[..., tuple[int, str, str]]

ODD = os.fsdecode(b"od\xff\x1b[2Jd, e.jpg")


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = (tmp_path / "Photos").resolve()
    folder.mkdir()
    with Catalog.open(library_paths(folder)) as catalog:
        add_photos(catalog, "a.jpg", "b.jpg", ODD)
    return folder


@pytest.fixture
def engine(album: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatEngine]:
    made = ChatEngine(library_paths(album))
    for command in (ask_command, caption_command):
        monkeypatch.setattr(command, "engine_of", made.engine_of)
    yield made
    made.close()


@pytest.fixture
def call(engine: ChatEngine, album: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    def invoke(command: str, *arguments: str) -> tuple[int, str, str]:
        code = run([command, str(album), *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return invoke


@pytest.fixture
def server() -> Iterator[Scene]:
    with scene() as made:
        yield made


def test_an_answer_is_printed_with_what_it_proposes(call: Call, engine: ChatEngine) -> None:
    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        yield "**Photo 2** \x1b[31mis sharper."
        yield "\n```proposals\nkeep 2: sharper\nrate 1 as 4\n```"

    engine.backend.script = script
    code, out, err = call("ask", "Which?", "--photos", "a.jpg, b.jpg")
    assert code == 0
    assert out == (
        "**Photo 2** \\x1b[31mis sharper.\n\nProposed:\n  keep b.jpg: sharper\n  rate a.jpg as 4\n"
    )
    assert err == "(scripted)\n"
    asked = engine.backend.requests[0].conversation
    assert [photo.name for photo in asked.photos] == ["a.jpg", "b.jpg"]
    assert asked.turns[-1].text == "Which?"


def test_programs_get_everything(call: Call, engine: ChatEngine) -> None:
    engine.backend.script = lambda request, stop: iter(
        ('One.\n```proposals\nreject 3: dark\nsearch "sea"\nkeep 9\n```',)
    )
    code, out, err = call("ask", "Which?", "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["answer"] == "One."
    assert answer["model"] == "scripted"
    assert [photo["number"] for photo in answer["photos"]] == [1, 2, 3]
    assert answer["photos"][2]["path_base64"]
    assert answer["proposals"][0] == {
        "act": "reject",
        "photos": [3],
        "stars": 0,
        "text": "",
        "reason": "dark",
    }
    assert answer["notes"] == ["There is no photo 9 here; it is left out."]


def test_a_name_with_a_comma_is_one_name(call: Call, engine: ChatEngine) -> None:
    assert call("ask", "Which?", "--photos", ODD, "--photos", "a.jpg")[0] == 0
    assert len(engine.backend.requests[0].conversation.photos) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Which?", "--photos", "c.jpg"), "c.jpg is no photo of"),
        ((" \n",), "The question is empty"),
        (("Which?", "--model", "nobody"), "There is no chat model nobody"),
        (("Which?", "--url", "http://example.com"), "--allow-remote"),
        (("Which?", "--url", "example"), "is no address"),
    ],
)
def test_what_cannot_be_asked_is_said(
    call: Call, arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = call("ask", *arguments)
    assert code in (1, 2)
    assert out == ""
    assert sentence in err


def test_a_server_answers_and_is_named(call: Call, server: Scene) -> None:
    code, out, err = call("ask", "Which?", "--photos", "a.jpg", "--url", server.url)
    assert (code, out) == (0, "Photo 2 is sharper.\n")
    assert err == f"(tiny-vl, which was sent the photos at {server.url})\n"
    call("ask", "Which?", "--photos", "a.jpg", "--url", server.url, "--model", "other")
    assert [body["model"] for body in server.bodies] == ["tiny-vl", "other"]


def test_photos_are_described_once_and_written_to_a_file(
    call: Call, server: Scene, album: Path, tmp_path: Path
) -> None:
    file = tmp_path / "captions.jsonl"
    file.write_text('{"image_file": "a.jpg", "text": "As it was."}\n{"image_fi')
    options = ("--url", server.url, "--file", str(file))
    code, out, _ = call("caption", "--photos", "a.jpg", *options)
    assert (code, out) == (0, "1 described; 1 of 3 photos have a description.\n")
    code, out, _ = call("caption", *options, "--json")
    assert json.loads(out) == {
        "described": 2,
        "problems": 0,
        "with_description": 3,
        "photos": 3,
    }
    lines = [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")]
    assert [line["text"] for line in lines] == ["As it was.", *["Photo 2 is sharper."] * 2]
    assert lines[1]["model"] == "tiny-vl"
    code, out, _ = call("caption", *options)
    assert out == "0 described; 3 of 3 photos have a description.\n"
    assert len(server.bodies) == 3
    code, out, _ = call("caption", "--url", server.url, "--model", "other", "--again")
    assert out == "3 described; 3 of 3 photos have a description.\n"


def test_what_cannot_be_described_is_said_and_passed_over(
    call: Call, server: Scene, album: Path
) -> None:
    (album / "b.jpg").write_bytes(b"nothing")
    code, out, err = call("caption", "--url", server.url)
    assert code == 1
    assert out == "2 described; 2 of 3 photos have a description.\n"
    assert err.startswith("tui-selector: b.jpg: b.jpg cannot be shown to the model")


def test_a_server_that_is_gone_is_not_asked_for_every_photo(
    call: Call, server: Scene, album: Path
) -> None:
    with Catalog.open(library_paths(album)) as catalog:
        add_photos(catalog, *(f"{number}.jpg" for number in range(20)))

    def play(handler: Handler) -> None:
        handler.reply(500, {"error": {"message": "no GPU"}})

    server.play = play
    code, _, err = call("caption", "--url", server.url)
    assert code == 1
    assert "Nothing is described" in err
    assert len(server.bodies) == 12


def test_descriptions_are_taken_from_a_file(call: Call, album: Path, tmp_path: Path) -> None:
    file = tmp_path / "theirs.jsonl"
    file.write_text(
        '{"image_file": "elsewhere/a.jpg", "text": "A dog\\u001b[2J."}\n'
        '{"image_file": "x.jpg", "text": "Nobody."}\n'
    )
    code, out, _ = call("caption", "--import", str(file))
    assert (code, out) == (0, "1 described; 1 of 3 photos have a description.\n")
    with Catalog.open(library_paths(album)) as catalog:
        (kept,) = catalog.captions.all().values()
    assert (kept.text, kept.author) == ("A dog\\x1b[2J.", "theirs.jsonl")
    file.write_text('{"image_file": "x.jpg", "text": "Nobody."}\n')
    assert call("caption", "--import", str(file))[0] == 1
