"""Answers that have to be taken from a list, as servers are asked for them: JSON of a schema.

`response_format` of the kind `json_schema` is known to vLLM, llama.cpp, Ollama and others
(https://platform.openai.com/docs/guides/structured-outputs); they let the model write no token that
does not fit.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tui_selector.models.bound import Bound

#: Stands behind the question: whoever cannot write what was asked before writes this.
SCHEMA_HINT = (
    "\n\nWrite it as a JSON object of numbers and answers, without reasons, for instance "
    '{"1": "…", "2": "…"}.'
)


def schema_of(bound: Bound) -> dict[str, Any]:
    """What is sent as `response_format`: an object of a text for the number of each line."""
    numbers = [str(line) for line in range(1, bound.lines + 1)]
    one = {"type": "string", "enum": list(bound.texts)}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(numbers, one),
        "required": numbers,
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": "answers", "strict": True, "schema": schema},
    }


def lines_of(answer: str) -> str:
    """Such an answer as lines "1: TEXT"; what is none stays as it is."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        said = msgspec.json.decode(answer[start : end + 1], type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeError):
        return answer
    return "\n".join(f"{number}: {' '.join(text.split())}" for number, text in said.items())
