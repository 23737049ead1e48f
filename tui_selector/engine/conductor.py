"""What the engine does for its clients: the threads, and which of them answers what.

- keeper: compares the folder, stores what is indexed (the only writer of photos)
- workers: decode and embed
- clusterer: makes tabs
- inspector: takes a closer look at photos while nothing else is to be done
- transcriber: reads what is written in photos after that
- grouper: finds photos that are nearly the same
- projector: lays out the map
- chatter: answers questions about photos
- sorter: sorts photos by criteria in words
- searcher: answers what is searched, and where in a photo it is
- loader: imports and loads models, the first of them while the keeper already compares
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

import msgspec

from tui_selector import __version__, paths
from tui_selector.chat.assistant.sources import Sources
from tui_selector.engine import protocol, search_messages
from tui_selector.engine.calm import Calm
from tui_selector.engine.chat_messages import (
    AskChat,
    ChooseChat,
    Describe,
    ListChatModels,
    StopChat,
)
from tui_selector.engine.chat_models import ChatModels
from tui_selector.engine.chat_sources import EngineAssistant, GroupedAlike, SearchedChances
from tui_selector.engine.chatter import Chatter
from tui_selector.engine.checker import Checker
from tui_selector.engine.clusterer import Clusterer
from tui_selector.engine.criteria_messages import AnyCriterionRequest
from tui_selector.engine.describer import Describer
from tui_selector.engine.doubt_messages import AskDoubts
from tui_selector.engine.evaluating import evaluate
from tui_selector.engine.evaluation_messages import Evaluate
from tui_selector.engine.group_messages import AskJudgement, AskTaste, FindGroups
from tui_selector.engine.grouper import Grouper
from tui_selector.engine.idle_work import IdleWork
from tui_selector.engine.judging import judged
from tui_selector.engine.keeper import Keeper
from tui_selector.engine.loader import Loader
from tui_selector.engine.map_messages import FindMap
from tui_selector.engine.model_messages import ChooseModel, ListModels
from tui_selector.engine.priority import stand_back
from tui_selector.engine.projector import Projector
from tui_selector.engine.protocol import (
    AnyAnswer,
    AnyEvent,
    AnyRequest,
    Done,
    Failure,
    Progress,
    Status,
)
from tui_selector.engine.searcher import Searcher
from tui_selector.engine.sorter import Sorter
from tui_selector.engine.store import Spaces
from tui_selector.engine.swap import Serving, Swap
from tui_selector.engine.tagging import calibrate, retag_beside
from tui_selector.engine.tasting import taste
from tui_selector.models.embedder import Embedder
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings


class Conductor:
    """The work that a `Server` serves."""

    def __init__(
        self,
        library: LibraryPaths,
        settings: Settings,
        publish: Callable[[AnyEvent], None],
        on_crash: Callable[[], None],
        *,
        crashed: bool = False,
        tell: Callable[[int, AnyEvent], None] = lambda client, event: None,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            library: Which library.
            settings: What the owner has set.
            publish: Tells every client; may be called from any thread.
            on_crash: Called from any thread when the work ended by a bug.
            crashed: Whether the engine before this one ended by a crash.
            tell: Tells one client; may be called from any thread.
        """
        self._library = library
        self._settings = settings
        self._publish = publish
        self._started = time.time()
        self._spaces: Spaces | None = None
        self._calm = Calm(self._calm_changed)
        self._clusterer = Clusterer(library, publish, on_rest=lambda: self._keeper.wake())
        self._searcher = Searcher(library, settings.index)
        self._grouper = Grouper(library, publish, on_rest=lambda: self._keeper.wake())
        self._projector = Projector(library, may_go_on=lambda: self._calm.holds)
        chat_models = ChatModels(
            library, settings, lambda: EngineAssistant(library, self._chat_sources)
        )
        self._chatter = Chatter(
            library,
            chat_models,
            tell,
            progress=lambda: self._keeper.progress,
            look=lambda photos: self._keeper.look(photos),
        )
        self._describer = Describer(library, chat_models, publish)
        self._sorter = Sorter(library, chat_models, publish, on_rest=lambda: self._keeper.wake())
        self._keeper = self._new_keeper(crashed, on_crash)
        self._idle_work = IdleWork(
            library,
            settings,
            cores=len(_cores()),
            crashed=crashed,
            may_work=self._is_idle,
            tell=self._tell_of_reading,
            publish=publish,
        )
        self._loader = Loader(library, settings, self, publish, _load_model)
        self._checker = Checker(library, publish)

    def _new_keeper(self, crashed: bool, on_crash: Callable[[], None]) -> Keeper:
        return Keeper(
            self._library,
            workers=self._settings.workers or len(_cores()),
            polling_seconds=self._settings.polling_seconds,
            crashed=crashed,
            publish=self._tell,
            on_photos=self._note_photos,
            is_clustering=lambda: self._clusterer.busy,
            is_loading=lambda: self._loader.busy,
            on_embedded=self._hand_over,
            on_given_up=lambda swap: self._loader.gave_up(swap.embedder),
            on_crash=on_crash,
        )

    def start(self) -> None:
        """Begin to work."""
        self._calm.disturb()  # whoever has the engine started waits for something
        self._keeper.start()
        self._clusterer.start()
        self._searcher.start()
        self._grouper.start()
        self._projector.start()
        self._sorter.start()
        self._idle_work.start()
        self._loader.start()

    def make_way(self) -> None:
        """Rest from idle work for a moment: somebody is about to ask something."""
        self._calm.disturb()

    @property
    def busy(self) -> bool:
        others = (
            self._clusterer,
            self._grouper,
            self._projector,
            self._idle_work,
            self._chatter,
            self._describer,
            self._sorter,
        )
        return self._keeper.busy or self._loader.busy or any(other.busy for other in others)

    def _is_idle(self) -> bool:
        """Whether all photos are indexed and in tabs, and nobody asks anything."""
        return self._keeper.progress.stage == "idle" and self._calm.holds

    def _tell(self, event: AnyEvent) -> None:
        """Tell every client, and set to work whoever waits for the others to be done."""
        self._publish(event)
        self._chatter.note()
        if isinstance(event, Progress) and event.stage in ("indexing", "swapping"):
            self._chatter.models.make_room()
        if isinstance(event, Progress) and event.stage == "idle":
            self._idle_work.wake()

    def _calm_changed(self, calm: bool) -> None:
        """Stand back while somebody looks; go on with idle work when nobody does."""
        stand_back(back=not calm)
        self._clusterer.make_way(resting=not calm)
        if calm:
            self._idle_work.wake()

    def _note_photos(self, all_indexed: bool) -> None:
        """Let those know that make something of all photos."""
        self._clusterer.note_photos(all_indexed)
        self._grouper.note_photos(all_indexed)
        self._sorter.note_photos(all_indexed)

    def _tell_of_reading(self, read: int, photos: int) -> None:
        """Say how far the reading of text is, while it is all that is done."""
        progress = self._keeper.progress
        if progress.stage == "idle" and read < photos:
            progress = msgspec.structs.replace(progress, stage="reading", done=read, total=photos)
        self._publish(progress)

    def status(self, clients: int) -> Status:
        return Status(
            progress=self._keeper.progress,
            pid=os.getpid(),
            version=__version__,
            started=self._started,
            clients=clients,
            clustering=self._clusterer.clustering,
        )

    async def answer(self, request: AnyRequest, client: int) -> AnyAnswer:
        # Who waits for the end, or for a map, looks at nothing new meanwhile.
        if not isinstance(request, protocol.Settle | FindMap):
            self._calm.disturb()
        match request:
            case protocol.Pause():
                self._keeper.pause(paused=True)
            case protocol.Resume():
                self._keeper.pause(paused=False)
            case protocol.Look():
                self._keeper.look(request.photos)
            case protocol.Rescan():
                return await asyncio.wrap_future(self._keeper.rescan())
            case protocol.Settle():
                return await asyncio.wrap_future(self._keeper.settle())
            case (
                protocol.Recluster()
                | protocol.Group()
                | protocol.Suggest()
                | protocol.Divide()
                | AskDoubts()
            ):
                return await asyncio.wrap_future(self._clusterer.ask(request, client))
            case (
                search_messages.Search()
                | search_messages.Similar()
                | search_messages.Explain()
                | search_messages.IndexInfo()
            ):
                return await asyncio.wrap_future(self._searcher.ask(request, client))
            case FindGroups():
                return await asyncio.wrap_future(self._grouper.ask(request, client))
            case FindMap():
                return await asyncio.wrap_future(self._projector.ask(request, client))
            case Evaluate():
                return await asyncio.to_thread(evaluate, self._library, self._spaces, request)
            case AskTaste():
                return await asyncio.to_thread(taste, self._library, request.photos)
            case AskJudgement():
                return await asyncio.to_thread(judged, self._library, request.photos)
            case ListModels() | ChooseModel():
                return await asyncio.wrap_future(self._loader.ask(request))
            case AskChat():
                return await asyncio.wrap_future(self._chatter.ask(request, client))
            case StopChat():
                self._chatter.stop(client)
            case ListChatModels() | ChooseChat():
                return await asyncio.to_thread(self._chatter.choose, request)
            case Describe():
                return await asyncio.wrap_future(self._describer.ask(request))
            case _ if isinstance(request, AnyCriterionRequest):
                return await asyncio.wrap_future(self._sorter.ask(request, client))
            case _:
                return Failure(sentence="The engine does not know what to do with this.")
        return Done()

    async def close(self) -> None:
        await asyncio.to_thread(self._keeper.close)
        await asyncio.to_thread(self._clusterer.close)
        await asyncio.to_thread(self._searcher.close)
        await asyncio.to_thread(self._grouper.close)
        await asyncio.to_thread(self._projector.close)
        await asyncio.to_thread(self._sorter.close)
        await asyncio.to_thread(self._describer.close)
        await asyncio.to_thread(self._chatter.close)
        await asyncio.to_thread(self._idle_work.close)

    def _chat_sources(self) -> Sources:
        """What the assistant can ask besides the catalog."""
        model = self._searcher.model
        return Sources(
            chances=SearchedChances(self._searcher) if model else None,
            alike=GroupedAlike(self._grouper),
            model=model,
            eyes=self._chatter.models.eyes(),
        )

    # -- models --------------------------------------------------------------------------------

    def serve(self, embedder: Embedder, serving: Serving) -> None:
        """Index, cluster and search with this model from now on."""
        self._keeper.use(embedder, serving)
        self._spaces = spaces = Spaces(str(embedder.key), embedder.dimensions)
        self._clusterer.use(spaces)
        self._grouper.use(spaces)
        self._projector.use(spaces)
        self._sorter.use(embedder)
        self._searcher.use(embedder)
        self._keeper.wake()
        retag_beside(self._library, embedder, self._publish)
        self._checker.check()

    def prepare(self, embedder: Embedder, serving: Serving) -> None:
        """Embed all photos with this model, then let it serve."""
        self._keeper.prepare((embedder, serving))

    def stay(self) -> None:
        """Let the model that serves go on; no other takes over."""
        self._keeper.prepare(None)

    def refuse(self, sentence: str) -> None:
        """There is no model: say so to everyone who asks."""
        self._clusterer.fail(sentence)
        self._searcher.fail(sentence)
        self._grouper.fail(sentence)
        self._projector.fail(sentence)
        self._sorter.use(None)
        self._keeper.fail(sentence)
        self._checker.check()

    def loaded(self) -> None:
        """Look again whether all is done."""
        self._keeper.wake()

    def _hand_over(self, swap: Swap, serving: Serving) -> None:
        """Let a model serve whose vectors are all there, tabs and searches at once."""

        def then(done: bool) -> None:
            if done:
                self._spaces = swap.spaces
                self._searcher.use(swap.embedder)
                self._grouper.use(swap.spaces)
                self._projector.use(swap.spaces)
                self._sorter.use(swap.embedder)
                self._loader.took_over(swap.embedder)
            self._keeper.took_over(swap, done=done)
            if done:
                retag_beside(self._library, swap.embedder, self._publish)

        self._clusterer.succeed(swap.spaces, serving, then)


def _load_model(name: str, settings: Settings) -> Embedder:
    """
    Raises:
        ModelError: It is not there or does not run; the message says why.
    """
    from tui_selector.models.loading import load_embedder

    embedder = load_embedder(
        name,
        settings.device,
        settings.batch_size,
        models=paths.models_folder(),
        cache=paths.models_cache(),
    )
    calibrate(embedder, paths.models_cache(), paths.vocabulary_file())
    return embedder


def _cores() -> set[int]:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
