"""The real process, killed after it has told Slack that it has something: each work ends with one effect.

Each is held at a step of its own at a gate before all services. Then the process is killed, and another copy,
whose clock is two minutes ahead, finds what was left. `make kills` goes through all the steps.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import aiohttp
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from slack_sdk.signature import SignatureVerifier

from bot.replies.commands import help_text
from bot.schedules.schedule_store import ScheduleStore
from bot.server import create_app, open_listener
from bot.settings import Settings
from bot.storage.client import CountedRedis, socket_redis
from scheduler import Job
from tests.bot.asked import Body, command, form, mention, press
from tests.bot.scheduled import DAILY
from tests.running import Precache, serving
from tests.signing import CURRENT_KEY, NEXT_KEY, sign
from tests.stand_ins.gate import Gate
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.slack_channel import Slack, fails, slack_channel
from tests.stand_ins.upstash import TOKEN as REDIS_TOKEN
from tests.stand_ins.upstash import upstash
from tests.waiting import wait_until

APP: Final = Path(__file__).parents[1] / "app.py"
SECRET: Final = "0123456789abcdef0123456789abcdef"
AHEAD: Final = timedelta(minutes=2)
ANNOUNCED: Final = "https://bot.example/api/announce"
ALL_STEPS: Final = os.environ.get("KILLS") == "all"
MOST_STEPS: Final = 20
DAILY_ONES: Final = (replace(DAILY, state="active"), replace(DAILY, id="bide-mole", state="active"))

HELP: Final = help_text(None)
WORK: Final[dict[str, Body]] = {
    "asked": command("Why is the sky blue?"),
    "mentioned": mention("What is cobalt?"),
    "scheduled": command("every day at 18:30 Good evening"),
    "run": press("card_run", DAILY_ONES[0].id),
    "deleted": press("card_delete", DAILY_ONES[1].id),
    "saved": form(prompt="Good morning", when="every day at 7:30"),  # the last, because it is waited for
}
"""What Slack sends, by what becomes of it."""


@dataclass(frozen=True, kw_only=True)
class Town:
    """The services, and the gate before them."""

    redis: CountedRedis
    raw: RawRedis
    store: ScheduleStore
    slack: Slack
    qstash: QStash
    model: OpenAI
    gate: Gate
    environ: dict[str, str]
    """The settings of a process behind the gate."""
    direct: dict[str, str]
    """The settings of one that is not."""

    async def notes(self) -> set[str]:
        """The keys of what is not answered."""
        return {*await self.redis.keys("precache:intent:*")}

    async def begin_again(self) -> None:
        """As if nothing had ever been asked."""
        await wait_until(lambda: self.gate.waiting == 0, "the dead have hung up")
        self.gate.open_again()
        await self.raw.flushall()
        for kept in (self.slack.posts, self.slack.whispers, self.qstash.waiting, self.qstash.messages):
            kept.clear()
        self.qstash.repeating.clear()
        for schedule in DAILY_ONES:
            await self.store.add_record(schedule, now=datetime.now(UTC))
            self.qstash.repeating[schedule.id] = b""


@pytest_asyncio.fixture
async def town(redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        redis = await enter(socket_redis(f"unix://{valkey_socket}", within=timedelta(seconds=30)))
        rest, slack, qstash = (
            await enter(upstash(valkey_socket)),
            await enter(slack_channel()),
            await enter(run_qstash()),
        )
        model = await enter(openai())
        http = await enter(aiohttp.ClientSession())
        targets = {"redis": rest.url, "slack": slack.url.removesuffix("/api/"), "qstash": qstash.url}
        gate = Gate(targets, http)
        address = await enter(serve(gate))
        shared = {
            "OPENAI_BASE_URL": model.url,
            "PORT": "0",
            "PRECACHE_MODEL": "openai:test",
            "PUBLIC_URL": "https://bot.example",
            "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
            "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
            "QSTASH_TOKEN": QSTASH_TOKEN,
            "SLACK_BOT_TOKEN": SLACK_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
        }
        yield Town(
            redis=redis,
            raw=redis_raw,
            store=ScheduleStore(redis=redis),
            slack=slack,
            qstash=qstash,
            model=model,
            gate=gate,
            environ=shared
            | {
                "QSTASH_URL": f"{address}/qstash",
                "SLACK_API_URL": f"{address}/slack/api/",
                "UPSTASH_REDIS_REST_TOKEN": REDIS_TOKEN,
                "UPSTASH_REDIS_REST_URL": f"{address}/redis",
            },
            direct=shared
            | {
                "QSTASH_URL": qstash.url,
                "REDIS_URL": f"unix://{valkey_socket}",
                "SLACK_API_URL": slack.url,
            },
        )


# The process that dies


@asynccontextmanager
async def living(town: Town, folder: Path) -> AsyncIterator[str]:
    """`python app.py` and where it listens; it is killed at the end."""
    log = folder / "log"
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, APP, "--env", os.devnull),
            env={"PATH": os.environ["PATH"], "PRECACHE_DATA": str(folder), **town.environ},
            cwd=folder,
            stdout=said,
            stderr=said,
        )

    def address() -> str | None:
        assert process.returncode is None, log.read_text()
        found = re.search(r"Precache listens on (\S+)", log.read_text())
        return found[1] if found else None

    try:
        yield await wait_until(address, "the process listens")
    finally:
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL


async def send(http: aiohttp.ClientSession, url: str, body: Body) -> int:
    """Send it as Slack does; the status of the acknowledgement."""
    if "command" in body:
        kind, text = "application/x-www-form-urlencoded", urlencode(body)
    elif "event" in body:
        kind, text = "application/json", json.dumps(body)
    else:
        kind, text = "application/x-www-form-urlencoded", urlencode({"payload": json.dumps(body)})
    timestamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=text)
    headers = {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(signature),
    }
    async with http.post(f"{url}/slack/events", data=text, headers=headers) as response:
        return response.status


async def die_after(town: Town, folder: Path, steps: int) -> list[str]:
    """Have a process killed that has done so many steps of each work; the work that it has not finished."""
    held: list[str] = []
    before = town.gate.impatient
    async with aiohttp.ClientSession() as http, living(town, folder) as url:
        for name, body in WORK.items():
            others = await town.notes()
            town.gate.hold_after(steps)
            assert await send(http, url, body) == 200, name

            async def is_answered(others: set[str] = others) -> bool:
                return town.gate.held.is_set() or not await town.notes() - others

            await wait_until(is_answered, "it is answered, or held")
            if town.gate.held.is_set():
                held.append(name)
        await owe(town, http, url)
        assert town.gate.impatient == before, "one would wait no longer, and went on"
    town.slack.next.clear()
    return held


async def owe(town: Town, http: aiohttp.ClientSession, url: str) -> None:
    """Have it answer a command while Slack takes no answer."""
    town.gate.open_again()
    town.slack.next["chat.postEphemeral"].extend([fails] * 9)
    assert await send(http, url, command("help")) == 200

    async def is_owed() -> bool:
        notes = await town.redis.mget(*await town.notes())
        return any('"owed":' in (note or "") for note in notes)

    await wait_until(is_owed, "the reply is noted")


# The copy that finds what it has left


@asynccontextmanager
async def heir(town: Town, folder: Path) -> AsyncIterator[Precache]:
    environ = {"PRECACHE_DATA": str(folder), **town.direct}
    listener, settings = open_listener(Settings.from_environ(environ))
    app = create_app(settings, now=lambda: datetime.now(UTC) + AHEAD)
    async with serving(app, listener, settings) as running:
        yield running


async def take_up(town: Town, folder: Path) -> None:
    """Everything is found and answered; then QStash delivers what it was given, twice."""
    async with heir(town, folder) as copy:

        async def all_answered() -> bool:
            return not await town.notes()

        await wait_until(all_answered, "all is answered")
        for body in (*town.qstash.waiting.values(),) * 2:
            if Job.decode(body).kind != "warm":
                await deliver(copy, body)


async def deliver(copy: Precache, body: bytes) -> None:
    signature = sign(body, ANNOUNCED, now=datetime.now(UTC) + AHEAD)
    headers = {"Upstash-Signature": signature}
    async with copy.http.post(f"{copy.url}/api/announce", data=body, headers=headers) as response:
        assert response.status == 200, await response.text()


async def judge(town: Town, died: str) -> None:
    """Each work has had its one effect, and the person has been told of it."""
    jobs = [Job.decode(body) for body in town.qstash.waiting.values()]
    asked = Counter(job.query for job in jobs if job.kind != "warm")
    assert asked == {"Why is the sky blue?": 1, "What is cobalt?": 1, DAILY.query: 1}, died
    assert len(town.slack.posts) == 3, died
    schedules = await town.store.list_records("T1")
    found = Counter(schedule.query for schedule in schedules)
    assert found == {"Good evening": 1, "Good morning": 1, DAILY.query: 1}, died
    new = [schedule.state for schedule in schedules if schedule.query != DAILY.query]
    assert new == ["active", "active"], died
    assert town.qstash.repeating.keys() == {schedule.id for schedule in schedules}, died
    said = "\n".join(town.slack.whispers)
    for words, least in {"Working on it": 2, "Good evening": 1, "Good morning": 1, "Running": 1}.items():
        assert said.count(words) >= least, f"{died}\n{said}"
    assert HELP in said, f"{died}\n{said}"
    assert "is deleted" in said or "was deleted" in said, f"{died}\n{said}"


async def test_what_was_acknowledged_has_one_effect_and_a_reply_although_its_process_is_killed(
    town: Town, tmp_path: Path
) -> None:
    for steps in range(MOST_STEPS if ALL_STEPS else 1):
        await town.begin_again()
        folder = tmp_path / str(steps)
        folder.mkdir()
        held = await die_after(town, folder, steps)
        died = f"killed {steps} steps after each acknowledgement, with {held} under way"
        assert steps or held == [*WORK], died
        await take_up(town, folder)
        await judge(town, died)
        if not held:
            return
    assert not ALL_STEPS, "there are more steps"
