"""Endpoints that take messages, show them and cancel them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.api.filters import Filter
from scheduler.embedded.api.headers import Incoming, deduplication_key, read_destination, read_message
from scheduler.embedded.api.wire import (
    caller_ip,
    destination_after,
    not_found,
    read_batch,
    read_body,
    read_element,
    too_large,
)
from scheduler.embedded.storage import MessageStore, Pending, RequestRefused, describe_message, new_id


@dataclass(frozen=True, kw_only=True)
class MessageEndpoints:
    """`/v2/publish`, `/v2/batch` and `/v2/messages`."""

    messages: MessageStore
    largest_message: int
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        return [
            Route("/v2/publish/{destination:path}", self.publish_message, methods=["POST"]),
            Route("/v2/batch", self.publish_batch, methods=["POST"]),
            Route("/v2/messages", self.cancel_many, methods=["DELETE"]),
            Route("/v2/messages/{id}", self.get_message, methods=["GET"]),
            Route("/v2/messages/{id}", self.cancel_message, methods=["DELETE"]),
        ]

    async def publish_message(self, request: Request) -> Response:
        destination = destination_after("/v2/publish/", request)
        incoming = Incoming.parse(request.headers.items())
        body = await read_body(request, self.largest_message)
        status, answer = await self._accept_message(request, destination, incoming, body)
        return JSONResponse(answer, status_code=status)

    async def publish_batch(self, request: Request) -> Response:
        answers = []
        for element in read_batch(await read_body(request)):
            try:
                destination, incoming, body = read_element(element)
                if len(body) > self.largest_message:
                    raise too_large(self.largest_message)
                _, answer = await self._accept_message(request, destination, incoming, body)
            except RequestRefused as exc:
                answer = {"error": str(exc)}
            answers.append(answer)
        return JSONResponse(answers)

    async def _accept_message(
        self, request: Request, destination: str, incoming: Incoming, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        now = self.now()
        message = read_message(
            incoming, url=read_destination(destination), now=now, caller_ip=caller_ip(request)
        )
        pending = Pending(id=new_id("msg", now), message=message, body=body)
        duplicate_key = deduplication_key(incoming, message, body)
        message_id, duplicate = await self.messages.publish_message(
            pending, duplicate_key=duplicate_key, now=now
        )
        self.wake()
        if duplicate:
            return 202, {"messageId": message_id, "deduplicated": True}
        return 201, {"messageId": message_id}

    async def get_message(self, request: Request) -> Response:
        found = await self._find_pending(request)
        return JSONResponse(describe_message(found.id, found.message, found.body))

    async def cancel_message(self, request: Request) -> Response:
        if not await self.messages.cancel_message(await self._find_pending(request), now=self.now()):
            raise not_found("message")
        return JSONResponse({"cancelled": 1}, status_code=202)

    async def _find_pending(self, request: Request) -> Pending:
        if found := await self.messages.find_message(request.path_params["id"]):
            return found
        raise not_found("message")

    async def cancel_many(self, request: Request) -> Response:
        wanted = Filter.parse(request.query_params.multi_items(), await read_body(request))
        # A count is ignored, as QStash does by now: all that match are cancelled in one request.
        wanted.limit(1)
        cancelled = 0
        async for pending in self.messages.pending_messages():
            if wanted.matches(describe_message(pending.id, pending.message, b"")):
                cancelled += await self.messages.cancel_message(pending, now=self.now())
        self.wake()
        return JSONResponse({"cancelled": cancelled}, status_code=202)
