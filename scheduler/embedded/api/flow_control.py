"""Endpoints of flow control: they show its keys, and change none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.storage import FlowControl


@dataclass(frozen=True, kw_only=True)
class FlowControlEndpoints:
    """`/v2/flowControl`."""

    flows: FlowControl
    now: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        return [
            Route("/v2/flowControl", self.list_flows, methods=["GET"]),
            Route("/v2/flowControl/{id}", self.get_flow, methods=["GET"]),
        ]

    async def list_flows(self, request: Request) -> Response:
        return JSONResponse(await self.flows.describe_keys(self.now()))

    async def get_flow(self, request: Request) -> Response:
        return JSONResponse(await self.flows.describe_key(request.path_params["id"], self.now()))
