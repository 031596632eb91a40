"""An OpenAI-compatible chat server that can fail, stall, truncate and refuse, and counts what it is asked."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stand_ins.serve import serve

_USUAL = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}

Behaviour = Callable[["OpenAI", dict[str, Any]], Response | Awaitable[Response]]


def says(text: str, *, finish_reason: str = "stop", usage: bool = True, **message: Any) -> Behaviour:
    """An answer; `message` adds fields, such as a refusal."""

    def answer(_: OpenAI, body: dict[str, Any]) -> Response:
        completion = _completion(body, text, finish_reason, message)
        if not usage:
            del completion["usage"]
        return JSONResponse(completion)

    return answer


def fails(status: int, *, code: str = "", message: str = "went wrong", **headers: str) -> Behaviour:
    """An error of OpenAI's shape; `retry_after="3"` becomes the header."""
    error = {"error": {"message": message, "type": "error", "param": None, "code": code or None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _stand_in, _body: JSONResponse(error, status, named)


def answers(response: Response) -> Behaviour:
    """Any answer at all."""
    return lambda _stand_in, _body: response


def sends(message: Any, *, usage: Any = _USUAL, **choice: Any) -> Behaviour:
    """An answer of this very message, whatever it is; `choice` adds to its choice, or overrides it."""
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
        "usage": dict(_USUAL) if usage is _USUAL else usage,
    }
    return answers(JSONResponse(body))


def refuses(parameter: str, body: Any, *, status: int = 400) -> Behaviour:
    """An error where the request holds a parameter, else an answer."""
    refusal = JSONResponse(body, status)
    return lambda stand_in, asked: refusal if parameter in asked else says("Hello.")(stand_in, asked)


def stalls() -> Behaviour:
    """Takes the request and never answers."""

    async def wait(_: OpenAI, _body: dict[str, Any]) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    return wait


def hangs_up() -> Behaviour:
    """Begins an answer and closes the connection."""
    return answers(Response("{", headers={"content-length": "1000"}, media_type="application/json"))


@dataclass(kw_only=True)
class OpenAI:
    """The running stand-in: what it was asked, and how it is to answer."""

    url: str = ""
    """The value for `base_url`: ends in /v1."""
    requests: int = 0
    others: int = 0
    """Requests for anything else than an answer."""
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by the name of the model."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """The requests, oldest first; the first thousand."""
    headers: dict[str, str] = field(default_factory=dict)
    most_at_once: int = 0
    next: deque[Behaviour] = field(default_factory=deque)
    """The answers to the coming requests, in order; after them, `otherwise`."""
    otherwise: Behaviour = field(default_factory=lambda: says("An answer."))
    models: dict[str, Behaviour] = field(default_factory=dict)
    """The answers of the models of these names, always."""
    delay: timedelta = timedelta()
    stalled: bool = False
    """Takes requests and never answers."""

    async def answer(self, request: Request) -> Response:
        self.requests += 1
        self.headers = dict(request.headers)
        body = await request.json()
        if len(self.bodies) < 1_000:
            self.bodies.append(body)
        self.asked[body["model"]] += 1
        if (behaviour := self.models.get(body["model"])) is None:
            behaviour = self.next.popleft() if self.next else self.otherwise
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.stalled:
                await asyncio.Event().wait()
            await asyncio.sleep(self.delay.total_seconds())
            response = behaviour(self, body)
            return response if isinstance(response, Response) else await response
        finally:
            self._now -= 1

    _now: int = 0


@asynccontextmanager
async def openai() -> AsyncIterator[OpenAI]:
    """`POST /v1/chat/completions`, and `GET /requests` for a counter that lives in another process."""
    stand_in = OpenAI()

    async def count(_: Request) -> Response:
        return JSONResponse({"requests": stand_in.requests, "most_at_once": stand_in.most_at_once})

    async def other(_: Request) -> Response:
        stand_in.others += 1
        return Response(status_code=404)

    routes = [
        Route("/v1/chat/completions", stand_in.answer, methods=["POST"]),
        Route("/requests", count),
        Route("/{path:path}", other, methods=["GET", "POST"]),
    ]
    async with serve(Starlette(routes=routes)) as address:
        stand_in.url = f"{address}/v1"
        yield stand_in


def _completion(
    body: dict[str, Any], text: str, finish_reason: str, message: dict[str, Any]
) -> dict[str, Any]:
    asked = sum(len(str(sent["content"]).split()) for sent in body["messages"])
    said = len(text.split())
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }
