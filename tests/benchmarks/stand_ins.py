"""A process of its own with every service that the app under test speaks to, except Redis itself.

It prints where they are as one line of JSON, tells at `counts` what they were asked, is told there how long
to think, and ends when its standard input does, so that it cannot outlive its parent.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.loops.auto import auto_loop_factory

from tests.benchmarks.answer import ANSWER
from tests.benchmarks.slack import RESPONSE, slack
from tests.stand_ins.openai import openai, says
from tests.stand_ins.qstash import run_qstash
from tests.stand_ins.serve import serve
from tests.stand_ins.upstash import upstash


@dataclass(frozen=True, kw_only=True)
class Addresses:
    counts: str
    openai: str
    qstash: str
    slack: str
    upstash: str


@asynccontextmanager
async def stand_ins(valkey: Path) -> AsyncIterator[Addresses]:
    """All of them, over the Valkey at this socket."""
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(openai())
        model.otherwise = says(ANSWER)
        queue = await stack.enter_async_context(run_qstash())
        workspace = await stack.enter_async_context(slack())
        rest = await stack.enter_async_context(upstash(valkey))

        async def counts(_: Request) -> Response:
            return JSONResponse(
                {
                    "model": model.requests,
                    "qstash": len(queue.asked),
                    "redis": rest.requests,
                    "slack": workspace.requests.total(),
                    "responses": workspace.requests[RESPONSE],
                }
            )

        async def set_delays(request: Request) -> Response:
            seconds = await request.json()
            model.delay, rest.delay = (timedelta(seconds=seconds[name]) for name in ("model", "redis"))
            return Response(status_code=204)

        own = [Route("/", counts), Route("/", set_delays, methods=["POST"])]
        counter = await stack.enter_async_context(serve(Starlette(routes=own)))
        yield Addresses(
            counts=counter,
            openai=model.url,
            qstash=queue.url,
            slack=workspace.url,
            upstash=rest.url,
        )


async def main(valkey: Path) -> None:
    async with stand_ins(valkey) as addresses:
        print(json.dumps(asdict(addresses)), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(main(Path(sys.argv[1])))
