"""Endpoints of schedules."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from scheduler.embedded.api.headers import Incoming, read_destination, read_message
from scheduler.embedded.api.wire import answer_change, caller_ip, destination_after, not_found, read_body
from scheduler.embedded.storage import Addresses, Moves, RequestRefused, Schedule, ScheduleStore, new_id


@dataclass(frozen=True, kw_only=True)
class ScheduleEndpoints:
    """`/v2/schedules`."""

    schedules: ScheduleStore
    addresses: Addresses
    largest_message: int
    now: Callable[[], datetime]
    wake: Callable[[], None]
    wake_for: Callable[[datetime], None]

    def routes(self) -> list[Route]:
        """In the order in which they are tried. The SDKs pause with PATCH, the documentation with POST."""
        return [
            Route("/v2/schedules", self.list_schedules, methods=["GET"]),
            Route("/v2/schedules/{id}/pause", self.pause_schedule, methods=["POST", "PATCH"]),
            Route("/v2/schedules/{id}/resume", self.resume_schedule, methods=["POST", "PATCH"]),
            Route("/v2/schedules/{id}", self.get_schedule, methods=["GET"]),
            Route("/v2/schedules/{id}", self.delete_schedule, methods=["DELETE"]),
            Route("/v2/schedules/{destination:path}", self.put_schedule, methods=["POST"]),
        ]

    async def put_schedule(self, request: Request) -> Response:
        destination = destination_after("/v2/schedules/", request)
        incoming = Incoming.parse(request.headers.items())
        body = await read_body(request, self.largest_message)
        now = self.now()
        schedule_id = incoming.first_value("upstash-schedule-id") or new_id("scd", now)
        if not re.fullmatch(r"[A-Za-z0-9._-]+", schedule_id):
            raise RequestRefused("Upstash-Schedule-Id: expected letters, digits, '-', '_' and '.'")
        if not (cron := incoming.first_value("upstash-cron")):
            raise RequestRefused("expected Upstash-Cron")
        message = read_message(
            incoming, url=read_destination(destination), now=now, caller_ip=caller_ip(request)
        )
        slot = await self.schedules.put_schedule(schedule_id, cron=cron, message=message, body=body, now=now)
        self.wake_for(slot)
        return JSONResponse({"scheduleId": schedule_id}, status_code=201)

    async def list_schedules(self, request: Request) -> Response:
        """One array as hosted, but written while it is read: neither side ever holds all of it."""
        moves = await self.addresses.read_moves()
        pages = self.schedules.schedule_pages()
        # A Redis that is away is an answer of its own, as long as none has begun.
        first: list[Schedule] = await anext(pages, [])
        return StreamingResponse(_write_array(first, pages, moves), media_type="application/json")

    async def get_schedule(self, request: Request) -> Response:
        if found := await self.schedules.find_schedule(request.path_params["id"]):
            return JSONResponse(_describe_here(found, await self.addresses.read_moves()))
        raise not_found("schedule")

    async def delete_schedule(self, request: Request) -> Response:
        return answer_change("schedule", await self.schedules.delete_schedule(request.path_params["id"]))

    async def pause_schedule(self, request: Request) -> Response:
        return answer_change("schedule", await self.schedules.pause_schedule(request.path_params["id"]))

    async def resume_schedule(self, request: Request) -> Response:
        resumed = await self.schedules.resume_schedule(request.path_params["id"], self.now())
        self.wake()
        return answer_change("schedule", resumed)


async def _write_array(
    page: list[Schedule], pages: AsyncIterator[list[Schedule]], moves: Moves
) -> AsyncIterator[str]:
    yield "[" + _write_page(page, moves)
    empty = not page
    async for page in pages:
        if text := _write_page(page, moves):
            yield text if empty else f",{text}"
            empty = False
    yield "]"


def _write_page(page: list[Schedule], moves: Moves) -> str:
    return ",".join(json.dumps(_describe_here(schedule, moves)) for schedule in page)


def _describe_here(schedule: Schedule, moves: Moves) -> dict[str, Any]:
    """With the address that it delivers to now, by which its owner knows it again."""
    return replace(schedule, message=moves.readdress(schedule.message)).describe()
