"""The thread that loads models: the one that serves, and the one that is to take over."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, Protocol

import msgspec

from tui_selector import paths
from tui_selector.engine.model_messages import (
    ChooseModel,
    ListModels,
    ModelChosen,
    ModelList,
    ModelOffer,
)
from tui_selector.engine.protocol import AnyAnswer, AnyEvent, Failure, Notice
from tui_selector.engine.swap import SERVING_KEY, Serving
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.library.photo import State
from tui_selector.models import folders, trust
from tui_selector.models.choice import LIBRARY_KEY, Choice, LibraryChoice, choose, misfit
from tui_selector.models.embedder import Embedder, ModelError
from tui_selector.models.machine import this_machine
from tui_selector.models.registry import BUILTIN
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

_log = logging.getLogger(__name__)

Reply = Future[AnyAnswer]


class Stage(Protocol):
    """Who works with the models. Methods return at once."""

    def serve(self, embedder: Embedder, serving: Serving) -> None:
        """Index, cluster and search with this model from now on."""

    def prepare(self, embedder: Embedder, serving: Serving) -> None:
        """Embed all photos with this model, then let it serve; `Loader.took_over` hears of it."""

    def stay(self) -> None:
        """Let the model that serves go on; no other takes over."""

    def refuse(self, sentence: str) -> None:
        """There is no model, and why."""

    def loaded(self) -> None:
        """What is chosen has been followed, for now."""


class _Loaded(NamedTuple):
    """A model that is loaded: what was chosen, its revision, and what came of it."""

    choice: Choice
    revision: str
    embedder: Embedder

    def is_of(self, choice: Choice) -> bool:
        """Whether a choice comes out at this model."""
        return (choice.name, choice.folder, _revision(choice)) == (
            self.choice.name,
            self.choice.folder,
            self.revision,
        )

    @property
    def serving(self) -> Serving:
        """How it is found again. Where a choice did not load, it is another model than chosen."""
        is_builtin = self.embedder.key.model.startswith(f"{BUILTIN}/")
        name = BUILTIN if is_builtin else self.choice.name
        return Serving(model=name, space=str(self.embedder.key))


class Loader:
    """See the head of this module. Public methods are for any thread.

    Attributes:
        busy: Whether what is chosen is still being followed.
    """

    def __init__(
        self,
        library: LibraryPaths,
        settings: Settings,
        stage: Stage,
        publish: Callable[[AnyEvent], None],
        load: Callable[[str, Settings], Embedder],
    ) -> None:
        """Prepare the thread.

        Args:
            library: Which library.
            settings: What the owner has set.
            stage: Who works with the models.
            publish: Tells every client.
            load: Loads a model by its name; raises ModelError.
        """
        self.busy = True
        self._library = library
        self._settings = settings
        self._stage = stage
        self._publish = publish
        self._load = load
        self._serving: _Loaded | None = None
        self._coming: _Loaded | None = None
        self._given_back: _Loaded | None = None  # which may take over all the same
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # A model that is still loading when the engine leaves is not waited for.
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)

    def start(self) -> None:
        """Load the model that is set."""
        self._jobs.put(self._follow)
        self._thread.start()

    def ask(self, request: ChooseModel | ListModels) -> Reply:
        """Have a request answered."""
        reply: Reply = Future()

        def job() -> None:
            if not reply.set_running_or_notify_cancel():
                return
            try:
                if isinstance(request, ListModels):
                    answer: AnyAnswer = self._offers()
                else:
                    answer = self._chosen(request)
            except (ModelError, CatalogError) as error:
                answer = Failure(sentence=str(error))
            except Exception as error:
                _log.exception("a request about models failed")
                answer = Failure(sentence=f"The model cannot be chosen ({error}).")
            self.busy = isinstance(answer, ModelChosen)
            reply.set_result(answer)
            if isinstance(answer, ModelChosen):
                self._follow()

        self._jobs.put(job)
        return reply

    def took_over(self, embedder: Embedder) -> None:
        """The model that was to take over serves now."""

        def job() -> None:
            for loaded in (self._coming, self._given_back):
                if loaded is not None and loaded.embedder is embedder:
                    self._serving = loaded
            if self._coming is self._serving:
                self._coming = None
            self._given_back = None
            self._follow()  # the owner may have chosen once more meanwhile

        self._jobs.put(job)

    def gave_up(self, embedder: Embedder) -> None:
        """The model that was to take over does not work; choosing it again tries again."""

        def job() -> None:
            if self._coming is not None and self._coming.embedder is embedder:
                self._coming = None

        self._jobs.put(job)

    # -- the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._jobs.get()()

    def _follow(self) -> None:
        """Load what is chosen, unless it is loaded, and set everyone to work with it."""
        try:
            self._take(self._choose(self._wanted()))
        except ModelError as error:
            self._fail(str(error))
        except Exception:
            _log.exception("the model cannot be loaded")
            self._fail("The model cannot be loaded; the engine's log says why.")
        self.busy = False
        self._stage.loaded()

    def _take(self, choice: Choice) -> None:
        """
        Raises:
            ModelError: The model does not load.
        """
        if self._serving is None:
            self._restore(choice)
        if self._serving is not None and self._serving.is_of(choice):
            if self._coming is not None:
                self._given_back, self._coming = self._coming, None
                self._stage.stay()
            return
        if self._coming is not None and self._coming.is_of(choice):
            return
        loaded = _Loaded(choice, _revision(choice), self._load(self._wanted(), self._settings))
        if self._serving is None:
            self._serving = loaded
            self._stage.serve(loaded.embedder, loaded.serving)
        elif loaded.embedder.key == self._serving.embedder.key:
            # By another name it is the one that serves, or the built-in one has to stand in.
            self._serving, self._coming = loaded._replace(embedder=self._serving.embedder), None
            self._stage.stay()
            if loaded.embedder.notice:
                self._publish(Notice(sentence=loaded.embedder.notice, severity="warning"))
        else:
            self._coming = loaded
            self._stage.prepare(loaded.embedder, loaded.serving)

    def _restore(self, choice: Choice) -> None:
        """Load the model that served the engine before this one, where another is chosen now."""
        try:
            with Catalog.open(self._library) as catalog:
                record = catalog.load(SERVING_KEY, Serving, Serving())
                if not (record.space and catalog.vectors.count(record.space)):
                    return
        except CatalogError:
            return  # the keeper says that
        if record.model == choice.name:
            return  # its files are those of another revision, if anything
        try:
            former = self._choose(record.model)
            embedder = self._load(record.model, self._settings)
        except ModelError as error:
            _log.warning("the model that served before cannot serve meanwhile: %s", error)
            return
        except Exception:
            _log.exception("the model that served before cannot serve meanwhile")
            return
        if str(embedder.key) == record.space:
            self._serving = _Loaded(former, _revision(former), embedder)
            self._stage.serve(embedder, record)

    def _fail(self, sentence: str) -> None:
        if self._serving is None:
            self._stage.refuse(sentence)
        else:
            name = self._serving.embedder.name
            self._publish(
                Notice(sentence=f"{sentence} {name} is used meanwhile.", severity="warning")
            )

    # -- what is chosen ------------------------------------------------------------------------

    def _wanted(self) -> str:
        """What the owner chose for this library alone, or else what is set."""
        try:
            with Catalog.open(self._library) as catalog:
                own = catalog.load(LIBRARY_KEY, LibraryChoice, LibraryChoice()).model
        except CatalogError:
            own = ""
        return own or self._settings.model

    def _choose(self, wanted: str) -> Choice:
        """
        Raises:
            ModelError: The model is not there, is none, or may not run.
        """
        models = paths.models_folder()
        return choose(
            wanted,
            folders.pulled(models),
            this_machine(self._settings.device),
            lambda folder: trust.is_trusted(models, folder),
        )

    def _chosen(self, request: ChooseModel) -> ModelChosen:
        """Keep a choice, and tell what it comes out at.

        Raises:
            ModelError: The model is not there, is none, or may not run; nothing is kept then.
            CatalogError: The catalog cannot be written.
        """
        self._choose(request.model)
        if request.own:
            try:
                with Catalog.open(self._library) as catalog:
                    own = LibraryChoice(request.model, str(self._library.root))
                    catalog.store(LIBRARY_KEY, own)
            except sqlite3.OperationalError as error:
                raise CatalogError(f"The choice cannot be kept ({error}).") from error
        else:
            self._settings = msgspec.structs.replace(self._settings, model=request.model)
        chosen = self._choose(self._wanted())
        return ModelChosen(
            serving=self._serving.serving.model if self._serving else "",
            chosen=chosen.name,
            photos=self._lacking(chosen),
        )

    def _offers(self) -> ModelList:
        """The models on this machine, the built-in one first."""
        machine = this_machine(self._settings.device)
        builtin = Choice(name=BUILTIN, reason="")
        offers = [
            ModelOffer(name=BUILTIN, about="comes with the program", photos=self._lacking(builtin))
        ]
        offers += [
            ModelOffer(
                name=each.name,
                photos=self._lacking(Choice(name=each.name, folder=each.folder, reason="")),
                about=each.model.about if each.model else each.manifest.hub,
                misfit=misfit(each.model, machine) if each.model else "",
            )
            for each in folders.pulled(paths.models_folder())
        ]
        return ModelList(
            models=offers,
            serving=self._serving.serving.model if self._serving else "",
            coming=self._coming.serving.model if self._coming else "",
        )

    def _lacking(self, choice: Choice) -> int:
        """About how many photos have no vector of a model, which is not loaded yet."""
        name = _known_as(choice)
        with Catalog.open(self._library) as catalog:
            there = [
                len(catalog.vectors.hashes(space))
                for space in catalog.vectors.spaces()
                if space.startswith(f"{name}@") and not space.endswith("/words")
            ]
            return max(0, catalog.photos.count(State.INDEXED) - max(there, default=0))


def _known_as(choice: Choice) -> str:
    """What the names of a model's spaces begin with; see `embedder.ModelKey`."""
    if choice.folder is None:
        return f"{BUILTIN}/efficientnet-lite2"
    return choice.name if folders.read(choice.folder) else choice.folder.resolve().name


def _revision(choice: Choice) -> str:
    """Which weights of a pulled model; "" for others."""
    here = folders.read(choice.folder) if choice.folder else None
    return here.manifest.revision if here else ""
