"""Endpoints of the dead letter queue: what was given up can be looked at, deleted, and sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.api.filters import Filter
from scheduler.embedded.api.headers import Incoming, override
from scheduler.embedded.api.wire import done, not_found, read_body
from scheduler.embedded.storage.message_store import DeadLetter, Store
from scheduler.embedded.storage.refused import Refused


@dataclass(frozen=True, kw_only=True)
class ServeDead:
    """`/v2/dlq`."""

    store: Store
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        return [
            Route("/v2/dlq", self.list_dead, methods=["GET"]),
            Route("/v2/dlq", self.delete_dead_many, methods=["DELETE"]),
            Route("/v2/dlq/retry", self.retry_dead_many, methods=["POST"]),
            Route("/v2/dlq/retry/{id}", self.retry_dead, methods=["POST"]),
            Route("/v2/dlq/{id}", self.get_dead, methods=["GET"]),
            Route("/v2/dlq/{id}", self.delete_dead, methods=["DELETE"]),
        ]

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
        return done("dead letter", await self.store.bury(request.path_params["id"]))

    async def delete_dead_many(self, request: Request) -> Response:
        deleted = [await self.store.bury(dead.id) for dead in await self._dead_many(request)]
        return JSONResponse({"deleted": sum(deleted)})

    async def retry_dead(self, request: Request) -> Response:
        answer = await self._retry(request, await self._dead(request))
        if answer is None:
            raise not_found("dead letter")
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
        raise not_found("dead letter")

    async def _dead_many(self, request: Request) -> list[DeadLetter]:
        wanted = Filter.of(request.query_params.multi_items(), await read_body(request))
        if wanted.is_empty and (wanted.first("all") or "").lower() != "true":
            raise Refused("expected dlqIds, a filter, or all=true")
        most = wanted.count(1_000_000)
        found = [dead async for dead in self.store.dead_letters() if wanted.matches(dead.describe())]
        return found[:most]
