"""One storm from its beginning to what it leaves behind."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import redis.asyncio

from bot.housekeeping import OneOffs, OwedRuns, PromiseWatch, Watchdog, WatchList
from bot.promises import Promises
from bot.runs import Ledger
from bot.schedules import ScheduleStore
from bot.slack import Wish, connect_slack
from bot.storage import run_scripts, socket_redis
from bot.workspaces import OneWorkspace
from scheduler import Closures, Job, Once, Publisher, Send, make_plan
from tests.chaos.carrier import ANNOUNCE, Carrier, open_carrier
from tests.chaos.clock import Clock, beginning
from tests.chaos.copies import SIGNING_SECRET, Copy, CopyFrozen, Targets, run_copies
from tests.chaos.faults import Weather
from tests.chaos.workload import Prompt, voice
from tests.chaos.workspace import OWNER, TEAM, Workspace, open_workspace
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.qstash import TOKEN
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.upstash import upstash
from tests.waiting import wait_until

EVEN: Final[Mapping[str, timedelta]] = {"one": timedelta(0), "two": timedelta(0)}
"""Two copies whose clocks are right."""
_LOOK: Final = timedelta(minutes=15)
"""The time after which each missed slot is found: its grace, and the time to the next one."""
_LOOKS: Final = 6
_DECIDED: Final = 0.75
"""The share of posts about which a reviewer decides."""
_FLIGHT_LEFT: Final = 1_500  # ms; where its holder lives after all, the model is asked once more


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
    promises: Promises
    watchdog: Watchdog
    """The copies' own looks after slots too, but by a minute that the clock cannot leap over."""

    async def command(self, prompt: Prompt, when: str, *, ending: str = "") -> str:
        """Have a schedule made as people do, in calm weather; its id."""
        before, replied = set(self.carrier.schedules), len(self.workspace.replied)
        assert await self._type(prompt, f"{when} {prompt.text}{ending}") == 200
        await wait_until(lambda: len(self.workspace.replied) > replied, "the command is answered")
        (made,) = set(self.carrier.schedules) - before
        self.weather.call(made, prompt.label)
        return made

    async def type(self, prompt: Prompt) -> None:
        """Ask by a command; what becomes of that in bad weather is seen by whether QStash is given a run."""
        with suppress(aiohttp.ClientError, CopyFrozen):
            await self._type(prompt, prompt.text)

    async def _type(self, prompt: Prompt, text: str) -> int:
        """The status of the answer."""
        form = {
            "command": "/precache",
            "text": text,
            "team_id": TEAM,
            "channel_id": prompt.channel,
            "user_id": OWNER,
            "response_url": f"{self.workspace.url}/respond/1",
        }
        return await self._send(form)

    async def decide(self) -> None:
        """Reviewers press *Post* on most cards, and once more where a card does not say that it was heard."""
        for card in self.workspace.cards:
            values = re.findall(r"'review_post'.*?'value': '([^']+)'", str(card["blocks"]))
            if values and self.weather.dice(f"decide {values[0]}").random() < _DECIDED:
                with suppress(aiohttp.ClientError, CopyFrozen):
                    await self._press(card, values[0])

    async def _press(self, card: Mapping[str, Any], value: str) -> None:
        user = card["channel"]
        button = {"type": "button", "action_id": "review_post", "block_id": "b", "value": value}
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "channel": {"id": user},
            "container": {"type": "message", "message_ts": card["ts"], "channel_id": user},
            "trigger_id": "1.2.a",
            "response_url": f"{self.workspace.url}/respond/1",
            "actions": [button],
        }
        await self._send({"payload": json.dumps(payload)})

    async def _send(self, form: Mapping[str, str]) -> int:
        """The status of the answer to what Slack sends."""
        body, now = urlencode(form), str(int(time.time()))
        digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": f"v0={digest}",
        }
        up = await wait_until(lambda: [copy for copy in self.copies if copy.url], "a copy is up")
        copy = up[0]

        async def post() -> int:
            async with self.http.post(f"{copy.url}/slack/events", data=body, headers=headers) as said:
                return said.status

        return await copy.ask(post())

    def post_only_changes(self, schedule: str) -> None:
        """As its form would have set it; here in what QStash carries."""
        held = self.carrier.schedules[schedule]
        held.body = replace(Job.decode(held.body), changes="only").encode()

    async def ask(self, prompt: Prompt, *, at: datetime | None = None) -> None:
        """Publish a run by its own id, now or once; what is asked now is promised, as at a wish's end."""
        now = self.clock()
        job = _job(prompt, id=prompt.label, asked=now)
        plan = make_plan(job, None if at is None else Once(at=at, zone="UTC"), now=now)
        assert isinstance(plan, Send)
        if at is not None:
            await self.publisher.publish_job(plan.job, deduplication_id=plan.deduplication_id, at=plan.at)
            return
        wish = Wish(id=prompt.label, at=now)
        self.promises.open_wish(wish.id)
        await self.promises.publish_promised(plan.job, deduplication_id=plan.deduplication_id, wish=wish)
        await run_scripts(self.promises.redis, self.promises.close_wish(wish.id))

    async def repeat(self, prompt: Prompt, cron: str) -> None:
        """Publish a schedule of which the app has no record."""
        job = _job(prompt, schedule=prompt.label, cron=cron, zone="UTC")
        await self.publisher.put_schedule(job, f"CRON_TZ=UTC {cron}")

    async def keep_house(self) -> None:
        """Calm, while slots go on, until all that was missed before is found; no more than once an hour is
        the owner of a schedule told of that."""
        self.weather.calm = True
        for _ in range(_LOOKS):
            await self.carrier.carry(self.clock() + _LOOK)
            await self.decide()
            await self.watchdog.do_round()
            late = self.clock() - _LOOK - timedelta(minutes=1)
            slots = await self.watchdog.watch_list.find_due(before=late, skip=0, most=1)
            owed = self.watchdog.promise_watch.owed_runs
            if not slots and not await owed.find_promised(before=late, skip=0, most=1):
                return

    async def drain(self) -> None:
        """Calm, and no more slots: deliver what is left, and let all leases end."""
        self.weather.calm, self.carrier.until = True, self.clock()
        await self.carrier.carry()


@asynccontextmanager
async def brew(
    valkey: Path,
    folder: Path,
    *,
    seed: int = 0,
    most_deaths: int = 0,
    most_freezes: int = 0,
    skews: Mapping[str, timedelta] = EVEN,
    over_rest: Collection[str] = (),
) -> AsyncIterator[Storm]:
    """Everything up, and calm weather; copies have the names of `skews`."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        clock = Clock(path=folder / "clock")
        clock.set(beginning())
        weather = Weather(seed=seed, now=clock, most_deaths=most_deaths, most_freezes=most_freezes)
        http = await enter(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        raw = await enter(redis.asyncio.Redis(unix_socket_path=str(valkey)))
        workspace = await enter(open_workspace(clock))
        rest = await enter(upstash(valkey))
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
                    rest=rest.url,
                    qstash=carrier.url,
                    slack=workspace.url,
                    model=model.url.removesuffix("/v1"),
                ),
                weather=weather,
                folder=folder,
                clocks={name: replace(clock, skew=skew) for name, skew in skews.items()},
                over_rest=over_rest,
                http=http,
            )
        )
        carrier.copies = copies
        for copy in copies:
            copy.on_death = partial(_end_flights, raw)
        publisher = await enter(Publisher.connect(token=TOKEN, base_url=carrier.url, announce_url=ANNOUNCE))
        redis_of_app = await enter(socket_redis(f"unix://{valkey}"))
        slack = await enter(connect_slack(token=SLACK_TOKEN, api_url=f"{workspace.url}/api/"))
        ledger, owed_runs = Ledger(redis=redis_of_app), OwedRuns(redis=redis_of_app)
        one_offs = OneOffs(
            owed_runs=owed_runs,
            ledger=ledger,
            publisher=publisher,
            workspaces=OneWorkspace(slack),
            now=clock,
        )
        watchdog = Watchdog(
            watch_list=WatchList(redis=redis_of_app),
            ledger=ledger,
            publisher=publisher,
            workspaces=OneWorkspace(slack),
            closures=Closures(),
            one_offs=one_offs,
            promise_watch=PromiseWatch(
                owed_runs=owed_runs,
                one_offs=one_offs,
                schedule_store=ScheduleStore(redis=redis_of_app),
                now=clock,
            ),
            now=clock,
        )
        yield Storm(
            watchdog=watchdog,
            clock=clock,
            weather=weather,
            workspace=workspace,
            model=model,
            redis=raw,
            http=http,
            carrier=carrier,
            copies=copies,
            publisher=publisher,
            promises=Promises(redis=redis_of_app, publisher=publisher, now=clock),
        )


async def _age(raw: redis.asyncio.Redis, by: timedelta) -> None:
    """Let time pass in Redis, whose clock cannot be put forward: everything ends so much sooner."""
    ms = int(by / timedelta(milliseconds=1))
    names = [name async for name in raw.scan_iter(count=1000)]
    async with raw.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.pttl(name)
        left = await pipeline.execute()
        for name, ends in zip(names, left, strict=True):
            if ends > 0:
                pipeline.pexpire(name, max(ends - ms, 1))
        await pipeline.execute()


async def _end_flights(raw: redis.asyncio.Redis) -> None:
    """Let the right to ask a question, of which a dead copy may be the holder, end in seconds.

    Others wait for it while they are under way, so the clock cannot leap over it.
    """
    async for name in raw.scan_iter(match="precache:flight:*", count=1000):
        await raw.pexpire(name, _FLIGHT_LEFT, lt=True)


def _job(prompt: Prompt, **fields: str | datetime) -> Job:
    job = {"query": prompt.text, "team": TEAM, "channel": prompt.channel, "user": OWNER, **fields}
    return Job(**job)  # type: ignore[arg-type]  # each by its own name
