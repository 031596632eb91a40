"""Reads the messages of chat models, which end for reasons that each provider names in its own way."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.errors import Misshapen, ModelError, ModelRefused, ModelUnavailable
from bot.model.json_shape import Shape
from bot.model.meter import Tokens
from bot.model.port import Reply
from bot.model.wire import NO_CHOICES, count_tokens, end_of, reason_told, spoken_text, without_fence

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage


LONGEST: Final = 100_000
"""Characters of an answer: several times as many as the tokens that are asked for come to."""
NO_ROOM: Final = "the answer was empty, as its limit went into thoughts; raise PRECACHE_MAX_TOKENS"
"""For the operator."""
_LONGEST_READ: Final = 1_000_000  # characters of thoughts and answer


def reply_of(
    message: AIMessage, *, model: str, shape: Shape | None = None, good_ends: Collection[str] = ()
) -> Reply:
    """Raises `ModelError` when it says nothing, or not in the shape that was asked for."""
    reason = _finish_reason(message.response_metadata)
    end = end_of(reason, also_good=good_ends)
    if end == "declined" or message.additional_kwargs.get("refusal"):
        raise ModelRefused(f"{model}: declined to answer this", why="declined")
    whole = str(message.text)
    text = spoken_text(whole[:_LONGEST_READ])
    if shape and not text and message.tool_calls:  # how some providers' packages keep to a schema
        text = json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    if not text:
        raise _no_answer(model, reason, is_full=end == "full")
    wants_a_tool = bool(message.tool_calls) and shape is None
    complete = end == "good" and not wants_a_tool and len(text) <= LONGEST and len(whole) <= _LONGEST_READ
    text = text[:LONGEST]
    if shape:
        shaped = shape.find_object(text)
        if shaped is None:
            cut_off = "" if complete else "cut off and "
            raise Misshapen(f"{model}: the answer was {cut_off}not of the shape that was asked for")
        text, complete = shaped, True  # whatever was cut off after it
    else:
        text = without_fence(text)
    tokens = tokens_of(message)
    return Reply(
        text=text,
        complete=complete,
        model=model,
        tokens_in=tokens.sent if tokens else None,
        tokens_out=tokens.received if tokens else None,
        unknown_end=reason if end == "unknown" else "",
    )


def tokens_of(message: AIMessage) -> Tokens | None:
    """LangChain's own cache hits hold a total cost of 0 and no tokens."""
    return tokens_in(getattr(message, "usage_metadata", None))


def tokens_in(usage: object) -> Tokens | None:
    """Read a provider's count, of whatever form."""
    counted = count_tokens(usage)
    return Tokens(sent=counted.sent, received=counted.received) if counted else None


def _no_answer(model: str, reason: str, *, is_full: bool) -> ModelError:
    """Make the error of an answer without words: paid for, so that the same is not asked again."""
    if reason == NO_CHOICES:
        return ModelUnavailable(f"{model}: what came back is no answer")
    if is_full:
        return ModelRefused(f"{model}: {NO_ROOM} ({reason})", why="no_room")
    return ModelRefused(f"{model}: the answer was empty ({reason or 'no reason given'})", why="empty")


def _finish_reason(metadata: Mapping[str, Any]) -> str:
    """The reason why it stopped, under each provider's own name for that."""
    incomplete = metadata.get("incomplete_details")
    return reason_told(
        *(metadata.get(name) for name in ("finish_reason", "stop_reason", "done_reason")),
        incomplete.get("reason") if isinstance(incomplete, Mapping) else None,
        "incomplete" if metadata.get("status") == "incomplete" else None,
    )
