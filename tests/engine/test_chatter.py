"""Questions about photos in the engine: who is told what, who answers, and how it ends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny_chat
from catalog_rows import indexed_row
from chat_engine import ChatEngine, add_photos, shown
from chat_server import Scene, scene
from patience import PATIENCE

from tui_selector.chat.backend import ChatError, ChatRequest
from tui_selector.chat.conversation import Conversation, new_conversation
from tui_selector.chat.photos import read_photos
from tui_selector.engine.chat_messages import (
    AskChat,
    ChatAnswered,
    ChatModelList,
    ChooseChat,
    Describe,
    Described,
    ListChatModels,
)
from tui_selector.engine.group_messages import Taste
from tui_selector.engine.protocol import CatalogChanged, Failure, Progress
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.photo import Kind, State
from tui_selector.models import lending
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

Start = Callable[..., ChatEngine]


@pytest.fixture
def start(paths: LibraryPaths) -> Iterator[Start]:
    made: list[ChatEngine] = []

    def begin(**settings: object) -> ChatEngine:
        made.append(ChatEngine(paths, Settings(**settings)))  # type: ignore[arg-type]
        return made[-1]

    yield begin
    for engine in made:
        engine.close()


@pytest.fixture
def server() -> Iterator[Scene]:
    with scene() as made:
        yield made


def asked(catalog: Catalog, ids: list[int], text: str = "Which is sharper?") -> Conversation:
    return new_conversation(read_photos(catalog, ids)).asked(text)


def answered(answer: object) -> ChatAnswered:
    assert isinstance(answer, ChatAnswered), answer
    return answer


def failure(answer: object) -> str:
    assert isinstance(answer, Failure), answer
    return answer.sentence


def test_pieces_go_to_the_client_that_asks_and_the_whole_comes_last(
    catalog: Catalog, start: Start
) -> None:
    ids = add_photos(catalog, "a.jpg", "b.jpg")
    engine = start()

    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        request.report("Thinking\x1b[31m …")
        yield "Photo 2 \x1b]0;"
        yield "is sharper.\n\n```propo"
        yield 'sals\nkeep 2: sharper\nreject 7: none\nsearch "x"\n```'

    engine.backend.script = script
    answer = answered(engine.answer(AskChat(conversation=asked(catalog, ids), number=7), 3))
    assert answer.turn.text == "Photo 2 \\x1b]0;is sharper."
    assert [each.act for each in answer.turn.proposals] == ["keep", "search"]
    assert answer.turn.proposals[0].photos == (2,)
    assert answer.turn.notes == ("There is no photo 7 here; it is left out.",)
    assert (answer.turn.by, answer.sees, answer.turn.stopped) == ("scripted", True, False)
    assert answer.turn.photos == (1, 2)
    assert {client for client, _ in engine.told} == {3}
    assert {piece.question for _, piece in engine.told} == {7}
    assert engine.told[0][1].doing == "Thinking\\x1b[31m …"
    followed = shown([piece for _, piece in engine.told])
    assert followed
    assert answer.turn.text.startswith(followed)
    assert not engine.chatter.busy


def test_a_stop_keeps_what_was_said_and_proposes_nothing(catalog: Catalog, start: Start) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start()

    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        yield "Photo 1 is fine.\n```proposals\nreject 1\n```\n"
        engine.chatter.stop(1)
        assert stop()
        yield "never"

    engine.backend.script = script
    answer = answered(engine.answer(AskChat(conversation=asked(catalog, ids))))
    assert answer.turn.stopped
    assert answer.turn.text.startswith("Photo 1 is fine.")
    assert answer.turn.proposals == ()


def test_an_answer_waits_for_photos_that_are_about_to_be_looked_at(
    catalog: Catalog, start: Start
) -> None:
    (known,) = add_photos(catalog, "a.jpg")
    (new,) = catalog.photos.add([Found(path="b.jpg", size=1, mtime_ns=2, kind=Kind.IMAGE)])
    engine = start()
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    engine._on_event = lambda event: said.put(getattr(event, "doing", ""))
    question = AskChat(conversation=asked(catalog, [known, new]))
    # One that looks at the photos itself waits for nobody, and nobody waits while work rests.
    engine.progress = Progress(stage="starting")
    assert answered(engine.answer(question)).turn.text == "Photo 2 is sharper."
    engine.backend.sees = False
    engine.progress = Progress(stage="paused")
    assert answered(engine.answer(question)).turn.text == "Photo 2 is sharper."
    assert engine.looked == []
    while not said.empty():
        assert said.get() == ""
    engine.progress = Progress(stage="starting")
    reply = engine.chatter.ask(question, 1)
    assert said.get(timeout=PATIENCE).startswith("The model that looks at new photos is being")
    engine.progress = Progress(stage="indexing", model="builtin")
    engine.chatter.note()
    assert said.get(timeout=PATIENCE) == "1 of 2 photos are looked at, the others are new …"
    assert engine.looked == [known, new]
    assert not reply.done()
    catalog.photos.store_indexed([indexed_row(new, b"b", mtime_ns=2, width=4, height=4)])
    engine.chatter.note()
    assert answered(reply.result(PATIENCE)).turn.text == "Photo 2 is sharper."


def test_a_newer_question_of_a_client_stops_the_older_one_and_no_other(
    catalog: Catalog, start: Start
) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start()
    going = threading.Barrier(3)
    over = threading.Event()

    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        if len(engine.backend.requests) > 2:
            yield "Newer."
            return
        yield "Older."
        going.wait(PATIENCE)
        while not (stop() or over.wait(0.01)):
            pass
        yield "" if stop() else " Undisturbed."

    engine.backend.script = script
    question = AskChat(conversation=asked(catalog, ids))
    first, other = engine.chatter.ask(question, 1), engine.chatter.ask(question, 2)
    going.wait(PATIENCE)
    newer = engine.chatter.ask(question, 1)
    assert answered(newer.result(PATIENCE)).turn.text == "Newer."
    assert answered(first.result(PATIENCE)).turn.stopped
    assert not other.done()
    over.set()
    assert answered(other.result(PATIENCE)).turn.text == "Older. Undisturbed."


def test_a_client_that_goes_away_stops_its_answer(catalog: Catalog, start: Start) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start()
    begun, ended = threading.Event(), threading.Event()

    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        try:
            while True:
                yield "and "
                begun.set()
        finally:
            ended.set()

    engine.backend.script = script
    reply = engine.chatter.ask(AskChat(conversation=asked(catalog, ids)), 1)
    assert begun.wait(PATIENCE)
    reply.cancel()
    assert ended.wait(PATIENCE)


def test_an_endless_answer_is_cut(catalog: Catalog, start: Start) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start()

    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        while True:
            yield "word " * 2000

    engine.backend.script = script
    answer = answered(engine.answer(AskChat(conversation=asked(catalog, ids))))
    assert answer.turn.stopped
    assert 59_000 <= len(answer.turn.text) < 80_000


def test_what_goes_wrong_is_a_sentence(catalog: Catalog, start: Start) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start()
    question = AskChat(conversation=asked(catalog, ids))

    def refuse(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        yield "Well"
        raise ChatError("The model \x1b[31m is gone.")

    def crash(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        raise ZeroDivisionError

    engine.backend.script = refuse
    assert failure(engine.answer(question)) == "The model \\x1b[31m is gone."
    engine.backend.script = crash
    assert "the engine's log says more" in failure(engine.answer(question))
    engine.backend.script = lambda request, stop: iter(("  ",))
    assert "gave no answer" in failure(engine.answer(question))
    empty = AskChat(conversation=new_conversation())
    assert "no question" in failure(engine.answer(empty))


def test_photos_are_shown_upright_and_no_larger_than_wanted(catalog: Catalog, start: Start) -> None:
    ids = add_photos(catalog, "a.jpg", "b.jpg", "c.jpg")
    (catalog.root / "b.jpg").write_bytes(b"\xff\xd8 no more")
    engine = start()
    seen: list[object] = []

    def script(request: ChatRequest, stop: Callable[[], bool]) -> Iterator[str]:
        image = request.picture(1, 5000)
        seen.append((image.mode, 4000 < image.width * image.height <= 5000))
        seen.append(request.picture(1, 10**9).size)
        for number in (2, 3, 9):
            with pytest.raises(ChatError) as caught:
                request.picture(number, 5000)
            seen.append(str(caught.value))
        yield "Seen."

    engine.backend.script = script
    conversation = asked(catalog, ids)
    catalog.photos.set_state([ids[2]], State.TRASHED)
    answer = answered(engine.answer(AskChat(conversation=conversation)))
    assert seen[:2] == [("RGB", True), (320, 200)]
    assert "b.jpg cannot be shown to the model" in str(seen[2])
    assert [str(each) for each in seen[3:]] == [
        "Photo 3 is no longer here; ask about the others.",
        "Photo 9 is no longer here; ask about the others.",
    ]
    assert [photo.gone for photo in answer.photos] == [False, False, True]


def test_what_is_known_of_the_owners_taste_is_told(
    catalog: Catalog, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_photos(catalog, "a.jpg", "b.jpg", "c.jpg")
    engine = start()
    known = Taste(choices=40, agreement=0.8, scores=[0.1, 2.0, -1.0])
    monkeypatch.setattr("tui_selector.engine.chat_taste.taste", lambda library, photos: known)
    question = AskChat(conversation=asked(catalog, ids))
    engine.answer(question)
    assert "photo 2 would be preferred" in engine.backend.requests[0].taste
    assert "80%" in engine.backend.requests[0].taste
    known = Taste(choices=4)
    engine.answer(question)
    assert engine.backend.requests[1].taste == ""


# -- who answers -----------------------------------------------------------------------------------


def chosen(answer: object) -> ChatModelList:
    assert isinstance(answer, ChatModelList), answer
    return answer


def test_the_assistant_answers_until_somebody_is_chosen(
    catalog: Catalog, start: Start, server: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_photos(catalog, "a.jpg", "b.jpg")
    engine = start()
    offers = chosen(engine.answer(ListChatModels()))
    assert (offers.chosen, offers.own, offers.problem) == ("assistant", False, "")
    there = {model.name: model for model in offers.models}
    assert there["assistant"].here
    assert not there["assistant"].sees
    assert not there["qwen3.5-4b"].here
    assert there["qwen3.5-4b"].sees
    assert "No chat server is set" in failure(engine.answer(ChooseChat(model="server")))
    assert "models pull qwen3.5-4b" in failure(engine.answer(ChooseChat(model="qwen3.5-4b")))
    monkeypatch.setenv("TUI_SELECTOR_CHAT_URL", server.url)
    offers = chosen(engine.answer(ListChatModels()))
    assert offers.chosen == "server"
    assert next(m for m in offers.models if m.name == "server").sends_to == server.url
    answer = answered(engine.answer(AskChat(conversation=asked(catalog, ids))))
    assert (answer.turn.by, answer.turn.text) == ("tiny-vl", "Photo 2 is sharper.")
    assert answer.sends_to == server.url
    shown_ = server.bodies[0]["messages"][1]["content"]
    assert [part["type"] for part in shown_] == ["text", "image_url", "text"] * 2 + ["text"]
    assert shown_[0]["text"] == "Photo 1: a.jpg\n"
    # For this library alone, and back again.
    offers = chosen(engine.answer(ChooseChat(model="assistant")))
    assert (offers.chosen, offers.own) == ("assistant", True)
    offers = chosen(engine.answer(ChooseChat(model="")))
    assert (offers.chosen, offers.own) == ("server", False)


def test_photos_leave_the_machine_only_if_that_is_allowed(catalog: Catalog, start: Start) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start(chat_url="http://photos.example.com", chat_model="server")
    offers = chosen(engine.answer(ListChatModels()))
    assert offers.chosen == "assistant"
    assert "--allow-remote" in offers.problem
    question = AskChat(conversation=asked(catalog, ids))
    assert "--allow-remote" in failure(engine.answer(question))
    allowed = engine.models.backend("server", allow_remote=True)
    assert allowed.sends_to == "http://photos.example.com"
    with pytest.raises(ChatError, match="allow-remote"):
        engine.models.backend("server")


def test_a_server_that_fails_is_a_sentence_for_the_client(
    catalog: Catalog, start: Start, server: Scene
) -> None:
    ids = add_photos(catalog, "a.jpg")
    server.play = lambda handler: handler.reply(500, {"error": "x"})
    engine = start()
    question = AskChat(conversation=asked(catalog, ids), model="server:m", url=server.url)
    assert "failed at this" in failure(engine.answer(question))


def test_a_model_in_a_folder_answers_and_gives_its_memory_back(
    catalog: Catalog, start: Start, tmp_path: Path
) -> None:
    ids = add_photos(catalog, "a.jpg", "b.jpg")
    folder = tiny_chat.write_smolvlm(tmp_path / "tiny")
    engine = start(chat_pixels=4096, device="cpu")
    conversation = asked(catalog, ids)

    def stop_soon(*_: object) -> None:
        if any(piece.text for _, piece in engine.told):
            engine.chatter.stop(1)

    engine._on_event = stop_soon
    question = AskChat(conversation=conversation, model=str(folder))
    answer = answered(engine.answer(question))
    assert answer.turn.stopped
    assert answer.turn.text
    assert answer.sends_to == ""
    doing = [piece.doing for _, piece in engine.told if piece.doing]
    assert doing[0].startswith("Loading ")
    assert engine.models.is_loaded
    engine.models.begin()
    assert not engine.models.give_back()
    engine.models.end()
    assert lending.call_back()
    assert not engine.models.is_loaded
    assert "neither" not in failure(
        engine.answer(AskChat(conversation=conversation, model="nobody/nowhere"))
    )


# -- descriptions ----------------------------------------------------------------------------------


def test_photos_are_described_and_that_is_kept(
    catalog: Catalog, start: Start, server: Scene
) -> None:
    ids = add_photos(catalog, "a.jpg", "b.jpg", "c.jpg")
    (catalog.root / "b.jpg").write_bytes(b"nothing")
    engine = start()
    found = engine.answer(Describe(photos=[*ids, 999], model="server:vl", url=server.url))
    assert isinstance(found, Described), found
    assert [each.text for each in found.descriptions] == [
        "Photo 2 is sharper.",
        "",
        "Photo 2 is sharper.",
        "",
    ]
    assert "b.jpg cannot be shown" in found.descriptions[1].problem
    assert "not there" in found.descriptions[3].problem
    assert found.author == "vl"
    kept = catalog.captions.all()
    assert {id_: kept[id_].text for id_ in kept} == dict.fromkeys(
        (ids[0], ids[2]), "Photo 2 is sharper."
    )
    assert engine.published == [CatalogChanged(photos=[ids[0], ids[2]])]
    assert catalog.captions.with_words(["sharper"]) == {ids[0], ids[2]}
    assert "sees no photos" in failure(engine.answer(Describe(photos=ids, model="assistant")))


def test_descriptions_of_an_aspect_answer_their_own_question(
    catalog: Catalog, start: Start, server: Scene
) -> None:
    ids = add_photos(catalog, "a.jpg")
    engine = start()
    asks = Describe(
        photos=ids, model="server:vl", url=server.url, aspect="mood", prompt="Which mood?"
    )
    assert isinstance(engine.answer(asks), Described)
    assert server.bodies[0]["messages"][1]["content"][-1]["text"] == "Which mood?"
    assert catalog.captions.all() == {}
    assert list(catalog.captions.all("mood")) == ids


def test_nothing_is_described_for_a_client_that_is_gone(
    catalog: Catalog, start: Start, server: Scene
) -> None:
    ids = add_photos(catalog, *(f"{number}.jpg" for number in range(8)))
    engine = start()
    first = threading.Event()

    def play(handler: object) -> None:
        first.set()
        server.gate.wait(PATIENCE)

    server.play = play
    reply = engine.describer.ask(Describe(photos=ids, model="server:vl", url=server.url))
    assert first.wait(PATIENCE)
    reply.cancel()
    engine.describer.close()
    assert not engine.describer.busy
    assert len(server.bodies) <= 4
    assert catalog.captions.all() == {}
