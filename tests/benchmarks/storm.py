"""`python -m tests.benchmarks.storm`: 2,000 slots due together, on two copies, in front of Slack's limits.

This process plays QStash, which delivers, waits as it is told, and delivers again, and a Slack that takes one
message a second in a channel and a number in a workspace. It takes about two minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs

import aiohttp
from redis.asyncio import Redis as Valkey
from starlette.types import Receive, Scope, Send
from uvicorn.loops.auto import auto_loop_factory

from bot.answers.answer_cache import AnswerCache
from bot.answers.question import question_key
from bot.answers.records import Answer
from bot.model import ChatModel, ModelsSettings
from bot.settings import Settings
from bot.storage import socket_redis
from scheduler import Job
from scheduler.embedded import run_valkey
from tests.benchmarks import report
from tests.benchmarks.answer import ANSWER
from tests.benchmarks.contest.play import open_http
from tests.benchmarks.environ import full_environ
from tests.benchmarks.processes import App, run_app
from tests.benchmarks.round_trips import RoundTrips
from tests.benchmarks.stand_ins import Addresses
from tests.signing import sign
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

_LONGEST: Final = 150  # seconds for one storm

_PER_SECOND: Final = 800  # deliveries: opening 2,000 connections at one moment would measure this process
_QUERY: Final = "Name three rivers of Europe."
_PATH: Final = "/api/announce"


@dataclass(frozen=True, kw_only=True)
class Storm:
    """Slots that are due together; `ceiling` is what a workspace takes in a minute."""

    name: str
    workspaces: int
    channels: int
    slots: int
    ceiling: int

    @property
    def bound(self) -> float:
        """The seconds that it takes at least: the slower of a channel's and a workspace's share."""
        return max(self.slots / self.channels, self.slots / self.workspaces / self.ceiling * 60)

    def jobs(self, slot: datetime) -> Iterator[Job]:
        for number in range(self.slots):
            channel = number % self.channels
            yield Job(
                query=_QUERY,
                schedule=f"s-{number:05}",
                team=f"T{channel % self.workspaces:04}",
                channel=f"C{channel % self.workspaces:04}X{channel:04}",
                user="U0BENCHMARK",
                cron=f"{slot.minute} {slot.hour} * * *",
                zone="UTC",
            )


STORMS: Final = (
    Storm(name="20 workspaces", workspaces=20, channels=100, slots=2_000, ceiling=400),
    Storm(name="one workspace", workspaces=1, channels=100, slots=2_000, ceiling=4_000),
)


@dataclass(kw_only=True)
class Bucket:
    """So many at once, and then so many a second."""

    size: float
    per_second: float
    left: float = field(init=False)
    at: float = field(init=False, default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.left = self.size

    def has_room(self) -> bool:
        now = time.perf_counter()
        self.left, self.at = min(self.size, self.left + (now - self.at) * self.per_second), now
        return self.left >= 1


@dataclass(kw_only=True)
class LimitedSlack:
    """Takes posts as fast as Slack says, and refuses the others."""

    ceiling: int
    burst: int
    calls: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    posted: dict[tuple[str, int], float] = field(default_factory=dict)
    """The moments at which each part of each run was posted."""
    twice: int = 0
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        method, headers = scope["path"].rpartition("/")[2], dict(scope["headers"])
        status, answer = 200, self._answer(method)
        if method == "chat.postMessage":
            status, answer = self._post(_arguments(body, headers.get(b"content-type", b"")))
        told = [(b"content-type", b"application/json"), *([(b"retry-after", b"1")] if status == 429 else [])]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, method: str) -> dict[str, object]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": "T0000", "user_id": "U0BOT", "bot_id": "B0BOT"}
            case "conversations.info":
                return {"ok": True, "channel": {"is_member": True}}
            case _:
                return {"ok": False, "error": "unknown_method"}

    def _post(self, arguments: dict[str, Any]) -> tuple[int, dict[str, object]]:
        self.calls += 1
        channel = str(arguments["channel"])
        places = {
            "channel": self._bucket(channel, size=self.burst, per_second=1),
            "workspace": self._bucket(
                channel.partition("X")[0], size=self.ceiling / 10, per_second=self.ceiling / 60
            ),
        }
        full = [kind for kind, bucket in places.items() if not bucket.has_room()]
        if full:
            self.refused.update(full)
            return 429, {"ok": False, "error": "ratelimited"}
        for bucket in places.values():
            bucket.left -= 1
        metadata = arguments["metadata"]
        payload = (json.loads(metadata) if isinstance(metadata, str) else metadata)["event_payload"]
        part = (payload["run"], payload["part"])
        self.twice += part in self.posted
        self.posted[part] = time.perf_counter()
        return 200, {"ok": True, "ts": f"1790000000.{self.calls:06d}"}

    def _bucket(self, name: str, *, size: float, per_second: float) -> Bucket:
        if name not in self._buckets:
            self._buckets[name] = Bucket(size=size, per_second=per_second)
        return self._buckets[name]


def _arguments(body: bytes, content_type: bytes) -> dict[str, Any]:
    if b"json" in content_type:
        found: dict[str, Any] = json.loads(body)
        return found
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


@dataclass(kw_only=True)
class Carrier:
    """QStash: delivers to one copy or the other, comes back when it is told to, and takes new messages."""

    http: aiohttp.ClientSession
    apps: Sequence[App]
    qstash: QStash
    answers: Counter[int] = field(default_factory=Counter)
    tries: Counter[bytes] = field(default_factory=Counter)
    at_work: int = 0
    most_at_work: int = 0
    random: Random = field(default_factory=Random)

    async def carry(self, body: bytes, *, after: float = 0, retried: int = 0) -> None:
        """Until it is taken."""
        await asyncio.sleep(after)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        url = self.random.choice(self.apps).url
        headers = {
            "Upstash-Signature": sign(body, f"{url}{_PATH}", now=datetime.now(UTC)),
            "Upstash-Retried": str(retried),
            "Content-Type": "application/json",
        }
        async with self.http.post(f"{url}{_PATH}", data=body, headers=headers) as response:
            status, wait = response.status, response.headers.get("Retry-After")
        self.at_work -= 1
        self.answers[status] += 1
        self.tries[body] += 1
        if status in (429, 503) and retried < 3:
            await self.carry(body, after=float(wait or 10), retried=retried + 1)

    async def carry_published(self) -> None:
        """Deliver what the copies publish, at its time."""
        seen = 0
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(0.1)
                for asked in self.qstash.asked[seen:]:
                    if asked.path.endswith(_PATH) and Job.decode(asked.body).kind == "post":
                        due = float(asked.headers.get("upstash-not-before", 0))
                        group.create_task(self.carry(asked.body, after=max(0.0, due - time.time())))
                seen = len(self.qstash.asked)


async def play(storm: Storm, *, burst: int) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(_LONGEST))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
        socket = await stack.enter_async_context(run_valkey(folder / "valkey"))
        valkey = await stack.enter_async_context(Valkey(unix_socket_path=str(socket)))
        slack = LimitedSlack(ceiling=storm.ceiling, burst=burst)
        qstash = await stack.enter_async_context(run_qstash())
        there = Addresses(
            counts="",
            openai="http://127.0.0.1:9/v1",
            qstash=qstash.url,
            slack=await stack.enter_async_context(serve(slack)),
            upstash="",
        )
        environ = {
            **full_environ(there),
            "PRECACHE_POSTS": f"{storm.ceiling}/1m",
            "REDIS_URL": f"unix://{socket}",
            "OPENAI_API_KEY": "sk-unused",
        }
        http = await stack.enter_async_context(open_http())
        apps = await _open_copies(stack, environ, folder, http)
        await _store_answers(storm, environ, socket)
        slot = datetime.now(UTC).replace(second=0, microsecond=0)
        bodies = [job.encode() for job in storm.jobs(slot)]
        carrier, trips = Carrier(http=http, apps=apps, qstash=qstash), RoundTrips(valkey)
        carrier.random.shuffle(bodies)
        before, used = await trips.count(), sum(app.cpu for app in apps)
        published = asyncio.create_task(carrier.carry_published())
        began = time.perf_counter()
        quiet = asyncio.create_task(_ask_elsewhere(carrier, slack, after=storm.bound / 3))
        async with asyncio.timeout(_LONGEST - 30):
            await asyncio.gather(
                *(carrier.carry(body, after=number / _PER_SECOND) for number, body in enumerate(bodies))
            )
            waited = await quiet
            await wait_until(lambda: len(slack.posted) > storm.slots, "every post", seconds=_LONGEST)
        published.cancel()
        last = max(slack.posted.values()) - began
        by_second = Counter(int(at - began) for at in slack.posted.values())
        refused = slack.calls - len(slack.posted) - slack.twice
        rows = {
            "last post": f"{last:.1f} s; the bound is {storm.bound:.1f} s: {last / storm.bound:.2f} ×",
            "posts in each second": " ".join(str(by_second[second]) for second in range(int(last) + 1)),
            "posts, twice, calls": f"{len(slack.posted):,}, {slack.twice}, {slack.calls:,}",
            "429 from Slack": f"{refused:,} {dict(slack.refused) or ''}",
            "deliveries": f"{carrier.tries.total():,}, of one run at most {max(carrier.tries.values())}",
            "most at work at once": f"{carrier.most_at_work}",
            "a person elsewhere waited": f"{waited:.2f} s",
            "CPU of both copies": f"{sum(app.cpu for app in apps) - used:.1f} s",
            "Redis requests a post": f"{(await trips.count() - before) / storm.slots:.2f}",
        }
        for name, found in rows.items():
            print(f"| {storm.name}, burst {burst}: {name} | {found} |", flush=True)


async def _ask_elsewhere(carrier: Carrier, slack: LimitedSlack, *, after: float) -> float:
    """Ask in a quiet channel of the first workspace, amid the storm; the seconds until it is posted."""
    await asyncio.sleep(after)
    job = Job(query=_QUERY, id="person", team="T0000", channel="C0000XQUIET", user="U0BENCHMARK")
    began = time.perf_counter()
    await carrier.carry(job.encode())
    return slack.posted[("T0000:person", 0)] - began


async def _open_copies(
    stack: AsyncExitStack, environ: dict[str, str], folder: Path, http: aiohttp.ClientSession
) -> list[App]:
    apps = []
    for name in ("one", "two"):
        (folder / name).mkdir()
        apps.append(await stack.enter_async_context(run_app(environ, folder=folder / name, http=http)))
    return apps


async def _store_answers(storm: Storm, environ: dict[str, str], socket: Path) -> None:
    models = Settings.from_environ(environ).models
    assert isinstance(models, ModelsSettings)
    model, fingerprint = models.usual.name, ChatModel(models.usual).fingerprint
    async with socket_redis(f"unix://{socket}") as redis:
        for number in range(storm.workspaces):
            key = question_key(team=f"T{number:04}", model=fingerprint, query=_QUERY)
            answer = Answer(text=ANSWER, made=datetime.now(UTC), model=model)
            await AnswerCache(redis=redis).land_flight(key, token="benchmark", answer=answer)


async def main(options: argparse.Namespace) -> None:
    print(f"{report.machine()}\n\n| storm | measured |\n| --- | --- |", flush=True)
    for storm in STORMS:
        if storm.workspaces in options.workspaces:
            for burst in options.burst:
                await play(storm, burst=burst)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.storm", description=__doc__)
    parser.add_argument(
        "--burst", type=int, nargs="+", default=[2], help="messages that a channel takes at once"
    )
    parser.add_argument(
        "--workspaces", type=int, nargs="+", default=[20, 1], choices=[20, 1], help="the storms to play"
    )
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(main(parser.parse_args()))
