"""QStash's HTTP API as the `qstash` SDK uses it: for this machine alone, and only with the token.

https://upstash.com/docs/qstash/api. URL groups, queues and whatever else is not here is refused in so many
words. Errors are `{"error": "…"}`, as hosted.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis.asyncio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from scheduler.embedded.api.dead_letters import ServeDead
from scheduler.embedded.api.filters import Filter
from scheduler.embedded.api.loopback import LoopbackOnly
from scheduler.embedded.api.messages import ServeMessages
from scheduler.embedded.api.schedules import ServeSchedules
from scheduler.embedded.storage import credentials as kept
from scheduler.embedded.storage.addresses import Addresses
from scheduler.embedded.storage.flow_control import describe_flow, describe_flows
from scheduler.embedded.storage.journal import Journal
from scheduler.embedded.storage.message_store import Store
from scheduler.embedded.storage.refused import Refused
from scheduler.embedded.storage.schedule_store import Schedules


@dataclass(frozen=True, kw_only=True)
class Api:
    """All endpoints, those of messages, schedules and dead letters in modules of their own."""

    redis: redis.asyncio.Redis
    store: Store
    schedules: Schedules
    addresses: Addresses
    credentials: kept.Credentials
    largest_message: int
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def build(self) -> Starlette:
        """The application."""
        now, wake, most = self.now, self.wake, self.largest_message
        app = Starlette(
            routes=[
                *ServeMessages(store=self.store, largest_message=most, now=now, wake=wake).routes(),
                *ServeSchedules(
                    schedules=self.schedules,
                    addresses=self.addresses,
                    largest_message=most,
                    now=now,
                    wake=wake,
                ).routes(),
                *ServeDead(store=self.store, now=now, wake=wake).routes(),
                Route("/v2/logs", self.list_logs, methods=["GET"]),
                Route("/v2/events", self.list_events, methods=["GET"]),
                Route("/v2/keys", self.get_keys, methods=["GET"]),
                Route("/v2/keys/rotate", self.rotate_keys, methods=["POST"]),
                Route("/v2/flowControl", self.list_flows, methods=["GET"]),
                Route("/v2/flowControl/{id}", self.get_flow, methods=["GET"]),
                Route("/{path:path}", self.unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            ],
            middleware=[
                Middleware(LoopbackOnly),
                Middleware(_BearerOnly, token=self.credentials.token),
            ],
            exception_handlers={
                Refused: _refuse,
                HTTPException: _refuse_method,
                RedisConnectionError: _ask_again,
                RedisTimeoutError: _ask_again,
            },
        )
        # `DELETE /v2/messages/` is a cancellation without an id. It must not become one of everything.
        app.router.redirect_slashes = False
        return app

    async def list_logs(self, request: Request) -> Response:
        entries, cursor = await self._entries(request)
        return JSONResponse({"logs": entries, **({"cursor": cursor} if cursor else {})})

    async def list_events(self, request: Request) -> Response:
        entries, cursor = await self._entries(request)
        for entry in entries:
            # The SDKs know this state under another spelling than the documentation.
            entry["state"] = "CANCELED" if entry["state"] == "CANCELLED" else entry["state"]
        return JSONResponse({"events": entries, **({"cursor": cursor} if cursor else {})})

    async def _entries(self, request: Request) -> tuple[list[dict[str, Any]], str | None]:
        wanted = Filter.of(request.query_params.multi_items())
        cursor = wanted.first("cursor") or None
        if cursor and not re.fullmatch(r"[0-9]{1,19}-[0-9]{1,19}", cursor):
            raise Refused("cursor: expected one that a page of logs came with")
        return await Journal(self.redis).page(wanted.matches, cursor=cursor, count=wanted.count(1000))

    async def get_keys(self, request: Request) -> Response:
        return _keys(await kept.keep_credentials(self.redis, self.credentials))

    async def rotate_keys(self, request: Request) -> Response:
        await kept.keep_credentials(self.redis, self.credentials)
        return _keys(await kept.rotate(self.redis))

    async def list_flows(self, request: Request) -> Response:
        return JSONResponse(await describe_flows(self.redis, self.store, self.now()))

    async def get_flow(self, request: Request) -> Response:
        return JSONResponse(
            await describe_flow(self.redis, self.store, request.path_params["id"], self.now())
        )

    async def unknown(self, request: Request) -> Response:
        path = request.url.path
        for part, name in (
            ("/v2/topics", "URL groups are"),
            ("/v2/queues", "queues are"),
            ("/v2/enqueue/", "queues are"),
            ("/llm/", "LLM publishing is"),
        ):
            if part in path:
                raise Refused(f"{name} not supported by the embedded QStash")
        if path.endswith("/"):
            raise Refused("expected an id after the last slash")
        raise Refused("no such operation in the embedded QStash", status=404)


def _keys(found: kept.Credentials) -> Response:
    return JSONResponse({"current": found.current, "next": found.next})


class _BearerOnly:
    """401 without the token, before anything is read."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"authorization"]
        if scope["type"] == "http" and not (
            len(given) == 1 and hmac.compare_digest(given[0], self._expected)
        ):
            refusal = JSONResponse({"error": "invalid token"}, status_code=401)
            return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)


async def _refuse(request: Request, exc: Exception) -> Response:
    status, headers = (exc.status, exc.headers) if isinstance(exc, Refused) else (500, None)
    return JSONResponse({"error": str(exc)}, status_code=status, headers=headers)


async def _refuse_method(request: Request, exc: Exception) -> Response:
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, str(exc))
    return JSONResponse({"error": detail}, status_code=status)


async def _ask_again(request: Request, exc: Exception) -> Response:
    error = {"error": "Redis does not answer; try again"}
    return JSONResponse(error, status_code=503, headers={"Retry-After": "1"})
