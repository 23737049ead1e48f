"""Every message there is, of every family, and what reads them.

Imported when the first line comes: a screen that is drawn for the first time has no time for it.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from tui_selector.engine.chat_messages import AnyChatAnswer, AnyChatRequest, ChatPiece
from tui_selector.engine.criteria_messages import (
    AnyCriterionAnswer,
    AnyCriterionRequest,
    RunProgress,
)
from tui_selector.engine.doubt_messages import AskDoubts, Doubtful
from tui_selector.engine.evaluation_messages import Evaluate, Evaluated
from tui_selector.engine.group_messages import (
    AskJudgement,
    AskTaste,
    FindGroups,
    FoundGroups,
    Judged,
    Taste,
)
from tui_selector.engine.map_messages import FindMap, FoundMap
from tui_selector.engine.model_messages import ChooseModel, ListModels, ModelChosen, ModelList
from tui_selector.engine.protocol import (
    CatalogChanged,
    Clustered,
    Divide,
    Done,
    Failure,
    GetStatus,
    Group,
    Groups,
    Leaving,
    Look,
    Notice,
    Pause,
    Progress,
    Recluster,
    Rescan,
    Resume,
    Settle,
    Status,
    Stop,
    Suggest,
    Suggestion,
    Tell,
    Welcome,
)
from tui_selector.engine.search_messages import (
    Explain,
    Explanation,
    Found,
    IndexFacts,
    IndexInfo,
    Search,
    Similar,
)

AnyRequest: TypeAlias = (
    GetStatus
    | Pause
    | Resume
    | Stop
    | Rescan
    | Settle
    | Look
    | Tell
    | Recluster
    | Group
    | Suggest
    | Divide
    | Search
    | Similar
    | Explain
    | IndexInfo
    | FindGroups
    | Evaluate
    | AskTaste
    | AskJudgement
    | AskDoubts
    | FindMap
    | ListModels
    | ChooseModel
    | AnyCriterionRequest
    | AnyChatRequest
)
AnyAnswer: TypeAlias = (
    Done
    | Failure
    | Clustered
    | Groups
    | Suggestion
    | Found
    | Explanation
    | IndexFacts
    | FoundGroups
    | Evaluated
    | Taste
    | Judged
    | Doubtful
    | FoundMap
    | ModelList
    | ModelChosen
    | AnyCriterionAnswer
    | AnyChatAnswer
    | Status
)
AnyEvent: TypeAlias = Progress | CatalogChanged | RunProgress | ChatPiece | Notice | Leaving
FromEngine: TypeAlias = Welcome | AnyAnswer | AnyEvent

REQUESTS: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
"""Reads what clients send."""

FROM_ENGINE: msgspec.json.Decoder[FromEngine] = msgspec.json.Decoder(FromEngine)
"""Reads what the engine sends."""
