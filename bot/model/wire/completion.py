"""A server's body, whatever it is → one completion of OpenAI's form, or one error of it; pure.

OpenAI's client and LangChain take bodies of the usual form alone. Others tell the same in forms of their own:
no role, parts, a stream that nobody asked for, an error with status 200.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.model.wire.counts import count_tokens
from bot.model.wire.endings import reason_told
from bot.model.wire.told_errors import status_of, tidy_error, unnamed_error

NO_CHOICES: Final = "no_choices"
"""The finish reason of a completion that stands for a body without any."""

_BROKEN_OFF: Final = "incomplete"
_TEXT_PARTS: Final = frozenset({"text", "output_text", ""})
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
"""Of a stream. `splitlines` knows more of them, which JSON may have inside a text."""
_LONGEST_NUMBER: Final = 18  # digits; Python reads no more than some thousand


def tidy_body(raw: bytes) -> tuple[int, dict[str, Any]]:
    """The status that a body deserves, 200 for an answer, and the body in the usual form."""
    body = _read_json(raw)
    if isinstance(body, list):
        body = next((item for item in body if isinstance(item, Mapping)), None)
    if not isinstance(body, Mapping):
        return 200, _completion_of({}, {"finish_reason": NO_CHOICES})
    choices = _choices_of(body)
    choice = max(choices, key=_worth_of, default=None)  # the first of the best
    error = body.get("error") or body.get("errors")
    if not error and choice is not None and not _text_of(choice):
        error = choice.get("error")
    if not error and choice is None:
        error = unnamed_error(body)
    if error:
        return status_of(error, body), {"error": tidy_error(error)}
    return 200, _completion_of(body, {"finish_reason": NO_CHOICES} if choice is None else choice)


def _read_json(raw: bytes) -> object:
    text = raw.decode("utf-8-sig", "replace").strip()
    try:
        return json.loads(text, parse_int=_read_integer)
    except (ValueError, RecursionError):
        pass
    chunks = [*_chunks_of(text)]
    return _joined_chunks(chunks, has_ended=text.endswith("[DONE]")) if chunks else None


def _read_integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)


def _chunks_of(text: str) -> Iterator[Mapping[str, Any]]:
    """The parts of a stream: server-sent events, or a line of JSON for each."""
    for line in _LINE_END.split(text):
        told = line.removeprefix("data:").strip()
        if not told.startswith("{"):
            continue
        try:
            chunk = json.loads(told, parse_int=_read_integer)
        except (ValueError, RecursionError):
            continue
        if isinstance(chunk, Mapping):
            yield chunk


def _joined_chunks(chunks: Sequence[Mapping[str, Any]], *, has_ended: bool) -> dict[str, Any]:
    """One body of all; a stream of deltas that never says that it ends was broken off."""
    texts: list[str] = []
    refusals: list[str] = []
    whole: dict[str, Any] = {}
    choice: dict[str, Any] = {}
    for chunk in chunks:
        whole.update({name: value for name, value in chunk.items() if value and name != "choices"})
        for part in _choices_of(chunk)[:1]:
            texts.append(_text_of(part))
            refusals.append(_refusal_of(part))
            choice.update({name: value for name, value in part.items() if value is not None})
    if choice:
        message = {
            "content": "".join(texts),
            "refusal": "".join(refusals),
            "tool_calls": _message_of(choice).get("tool_calls"),
        }
        if "delta" in choice and not has_ended and not _end_told(choice):
            choice["finish_reason"] = _BROKEN_OFF
        whole["choices"] = [{**choice, "delta": None, "text": None, "message": message}]
    return whole


def _choices_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices = body.get("choices")
    if isinstance(choices, Mapping):
        choices = [choices]
    if isinstance(choices, list) and choices:
        return [choice for choice in choices if isinstance(choice, Mapping)]
    if body.get("error") or isinstance(body.get("message"), str):
        return []
    alone = {**body, "message": body.get("message") or {"content": body.get("content")}}
    return [alone] if _text_of(alone) else []


def _worth_of(choice: Mapping[str, Any]) -> int:
    return 2 if _text_of(choice) else 1 if _refusal_of(choice) else 0


def _completion_of(body: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    incomplete = body.get("incomplete_details")
    reason = reason_told(
        _end_told(choice),
        incomplete.get("reason") if isinstance(incomplete, Mapping) else None,
    )
    completion = {
        "id": "completion",
        "object": "chat.completion",
        "created": 0,
        "model": "model",
        "choices": [
            {
                "index": 0,
                "finish_reason": reason or None,
                "message": {
                    "role": "assistant",
                    "content": _text_of(choice),
                    "refusal": _refusal_of(choice) or None,
                    "tool_calls": _tool_calls_of(choice) or None,
                },
            }
        ],
    }
    if tokens := count_tokens(body.get("usage")):
        completion["usage"] = {
            "prompt_tokens": tokens.sent,
            "completion_tokens": tokens.received,
            "total_tokens": tokens.sent + tokens.received,
        }
    return completion


def _end_told(choice: Mapping[str, Any]) -> str:
    return reason_told(
        *(choice.get(name) for name in ("finish_reason", "finishReason", "stop_reason", "done_reason"))
    )


def _message_of(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("message", "delta"):
        message = choice.get(name)
        if isinstance(message, Mapping):
            return message
        if isinstance(message, str):
            return {"content": message}
    return {}


def _text_of(choice: Mapping[str, Any]) -> str:
    return _words_in(_message_of(choice).get("content")) or _words_in(choice.get("text"))


def _words_in(content: object) -> str:
    """The text of a content, which may stand in parts, those of thinking left out."""
    match content:
        case str():
            return content
        case list():
            return "".join(_words_in(part) for part in content if not isinstance(part, list))
        case {"type": str(kind)} if kind not in _TEXT_PARTS:
            return ""
        case {"text": str(text)} | {"text": {"value": str(text)}} | {"content": str(text)}:
            return text
        case {"parts": list(parts)}:
            return "".join(_words_in(part) for part in parts if isinstance(part, str | Mapping))
        case _:
            return ""


def _refusal_of(choice: Mapping[str, Any]) -> str:
    message = _message_of(choice)
    if isinstance(refusal := message.get("refusal"), str):
        return refusal
    parts = message.get("content")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping) and isinstance(refusal := part.get("refusal"), str):
            return refusal
    return ""


def _tool_calls_of(choice: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of the usual form: others would be stumbled over, and nobody offers tools."""
    calls = _message_of(choice).get("tool_calls")
    return [
        {
            "id": str(call.get("id") or "call"),
            "type": "function",
            "function": {"name": name, "arguments": told},
        }
        for call in (calls if isinstance(calls, list) else ())
        if isinstance(call, Mapping)
        and isinstance(called := call.get("function"), Mapping)
        and isinstance(name := called.get("name"), str)
        and isinstance(told := called.get("arguments"), str)
    ]
