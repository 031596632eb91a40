"""Reads the messages of chat models, which end for reasons that each provider names in its own way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.errors import Misshapen, ModelRefused, ModelUnavailable
from bot.model.json_shape import Shape
from bot.model.meter import Tokens
from bot.model.port import Reply

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

LONGEST: Final = 100_000
"""Characters of an answer: several times as many as the tokens that are asked for come to."""

_MOST_TOKENS: Final = 10_000_000  # more than the widest window
_CUT_OFF: Final = {"length", "max_tokens", "max_output_tokens", "model_length"}
_DECLINED: Final = {"content_filter", "refusal", "safety"}


def reply_of(message: AIMessage, *, model: str, shape: Shape | None = None) -> Reply:
    """Raises `ModelError` when it says nothing, or not in the shape that was asked for."""
    text = str(message.text).strip()
    reason = _finish_reason(message.response_metadata)
    if reason in _DECLINED or message.additional_kwargs.get("refusal"):
        raise ModelRefused(f"{model}: declined to answer this")
    if shape and not text and message.tool_calls:  # how some providers' packages keep to a schema
        text = json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    if not text:
        raise ModelUnavailable(f"{model}: the answer was empty ({reason or 'no reason given'})")
    complete = reason not in _CUT_OFF and len(text) <= LONGEST
    text = text[:LONGEST]
    if shape:
        shaped = shape.find_object(text)
        if shaped is None:
            cut_off = "" if complete else "cut off and "
            raise Misshapen(f"{model}: the answer was {cut_off}not of the shape that was asked for")
        text, complete = shaped, True  # whatever was cut off after it
    tokens = tokens_of(message)
    return Reply(
        text=text,
        complete=complete,
        model=model,
        tokens_in=tokens.sent if tokens else None,
        tokens_out=tokens.received if tokens else None,
    )


def tokens_of(message: AIMessage) -> Tokens | None:
    """LangChain's own cache hits hold a total cost of 0 and no tokens."""
    usage: Mapping[str, Any] = message.usage_metadata or {}
    return plausible_tokens(usage.get("input_tokens"), usage.get("output_tokens"))


def plausible_tokens(sent: object, received: object) -> Tokens | None:
    """Take a provider's count; None, as if it had told none, for one that is impossible."""
    if not (isinstance(sent, int) and isinstance(received, int)):
        return None
    possible = 0 <= sent <= _MOST_TOKENS and 0 <= received <= _MOST_TOKENS and sent + received > 0
    return Tokens(sent=sent, received=received) if possible else None


def _finish_reason(metadata: dict[str, Any]) -> str:
    """The reason why it stopped, under each provider's own name for that."""
    incomplete = metadata.get("incomplete_details") or {}
    reason = (
        metadata.get("finish_reason")
        or metadata.get("stop_reason")
        or metadata.get("done_reason")
        or incomplete.get("reason")
    )
    return str(reason or "").lower()
