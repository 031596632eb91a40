"""Endpoints of the history: logs, and events, which are the same under an older name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.api.filters import Filter
from scheduler.embedded.storage import Journal, RequestRefused


@dataclass(frozen=True, kw_only=True)
class LogEndpoints:
    """`/v2/logs` and `/v2/events`."""

    journal: Journal

    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        return [
            Route("/v2/logs", self.list_logs, methods=["GET"]),
            Route("/v2/events", self.list_events, methods=["GET"]),
        ]

    async def list_logs(self, request: Request) -> Response:
        entries, cursor = await self._read_entries(request)
        return JSONResponse({"logs": entries, **({"cursor": cursor} if cursor else {})})

    async def list_events(self, request: Request) -> Response:
        entries, cursor = await self._read_entries(request)
        for entry in entries:
            # The SDKs know this state under another spelling than the documentation.
            entry["state"] = "CANCELED" if entry["state"] == "CANCELLED" else entry["state"]
        return JSONResponse({"events": entries, **({"cursor": cursor} if cursor else {})})

    async def _read_entries(self, request: Request) -> tuple[list[dict[str, Any]], str | None]:
        wanted = Filter.parse(request.query_params.multi_items())
        cursor = wanted.first_value("cursor") or None
        if cursor and not re.fullmatch(r"[0-9]{1,19}-[0-9]{1,19}", cursor):
            raise RequestRefused("cursor: expected one that a page of logs came with")
        return await self.journal.read_page(wanted.matches, cursor=cursor, count=wanted.limit(1000))
