"""What the built-in assistant answers, on real photos and on made signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from chat_library import ChatAlbum, Made

from tui_selector.chat.assistant.assistant import Assistant
from tui_selector.chat.assistant.purposes import PURPOSES, purpose_of
from tui_selector.chat.assistant.sources import Sources
from tui_selector.chat.assistant.talking import CAN
from tui_selector.chat.backend import ChatError, ChatRequest
from tui_selector.chat.conversation import new_conversation
from tui_selector.chat.proposals import Proposal, read_answer
from tui_selector.library.photo import State, Tag
from tui_selector.library.quality import Blur, Quality

RealAlbum = Callable[..., ChatAlbum]
BLUR = ("176_HONOR-7X_F.jpg", "176_HONOR-7X_M.jpg", "176_HONOR-7X_S.jpg")


def quality(sharpness: float = 1.0, **signals: object) -> Quality:
    told = {"width": 4000, "height": 3000, "side": 1024, "light": -2.4, "contrast": 50.0,
            "entropy": 7.0, "luma_95": 220.0, "noise": 1.0, "blur": Blur.NONE}  # fmt: skip
    return Quality(**{**told, "sharpness": sharpness, **signals})


# -- real photos ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def blur(real_album: RealAlbum) -> ChatAlbum:
    """One scene out of focus (1), blurred by motion (2) and sharp (3)."""
    return real_album("blur", *BLUR)


@pytest.mark.parametrize(
    "question", ["Which photo is better?", "which is the sharpest", "why is 3 better than 1 and 2?"]
)
def test_the_sharp_frame_is_the_best_for_the_right_reasons(blur: ChatAlbum, question: str) -> None:
    text = blur.ask(question).text
    first, *lines = [line for line in text.split("\n") if line]
    assert "hoto 3" in first
    assert lines[0].startswith("- photo 3")
    assert "sharp" in lines[0].casefold()
    out_of_focus = next(line for line in lines if line.startswith("- photo 1"))
    moved = next(line for line in lines if line.startswith("- photo 2"))
    assert "out of focus" in out_of_focus.casefold()
    assert "blurred by motion" in moved.casefold()


def test_the_blurred_frames_are_found(blur: ChatAlbum) -> None:
    text = blur.ask("which ones are blurry?").text
    assert text.startswith("Photos 1 and 2 are blurred")
    assert blur.ask("is photo 3 out of focus?").text.startswith("Photo 3 is not out of focus")


def test_the_best_is_kept_and_the_rest_rejected_with_reasons(blur: ChatAlbum) -> None:
    keep, *rejects = blur.ask("keep the best, reject the rest").proposals
    assert (keep.act, keep.photos) == ("keep", (3,))
    assert {(each.act, each.photos) for each in rejects} == {("reject", (1,)), ("reject", (2,))}
    assert all(each.reason for each in (keep, *rejects))


def test_among_photos_that_are_nearly_the_same_the_sharp_one_is_picked(
    real_album: RealAlbum,
) -> None:
    names = ("ukbench00004.jpg", "ukbench00005.jpg", "ukbench00006.jpg", "ukbench00007.jpg")
    castle = ("100_7100.JPG", "100_7101.JPG")
    album = real_album("neardup", *names[:2], *castle)
    text = album.ask("which photos are nearly the same?").text
    assert "**Photos 1 and 2**" in text.replace("Photos 2 and 1", "Photos 1 and 2")
    assert "**Photos 3 and 4**" in text.replace("Photos 4 and 3", "Photos 3 and 4")
    sharper = album.ask("which is sharper, 3 or 4?")
    signals = album.catalog.qualities.of(album.ids)
    values = [signals[album.ids[place]].close_sharpness for place in (2, 3)]
    best = 3 if values[0] > values[1] else 4
    assert f"hoto {best}**" in sharper.text or "share the first place" in sharper.text


def test_photos_for_a_childrens_album_are_ranked_sensibly(real_album: RealAlbum) -> None:
    album = real_album(
        "coco",
        "000000409194.jpg",  # 1: a sink
        "000000466137.jpg",  # 2: a teddy bear at tea
        "000000418049.jpg",  # 3: a dog
        "000000539216.jpg",  # 4: drinking teddies and a bottle of spirits
        "000000281789.jpg",  # 5: zebras
        "000000084284.jpg",  # 6: an office
    )
    text = album.ask("is it suitable for a children's album?").text
    ranked = [int(line[8]) for line in text.split("\n") if line.startswith("- photo ")]
    assert set(ranked[:3]) == {2, 3, 5}
    assert text.startswith("**Photo 2** suits a children's album best.")
    assert "teddy bear" in text
    spirits = next(line for line in text.split("\n") if line.startswith("- photo 4"))
    assert "hardly suits" in spirits
    assert "may show" in spirits
    assert album.ask("is photo 1 suitable for a children's album?").text.startswith(
        ("Rather", "Perh")
    )
    assert album.ask("which one shows a dog?").text.startswith("Photo 3 probably shows")
    (search,) = album.ask("find photos of a dog").proposals
    assert search == Proposal(act="search", text="dog")


# -- made signals --------------------------------------------------------------------------------


@pytest.fixture
def album(made: Made) -> ChatAlbum:
    """Four photos: sharp; soft and dark; not measured; of another motif, with eyes not found."""
    gps = '{"camera":"Canon EOS R5","latitude":48.77,"longitude":2.28,"iso":100,"f_number":2.8}'
    made.add("IMG_0001.jpg", quality(1.4), Tag("dog", 0.9, "model"), taken=1e9, metadata=gps)
    made.add(
        "IMG_0002.jpg",
        quality(0.4, blur=Blur.DEFOCUS, light=-4.0, black_red=0.3),
        taken=1e9 + 3600,
    )
    made.add("IMG_0003.jpg")
    made.add("IMG_0004.jpg", quality(1.0, faces=2, prominent=2, eyes=1, colourfulness=60.0))

    def chances(text: str, photos: Sequence[int]) -> Mapping[int, float]:
        return {id_: 0.9 if text == "dog" and id_ == made.ids[0] else 0.1 for id_ in photos}

    return made.album(Sources(chances, None, "a test", "Qwen3.5-4B"))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("which is better?", ["**Photo 1**", "sharper, +40 %", "photo 3: not measured yet"]),
        ("which is the sharpest?", ["**Photo 1** is the sharpest", "photo 3: can't tell"]),
        ("which is the most colourful", ["**Photo 4**"]),
        ("which is the oldest?", ["**Photo 1** is the oldest", "photo 3: can't tell"]),
        ("which is the worst?", ["**Photo 2** is technically the weakest"]),
        ("compare 1 and 2", ["sharpness: 1: sharp", "time: 60 minutes apart", "**Photo 1**"]),
        ("sort them by sharpness", ["- photo 1", "photo 3: can't tell"]),
        ("describe photo 1", ["`IMG_0001.jpg`", "dog (0.90)", "`Canon EOS R5`", "do not see"]),
        ("is photo 2 dark?", ["Yes, photo 2 is too dark", "4.0 EV below white"]),
        ("are their eyes closed?", ["Photo 4", "1 of 2 faces", "can't tell"]),
        ("what is wrong with photo 2", ["Out of focus", "Dark"]),
        ("how many photos are there?", ["4 photos", "photos 1–4"]),
        ("how many show a dog", ["Photo 1 probably shows"]),
        ("how many faces are in photo 4?", ["2 found", "an eye found on 1 of 2"]),
        ("when was photo 2 taken?", ["09 Sep 2001"]),
        ("when were they taken", ["Photo 1 is the first, photo 2 the last; 60 minutes"]),
        ("where was photo 1 taken", ["48.77000° N, 2.28000° E"]),
        ("where was photo 2 taken", ["no position", "do not recognise places"]),
        ("which camera?", ["`Canon EOS R5`", "f/2.8, ISO 100", "names no camera"]),
        ("what size is photo 1", ["4000 × 3000 pixels, 12.0 MP"]),
        ("what tags does photo 1 have", ["dog (0.90)"]),
        ("is photo 3 sharp?", ["not measured yet"]),
        ("is photo 1 suitable for a large print?", ["Yes, for a large print", "4000 pixels"]),
        ("can you see the photos?", ["No.", "Qwen3.5-4B"]),
        ("is photo 9 sharp?", ["no photo 9"]),
        ("are there duplicates", ["No two of them", "same bytes only"]),
    ],
)
def test_answers_give_facts_and_numbers(album: ChatAlbum, question: str, said: list[str]) -> None:
    text = album.ask(question).text
    for words in said:
        assert words in text


@pytest.mark.parametrize("question", ["tell me a joke", "asdf", "what is the capital of France?"])
def test_what_is_not_understood_is_answered_with_what_can_be_asked(
    album: ChatAlbum, question: str
) -> None:
    reply = album.ask(question)
    assert reply.text.startswith("I did not understand that.")
    assert all(each in reply.text for each in CAN)
    assert reply.proposals == ()


@pytest.mark.parametrize(
    ("question", "proposals"),
    [
        ("keep 2 and reject 1 and 3", [("keep", (2,)), ("reject", (1, 3))]),
        ("reject the blurry ones", [("reject", (2,))]),
        ("reject all but 4", [("reject", (1, 2, 3))]),
        ("mark the two sharpest", [("mark", (1,)), ("mark", (4,))]),
        ("give photo 3 five stars", [("rate", (3,))]),
        ("keep photos with a dog", [("keep", (1,))]),
        ("keep the sharp ones", [("keep", (1, 4))]),
        ("reject the ones that are not blurry", [("reject", (1, 4))]),
        ("I can't decide between 1 and 2", [("keep", (1,))]),
        ("help me choose", [("keep", (1,))]),
        ("pick a favourite", [("keep", (1,))]),
        ("put 2 and 3 in the reject pile", [("reject", (2, 3))]),
        ("2 of them are enough, keep the best 2", [("keep", (1,)), ("keep", (4,))]),
        ("keep", []),
        ("delete photo 2", [("reject", (2,))]),
        ("don't reject photo 2", []),
        ("which is better?", []),
        ("which should I keep?", [("keep", (1,)), ("reject", (2,)), ("reject", (4,))]),
        ("which ones can I throw away?", [("reject", (2,)), ("reject", (4,))]),
        ("should I keep photo 1?", []),
        ("keep the photos with a unicorn", []),
    ],
)
def test_decisions_are_proposed_and_nothing_else(
    album: ChatAlbum, question: str, proposals: list[tuple[str, tuple[int, ...]]]
) -> None:
    reply = album.ask(question)
    assert [(each.act, each.photos) for each in reply.proposals] == proposals


def test_follow_ups_are_about_what_was_asked_before(album: ChatAlbum) -> None:
    talk = album.answered("is photo 1 dark?")
    assert album.ask("and photo 2?", before=talk).text.startswith("Yes, photo 2 is too dark")
    talk = album.answered("which is the brightest?")
    assert "EV under white" in album.ask("why?", before=talk).text
    talk = album.answered("which is the sharpest?")
    assert album.ask("when was it taken?", before=talk).text.startswith("Photo 1:")


def test_a_photo_that_is_gone_is_said_to_be(album: ChatAlbum) -> None:
    talk = album.talk()
    with album.catalog.transaction():
        album.catalog.photos.set_state(album.ids[1:2], State.TRASHED)
    text = album.ask("is photo 2 sharp?", before=talk).text
    assert text.startswith("Photo 2 is no longer here.")
    assert "photo 2" not in album.ask("which is the sharpest?", before=talk).text


def test_a_damaged_file_is_neither_compared_nor_let_go(made: Made) -> None:
    damaged = made.add("a.jpg")
    for name, sharpness in (("b.jpg", 1.4), ("c.jpg", 0.9)):
        made.add(name, quality(sharpness, width=440, height=289))
    with made.catalog.transaction():
        made.catalog.photos.set_problem(damaged, "The file \x1b[31m is cut short.")
    album = made.album()
    why = "it cannot be read (The file \\x1b[31m is cut short)"
    for question in ("which is the sharpest?", "which is better?", "describe photo 1"):
        assert why in album.ask(question).text, question
    assert why in made.album().ask("is photo 1 suitable for a children's album?").text
    advice = album.ask("which would you keep?")
    assert "Nothing that was measured speaks against any of them" in advice.text
    assert f"photo 1: {why}" in advice.text
    assert not [each for each in advice.proposals if each.act == "reject"]


def test_nothing_can_go_for_being_small_alone(made: Made) -> None:
    made.add("a.jpg", quality(1.4, width=440, height=289))
    made.add("b.jpg", quality(0.4, blur=Blur.DEFOCUS))
    advice = made.album().ask("which would you keep?")
    assert "photo 1 stays: Sharp (sharpness 1.40). Small: 440 x 289 pixels." in advice.text
    assert [(each.act, each.photos) for each in advice.proposals] == [
        ("keep", (1,)),
        ("reject", (2,)),
    ]


def test_without_photos_it_says_so(made: Made) -> None:
    empty = made.album()
    for question in ("which is better?", "describe it", "keep the best", "is it blurry?"):
        assert "no photo in this conversation" in empty.ask(question).text
    assert empty.ask("how many photos are there?").text == "The library has 0 photos."


def test_without_a_model_it_says_what_it_cannot_tell(made: Made) -> None:
    made.add("a.jpg", quality())
    album = made.album()
    assert album.ask("is there a dog in it?").text.startswith("I can't tell")
    assert "No model that knows words" in album.ask("suitable for a family album?").text


def test_it_answers_as_a_backend_in_pieces_until_it_is_stopped(album: ChatAlbum) -> None:
    talk = album.talk().asked("keep the sharpest and reject the rest")

    def nothing(number: int, pixels: int) -> object:
        raise AssertionError("it does not look")

    request = ChatRequest(talk, nothing)  # type: ignore[arg-type]
    pieces = list(album.assistant.answer(request, lambda: False))
    assert len(pieces) > 3
    read = read_answer("".join(pieces), talk.numbers)
    assert [(each.act, each.photos) for each in read.proposals][:1] == [("keep", (1,))]
    assert read.notes == ()
    stops = iter([False, False, True])
    assert list(album.assistant.answer(request, lambda: next(stops))) == pieces[:2]
    with pytest.raises(ChatError, match="no question"):
        album.assistant.reply(new_conversation())
    album.catalog.connection.execute("DROP TABLE grouped")
    with pytest.raises(ChatError, match="catalog cannot be read"):
        list(Assistant(album.catalog).answer(request, lambda: False))


def test_every_use_is_found_by_its_words() -> None:
    for purpose in PURPOSES:
        for words in purpose.words:
            assert purpose_of(f"a {words} of ours").words, words
    assert purpose_of("a wedding").name == "a wedding album"
    assert purpose_of("my tax return").shows == ("tax return",)
