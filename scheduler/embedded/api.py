"""QStash's HTTP API as the `qstash` SDK uses it: routes in, the store and the schedules behind.

https://upstash.com/docs/qstash/api. URL groups, queues and whatever else is not here is refused in so many
words. Errors are `{"error": "…"}`, as hosted.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import redis.asyncio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from scheduler.embedded import credentials as kept
from scheduler.embedded.filters import Filter
from scheduler.embedded.flow import describe_flow, describe_flows
from scheduler.embedded.headers import (
    Incoming,
    deduplication_key,
    override,
    read_destination,
    read_message,
)
from scheduler.embedded.journal import Journal
from scheduler.embedded.loopback import LoopbackOnly
from scheduler.embedded.message import Message, describe_message, new_id
from scheduler.embedded.refused import Refused
from scheduler.embedded.schedules import Schedules
from scheduler.embedded.store import DeadLetter, Pending, Store

LARGEST_BATCH: Final = 16 * 1_048_576
"""Bytes of a batch; each of its messages has the limit of a message."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """The endpoints, each a request in and a response out."""

    redis: redis.asyncio.Redis
    store: Store
    schedules: Schedules
    journal: Journal
    credentials: kept.Credentials
    largest_message: int
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def build(self) -> Starlette:
        """The application, for this machine alone and only with the token."""
        app = Starlette(
            routes=[
                Route("/v2/publish/{destination:path}", self.publish, methods=["POST"]),
                Route("/v2/batch", self.batch, methods=["POST"]),
                Route("/v2/messages", self.cancel_many, methods=["DELETE"]),
                Route("/v2/messages/{id}", self.get_message, methods=["GET"]),
                Route("/v2/messages/{id}", self.cancel, methods=["DELETE"]),
                Route("/v2/schedules", self.list_schedules, methods=["GET"]),
                Route("/v2/schedules/{id}/pause", self.pause, methods=["POST", "PATCH"]),
                Route("/v2/schedules/{id}/resume", self.resume, methods=["POST", "PATCH"]),
                Route("/v2/schedules/{id}", self.get_schedule, methods=["GET"]),
                Route("/v2/schedules/{id}", self.delete_schedule, methods=["DELETE"]),
                Route("/v2/schedules/{destination:path}", self.put_schedule, methods=["POST"]),
                Route("/v2/dlq", self.list_dead, methods=["GET"]),
                Route("/v2/dlq", self.delete_dead_many, methods=["DELETE"]),
                Route("/v2/dlq/retry", self.retry_dead_many, methods=["POST"]),
                Route("/v2/dlq/retry/{id}", self.retry_dead, methods=["POST"]),
                Route("/v2/dlq/{id}", self.get_dead, methods=["GET"]),
                Route("/v2/dlq/{id}", self.delete_dead, methods=["DELETE"]),
                Route("/v2/logs", self.list_logs, methods=["GET"]),
                Route("/v2/events", self.list_events, methods=["GET"]),
                Route("/v2/keys", self.get_keys, methods=["GET"]),
                Route("/v2/keys/rotate", self.rotate_keys, methods=["POST"]),
                Route("/v2/flowControl", self.list_flows, methods=["GET"]),
                Route("/v2/flowControl/{id}", self.get_flow, methods=["GET"]),
                Route("/{path:path}", self.unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            ],
            middleware=[Middleware(LoopbackOnly), Middleware(_BearerOnly, token=self.credentials.token)],
            exception_handlers={Refused: _refuse, HTTPException: _refuse_method},
        )
        # `DELETE /v2/messages/` is a cancellation without an id. It must not become one of everything.
        app.router.redirect_slashes = False
        return app

    async def publish(self, request: Request) -> Response:
        destination = _destination(request, "/v2/publish/")
        incoming = Incoming.of(request.headers.items())
        body = await _read(request, self.largest_message)
        status, answer = await self._publish(request, destination, incoming, body)
        return JSONResponse(answer, status_code=status)

    async def batch(self, request: Request) -> Response:
        elements = _json(await _read(request, LARGEST_BATCH))
        if not isinstance(elements, list):
            raise Refused("expected a JSON array of messages")
        answers = []
        for element in elements:
            try:
                destination, incoming, body = _element(element)
                if len(body) > self.largest_message:
                    raise _too_large(self.largest_message)
                _, answer = await self._publish(request, destination, incoming, body)
            except Refused as exc:
                answer = {"error": str(exc)}
            answers.append(answer)
        return JSONResponse(answers)

    async def _publish(
        self, request: Request, destination: str, incoming: Incoming, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        now = self.now()
        message = self._message(request, destination, incoming, now)
        pending = Pending(id=new_id("msg", now), message=message, body=body)
        seen = deduplication_key(incoming, message, body)
        message_id, duplicate = await self.store.publish(pending, seen=seen, now=now)
        self.wake()
        if duplicate:
            return 202, {"messageId": message_id, "deduplicated": True}
        return 201, {"messageId": message_id}

    def _message(self, request: Request, destination: str, incoming: Incoming, now: datetime) -> Message:
        caller = request.client.host if request.client else ""
        return read_message(incoming, url=read_destination(destination), now=now, caller_ip=caller)

    async def get_message(self, request: Request) -> Response:
        found = await self._pending(request)
        return JSONResponse(describe_message(found.id, found.message, found.body))

    async def cancel(self, request: Request) -> Response:
        if not await self.store.cancel(await self._pending(request), now=self.now()):
            raise _not_found("message")
        return JSONResponse({})

    async def _pending(self, request: Request) -> Pending:
        if found := await self.store.get(request.path_params["id"]):
            return found
        raise _not_found("message")

    async def cancel_many(self, request: Request) -> Response:
        wanted = Filter.of(request.query_params.multi_items(), await _read(request, LARGEST_BATCH))
        cancelled, most = 0, wanted.count(1_000_000)
        async for pending in self.store.pending():
            if cancelled == most:
                break
            if wanted.matches(describe_message(pending.id, pending.message, b"")):
                cancelled += await self.store.cancel(pending, now=self.now())
        self.wake()
        return JSONResponse({"cancelled": cancelled})

    async def put_schedule(self, request: Request) -> Response:
        destination = _destination(request, "/v2/schedules/")
        incoming = Incoming.of(request.headers.items())
        body = await _read(request, self.largest_message)
        now = self.now()
        schedule_id = incoming.get("upstash-schedule-id") or new_id("scd", now)
        if not re.fullmatch(r"[A-Za-z0-9._-]+", schedule_id):
            raise Refused("Upstash-Schedule-Id: expected letters, digits, '-', '_' and '.'")
        if not (cron := incoming.get("upstash-cron")):
            raise Refused("expected Upstash-Cron")
        message = self._message(request, destination, incoming, now)
        await self.schedules.put(schedule_id, cron=cron, message=message, body=body, now=now)
        self.wake()
        return JSONResponse({"scheduleId": schedule_id}, status_code=201)

    async def list_schedules(self, request: Request) -> Response:
        return JSONResponse([each.describe() for each in await self.schedules.all()])

    async def get_schedule(self, request: Request) -> Response:
        if found := await self.schedules.get(request.path_params["id"]):
            return JSONResponse(found.describe())
        raise _not_found("schedule")

    async def delete_schedule(self, request: Request) -> Response:
        return _done("schedule", await self.schedules.delete(request.path_params["id"]))

    async def pause(self, request: Request) -> Response:
        return _done("schedule", await self.schedules.pause(request.path_params["id"]))

    async def resume(self, request: Request) -> Response:
        done = await self.schedules.resume(request.path_params["id"], self.now())
        self.wake()
        return _done("schedule", done)

    async def list_dead(self, request: Request) -> Response:
        wanted = Filter.of(request.query_params.multi_items())
        found: list[dict[str, Any]] = []
        async for dead in self.store.dead_letters(after=wanted.first("cursor") or None):
            if wanted.matches(described := dead.describe()):
                if len(found) == wanted.count(100):
                    return JSONResponse({"messages": found, "cursor": found[-1]["dlqId"]})
                found.append(described)
        return JSONResponse({"messages": found})

    async def get_dead(self, request: Request) -> Response:
        return JSONResponse((await self._dead(request)).describe())

    async def delete_dead(self, request: Request) -> Response:
        return _done("dead letter", await self.store.bury(request.path_params["id"]))

    async def delete_dead_many(self, request: Request) -> Response:
        deleted = [await self.store.bury(dead.id) for dead in await self._dead_many(request)]
        return JSONResponse({"deleted": sum(deleted)})

    async def retry_dead(self, request: Request) -> Response:
        answer = await self._retry(request, await self._dead(request))
        if answer is None:
            raise _not_found("dead letter")
        return JSONResponse(answer, status_code=201)

    async def retry_dead_many(self, request: Request) -> Response:
        answers = [await self._retry(request, dead) for dead in await self._dead_many(request)]
        return JSONResponse({"responses": [each for each in answers if each]}, status_code=201)

    async def _retry(self, request: Request, dead: DeadLetter) -> dict[str, str] | None:
        now = self.now()
        # The content type is that of this request; all else may change how the message goes out again.
        incoming = Incoming.of((k, v) for k, v in request.headers.items() if k != "content-type")
        message_id = await self.store.revive(dead, override(dead.message, incoming, now=now), now=now)
        self.wake()
        return {"messageId": message_id} if message_id else None

    async def _dead(self, request: Request) -> DeadLetter:
        if found := await self.store.dead_letter(request.path_params["id"]):
            return found
        raise _not_found("dead letter")

    async def _dead_many(self, request: Request) -> list[DeadLetter]:
        wanted = Filter.of(request.query_params.multi_items(), await _read(request, LARGEST_BATCH))
        if wanted.is_empty and (wanted.first("all") or "").lower() != "true":
            raise Refused("expected dlqIds, a filter, or all=true")
        most = wanted.count(1_000_000)
        found = [dead async for dead in self.store.dead_letters() if wanted.matches(dead.describe())]
        return found[:most]

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
        return await self.journal.page(wanted.matches, cursor=cursor, count=wanted.count(1000))

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


def _destination(request: Request, route: str) -> str:
    """What follows the route exactly as it was sent: a URL does not survive the decoding of a path."""
    path: str = request.scope["raw_path"].decode("latin-1")
    query: str = request.scope["query_string"].decode("latin-1")
    return path.partition(route)[2] + (f"?{query}" if query else "")


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _element(element: object) -> tuple[str, Incoming, bytes]:
    match element:
        case {"queue": str()}:
            raise Refused("queues are not supported by the embedded QStash")
        case {"destination": str(destination), **rest}:
            headers, body = rest.get("headers") or {}, rest.get("body") or ""
            if isinstance(headers, dict) and isinstance(body, str):
                return destination, Incoming.of((str(k), str(v)) for k, v in headers.items()), body.encode()
    raise Refused("expected an object with destination, headers and body")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("expected JSON") from None


def _keys(found: kept.Credentials) -> Response:
    return JSONResponse({"current": found.current, "next": found.next})


def _done(what: str, done: bool) -> Response:
    if not done:
        raise _not_found(what)
    return JSONResponse({})


def _not_found(what: str) -> Refused:
    return Refused(f"{what} not found", status=404)


def _too_large(most: int) -> Refused:
    return Refused(f"the message is larger than {most} bytes", status=413)


async def _refuse(request: Request, exc: Exception) -> Response:
    status, headers = (exc.status, exc.headers) if isinstance(exc, Refused) else (500, None)
    return JSONResponse({"error": str(exc)}, status_code=status, headers=headers)


async def _refuse_method(request: Request, exc: Exception) -> Response:
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, str(exc))
    return JSONResponse({"error": detail}, status_code=status)
