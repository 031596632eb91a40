"""Endpoints of the dead letter queue: messages that were given up, to see, delete and send again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.api.filters import Filter
from scheduler.embedded.api.headers import Incoming, override_message
from scheduler.embedded.api.wire import answer_change, not_found, read_body
from scheduler.embedded.storage import DeadLetter, DeadLetterStore, RequestRefused


@dataclass(frozen=True, kw_only=True)
class DeadLetterEndpoints:
    """`/v2/dlq`."""

    letters: DeadLetterStore
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        return [
            Route("/v2/dlq", self.list_letters, methods=["GET"]),
            Route("/v2/dlq", self.delete_letters, methods=["DELETE"]),
            Route("/v2/dlq/retry", self.retry_letters, methods=["POST"]),
            Route("/v2/dlq/retry/{id}", self.retry_letter, methods=["POST"]),
            Route("/v2/dlq/{id}", self.get_letter, methods=["GET"]),
            Route("/v2/dlq/{id}", self.delete_letter, methods=["DELETE"]),
        ]

    async def list_letters(self, request: Request) -> Response:
        wanted = Filter.parse(request.query_params.multi_items())
        letters, paging = await self._read_page(wanted)
        return JSONResponse({"messages": [letter.describe() for letter in letters], **paging})

    async def get_letter(self, request: Request) -> Response:
        return JSONResponse((await self._find_letter(request)).describe())

    async def delete_letter(self, request: Request) -> Response:
        return answer_change("dead letter", await self.letters.delete_letter(request.path_params["id"]))

    async def delete_letters(self, request: Request) -> Response:
        letters, paging = await self._find_letters(request)
        deleted = [await self.letters.delete_letter(letter.id) for letter in letters]
        return JSONResponse({"deleted": sum(deleted), **paging})

    async def retry_letter(self, request: Request) -> Response:
        answer = await self._revive_letter(request, await self._find_letter(request))
        if answer is None:
            raise not_found("dead letter")
        return JSONResponse(answer, status_code=201)

    async def retry_letters(self, request: Request) -> Response:
        letters, paging = await self._find_letters(request)
        answers = [await self._revive_letter(request, letter) for letter in letters]
        responses = [answer for answer in answers if answer]
        return JSONResponse({"responses": responses, **paging}, status_code=201)

    async def _revive_letter(self, request: Request, letter: DeadLetter) -> dict[str, str] | None:
        now = self.now()
        # The content type is that of this request; all else may change how the message goes out again.
        incoming = Incoming.parse((k, v) for k, v in request.headers.items() if k != "content-type")
        message_id = await self.letters.revive_letter(
            letter, override_message(letter.message, incoming, now=now), now=now
        )
        self.wake()
        return {"messageId": message_id} if message_id else None

    async def _find_letter(self, request: Request) -> DeadLetter:
        if found := await self.letters.find_letter(request.path_params["id"]):
            return found
        raise not_found("dead letter")

    async def _find_letters(self, request: Request) -> tuple[list[DeadLetter], dict[str, str]]:
        wanted = Filter.parse(request.query_params.multi_items(), await read_body(request))
        # The JavaScript SDK says "all" by sending a count alone.
        means_all = (wanted.first_value("all") or "").lower() == "true" or wanted.first_value("count")
        if wanted.is_empty and not means_all:
            raise RequestRefused("expected dlqIds, a filter, a count, or all=true")
        return await self._read_page(wanted)

    async def _read_page(self, wanted: Filter) -> tuple[list[DeadLetter], dict[str, str]]:
        """The letters that are wanted, and the cursor of the next page if there are more."""
        most = wanted.limit(100) if wanted.first_value("dlqIds") is None else sys.maxsize
        letters: list[DeadLetter] = []
        async for letter in self.letters.letters_after(wanted.first_value("cursor") or None):
            if wanted.matches(letter.describe()):
                if len(letters) == most:
                    return letters, {"cursor": letters[-1].id}
                letters.append(letter)
        return letters, {}
