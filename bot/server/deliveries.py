"""The addresses that QStash delivers to: a signed body becomes a verdict, and the verdict an HTTP answer.

Bare ASGI: a router, its middleware and its request object took a quarter of a cached answer's time (see
docs/performance.md). `DeliveryDoor` stands before them and leaves them everything but jobs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, TypedDict

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.runs import Announcer
from bot.server.checks.round_trip import advise_on_signature
from bot.server.connect.clock import Now
from bot.server.intake.bodies import receive_body
from bot.server.intake.closing import COME_AGAIN, Closing
from bot.server.intake.seldom import Seldom
from bot.stats import Delivered, Metrics, verdict_name
from scheduler import (
    Done,
    Drop,
    MalformedJob,
    Receiver,
    Retry,
    TooLarge,
    Unsigned,
    Verdict,
    to_http,
)

logger = logging.getLogger(__name__)

ANNOUNCE: Final = "/api/announce"

_PLAIN: Final = {"Content-Type": "text/plain; charset=utf-8"}

Headers = Mapping[str, str]
HttpAnswer = tuple[int, Headers, bytes]
"""Status, headers and body."""

_PUT_OFF: Final[HttpAnswer] = to_http(Retry(after=COME_AGAIN, reason="the process ends"))


class DeliveryState(TypedDict):
    """The part of `request.state` that a delivery needs."""

    announcer: Announcer
    receiver: Receiver
    now: Now
    metrics: Metrics
    seldom: Seldom
    closing: Closing


class DeliveryEndpoint:
    """Answers deliveries with what `open_and_do` makes of their headers and body."""

    def __init__(self, open_and_do: Callable[[DeliveryState, Headers, bytes], Awaitable[Verdict]]) -> None:
        self._open_and_do = open_and_do

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state: DeliveryState = scope["state"]
        closing, began = state["closing"], time.perf_counter()
        if closing.has_begun:
            state["metrics"].count_delivery("unread", 0.0)
            await _send_answer(send, _PUT_OFF)
            return
        try:
            work = self._take_delivery(state, read_headers(scope), receive)
            outcome, answer = await closing.do_or_put_off(work, put_off=("retry", _PUT_OFF))
        except ClientDisconnect:
            state["metrics"].count_delivery("unread", time.perf_counter() - began)
            raise  # nobody is there to be answered
        state["metrics"].count_delivery(outcome, time.perf_counter() - began)
        await _send_answer(send, answer)

    async def _take_delivery(
        self, state: DeliveryState, headers: Headers, receive: Receive
    ) -> tuple[Delivered, HttpAnswer]:
        try:
            body = await receive_body(receive, length=headers.get("content-length"))
        except TooLarge:
            return "unread", (413, _PLAIN, b"too large\n")
        try:
            verdict = await self._open_and_do(state, headers, body)
        except Unsigned as exc:
            _tell_unsigned(exc.reason, state["seldom"])
            return "unsigned", (401, _PLAIN, b"not signed by our QStash\n")
        except MalformedJob as exc:
            logger.warning("announce.malformed: %s", exc)
            verdict = Drop(reason="malformed")
        if isinstance(verdict, Done) and verdict.cache is not None:
            state["metrics"].count_answer(verdict.cache)
        return verdict_name(verdict), to_http(verdict)


async def _do_job(state: DeliveryState, headers: Headers, body: bytes) -> Verdict:
    signed, announcer = state["receiver"].check_body(headers, body, now=state["now"]()), state["announcer"]
    return announcer.answer_again(body) or await announcer.announce(signed.read_job())


async def _hear_failure(state: DeliveryState, headers: Headers, body: bytes) -> Verdict:
    failure = state["receiver"].open_failure(headers, body, now=state["now"]())
    return await state["announcer"].announce_failure(failure)


announce_job: Final = DeliveryEndpoint(_do_job)
"""Takes a job that QStash brings."""
announce_failure: Final = DeliveryEndpoint(_hear_failure)
"""Hears that QStash has given up on a job."""


class DeliveryDoor:
    """Takes jobs at once, at their address with the path of PUBLIC_URL and without; hands on all the rest."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._paths = frozenset({ANNOUNCE, prefix + ANNOUNCE})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_job = scope["type"] == "http" and scope["path"] in self._paths and scope["method"] == "POST"
        await (announce_job if is_job else self._app)(scope, receive, send)


def read_headers(scope: Scope) -> dict[str, str]:
    """The headers of a request, by lower-case names; of two with one name, the first."""
    headers: Iterable[tuple[bytes, bytes]] = reversed(scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


async def _send_answer(send: Send, answer: HttpAnswer) -> None:
    status, headers, content = answer
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if answer is _PUT_OFF:
        sent.append((b"connection", b"close"))  # the next one is for another copy
    sent.append((b"content-length", b"%d" % len(content)))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": content})


def _tell_unsigned(reason: str, seldom: Seldom) -> None:
    """Say so, and now and then what to do about it where QStash may have sent it."""
    advice = advise_on_signature(reason)
    others = seldom.tell_kept_back(f"announce {reason}") if advice else None
    if others is None:
        logger.info("announce.unsigned reason=%s", reason)
    else:
        logger.warning("announce.unsigned reason=%s: if QStash sent it, %s%s", reason, advice, others)
