"""Models behind a server, by a real server that does what servers do."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from chat_server import Handler, Scene, say_hello, scene
from patience import PATIENCE
from PIL import Image

from tui_selector.chat.backend import ChatError
from tui_selector.chat.backends.address import is_loopback, read_address
from tui_selector.chat.backends.model_backend import in_turns, without_thoughts
from tui_selector.chat.backends.server_model import ServerModel
from tui_selector.models.bound import Bound
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import Message, Picture


@pytest.fixture
def server() -> Iterator[Scene]:
    with scene() as made:
        yield made


def picture(sizes: list[int] | None = None) -> Picture:
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1500, 3), np.uint8)

    def load(pixels: int) -> Image.Image:
        if sizes is not None:
            sizes.append(pixels)
        image = Image.fromarray(noise)
        side = min(1.0, (pixels / (1500 * 1000)) ** 0.5)
        return image.resize((int(1500 * side), int(1000 * side)))

    return Picture("key", load)


def question(*parts: str | Picture) -> list[Message]:
    return [Message("system", ("Be brief.",)), Message("user", parts or ("Which is better?",))]


def model(server: Scene, **options: Any) -> ServerModel:
    return ServerModel(server.url, **{"pauses": (0.0, 0.0), **options})


def failing(server: Scene, **options: Any) -> str:
    """The sentence with which a question fails."""
    with pytest.raises(ModelError) as caught:
        model(server, **options).answer(question())
    return str(caught.value)


def test_an_answer_comes_in_pieces_from_the_first_model(server: Scene) -> None:
    told: list[str] = []
    asked = model(server)
    pieces = list(asked.stream(question(), lambda: False, report=told.append, most_tokens=77))
    assert pieces == ["Photo 2 ", "is ", "sharper."]
    assert server.paths == ["/v1/models", "/v1/chat/completions"]
    assert server.bodies[0] | {} == {
        "model": "tiny-vl",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Which is better?"},
        ],
        "max_tokens": 77,
        "temperature": 0,
        "stream": True,
    }
    assert asked.name == "tiny-vl"
    assert asked.sends_to == server.url
    assert told == [f"Asking server at {server.url} …"]
    assert "Authorization" not in server.headers[1]
    asked.answer(question())
    assert server.paths.count("/v1/models") == 1


def test_photos_are_sent_as_jpegs_of_bounded_size_between_the_words(server: Scene) -> None:
    asked = model(server, model="vl", key="secret")
    asked.answer(question("Photo 1: a.jpg\n", picture(), "\nWhich?"))
    assert server.paths == ["/v1/chat/completions"]
    first, shown, last = server.bodies[0]["messages"][1]["content"]
    assert first == {"type": "text", "text": "Photo 1: a.jpg\n"}
    assert last == {"type": "text", "text": "\nWhich?"}
    head, _, data = shown["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert image.format == "JPEG"
    assert 900_000 < image.width * image.height <= 1_000_000
    assert len(base64.b64decode(data)) <= 1_500_000
    assert server.headers[0]["Authorization"] == "Bearer secret"


def test_a_stop_ends_a_silent_server_at_once(server: Scene) -> None:
    def play(handler: Handler) -> None:
        handler.begin()
        handler.say("One")
        while not server.gate.wait(0.02):
            try:
                handler.wfile.write(b": still here\n\n")
                handler.wfile.flush()
            except OSError:
                server.gone.set()
                return

    server.play = play
    heard: list[str] = []
    stream = model(server).stream(question(), lambda: bool(heard))
    heard.extend(stream)
    assert heard == ["One"]
    assert server.gone.wait(PATIENCE)


def test_closing_the_answer_closes_the_connection(server: Scene) -> None:
    def play(handler: Handler) -> None:
        handler.begin()
        try:
            while not server.gate.wait(0.01):
                handler.say("more ")
        except OSError:
            server.gone.set()

    server.play = play
    stream = model(server).stream(question(), lambda: False)
    assert next(stream) == "more "
    stream.close()  # type: ignore[attr-defined]
    assert server.gone.wait(PATIENCE)


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, {"error": {"message": "bad \x1b[31mrole"}}, r"this question .400: bad \\x1b.31mrole"),
        (401, {"error": "no key"}, "wants a key that it knows"),
        (404, {"detail": "no such model"}, "has no model tiny-vl"),
        (500, b"<html>oh no</html>", r"failed at this .500.\."),
        (307, b"", "sends the question elsewhere"),
    ],
)
def test_errors_are_sentences(server: Scene, status: int, body: object, sentence: str) -> None:
    server.play = lambda handler: handler.reply(status, body, Location="http://example.com/")
    assert re.search(sentence, failing(server))
    assert len(server.bodies) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(server: Scene, status: int) -> None:
    def play(handler: Handler) -> None:
        if len(server.bodies) < 3:
            handler.reply(status, {"error": {"message": "later"}}, Retry_After="0")
        else:
            handler.begin()
            handler.say("Now.")
            handler.done()

    server.play = play
    assert model(server).answer(question()) == "Now."
    assert len(server.bodies) == 3


def test_a_server_that_stays_busy_is_said_to_be(server: Scene) -> None:
    server.play = lambda handler: handler.reply(429, {"error": {"message": "slow down"}})
    assert "asked too much at present" in failing(server)
    assert len(server.bodies) == 3


def test_photos_that_are_too_large_are_sent_smaller(server: Scene) -> None:
    def play(handler: Handler) -> None:
        if len(server.bodies) < 3:
            handler.reply(400, {"error": {"message": "exceeds the maximum context length"}})
        else:
            handler.begin()
            handler.say("Now.")
            handler.done()

    server.play = play
    sizes: list[int] = []
    assert model(server).answer(question(picture(sizes), "?")) == "Now."
    assert sizes == [1_000_000, 500_000, 250_000]


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (["{not json"], "no part of an answer"),
        (['{"choices": [{"delta": {"content": 5}}]}'], "no part of an answer"),
        (['{"choices": "none"}'], "no part of an answer"),
        (['{"error": {"message": "out of memory"}}'], "failed at this: out of memory"),
        (["x" * 1_200_000], "line to .* broke"),
        ([], "broke off in the middle"),
    ],
)
def test_malformed_streams_end_with_a_sentence(
    server: Scene, events: list[str], sentence: str
) -> None:
    def play(handler: Handler) -> None:
        handler.begin()
        handler.say("Photo 2")
        for event in events:
            handler.event(event)

    server.play = play
    stream = model(server).stream(question(), lambda: False)
    assert next(stream) == "Photo 2"
    with pytest.raises(ModelError, match=sentence):
        list(stream)


def test_what_says_nothing_is_passed_over(server: Scene) -> None:
    def play(handler: Handler) -> None:
        handler.begin()
        handler.wfile.write(b": ping\n\nevent: other\r\ndata: \r\n\r\n")
        handler.event({"choices": []})
        handler.event({"choices": [{"delta": {"role": "assistant", "reasoning_content": "hm"}}]})
        handler.event({"usage": {"total_tokens": 5}, "choices": None})
        handler.say("Fine.")
        handler.say(None, "length")

    server.play = play
    assert model(server).answer(question()) == "Fine."


def test_a_server_that_sends_all_at_once_is_understood(server: Scene) -> None:
    whole = {"choices": [{"message": {"role": "assistant", "content": "Fine."}}]}
    server.play = lambda handler: handler.reply(200, whole)
    assert model(server).answer(question()) == "Fine."
    server.play = lambda handler: handler.reply(200, b"<html>", kind="text/html")
    assert "does not answer as a chat server does" in failing(server)


def test_a_server_that_falls_silent_is_given_up(server: Scene) -> None:
    def play(handler: Handler) -> None:
        if len(server.bodies) == 1:
            server.gate.wait(PATIENCE)
            return
        handler.begin()
        handler.say("Photo")
        server.gate.wait(PATIENCE)

    server.play = play
    assert "gave no answer within 0 seconds" in failing(server, model="m", begins=0.2)
    stream = model(server, model="m", silent=1.0).stream(question(), lambda: False)
    assert next(stream) == "Photo"
    with pytest.raises(ModelError, match="fell silent"):
        list(stream)


def test_nobody_at_the_address_and_a_broken_line_are_told_apart(server: Scene) -> None:
    def play(handler: Handler) -> None:
        handler.begin()
        handler.say("Photo")
        handler.connection.shutdown(2)

    server.play = play
    assert " broke " in failing(server)
    server.models = lambda handler: handler.reply(200, {"data": []})
    assert "has no model" in failing(server)
    server.models = lambda handler: handler.reply(500, {"error": "x"})
    assert "failed at this" in failing(server)
    gone = ServerModel("http://127.0.0.1:9", "m")
    with pytest.raises(ModelError, match=r"Nobody answers at http://127\.0\.0\.1:9"):
        gone.answer(question())


def test_proxies_of_the_environment_are_not_asked(
    server: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert model(server).answer(question()) == "Photo 2 is sharper."


def test_only_this_machine_is_asked_unless_the_owner_wants_more() -> None:
    for url in ("http://localhost:8000", "http://127.9.9.9/v1", "http://[::1]:1234/v1/"):
        assert read_address(url, allow_remote=False).is_local
    for url in ("http://10.0.0.5:8000", "https://api.example.com/v1", "http://localhost.evil.com"):
        with pytest.raises(ChatError, match="--allow-remote"):
            read_address(url, allow_remote=False)
        assert not read_address(url, allow_remote=True).is_local
    assert not is_loopback("127.0.0.1.example.com")


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1"),
        ("http://localhost/api/v1/chat/completions", "http://localhost/api/v1"),
        (" http://[::1]:80/v1/models", "http://[::1]:80/v1"),
    ],
)
def test_addresses_are_given_in_many_ways(url: str, base: str) -> None:
    assert read_address(url, allow_remote=False).base == base


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://localhost", "http://", "http://a:b@localhost", "http://[x"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ChatError):
        read_address(url, allow_remote=True)


def test_what_a_model_thinks_aloud_is_left_out() -> None:
    def told(*pieces: str) -> str:
        return "".join(without_thoughts(pieces))

    assert told("Photo", " 2") == "Photo 2"
    assert told("<thi", "nk>\nhm, ", "</thi", "nk>\n\nPhoto", " 2") == "Photo 2"
    assert told("  <", "b>x") == "  <b>x"
    assert told("<think>never ends") == ""
    assert told("<thi") == "<thi"
    assert told("a <think>b</think>") == "a <think>b</think>"
    assert list(without_thoughts(["a", "b"])) == ["a", "b"]


def test_user_and_assistant_take_turns() -> None:
    said = [Message("user", ("a",)), Message("user", ("b",)), Message("assistant", ("c",))]
    assert in_turns(said) == (Message("user", ("a", "\n\n", "b")), Message("assistant", ("c",)))


ANIMALS = Bound(("cat", "dog", 'a "wild" one'), 2)


def test_an_answer_from_a_list_is_asked_for_as_json_of_a_schema(server: Scene) -> None:
    def play(handler: Handler) -> None:
        handler.begin()
        handler.say('{"1": "dog", ')
        handler.say('"2": "a \\"wild\\" one"}')
        handler.done()

    server.play = play
    answer = model(server).bound_answer(question(), ANIMALS, most_tokens=50)
    assert answer == '1: dog\n2: a "wild" one'
    body = server.bodies[0]
    form = body["response_format"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    schema = form["json_schema"]["schema"]
    assert schema["required"] == ["1", "2"]
    assert {tuple(each["enum"]) for each in schema["properties"].values()} == {ANIMALS.texts}
    assert body["messages"][-1]["content"].startswith("Which is better?\n\nWrite it as a JSON")


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_without_schemas_is_asked_for_one_only_once(server: Scene, status: int) -> None:
    server.play = lambda handler: handler.reply(status, {"error": "response_format is unknown"})
    asked = model(server)
    assert asked.bound_answer(question(), ANIMALS) is None
    assert asked.bound_answer(question(), ANIMALS) is None
    assert len(server.bodies) == 1


def test_what_is_no_schemas_fault_is_said(server: Scene) -> None:
    server.play = lambda handler: handler.reply(400, {"error": "exceeds the context size"})
    asked = model(server)
    with pytest.raises(ModelError, match="does not take this question"):
        asked.bound_answer(question(), ANIMALS)
    # One that knows no schemas and says nothing of it writes what it likes.
    server.play = say_hello
    assert asked.bound_answer(question(), ANIMALS) == "Photo 2 is sharper."


def test_several_are_asked_at_the_same_time_and_answered_in_their_order(server: Scene) -> None:
    together = threading.Barrier(ServerModel.at_once)

    def play(handler: Handler) -> None:
        text = handler.body["messages"][-1]["content"]
        together.wait(PATIENCE)
        if text == "2":
            handler.reply(500, {"error": "out of order"})
            return
        handler.begin()
        handler.say(f"answer {text}")
        handler.done()

    server.play = play
    asked = model(server, model="tiny-vl")
    answers = asked.answer_each([question(str(number)) for number in range(ServerModel.at_once)])
    assert [str(each) for each in answers[:2]] == ["answer 0", "answer 1"]
    assert isinstance(answers[2], ModelError)
    assert answers[3] == "answer 3"
