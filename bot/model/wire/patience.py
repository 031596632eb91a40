"""Patience with a model's server: asks once more without a parameter that it refuses, and remembers it."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from bot.model.wire.completion import tidy_body
from bot.model.wire.refusals import refused_parameter, words_of

logger = logging.getLogger(__name__)

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of an answer, unpacked; of a larger one the beginning is read."""

_OTHER_NAMES: Final = {"max_completion_tokens": "max_tokens"}
_MAY_GO: Final = frozenset({"max_completion_tokens", "temperature"})
"""Parameters without which an answer is still an answer to the question."""
_OF_THE_BODY: Final = frozenset({"content-encoding", "content-length", "content-type", "transfer-encoding"})

Parameters = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ServerReply:
    """A server's reply in OpenAI's form."""

    status: int
    """The one that its body deserves."""
    headers: Mapping[str, str]
    body: Any
    """A completion or an error; of an error that is no JSON, its text."""

    @classmethod
    def of_raw(cls, status: int, headers: Mapping[str, str], raw: bytes) -> Self:
        """Make it of what came over the wire."""
        told = {name: value for name, value in headers.items() if name.lower() not in _OF_THE_BODY}
        if 200 <= status < 300:
            status, body = tidy_body(raw)
            return cls(status=status, headers=told, body=body)
        try:
            return cls(status=status, headers=told, body=json.loads(raw))
        except (ValueError, RecursionError):
            return cls(status=status, headers=told, body=raw.decode(errors="replace"))


Send = Callable[[Parameters], Awaitable[ServerReply]]


class PatientServer:
    """The server of one model, and the parameters that it has refused."""

    def __init__(self, *, model: str) -> None:
        self._model = model
        self._refused: set[str] = set()

    async def ask_patiently(self, parameters: Parameters, send: Send) -> ServerReply:
        """The reply to these parameters, or to as many of them as it takes."""
        asked = _leave_out(self._refused, parameters)
        reply = await send(asked)
        left_out: set[str] = set()
        while (name := _refused_in(reply, asked)) is not None and name not in left_out:
            logger.warning(
                "model.parameter_refused model=%s parameter=%s status=%d", self._model, name, reply.status
            )
            left_out.add(name)
            asked = _leave_out(left_out, asked)
            reply = await send(asked)
        if reply.status not in (400, 422):
            self._refused |= left_out
        return reply


def _leave_out(names: set[str], parameters: Parameters) -> Parameters:
    """The rest of them, or with the other name that some servers have for one."""
    if not names & parameters.keys():
        return parameters
    kept = {name: value for name, value in parameters.items() if name not in names}
    for name in names & parameters.keys():
        if (other := _OTHER_NAMES.get(name)) is not None:
            kept[other] = parameters[name]
    return kept


def _refused_in(reply: ServerReply, parameters: Parameters) -> str | None:
    if reply.status not in (400, 422):
        return None
    words = reply.body[:4_000] if isinstance(reply.body, str) else words_of(reply.body)
    return refused_parameter(reply.status, words, _MAY_GO & parameters.keys())


async def read_body(chunks: AsyncIterable[bytes]) -> bytes:
    """The body, unpacked; of one that is larger than any answer the beginning."""
    raw = bytearray()
    async for chunk in chunks:
        raw += chunk
        if len(raw) > LARGEST:
            break
    return bytes(raw)
