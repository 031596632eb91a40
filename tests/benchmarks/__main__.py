"""`make bench`: drives the app, in its own process, against counting stand-ins on this machine.

Everything is bounded and on loopback. The exit status is 1 when a counted budget is broken; times never
decide anything.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import redis.asyncio
from uvicorn.loops.auto import auto_loop_factory

from bot.answers.answer_cache import AnswerCache
from bot.answers.question import question_key
from bot.answers.records import Answer
from bot.model import ChatModel, ModelsSettings
from bot.settings import Settings
from bot.storage.client import socket_redis
from scheduler.embedded import run_valkey
from tests.benchmarks import report
from tests.benchmarks.answer import ANSWER
from tests.benchmarks.bench import Bench, RoundTrips
from tests.benchmarks.environ import full_environ
from tests.benchmarks.processes import run_app, run_stand_ins
from tests.benchmarks.report import Outcome
from tests.benchmarks.scenarios import STORED, TEAM, Target, all_of_them, stored, warm_up
from tests.benchmarks.stand_ins import MODEL_DELAY
from tests.stand_ins.upstash import TOKEN as UPSTASH_TOKEN

_LONGEST = 120  # seconds; an ordinary run takes a quarter of it


async def run() -> list[Outcome]:
    """Every scenario, with Redis over a socket and over REST."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(_LONGEST))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
        socket = await stack.enter_async_context(run_valkey(folder / "valkey"))
        valkey = await stack.enter_async_context(redis.asyncio.Redis(unix_socket_path=str(socket)))
        # Held open to the end: Valkey would count the end of a connection as one more request.
        answer_cache = AnswerCache(redis=await stack.enter_async_context(socket_redis(f"unix://{socket}")))
        there = await stack.enter_async_context(run_stand_ins(socket))
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                # Uvicorn ends a connection after five idle seconds: never begin a request in that moment.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2),
                timeout=aiohttp.ClientTimeout(30),
            )
        )
        environ = full_environ(there)
        await _store_answers(answer_cache, environ)
        round_trips = RoundTrips(valkey)
        wires = {
            "socket": {"REDIS_URL": f"unix://{socket}"},
            "REST": {"UPSTASH_REDIS_REST_URL": there.upstash, "UPSTASH_REDIS_REST_TOKEN": UPSTASH_TOKEN},
        }
        outcomes: list[Outcome] = []
        for wire, variables in wires.items():
            (home := folder / wire).mkdir()
            async with run_app(environ | variables, folder=home, http=http) as app:
                bench = Bench(
                    http=http,
                    app=app,
                    target=Target(name=wire, url=app.url, slack_url=there.slack),
                    counts_url=there.counts,
                    round_trips=round_trips if wire == "socket" else None,
                )
                await bench.prepare(warm_up(bench.target))
                for scenario in all_of_them():
                    outcomes.append(await bench.measure(scenario))
                    print(outcomes[-1].row, flush=True)
        return outcomes


async def _store_answers(answer_cache: AnswerCache, environ: Mapping[str, str]) -> None:
    """As another copy of the app would have, for those who post and for those who only ask."""
    models = Settings.from_environ(environ).models
    assert isinstance(models, ModelsSettings)
    model = models.usual
    for team in (TEAM, ""):
        for number in range(STORED):
            text = f"{ANSWER}\nThat was release {number}."
            answer = Answer(text=text, made=datetime.now(UTC), model=model.name)
            key = question_key(team=team, model=ChatModel(model).fingerprint, query=stored(number))
            await answer_cache.land_flight(key, token="benchmark", answer=answer)


async def main() -> int:
    this = asyncio.current_task()
    assert this
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    print(f"{report.machine()}. The model takes {MODEL_DELAY.total_seconds() * 1e3:.0f} ms.\n\n{report.HEAD}")
    if broken := report.broken(await run()):
        print("\nBudgets that do not hold:", *broken, sep="\n- ")
        return 1
    print("\nEvery budget holds.")
    return 0


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        try:
            sys.exit(runner.run(main()))
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit("stopped")
