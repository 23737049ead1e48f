"""What clients and the engine say about conversations on photos and about who answers in them."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tui_selector.chat.conversation import ChatPhoto, Conversation, Turn
from tui_selector.engine.messages import Answer, Message, Request

#: Names of those who are no model of this machine; behind a colon may stand the server's model.
ASSISTANT, SERVER = "assistant", "server"


class AskChat(Request, frozen=True, kw_only=True):
    """Have the question at the end of a conversation answered. Answered by `ChatAnswered`.

    `ChatPiece` events come meanwhile, to the client that asks alone. A `Failure` says why there is
    no answer, or no more of one. A client asks one question at a time: a newer one stops the one
    before it. Closing the connection stops it, too.

    Attributes:
        conversation: Its last turn is the owner's; its photos are looked up again.
        model: Who is to answer this one question, as `ChooseChat.model`; "" is who is chosen.
        url: Address of the server where `model` is one; "" is that of the settings.
        allow_remote: Whether the photos may go to another machine, whatever the settings say.
    """

    conversation: Conversation
    model: str = ""
    url: str = ""
    allow_remote: bool = False


class StopChat(Request, frozen=True, kw_only=True):
    """Cut this client's answer short. Answered by `Done`.

    The answer that is stopped follows as a `ChatAnswered` whose turn is `stopped`.
    """


class ListChatModels(Request, frozen=True, kw_only=True):
    """Answered by `ChatModelList`."""


class ChooseChat(Request, frozen=True, kw_only=True):
    """Choose who answers in this library from now on. Answered by `ChatModelList`.

    It is kept in the catalog and outweighs the settings. Nothing is loaded before it is asked.

    Attributes:
        model: "assistant", "server", "server:MODEL", a short name, an id on the hub or a folder;
            "" goes by the settings again.
    """

    model: str


class Describe(Request, frozen=True, kw_only=True):
    """Have photos described by the chat model, and keep that. Answered by `Described`.

    Closing the connection stops it after the photos under way; what was described is kept.

    Attributes:
        photos: Ids. Ask for few at a time to see how far it is.
        model: As `AskChat.model`; one that does not look at photos is refused.
        aspect: What the descriptions look at, a short name under which they are kept; "" is the
            picture as a whole.
        prompt: What the model is asked of each photo; "" is for a description.
        url: As in `AskChat`.
        allow_remote: As in `AskChat`.
    """

    photos: list[int]
    model: str = ""
    aspect: str = ""
    prompt: str = ""
    url: str = ""
    allow_remote: bool = False


class ChatPiece(Message, frozen=True, kw_only=True):
    """An event: more of an answer. Comes some times a second.

    Attributes:
        question: The number of the request that is being answered.
        at: What is shown so far is kept up to this character, mostly all of it; `text` follows.
        text: Harmless Markdown without proposals; see `chat.markdown` for its links.
        doing: What is done before the first words, a sentence ("Loading …"); "" otherwise.
    """

    question: int
    at: int = 0
    text: str = ""
    doing: str = ""


class ChatAnswered(Answer, frozen=True, kw_only=True):
    """A whole answer.

    Attributes:
        turn: Who answered, what, and what is proposed.
        photos: Those of the conversation as they were found.
        sees: Whether the one that answered looked at the photos.
        sends_to: Where the photos were sent, for the eye; "" where they stayed on this machine.
        waited: Seconds until the first words.
        seconds: Seconds for all of it.
    """

    turn: Turn
    photos: tuple[ChatPhoto, ...] = ()
    sees: bool = False
    sends_to: str = ""
    waited: float = 0.0
    seconds: float = 0.0


class ChatModel(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can answer, or could.

    Attributes:
        name: What it is chosen by.
        about: A few words.
        sees: Whether it looks at the photos.
        sends_to: Where photos go, for the eye; "" where they stay on this machine.
        here: Whether it can be asked now; else `trouble` says what to do first.
        trouble: A sentence, or the end of one on what does not suit this machine; "" for none.
        size: Bytes on the disk, 0 where that is nothing to speak of.
    """

    name: str
    about: str = ""
    sees: bool = False
    sends_to: str = ""
    here: bool = True
    trouble: str = ""
    size: int = 0


class ChatModelList(Answer, frozen=True, kw_only=True):
    """Who can answer, and who does.

    Attributes:
        models: The built-in assistant first, then what is here, then what could be.
        chosen: Name of the one that answers; one of `models`.
        own: Whether it was chosen for this library; else the settings say so.
        problem: Why what was chosen cannot answer, a sentence; the assistant does meanwhile.
    """

    models: list[ChatModel]
    chosen: str
    own: bool = False
    problem: str = ""


class PhotoDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says of a photo, or why it says nothing: harmless text."""

    photo: int
    text: str = ""
    problem: str = ""


class Described(Answer, frozen=True, kw_only=True):
    """Photos described.

    Attributes:
        descriptions: In the order asked.
        author: Name of the model.
        sends_to: As in `ChatAnswered`.
        seconds: That it took, the loading of the model left out.
    """

    descriptions: list[PhotoDescription]
    author: str
    sends_to: str = ""
    seconds: float = 0.0


#: Any request about chats.
AnyChatRequest: TypeAlias = AskChat | StopChat | ListChatModels | ChooseChat | Describe
#: Any answer to one, but `Done` and `Failure`.
AnyChatAnswer: TypeAlias = ChatAnswered | ChatModelList | Described
