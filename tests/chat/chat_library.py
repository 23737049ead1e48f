"""Libraries that are talked about: of real photos, and of photos of which only signals exist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from catalog_rows import indexed_row

from tui_selector.analysis.cull.shots import Alike
from tui_selector.analysis.quality import close
from tui_selector.analysis.similar.grouping import Grouping
from tui_selector.chat.assistant.assistant import Assistant
from tui_selector.chat.assistant.matter import Reply
from tui_selector.chat.assistant.sources import Sources
from tui_selector.chat.conversation import Conversation, Turn, new_conversation
from tui_selector.chat.photos import read_photos
from tui_selector.engine.asking import Asker
from tui_selector.engine.collection import Collection
from tui_selector.engine.measuring import look_version, renew_tags
from tui_selector.engine.pipeline import Item, process
from tui_selector.engine.ranked_groups import Ranking
from tui_selector.engine.shots import load_shots
from tui_selector.engine.store import Spaces, Store
from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.catalog.photo_table import Found
from tui_selector.library.groups import GroupSetting, GroupWish
from tui_selector.library.photo import Kind, Tag
from tui_selector.library.pictures.decode import decode
from tui_selector.library.pictures.thumbnails import ThumbnailStore
from tui_selector.library.quality import Quality
from tui_selector.models.builtin import BuiltinEmbedder
from tui_selector.paths import LibraryPaths
from tui_selector.search.index import Choice
from tui_selector.search.query import Term
from tui_selector.search.ranking import rank

_CHOICE: Choice = "exact"


class ChatAlbum:
    """A library with its photos in the order in which they were named, and its assistant."""

    def __init__(self, catalog: Catalog, ids: Sequence[int], sources: Sources) -> None:
        self.catalog = catalog
        self.ids = list(ids)
        self.assistant = Assistant(catalog, sources)

    def talk(self, tab: int | None = None) -> Conversation:
        return new_conversation(read_photos(self.catalog, self.ids), tab)

    def ask(
        self, text: str, about: Sequence[int] | None = None, before: Conversation | None = None
    ) -> Reply:
        """The answer to a question about photos by number (all by default)."""
        return self.assistant.reply((before or self.talk()).asked(text, about))

    def answered(self, *texts: str) -> Conversation:
        """A conversation in which these questions were answered."""
        talk = self.talk()
        for text in texts:
            talk = talk.asked(text)
            reply = self.assistant.reply(talk)
            talk = talk.said(Turn(who="assistant", text=reply.text, proposals=reply.proposals))
        return talk


def library_at(root: Path, home: Path) -> LibraryPaths:
    root.mkdir(parents=True, exist_ok=True)
    data, cache, state, run = (home / name for name in ("data", "cache", "state", "run"))
    (run / "tui-selector").mkdir(parents=True, exist_ok=True)
    paths = LibraryPaths(root.resolve(), "test", data, cache, state, run / "tui-selector")
    paths.make()
    return paths


class Made:
    """A library of photos of which only signals, tags and times exist."""

    def __init__(self, paths: LibraryPaths) -> None:
        self.catalog = Catalog.open(paths)
        self.ids: list[int] = []

    def add(
        self,
        name: str,
        quality: Quality | None = None,
        *tags: Tag,
        taken: float | None = None,
        metadata: str = "{}",
    ) -> int:
        place = self.catalog.root / name
        place.write_bytes(name.encode("utf-8", "surrogateescape"))
        with self.catalog.transaction():
            (id_,) = self.catalog.photos.add(
                [Found(path=name, size=place.stat().st_size, mtime_ns=1, kind=Kind.IMAGE)]
            )
            hash_ = id_.to_bytes(16, "big")
            self.catalog.photos.store_indexed(
                [
                    indexed_row(
                        id_,
                        hash_,
                        size=place.stat().st_size,
                        mtime_ns=place.stat().st_mtime_ns,
                        width=quality.width if quality else 4000,
                        height=quality.height if quality else 3000,
                        taken=taken,
                        metadata=metadata,
                        tags=tags,
                    )
                ]
            )
            if quality is not None:
                self.catalog.qualities.store(hash_, "1", quality, b"")
        self.ids.append(id_)
        return id_

    def album(self, sources: Sources = Sources()) -> ChatAlbum:  # noqa: B008 - frozen
        return ChatAlbum(self.catalog, self.ids, sources)


# -- real photos ---------------------------------------------------------------------------------


def index(paths: LibraryPaths, embedder: BuiltinEmbedder) -> tuple[Catalog, list[int]]:
    """Index a folder as the engine does, with a close look at each photo."""
    catalog = Catalog.open(paths)
    files = sorted(paths.root.iterdir())
    found = [
        Found(path=file.name, size=file.stat().st_size, mtime_ns=file.stat().st_mtime_ns,
              kind=Kind.IMAGE)
        for file in files
    ]  # fmt: skip
    with catalog.transaction():
        ids = catalog.photos.add(found)
    spaces = Spaces(str(embedder.key), embedder.dimensions)
    items = [
        Item(id_, file, Kind.IMAGE, file.stat().st_size)
        for id_, file in zip(ids, files, strict=True)
    ]
    outcomes = {outcome.photo: outcome for outcome in process(items, embedder)}
    with ThumbnailStore(paths.thumbnails) as thumbnails:
        Store(catalog, thumbnails, spaces).write([(item, outcomes[item.photo]) for item in items])
    for photo in catalog.photos.get(ids):
        assert photo.hash is not None
        quality = catalog.qualities.get(photo.hash)
        assert quality is not None
        image = decode(paths.root / photo.path, longest=close.SIDE).image
        quality = close.look_closely(quality, image)
        with catalog.transaction():
            catalog.qualities.store_look(photo.hash, look_version(), quality)
            renew_tags(catalog, photo.hash, quality)
    return catalog, ids


def sources_of(catalog: Catalog, embedder: BuiltinEmbedder) -> Sources:
    """What the engine would tell the assistant."""
    spaces = Spaces(str(embedder.key), embedder.dimensions)
    collection = Collection(spaces, embedder.calibration, _CHOICE)

    def chances(text: str, photos: Sequence[int]) -> dict[int, float]:
        shelf = collection.refresh(catalog)
        asker = Asker(catalog, collection, embedder, ())
        ranking = rank(
            shelf, asker.asked([Term("words", text)]), allowed=np.isin(collection.ids, photos)
        )
        ids = collection.ids[ranking.positions].tolist()
        return dict(zip(ids, ranking.chances.tolist(), strict=True))

    def alike(photos: Sequence[int], setting: GroupSetting) -> list[Alike]:
        shots = load_shots(catalog, spaces)
        shots = shots.part(np.flatnonzero(np.isin(shots.ids, np.array(photos))))
        wish = GroupWish(setting=setting)
        grouping = Grouping(shots, wish.gap)
        return [
            Alike(
                rule=setting,
                kind=group.kind,
                protected=group.protected,
                why=group.why,
                photos=tuple(group.photos),
                reasons=tuple(group.reasons),
            )
            for group in Ranking().ranked(catalog, shots, grouping.groups(wish), wish)
        ]

    return Sources(chances, alike, embedder.name)
