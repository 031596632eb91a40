"""Slack on a bad day, on request: answers that get lost, errors, delays."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.sandbox.calls import Arguments, api_error

Kind = Literal["lost_response", "status", "delay", "error", "ratelimited"]
_KINDS: Final[tuple[str, ...]] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault that the next `times` calls of `method` meet.

    `lost_response` does what was asked and cuts the connection; `status` and `error` do nothing;
    `delay` waits `seconds` and then does it; `ratelimited` asks for `seconds` of patience.
    """

    method: str
    kind: Kind
    status: int = 503
    seconds: float = 1
    error: str = "fatal_error"
    times: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Faults:
    """The faults that are still to come, oldest first."""

    _waiting: list[Fault] = field(default_factory=list, init=False)

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def take_fault(self, method: str) -> Fault | None:
        for index, fault in enumerate(self._waiting):
            if fault.method == method:
                self._waiting[index : index + 1] = (
                    [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                )
                return fault
        return None


def read_fault(arguments: Arguments) -> Fault:
    """The fault a request describes."""
    kind = arguments.required_text("kind")
    if kind not in _KINDS:
        raise api_error("invalid_arguments", f"kind: expected one of {', '.join(_KINDS)}")
    return Fault(
        method=arguments.required_text("method"),
        kind=kind,  # type: ignore[arg-type]  # the line above has narrowed it to a Kind
        status=arguments.number_between("status", 503, low=400, high=599),
        seconds=arguments.number_between("seconds", 1, low=0, high=60),
        error=arguments.optional_text("error") or "fatal_error",
        times=arguments.number_between("times", 1, low=1, high=1_000),
    )


async def answer_instead(fault: Fault | None) -> Response | None:
    """Answers in place of the method, if the fault does; waits, if it delays."""
    match fault:
        case Fault(kind="status"):
            return Response(
                "<html><body>Slack is having trouble</body></html>", fault.status, media_type="text/html"
            )
        case Fault(kind="delay"):
            await asyncio.sleep(fault.seconds)
    return None


class Cut(Response):
    """The connection closes and not one byte of an answer was sent.

    ASGI has no message for that. A header value that no server may send does it: the server has begun the
    response when it refuses the value, so all it can do is close.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"x-cut", b"\n")]
        with contextlib.suppress(Exception):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
