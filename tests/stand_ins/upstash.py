"""Upstash's Redis REST API over a real Valkey: `POST /`, `/pipeline` and `/multi-exec`.

https://upstash.com/docs/redis/features/restapi
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import redis.asyncio as valkey
from redis.exceptions import ExecAbortError, ResponseError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stand_ins.serve import serve

TOKEN = "upstash-token"


@dataclass(kw_only=True)
class Upstash:
    """The running stand-in: what it was asked, and how it is to misbehave."""

    client: valkey.Redis
    url: str = ""
    token: str = TOKEN
    requests: int = 0
    commands: list[list[str]] = field(default_factory=list)
    sync_tokens: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    answer: Response | None = None
    """Sent instead of any answer of Redis."""
    delay: timedelta = timedelta()
    delayed: int = 0
    """Requests that were kept waiting so long, or still are."""
    stalled: bool = False
    """Takes requests, executes them, and never answers."""
    fails: str = "\0"
    """Requests with this text in them are not executed."""
    loses: str = "\0"
    """Requests with this text in them are executed, and their answers are lost."""


@asynccontextmanager
async def upstash(valkey_socket: Path) -> AsyncIterator[Upstash]:
    """The REST API over the Valkey at `valkey_socket`."""
    pool = valkey.BlockingConnectionPool(
        connection_class=valkey.UnixDomainSocketConnection, path=str(valkey_socket), protocol=2
    )
    async with valkey.Redis.from_pool(pool) as client:
        client.response_callbacks.clear()
        stand_in = Upstash(client=client)

        async def endpoint(request: Request) -> Response:
            return await _answer(stand_in, request)

        routes = [Route(path, endpoint, methods=["POST"]) for path in ("/", "/pipeline", "/multi-exec")]
        async with serve(Starlette(routes=routes)) as stand_in.url:
            yield stand_in


async def _answer(stand_in: Upstash, request: Request) -> Response:
    stand_in.requests += 1
    stand_in.headers = dict(request.headers)
    stand_in.sync_tokens.append(request.headers.get("upstash-sync-token", ""))
    if stand_in.answer:
        return stand_in.answer
    if request.headers.get("authorization") != f"Bearer {stand_in.token}":
        return JSONResponse({"error": "WRONGPASS invalid or missing auth token"}, 401)
    text = (await request.body()).decode()
    if stand_in.delay:
        stand_in.delayed += 1
        await asyncio.sleep(stand_in.delay.total_seconds())
    if stand_in.fails in text:
        return Response(status_code=503)
    # A number keeps the form it was written in.
    body = json.loads(text, parse_int=str, parse_float=str)
    base64 = request.headers.get("upstash-encoding") == "base64"
    if request.url.path == "/":
        answers = [await _execute(stand_in, body)]
    elif request.url.path == "/pipeline":
        answers = await _pipeline(stand_in, body)
    else:
        answers = await _transaction(stand_in, body)
    if stand_in.stalled:
        await asyncio.Event().wait()
    if stand_in.loses in text:
        return Response(status_code=503)
    shaped = [_shape(answer, base64=base64) for answer in answers]
    alone = request.url.path == "/" or isinstance(answers[0], ExecAbortError)
    refused = alone and "error" in shaped[0]
    headers = {"Upstash-Sync-Token": f"sync-{stand_in.requests}"}
    return JSONResponse(shaped[0] if alone else shaped, 400 if refused else 200, headers)


async def _execute(stand_in: Upstash, command: list[str]) -> Any:
    stand_in.commands.append(command)
    try:
        return await stand_in.client.execute_command(*_known(command))  # type: ignore[no-untyped-call]  # redis-py
    except ResponseError as exc:
        return exc


async def _pipeline(stand_in: Upstash, commands: list[list[str]]) -> list[Any]:
    stand_in.commands += commands
    async with stand_in.client.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*_known(command))
        return await pipeline.execute(raise_on_error=False)


async def _transaction(stand_in: Upstash, commands: list[list[str]]) -> list[Any]:
    async with stand_in.client.pipeline(transaction=True) as pipeline:
        for command in commands:
            stand_in.commands.append(command)
            pipeline.execute_command(*_known(command))
        try:
            return await pipeline.execute(raise_on_error=False)
        except ResponseError:
            # redis-py reports the first command that was not queued; the server said this of the whole.
            return [
                ExecAbortError("Transaction discarded because of previous errors.", status_code="EXECABORT")
            ]


def _known(command: list[str]) -> list[str]:
    """Valkey does not know the one script flag that Upstash does."""
    return [
        f"--{argument}" if str(argument).startswith("#!lua flags=allow-key-locking") else argument
        for argument in command
    ]


def _shape(answer: Any, *, base64: bool) -> dict[str, Any]:
    if isinstance(answer, ResponseError):
        return {"error": f"{answer.status_code} {answer}" if answer.status_code else str(answer)}
    return {"result": _encoded(answer, base64=base64)}


def _encoded(value: Any, *, base64: bool) -> Any:
    if isinstance(value, list):
        return [_encoded(entry, base64=base64) for entry in value]
    if isinstance(value, bytes):
        if base64 and value != b"OK":
            return b64encode(value).decode()
        return value.decode(errors="replace")
    return value
