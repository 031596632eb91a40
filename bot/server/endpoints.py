"""The addresses that the process answers, and the state in which an endpoint finds its parts.

Endpoints are plain functions: they read the request, ask one part, and turn what it returns into a response.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypedDict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send
from upstash_redis.asyncio import Redis

from bot.background import Background
from bot.errors import RedisUnavailable
from bot.runs import Announcer
from bot.server.checks.readiness import Readiness
from bot.server.checks.round_trip import RoundTrip, advise_on_signature
from bot.server.connect.clock import Now
from bot.server.seldom import Seldom
from bot.stats import Metrics, verdict_name
from bot.workspaces import INSTALL, REDIRECT, Install
from scheduler import (
    CHECK,
    Done,
    Drop,
    MalformedJob,
    Receiver,
    TooLarge,
    Unsigned,
    Verdict,
    read_body,
    to_http,
)

logger = logging.getLogger(__name__)

Endpoint = Callable[[Request[Any]], Awaitable[Response]]

_BODY_PATIENCE: Final = 30  # seconds in which a body has to arrive; QStash sends a job at once


class State(TypedDict):
    """The content of `request.state`."""

    announcer: Announcer
    receiver: Receiver
    now: Now
    redis: Redis
    metrics: Metrics
    metrics_page: Endpoint
    slack_events: Endpoint | None
    install: Install | None
    stand_ins: Router
    end_streams: Callable[[], None]
    background: Background
    readiness: Readiness
    round_trip: RoundTrip | None
    seldom: Seldom


def routes() -> list[BaseRoute]:
    """Every address but those of stand-ins, which come last: see `serve_stand_ins`."""
    return [
        Route("/slack/events", take_slack_request, methods=["POST"]),
        Route(INSTALL, install_workspace, methods=["GET"]),
        Route(REDIRECT, finish_install, methods=["GET"]),
        Route("/api/announce", announce_job, methods=["POST"]),
        Route("/api/announce/failed", announce_failure, methods=["POST"]),
        Route(f"/api/announce{CHECK}", take_check, methods=["POST"]),
        Route("/healthz", report_health),
        Route("/readyz", report_readiness),
        Route("/metrics", show_metrics, methods=["GET"]),
    ]


async def take_slack_request(request: Request[State]) -> Response:
    """Take a command, an interaction or an event; in Socket Mode nothing, for it could not be checked."""
    return await (request.state["slack_events"] or _nothing_here)(request)


async def install_workspace(request: Request[State]) -> Response:
    """Begin to add Precache to a workspace."""
    pages = request.state["install"]
    return await (_nothing_here if pages is None else pages.install)(request)


async def finish_install(request: Request[State]) -> Response:
    """End it, when Slack sends people back from where they allowed it."""
    pages = request.state["install"]
    return await (_nothing_here if pages is None else pages.redirect)(request)


async def _nothing_here(_: Request[State]) -> Response:
    return PlainTextResponse("Not Found", status_code=404)


async def announce_job(request: Request[State]) -> Response:
    """Take a job that QStash brings."""

    async def open_and_do(body: bytes) -> Verdict:
        delivery = request.state["receiver"].open_delivery(request.headers, body, now=request.state["now"]())
        return await request.state["announcer"].announce(delivery)

    return await _answer_delivery(request, open_and_do)


async def announce_failure(request: Request[State]) -> Response:
    """Hear that QStash has given up on a job."""

    async def open_and_do(body: bytes) -> Verdict:
        failure = request.state["receiver"].open_failure(request.headers, body, now=request.state["now"]())
        return await request.state["announcer"].announce_failure(failure)

    return await _answer_delivery(request, open_and_do)


async def _answer_delivery(
    request: Request[State], open_and_do: Callable[[bytes], Awaitable[Verdict]]
) -> Response:
    metrics, began = request.state["metrics"], time.perf_counter()
    try:
        async with asyncio.timeout(_BODY_PATIENCE):
            body = await read_body(request.stream(), length=request.headers.get("content-length"))
        verdict = await open_and_do(body)
    except TimeoutError:
        metrics.count_delivery("unread", time.perf_counter() - began)
        return PlainTextResponse("the body did not arrive in time\n", status_code=408)
    except TooLarge:
        metrics.count_delivery("unread", time.perf_counter() - began)
        return PlainTextResponse("too large\n", status_code=413)
    except Unsigned as exc:
        _tell_unsigned(exc.reason, request.state["seldom"])
        metrics.count_delivery("unsigned", time.perf_counter() - began)
        return PlainTextResponse("not signed by our QStash\n", status_code=401)
    except MalformedJob as exc:
        logger.warning("announce.malformed: %s", exc)
        verdict = Drop(reason="malformed")
    metrics.count_delivery(verdict_name(verdict), time.perf_counter() - began)
    if isinstance(verdict, Done) and verdict.cache is not None:
        metrics.count_answer(verdict.cache)
    status, headers, content = to_http(verdict)
    return Response(content, status_code=status, headers=headers)


def _tell_unsigned(reason: str, seldom: Seldom) -> None:
    """Say so, and now and then what to do about it where QStash may have sent it."""
    advice = advise_on_signature(reason)
    others = seldom.tell_kept_back(f"announce {reason}") if advice else None
    if others is None:
        logger.info("announce.unsigned reason=%s", reason)
    else:
        logger.warning("announce.unsigned reason=%s: if QStash sent it, %s%s", reason, advice, others)


async def take_check(request: Request[State]) -> Response:
    """Take a copy's message to itself, which shows that QStash reaches us and whose keys sign."""
    round_trip = request.state["round_trip"]
    if round_trip is None:
        return await _nothing_here(request)
    try:
        async with asyncio.timeout(_BODY_PATIENCE):
            body = await read_body(request.stream(), length=request.headers.get("content-length"), limit=100)
        verdict = await round_trip.take_message(request.headers, body)
    except TimeoutError:
        return PlainTextResponse("the body did not arrive in time\n", status_code=408)
    except TooLarge:
        return PlainTextResponse("too large\n", status_code=413)
    if verdict is None:
        return PlainTextResponse("not signed by our QStash\n", status_code=401)
    status, headers, content = to_http(verdict)
    return Response(content, status_code=status, headers=headers)


async def report_health(_: Request[State]) -> Response:
    """Say that the process serves."""
    return PlainTextResponse("ok\n")


async def report_readiness(request: Request[State]) -> Response:
    """Say if the process can do its work: the checks of the start are over, and Redis answers."""
    reasons = request.state["readiness"].reasons()
    try:
        await request.state["redis"].ping()
    except RedisUnavailable:
        reasons.insert(0, "Redis does not answer")
    if reasons:
        return PlainTextResponse("\n".join((*reasons, "")), status_code=503)
    return PlainTextResponse("ok\n")


async def show_metrics(request: Request[State]) -> Response:
    """Show what this process has counted."""
    return await request.state["metrics_page"](request)


async def serve_stand_ins(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the services inside this process; there are none where all are configured."""
    await scope["state"]["stand_ins"](scope, receive, send)
