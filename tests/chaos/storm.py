"""One storm from its beginning to what it leaves behind."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import aiohttp
import redis.asyncio

from scheduler import Job, Once, Publisher, Send, make_plan, run_of, slot_of
from tests.chaos.carrier import ANNOUNCE, Carrier, Message, open_carrier
from tests.chaos.clock import Clock, beginning
from tests.chaos.copies import SIGNING_SECRET, Copy, Targets, run_copies
from tests.chaos.faults import Weather
from tests.chaos.judge import Due, Evidence, Key, Try
from tests.chaos.workload import Kind, Prompt, edition_at, voice
from tests.chaos.workspace import OWNER, TEAM, Workspace, open_workspace
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.qstash import TOKEN
from tests.waiting import wait_until

EVEN: Final[Mapping[str, timedelta]] = {"one": timedelta(0), "two": timedelta(0)}
"""Two copies whose clocks are right."""


@dataclass(kw_only=True)
class Storm:
    """All that is running."""

    clock: Clock
    weather: Weather
    workspace: Workspace
    model: OpenAI
    redis: redis.asyncio.Redis
    http: aiohttp.ClientSession
    carrier: Carrier
    copies: list[Copy]
    publisher: Publisher

    async def command(self, prompt: Prompt, when: str) -> str:
        """Have a schedule made as people do, in calm weather; its id."""
        before, replied = set(self.carrier.schedules), len(self.workspace.replied)
        form = {
            "command": "/precache",
            "text": f"{when} {prompt.text}",
            "team_id": TEAM,
            "channel_id": prompt.channel,
            "user_id": OWNER,
            "response_url": f"{self.workspace.url}/respond/1",
        }
        body, now = urlencode(form), str(int(time.time()))
        digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": f"v0={digest}",
        }
        async with self.http.post(f"{self.copies[0].url}/slack/events", data=body, headers=headers) as said:
            assert said.status == 200, await said.text()
        await wait_until(lambda: len(self.workspace.replied) > replied, "the command is answered")
        (made,) = set(self.carrier.schedules) - before
        self.weather.call(made, prompt.label)
        return made

    def post_only_changes(self, schedule: str) -> None:
        """As its form would have set it; here in what QStash carries."""
        held = self.carrier.schedules[schedule]
        held.body = replace(Job.decode(held.body), changes="only").encode()

    async def ask(self, prompt: Prompt, *, at: datetime | None = None) -> None:
        """Publish a run by its own id, now or once."""
        now = self.clock()
        job = _job(prompt, id=prompt.label, asked=now)
        plan = make_plan(job, None if at is None else Once(at=at, zone="UTC"), now=now)
        assert isinstance(plan, Send)
        await self.publisher.publish(plan.job, deduplication_id=plan.deduplication_id, at=plan.at)

    async def repeat(self, prompt: Prompt, cron: str) -> None:
        """Publish a schedule of which the app has no record."""
        job = _job(prompt, schedule=prompt.label, cron=cron, zone="UTC")
        await self.publisher.schedule(job, f"CRON_TZ=UTC {cron}")

    async def drain(self) -> None:
        """Calm, and no more slots: deliver what is left, and let all leases end."""
        self.weather.calm, self.carrier.until = True, self.clock()
        await self.carrier.carry()

    async def evidence(self) -> Evidence:
        """All that there is to see now."""
        messages = [each for each in self.carrier.messages if each.job.kind == "post"]
        dues = {due.run: due for each in messages if (due := _due(each)) is not None}
        given_up = [
            _run_due(each)
            for each in messages
            if each.state == "dead" and each.callback is not None and each.callback.state == "dead"
        ]
        now = self.clock()
        return Evidence(
            now=now,
            dues=list(dues.values()),
            tries=[found for each in messages for found in _tries(each)],
            posts=self.workspace.ever_posted,
            told=self.workspace.told,
            keys=await self._keys(),
            held=[_run_due(each) for each in messages if each.state == "waiting" and each.due <= now],
            given_up=given_up,
            refused=[run for each in self.carrier.refused if (run := _run_of_body(each.body)) is not None],
            faults=self.weather.happened,
            edition=edition_at,
        )

    async def _keys(self) -> Sequence[Key]:
        found = []
        for name in sorted([each.decode() async for each in self.redis.scan_iter(count=1000)]):
            left = await self.redis.pttl(name)
            if left == -2:
                continue
            fields = await self.redis.hgetall(name) if name.startswith("precache:run:") else {}
            found.append(
                Key(
                    name=name,
                    ends=None if left == -1 else timedelta(milliseconds=left),
                    fields={each.decode(): value.decode(errors="replace") for each, value in fields.items()},
                )
            )
        return found


@asynccontextmanager
async def brew(
    valkey: Path,
    folder: Path,
    *,
    seed: int = 0,
    most_deaths: int = 0,
    skews: Mapping[str, timedelta] = EVEN,
) -> AsyncIterator[Storm]:
    """Everything up, and calm weather."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        clock = Clock(path=folder / "clock")
        clock.set(beginning())
        weather = Weather(seed=seed, now=clock, most_deaths=most_deaths)
        http = await enter(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        raw = await enter(redis.asyncio.Redis(unix_socket_path=str(valkey)))
        workspace = await enter(open_workspace(clock))
        model = await enter(openai())
        model.otherwise = voice(clock)

        async def leap(by: timedelta) -> None:
            clock.set(clock() + by)
            await _age(raw, by)

        carrier = await enter(
            open_carrier(Carrier(clock=clock, weather=weather, copies=[], http=http, leap=leap))
        )
        copies = await enter(
            run_copies(
                Targets(
                    redis=valkey,
                    qstash=carrier.url,
                    slack=workspace.url,
                    model=model.url.removesuffix("/v1"),
                ),
                weather=weather,
                folder=folder,
                clocks={name: replace(clock, skew=skew) for name, skew in skews.items()},
                http=http,
            )
        )
        carrier.copies = copies
        publisher = await enter(
            Publisher.connect(token=TOKEN, base_url=carrier.url, announce_url=ANNOUNCE)
        )
        yield Storm(
            clock=clock,
            weather=weather,
            workspace=workspace,
            model=model,
            redis=raw,
            http=http,
            carrier=carrier,
            copies=copies,
            publisher=publisher,
        )


async def _age(raw: redis.asyncio.Redis, by: timedelta) -> None:
    """Let time pass in Redis, whose clock cannot be put forward: everything ends so much sooner."""
    ms = int(by / timedelta(milliseconds=1))
    names = [each async for each in raw.scan_iter(count=1000)]
    async with raw.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.pttl(name)
        left = await pipeline.execute()
        for name, each in zip(names, left, strict=True):
            if each > 0:
                pipeline.pexpire(name, max(each - ms, 1))
        await pipeline.execute()


def _job(prompt: Prompt, **fields: str | datetime) -> Job:
    job = {"query": prompt.text, "team": TEAM, "channel": prompt.channel, "user": OWNER, **fields}
    return Job(**job)  # type: ignore[arg-type]  # each by its own name


def _run_due(message: Message) -> str:
    """The run for which it was sent; for a slot that was asked for once more, the slot of then."""
    first = message.about or message
    job = first.job
    slot = None if job.cron is None else first.fired or slot_of(job, now=first.created)
    return run_of(job, slot=slot) or ""


def _due(message: Message) -> Due | None:
    job = message.job
    if message.about is not None or message.state == "cancelled" or job.channel is None:
        return None
    at = message.fired or (slot_of(job, now=message.created) if job.cron else None) or job.at or message.created
    schedule = job.cron is not None
    return Due(
        run=_run_due(message),
        prompt=Prompt.read(job.query),
        at=at,
        following=_next_slot(job, at) if schedule else None,
        only_changes=job.changes == "only",
    )


def _next_slot(job: Job, slot: datetime) -> datetime:
    from scheduler import Cron

    return Cron.parse(job.cron or "", zone=job.zone or "UTC").next_after(slot)


def _tries(message: Message) -> list[Try]:
    job, due = message.job, _run_due(message)
    is_callback = message.about is not None
    return [
        Try(
            due=due,
            served=due if is_callback else run_of(job, slot=slot_of(job, now=attempt.at)) or "",
            at=attempt.at,
            status=attempt.status,
            is_callback=is_callback,
        )
        for attempt in message.attempts
    ]


def _run_of_body(body: bytes) -> str | None:
    job = Job.decode(body)
    return run_of(job, slot=None) if job.cron is None else None


def mixed(seed: int) -> list[tuple[timedelta, Prompt]]:
    """What is asked at once in the first hour, and how long after its beginning."""
    kinds = [Kind.SHORT, Kind.LONG, Kind.REFUSED, Kind.SHORT, Kind.DOWN, Kind.LONG, Kind.SHUT, Kind.SHORT]
    return [
        (timedelta(minutes=(7 * place + seed) % 55), Prompt(label=f"ask-{place}", kind=kind))
        for place, kind in enumerate(kinds)
    ]


async def rage(storm: Storm, *, hours: int = 1) -> None:
    """The whole workload, in rough weather, and then calm until all is over."""
    await storm.command(Prompt(label="quarterly", kind=Kind.LONG), "every 15 minutes")
    await storm.command(Prompt(label="thirds", kind=Kind.SHORT), "every 20 minutes")
    news = await storm.command(Prompt(label="paper", kind=Kind.NEWS), "every 20 minutes")
    storm.post_only_changes(news)
    await storm.command(Prompt(label="gloomy", kind=Kind.DOWN), "every 30 minutes")
    await storm.repeat(Prompt(label="often", kind=Kind.LONG), "*/5 * * * *")
    start = storm.clock()
    storm.weather.calm = False
    for hour in range(hours):
        for place, kind in enumerate([Kind.SHORT, Kind.LONG, Kind.SHORT, Kind.REFUSED, Kind.SHORT]):
            at = start + timedelta(hours=hour, minutes=10 * (place + 1))
            await storm.ask(Prompt(label=f"once-{10 * hour + place}", kind=kind), at=at)
        for after, prompt in sorted(mixed(storm.weather.seed), key=lambda each: each[0]):
            await storm.carrier.carry(start + timedelta(hours=hour) + after)
            label = f"ask-{100 * hour + int(prompt.label.removeprefix('ask-'))}"
            await storm.ask(replace(prompt, label=label))
        await storm.carrier.carry(start + timedelta(hours=hour + 1))
    await storm.drain()
