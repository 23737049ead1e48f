"""Who can answer questions about photos: the assistant, models of this machine, a server."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

import msgspec

from tui_selector import paths
from tui_selector import settings as settings_module
from tui_selector.chat.backend import Backend, ChatError
from tui_selector.chat.backends.address import read_address
from tui_selector.chat.backends.model_backend import ModelBackend
from tui_selector.engine.chat_messages import (
    ASSISTANT,
    SERVER,
    ChatModel,
    ChatModelList,
)
from tui_selector.library.catalog.catalog import Catalog, CatalogError
from tui_selector.models import folders, lending
from tui_selector.models.chat_choice import advised, best_chat, chatting, choose_chat
from tui_selector.models.choice import AUTO, misfit
from tui_selector.models.embedder import ModelError
from tui_selector.models.language import LanguageModel
from tui_selector.models.machine import free_memory, this_machine
from tui_selector.models.registry import CHAT_MODELS
from tui_selector.models.vision_language import VisionLanguageModel
from tui_selector.paths import LibraryPaths
from tui_selector.settings import Settings

_log = logging.getLogger(__name__)

#: Key of the catalog: whom the owner chose for this library alone.
CHOSEN_KEY = "chat_model"

#: Bytes of memory below which whoever begins to work on photos has too little.
_LITTLE = 1_500_000_000


class ChatModels:
    """See the head of this module. Methods are for any thread.

    At most one model of this machine is kept loaded; another one takes its place, and so does
    whoever runs out of memory (`models.lending`).
    """

    def __init__(
        self,
        library: LibraryPaths,
        settings: Settings,
        assistant: Callable[[], Backend],
    ) -> None:
        """Prepare; nothing is loaded.

        Args:
            library: Whose photos.
            settings: What the owner has set; what is in them of chats is read again from their
                file each time.
            assistant: Makes the built-in assistant.
        """
        self._library = library
        self._settings = settings
        self._assistant = assistant
        self._at_start = _read_settings()
        self._lock = threading.RLock()
        self._in_use = 0
        self._local: tuple[str, VisionLanguageModel] | None = None
        self._server: tuple[tuple[str, ...], LanguageModel] | None = None
        self._turn = threading.Lock()
        lending.lend(self.give_back)

    # -- whom to ask ---------------------------------------------------------------------------

    def backend(self, name: str = "", *, url: str = "", allow_remote: bool = False) -> Backend:
        """The one that answers to a name, "" for the one that is chosen.

        Args:
            name: As `ChooseChat.model`.
            url: Of the server; "" is that of the settings.
            allow_remote: Whether the server may be another machine, whatever is set.

        Raises:
            ChatError: There is nobody of that name, or they may not be asked.
        """
        with self._lock:
            name = name or self._wanted()[0]
            if name == AUTO:
                name = self._auto(SERVER if url else "")
            if name == ASSISTANT:
                return self._assistant()
            return ModelBackend(self.language_model(name, url=url, allow_remote=allow_remote))

    def language_model(
        self, name: str = "", *, url: str = "", allow_remote: bool = False
    ) -> LanguageModel:
        """The language model that answers to a name; see `backend`. It is used by one at a time.

        Raises:
            ChatError: There is none, or the assistant is chosen, which is none.
        """
        with self._lock:
            name = name or self._wanted()[0]
            if name == AUTO:
                name = self._auto(SERVER if url else "")
            if name == ASSISTANT:
                raise ChatError(
                    "The assistant knows what was measured and sees no photos; choose a chat model"
                    f" for this{self._advice()}."
                )
            if name.partition(":")[0] == SERVER:
                return self._server_model(name, url, allow_remote)
            try:
                return self._local_model(name)
            except ModelError as error:
                raise ChatError(str(error)) from error

    def choose(self, name: str) -> None:
        """Keep who answers in this library; "" goes by the settings again.

        Raises:
            ChatError: There is nobody of that name, or they may not be asked.
            CatalogError: That cannot be kept.
        """
        if name:
            self.backend(name)
        with Catalog.open(self._library) as catalog:
            catalog.store(CHOSEN_KEY, name)

    def offers(self) -> ChatModelList:
        """Who can answer, who could, and who does."""
        set_ = self._current()
        machine = this_machine(set_.device)
        pulled = chatting(folders.pulled(paths.models_folder()))
        models = [
            ChatModel(name=ASSISTANT, about="comes with the program; answers from what it measured")
        ]
        wanted, own = self._wanted()
        if set_.chat_url:
            models.append(self._server_offer(set_, wanted))
        here = {each.name for each in pulled}
        models += [
            ChatModel(
                name=each.name,
                about=each.model.about if each.model else each.manifest.hub,
                sees=True,
                trouble=misfit(each.model, machine) if each.model else "",
                size=each.manifest.size,
            )
            for each in pulled
        ]
        chosen, problem = self._standing(wanted)
        if chosen not in {model.name for model in models}:
            models.append(ChatModel(name=chosen, sees=True))
        models += [
            ChatModel(
                name=model.name,
                about=model.about,
                sees=True,
                here=False,
                trouble=misfit(model, machine)
                or f"`tui-selector models pull {model.name}` gets it.",
                size=model.size,
            )
            for model in CHAT_MODELS
            if model.name not in here
        ]
        return ChatModelList(models=models, chosen=chosen, own=own, problem=problem)

    def eyes(self) -> str:
        """What to choose for answers from a model that sees the photos; "" where nothing fits."""
        machine = this_machine(self._settings.device)
        best = best_chat(folders.pulled(paths.models_folder()), machine)
        if best is not None:
            return best.name
        model = advised(machine)
        return f"{model.name}, with `tui-selector models pull {model.name}`" if model else ""

    def turn(self, backend: Backend | LanguageModel) -> threading.Lock:
        """What whoever asks holds meanwhile: models of this machine answer one after the other."""
        model = backend.model if isinstance(backend, ModelBackend) else backend
        is_alone = isinstance(model, LanguageModel) and model.at_once == 1
        return self._turn if is_alone else threading.Lock()

    # -- memory --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Questions follow each other from now on: nothing is unloaded until `end`."""
        with self._lock:
            self._in_use += 1

    def end(self) -> None:
        """The last of the questions is answered."""
        with self._lock:
            self._in_use -= 1

    def give_back(self) -> bool:
        """Unload the model of this machine, unless it is being asked; whether one was loaded."""
        local = self._local
        if local is None or self._in_use or not local[1].give_back():
            return False
        _log.info("%s gives back its memory", local[0])
        return True

    def make_room(self) -> None:
        """Unload it where little memory is left for those who begin to work on photos."""
        local = self._local
        if local is not None and local[1].is_loaded and 0 < free_memory(local[1].device) < _LITTLE:
            self.give_back()

    @property
    def is_loaded(self) -> bool:
        """Whether a model of this machine holds memory."""
        local = self._local
        return local is not None and local[1].is_loaded

    def close(self) -> None:
        """Let go of everything; answers under way keep what they use."""
        lending.keep(self.give_back)

    # -- what is chosen ------------------------------------------------------------------------

    def _current(self) -> Settings:
        """The settings with what their file says of chats now."""
        now = _read_settings()
        changed = {
            name: getattr(now, name)
            for name in Settings.__struct_fields__
            if name.startswith("chat_") and getattr(now, name) != getattr(self._at_start, name)
        }
        return msgspec.structs.replace(self._settings, **changed)

    def _wanted(self) -> tuple[str, bool]:
        """The name that is chosen, and whether that is for this library alone."""
        try:
            with Catalog.open(self._library) as catalog:
                own = catalog.load(CHOSEN_KEY, str, "")
        except CatalogError:
            own = ""
        return own or self._current().chat_model, bool(own)

    def _auto(self, otherwise: str = "") -> str:
        if otherwise or self._current().chat_url:
            return otherwise or SERVER
        machine = this_machine(self._settings.device)
        best = best_chat(folders.pulled(paths.models_folder()), machine)
        return best.name if best is not None else ASSISTANT

    def _standing(self, wanted: str) -> tuple[str, str]:
        """Who answers, and why that is not the one that is wanted."""
        name = self._auto() if wanted == AUTO else wanted
        try:
            if name.partition(":")[0] == SERVER:
                self._server_model(name, "", allow_remote=False)
            elif name != ASSISTANT:
                choose_chat(name, folders.pulled(paths.models_folder()))
        except (ChatError, ModelError) as error:
            return ASSISTANT, str(error)
        return name, ""

    def _advice(self) -> str:
        eyes = self.eyes()
        return f" ({eyes})" if eyes else ""

    # -- models --------------------------------------------------------------------------------

    def _server_offer(self, set_: Settings, wanted: str) -> ChatModel:
        name = wanted if wanted.partition(":")[0] == SERVER else SERVER
        try:
            address = read_address(set_.chat_url, allow_remote=set_.chat_remote)
        except ChatError as error:
            return ChatModel(name=name, sees=True, here=False, trouble=str(error))
        return ChatModel(
            name=name, about=f"a model at {address.shown}", sees=True, sends_to=address.shown
        )

    def _server_model(self, name: str, url: str, allow_remote: bool) -> LanguageModel:
        """
        Raises:
            ChatError: No server is set, or it may not be asked.
        """
        from tui_selector.chat.backends.server_model import ServerModel

        set_ = self._current()
        url = url or set_.chat_url
        if not url:
            raise ChatError(
                "No chat server is set; set chat_url, e.g. to http://localhost:8000/v1, or give "
                "--url."
            )
        allowed = allow_remote or set_.chat_remote
        key = os.environ.get(set_.chat_key, "")
        wanted = (url, name.partition(":")[2], key, str(allowed), str(set_.chat_pixels))
        if self._server is None or self._server[0] != wanted:
            model = ServerModel(
                url, wanted[1], key=key, allow_remote=allowed, pixels=set_.chat_pixels
            )
            self._server = wanted, model
        return self._server[1]

    def _local_model(self, name: str) -> LanguageModel:
        """
        Raises:
            ModelError: It is not there, or is of no use here.
        """
        chosen = choose_chat(name, folders.pulled(paths.models_folder()))
        assert chosen.folder is not None
        key = f"{chosen.folder}"
        if self._local is None or self._local[0] != key:
            set_ = self._current()
            model = VisionLanguageModel(
                chosen.folder,
                set_.device,
                name="" if chosen.name == key else chosen.name,
                pixels=set_.chat_pixels,
            )
            former, self._local = self._local, (key, model)
            if former is not None and not former[1].give_back() and former[1].is_loaded:
                # It is answering, which is not waited for.
                threading.Thread(target=former[1].close, daemon=True).start()
        return self._local[1]


def _read_settings() -> Settings:
    """The settings as they are in their file now; the usual ones where that cannot be read."""
    try:
        return settings_module.load()
    except settings_module.SettingsError as error:
        _log.warning("%s", error)
        return Settings()
