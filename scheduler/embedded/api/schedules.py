"""Endpoints of schedules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.api.headers import Incoming, read_destination, read_message
from scheduler.embedded.api.wire import caller_ip, destination_after, done, not_found, read_body
from scheduler.embedded.storage.addresses import Addresses
from scheduler.embedded.storage.message import new_id
from scheduler.embedded.storage.refused import Refused
from scheduler.embedded.storage.schedule_store import Schedule, Schedules


@dataclass(frozen=True, kw_only=True)
class ServeSchedules:
    """`/v2/schedules`."""

    schedules: Schedules
    addresses: Addresses
    largest_message: int
    now: Callable[[], datetime]
    wake: Callable[[], None]

    def routes(self) -> list[Route]:
        """In the order in which they are tried. The SDKs pause with PATCH, the documentation with POST."""
        return [
            Route("/v2/schedules", self.list_schedules, methods=["GET"]),
            Route("/v2/schedules/{id}/pause", self.pause, methods=["POST", "PATCH"]),
            Route("/v2/schedules/{id}/resume", self.resume, methods=["POST", "PATCH"]),
            Route("/v2/schedules/{id}", self.get_schedule, methods=["GET"]),
            Route("/v2/schedules/{id}", self.delete_schedule, methods=["DELETE"]),
            Route("/v2/schedules/{destination:path}", self.put_schedule, methods=["POST"]),
        ]

    async def put_schedule(self, request: Request) -> Response:
        destination = destination_after("/v2/schedules/", request)
        incoming = Incoming.of(request.headers.items())
        body = await read_body(request, self.largest_message)
        now = self.now()
        schedule_id = incoming.get("upstash-schedule-id") or new_id("scd", now)
        if not re.fullmatch(r"[A-Za-z0-9._-]+", schedule_id):
            raise Refused("Upstash-Schedule-Id: expected letters, digits, '-', '_' and '.'")
        if not (cron := incoming.get("upstash-cron")):
            raise Refused("expected Upstash-Cron")
        message = read_message(
            incoming, url=read_destination(destination), now=now, caller_ip=caller_ip(request)
        )
        await self.schedules.put(schedule_id, cron=cron, message=message, body=body, now=now)
        self.wake()
        return JSONResponse({"scheduleId": schedule_id}, status_code=201)

    async def list_schedules(self, request: Request) -> Response:
        return JSONResponse([await self._describe(each) for each in await self.schedules.all()])

    async def get_schedule(self, request: Request) -> Response:
        if found := await self.schedules.get(request.path_params["id"]):
            return JSONResponse(await self._describe(found))
        raise not_found("schedule")

    async def delete_schedule(self, request: Request) -> Response:
        return done("schedule", await self.schedules.delete(request.path_params["id"]))

    async def pause(self, request: Request) -> Response:
        return done("schedule", await self.schedules.pause(request.path_params["id"]))

    async def resume(self, request: Request) -> Response:
        resumed = await self.schedules.resume(request.path_params["id"], self.now())
        self.wake()
        return done("schedule", resumed)

    async def _describe(self, schedule: Schedule) -> dict[str, Any]:
        """With where it delivers now, by which its owner knows it again."""
        return replace(schedule, message=await self.addresses.present(schedule.message)).describe()
