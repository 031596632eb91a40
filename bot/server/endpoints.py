"""The addresses that the process answers, and the state in which an endpoint finds its parts.

Endpoints are plain functions: they read the request, ask one part, and turn what it returns into a response.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from bot.background import Background
from bot.errors import RedisUnavailable
from bot.server.checks.readiness import Readiness
from bot.server.checks.round_trip import RoundTrip
from bot.server.deliveries import ANNOUNCE, DeliveryState, announce_failure, announce_job
from bot.server.intake.bodies import BodyLimit, receive_body
from bot.server.intake.closing import COME_AGAIN
from bot.workspaces import INSTALL, REDIRECT, Install
from scheduler import BODY_LIMIT, CHECK, FAILED, TooLarge, to_http

_READY_WITHIN: Final = 0.8
"""Seconds in which Redis must answer."""

SLACK_EVENTS: Final = "/slack/events"
"""The path of all that Slack sends."""

_LARGEST_UPLOAD: Final = 12_000_000
"""Bytes; the sandbox itself says politely that a file over 10 MB is too large."""

Endpoint = Callable[[Request[Any]], Awaitable[Response]]


class State(DeliveryState):
    """The content of `request.state`."""

    count_late: Callable[[], Awaitable[int]]
    probe_services: Callable[[], Awaitable[Mapping[str, str]]]
    metrics_page: Endpoint
    slack_events: Endpoint | None
    install: Install | None
    stand_ins: Router
    end_streams: Callable[[], None]
    background: Background
    readiness: Readiness
    round_trip: RoundTrip | None


def bot_routes() -> list[BaseRoute]:
    """Every address but those of stand-ins, which come last: see `serve_stand_ins`."""
    return [
        Route(SLACK_EVENTS, take_slack_request, methods=["POST"]),
        Route(INSTALL, install_workspace, methods=["GET"]),
        Route(REDIRECT, finish_install, methods=["GET"]),
        Route(ANNOUNCE, announce_job, methods=["POST"]),  # where the door has left one, which takes no other
        Route(f"{ANNOUNCE}{FAILED}", announce_failure, methods=["POST"]),
        Route(f"{ANNOUNCE}{CHECK}", take_check, methods=["POST"]),
        Route("/healthz", report_health),
        Route("/readyz", report_readiness),
        Route("/metrics", show_metrics, methods=["GET"]),
    ]


async def take_slack_request(request: Request[State]) -> Response:
    """Take a command, an interaction or an event; in Socket Mode nothing, for it could not be checked."""
    endpoint = request.state["slack_events"] or _nothing_here
    return await request.state["closing"].do_or_put_off(endpoint(request), put_off=_put_off())


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


def _put_off() -> Response:
    after = str(int(COME_AGAIN.total_seconds()))
    return PlainTextResponse("the process ends\n", status_code=503, headers={"Retry-After": after})


async def take_check(request: Request[State]) -> Response:
    """Take a copy's message to itself, which shows that QStash reaches us and whose keys sign."""
    round_trip = request.state["round_trip"]
    if round_trip is None:
        return await _nothing_here(request)
    try:
        body = await receive_body(request.receive, length=request.headers.get("content-length"), limit=100)
        verdict = await round_trip.take_message(request.headers, body)
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
    """Say if the process can do its work: the checks of the start are over, and Redis answers.

    Slots that are late are told as well, and with `?verbose` how each service does. That is no reason to take
    the process out of service: another one would do no better. The answer comes within a second.
    """
    reasons = request.state["readiness"].reasons()
    late, told = await asyncio.gather(_count_late(request), _probe_if_asked(request))
    if request.state["closing"].has_begun:
        reasons.append("the process ends")
    if late is None:
        reasons.insert(0, "Redis does not answer")
    lines = [*(reasons or ["ok"]), *(f"{service}: {word}" for service, word in told.items())]
    if late and not reasons:
        lines.append(f"late slots: {late}")
    return PlainTextResponse("\n".join((*lines, "")), status_code=503 if reasons else 200)


async def _count_late(request: Request[State]) -> int | None:
    """The slots that are late; None if Redis does not tell."""
    try:
        async with asyncio.timeout(_READY_WITHIN):
            return await request.state["count_late"]()
    except (RedisUnavailable, TimeoutError):
        return None


async def _probe_if_asked(request: Request[State]) -> Mapping[str, str]:
    return await request.state["probe_services"]() if "verbose" in request.query_params else {}


async def show_metrics(request: Request[State]) -> Response:
    """Show what this process has counted."""
    return await request.state["metrics_page"](request)


async def _hand_to_stand_in(scope: Scope, receive: Receive, send: Send) -> None:
    await scope["state"]["stand_ins"](scope, receive, send)


_hand_upload: Final = BodyLimit(_hand_to_stand_in, most=_LARGEST_UPLOAD)
_hand_request: Final = BodyLimit(_hand_to_stand_in, most=BODY_LIMIT)


async def serve_stand_ins(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the services inside this process; there are none where all are configured.

    The embedded QStash has limits of its own, which are those of QStash.
    """
    if get_route_path(scope).startswith("/sandbox/upload"):
        await _hand_upload(scope, receive, send)
    elif get_route_path(scope).startswith("/sandbox/"):
        await _hand_request(scope, receive, send)
    else:
        await _hand_to_stand_in(scope, receive, send)
