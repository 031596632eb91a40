"""QStash as it is documented, before several copies of the app: it takes, keeps, signs, brings, tries again.

It runs on the clock of the storm, which it puts forward whenever nothing is under way and nothing is due. It
writes down all that it was given and every attempt, for the judge.
https://upstash.com/docs/qstash/features/retry
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

import aiohttp
from aiohttp import web

from scheduler import CHECK, Cron, Job
from tests.chaos.clock import Clock
from tests.chaos.copies import Copy, CopyFrozen
from tests.chaos.faults import Fault, Weather, Wire
from tests.signing import sign
from tests.stand_ins.qstash import TOKEN
from tests.waiting import wait_until

ANNOUNCE: Final = "https://bot.example/api/announce"
"""The address of deliveries, as the app and its signatures have it; the copies stand behind it."""
_REMEMBERED: Final = timedelta(minutes=10)  # a deduplication id
_AT_ONCE: Final = 12
_FROZE: Final = -1
"""The status of no answer in all the time that there was."""
_TIMEOUT: Final = timedelta(seconds=180)
"""The time that an answer may take, as the app asks for."""
_FROZEN: Final = (185, 500)
"""Seconds for which a copy stands still: longer than any lease lasts."""
_PATIENCE: Final = 120.0  # seconds in which a copy must be up again, however busy the machine is
_EXPRESSION: Final = re.compile(r"(\d+) \* pow\((\d+), retried\)")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One delivery, as the app met it."""

    at: datetime
    status: int
    """The status of the answer, also where it was lost; 0 or less if it never came to an answer."""
    copy: str


@dataclass(kw_only=True)
class Message:
    """One message, until it is delivered or given up."""

    id: str
    name: str
    """The same for the same seed."""
    body: bytes
    url: str
    due: datetime
    created: datetime
    retries: int = 3
    retry_delay: str | None = None
    failure_callback: str | None = None
    fired: datetime | None = None
    """The slot, if a schedule made it."""
    retried: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    state: str = "waiting"
    """`waiting`, `delivered`, `dead` or `cancelled`."""
    about: Message | None = None
    """The message that was given up on, if it says so."""
    callback: Message | None = None

    @property
    def job(self) -> Job:
        """The job that it carries, or the one that was given up on."""
        return Job.decode(self.about.body if self.about else self.body)


@dataclass(kw_only=True)
class Repeating:
    """A schedule."""

    id: str
    cron: Cron
    body: bytes
    headers: dict[str, str]
    next: datetime
    created: datetime
    paused: bool = False


@dataclass(kw_only=True)
class Carrier:
    """The running stand-in."""

    clock: Clock
    weather: Weather
    copies: list[Copy]
    http: aiohttp.ClientSession
    leap: Callable[[timedelta], Awaitable[None]]
    """Lets time pass elsewhere too."""
    url: str = ""
    messages: list[Message] = field(default_factory=list)
    schedules: dict[str, Repeating] = field(default_factory=dict)
    until: datetime | None = None
    """Schedules fire no later than this."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _thaws: dict[str, datetime] = field(default_factory=dict)
    """The moments at which copies that stand still go on."""

    # What it is asked

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The API, as far as the app uses it."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "unauthorized"}, status=401)
        _, _, what, *rest = request.raw_path.split("/", 3)
        where, body = unquote(rest[0] if rest else ""), await request.read()
        self.changed.set()
        match request.method, what:
            case "POST", "publish":
                status, told = self._publish(where, request.headers, body)
                return web.json_response(told, status=status)
            case "POST", "batch":
                parts = [
                    self._publish(part["destination"], part["headers"], part["body"].encode())
                    for part in json.loads(body)
                ]
                return web.json_response([told for _, told in parts])
            case "POST", "schedules":
                return self._schedule(where, request.headers, body)
            case "DELETE", "schedules":
                self.schedules.pop(where, None)
                return web.Response(status=202)
            case "DELETE", "messages":
                return self._cancel(where)
            case "GET", "schedules":
                return web.json_response([_described(schedule) for schedule in self.schedules.values()])
            case _:
                return web.json_response({"error": f"{request.method} {what}"}, status=404)

    def _publish(self, url: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        if url.endswith(CHECK):  # no job: a copy that starts sees if QStash takes a message
            return 201, {"messageId": "msg_check"}
        now, key = self.clock(), headers.get("Upstash-Deduplication-Id")
        if key is not None and key in self._ids and now - self._ids[key][0] < _REMEMBERED:
            return 202, {"messageId": self._ids[key][1], "deduplicated": True}
        due = now
        if not_before := headers.get("Upstash-Not-Before"):
            due = max(now, datetime.fromtimestamp(int(not_before), UTC))
        message = self._keep(url, headers, body, due=due)
        if key is not None:
            self._ids[key] = (now, message.id)
        return 201, {"messageId": message.id}

    def _keep(
        self, url: str, headers: Any, body: bytes, *, due: datetime, fired: datetime | None = None
    ) -> Message:
        job = Job.decode(body)
        message = Message(
            id=f"msg_{len(self.messages) + 1}",
            name=f"{job.kind} {job.query[:40]} {int((fired or due).timestamp())}",
            body=body,
            url=url,
            due=due,
            created=self.clock(),
            retries=int(headers.get("Upstash-Retries", 3)),
            retry_delay=headers.get("Upstash-Retry-Delay"),
            failure_callback=headers.get("Upstash-Failure-Callback"),
            fired=fired,
        )
        self.messages.append(message)
        return message

    def _schedule(self, url: str, headers: Any, body: bytes) -> web.Response:
        name, now = headers["Upstash-Schedule-Id"], self.clock()
        cron = Cron.parse(headers["Upstash-Cron"])
        before = self.schedules.get(name)
        self.schedules[name] = Repeating(
            id=name,
            cron=cron,
            body=body,
            headers=dict(headers),
            next=cron.next_after(now),
            created=before.created if before else now,
        )
        return web.json_response({"scheduleId": name}, status=201)

    def _cancel(self, name: str) -> web.Response:
        for message in self.messages:
            if message.id == name and message.state == "waiting":
                message.state = "cancelled"
                return web.Response(status=202)
        return web.json_response({"error": "message not found"}, status=404)

    # What it does

    @property
    def waiting(self) -> list[Message]:
        """The messages that it still has to bring."""
        return [
            message
            for message in self.messages
            if message.state == "waiting" and not self._prepares_nothing(message)
        ]

    def _prepares_nothing(self, message: Message) -> bool:
        """Tell if it is of a slot that never fires; each would ask for the next one, without an end."""
        slot = message.job.at if message.job.kind in ("warm", "review") else None
        return self.until is not None and slot is not None and slot > self.until

    async def carry(self, until: datetime | None = None) -> None:
        """Deliver until this moment, or until nothing is left to deliver."""
        while True:
            self._look_at_ended()
            self._look_at_frozen()
            self._fire()
            self._start_due()
            self.changed.clear()
            if self._under_way:
                change = asyncio.create_task(self.changed.wait())
                await asyncio.wait({*self._under_way, change}, return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
                continue
            following = self._following()
            if following is None or (until is not None and following > until):
                if until is not None:
                    await self._leap_to(until)
                return
            await self._leap_to(following)

    def _look_at_ended(self) -> None:
        """Nothing that goes wrong in here may look like a fault of the app."""
        for task in [started for started in self._under_way if started.done()]:
            self._under_way.remove(task)
            task.result()

    def _look_at_frozen(self) -> None:
        """See that each goes on in time; what it is at then is under way again."""
        now = self.clock()
        for copy in self.copies:
            if not copy.is_frozen:
                continue
            seconds = self.weather.dice(f"frozen {copy.name} {copy.freezes}").randint(*_FROZEN)
            if self._thaws.setdefault(copy.name, now + timedelta(seconds=seconds)) <= now:
                del self._thaws[copy.name]
                self._under_way.add(asyncio.create_task(copy.thaw()))

    def _following(self) -> datetime | None:
        """The moment at which the next thing is to be done."""
        moments = [message.due for message in self.waiting]
        moments += self._thaws.values()
        moments += [schedule.next for schedule in self.schedules.values() if self._fires(schedule)]
        return min(moments, default=None)

    def _fires(self, schedule: Repeating) -> bool:
        return not schedule.paused and (self.until is None or schedule.next <= self.until)

    def _fire(self) -> None:
        now = self.clock()
        for schedule in self.schedules.values():
            while self._fires(schedule) and schedule.next <= now:
                slot = schedule.next
                self._keep(ANNOUNCE, schedule.headers, schedule.body, due=slot, fired=slot)
                schedule.next = schedule.cron.next_after(slot)

    def _start_due(self) -> None:
        now = self.clock()
        due = [message for message in self.waiting if message.due <= now]
        self.weather.dice(f"order {len(self.messages)}").shuffle(due)
        for message in due[: _AT_ONCE - len(self._under_way)]:
            message.state = "under way"
            self._under_way.add(asyncio.create_task(self._deliver(message)))

    async def _leap_to(self, moment: datetime) -> None:
        by = moment - self.clock()
        if by > timedelta(0):
            await self.leap(by)

    async def _deliver(self, message: Message) -> None:
        fault = self.weather.strike(Wire.DELIVERY, f"{message.name} {message.retried}")
        if fault is Fault.LATER:
            # Others overtake it; QStash promises no order.
            dice = self.weather.dice(f"later {message.name} {message.retried}")
            message.state, message.due = "waiting", self.clock() + timedelta(seconds=dice.randint(1, 20))
            return
        began = self.clock()
        if fault is Fault.RESET:
            status, headers = 0, dict[str, str]()
        elif fault is Fault.TWICE:
            (status, headers), _ = await asyncio.gather(
                self._attempt(message), self._attempt(message, turn=1)
            )
        else:
            status, headers = await self._attempt(message)
        if fault is Fault.LOST:
            status, headers = 0, {}
        if fault is Fault.AGAIN:
            self._bring_again(message)
        self._judge(message, status, headers, ended=began + _TIMEOUT if status == _FROZE else self.clock())

    async def _attempt(self, message: Message, *, turn: int = 0) -> tuple[int, dict[str, str]]:
        """One delivery to one of the copies that are up."""
        copy = await self._choose(message, turn)
        at, path = self.clock(), message.url.removeprefix("https://bot.example")
        signature = sign(message.body, message.url, now=at)
        headers = {
            "Upstash-Signature": signature,
            "Content-Type": "application/json",
            "Upstash-Retried": str(message.retried),
            "Upstash-Message-Id": message.id,
        }
        status, said = 0, dict[str, str]()
        try:
            status, said = await copy.ask(self._post(f"{copy.url}{path}", message.body, headers))
        except (aiohttp.ClientError, OSError):
            pass  # the copy has died, which is an answer too: none
        except CopyFrozen:
            status = _FROZE
        message.attempts.append(Attempt(at=at, status=status, copy=copy.name))
        return status, said

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        async with self.http.post(url, data=body, headers=headers) as response:
            await response.read()
            return response.status, {name.lower(): value for name, value in response.headers.items()}

    async def _choose(self, message: Message, turn: int) -> Copy:
        dice = self.weather.dice(f"copy {message.name} {message.retried}")
        order = dice.sample(self.copies, len(self.copies))
        up = await wait_until(
            lambda: [copy for copy in order if copy.url is not None], "a copy is up", seconds=_PATIENCE
        )
        return up[turn % len(up)]

    def _bring_again(self, message: Message) -> None:
        """Once more, in a while, whatever became of it: QStash delivers at least once."""
        wait = self.weather.dice(f"again {message.name} {message.retried}").randint(1, 90)
        again = replace(
            message,
            id=f"{message.id}_again",
            name=f"again {message.name}",
            due=self.clock() + timedelta(seconds=wait),
            retries=0,
            retried=0,
            failure_callback=None,
            attempts=[],
            state="waiting",
        )
        self.messages.append(again)

    def _judge(self, message: Message, status: int, headers: dict[str, str], *, ended: datetime) -> None:
        if 200 <= status < 300:
            message.state = "delivered"
            return
        final = status == 489 and headers.get("upstash-nonretryable-error") == "true"
        if final or message.retried >= message.retries:
            message.state = "dead"
            if message.failure_callback:
                self._call_back(message, message.failure_callback, status)
            return
        message.state = "waiting"
        message.due = ended + (_asked(headers) or _delay(message))
        message.retried += 1

    def _call_back(self, message: Message, url: str, status: int) -> None:
        told = {
            "status": status,
            "retried": message.retried,
            "maxRetries": message.retries,
            "sourceMessageId": message.id,
            "sourceBody": b64encode(message.body).decode(),
            "createdAt": str(int(message.created.timestamp() * 1000)),
        }
        message.callback = Message(
            id=f"msg_{len(self.messages) + 1}",
            name=f"failed {message.name}",
            body=json.dumps(told).encode(),
            url=url,
            due=self.clock(),
            created=self.clock(),
            fired=message.fired,
            about=message,
        )
        self.messages.append(message.callback)


def _asked(headers: dict[str, str]) -> timedelta | None:
    after = headers.get("retry-after")
    return timedelta(seconds=int(after)) if after else None


def _delay(message: Message) -> timedelta:
    if message.retry_delay is None:
        return timedelta(seconds=math.exp(2.5 * (message.retried + 1)))
    found = _EXPRESSION.fullmatch(message.retry_delay)
    assert found, f"no expression that this stand-in computes: {message.retry_delay}"
    return timedelta(milliseconds=int(found[1]) * int(found[2]) ** message.retried)


def _described(schedule: Repeating) -> dict[str, Any]:
    return {
        "scheduleId": schedule.id,
        "cron": str(schedule.cron),
        "createdAt": int(schedule.created.timestamp() * 1000),
        "destination": ANNOUNCE,
        "method": "POST",
        "body": schedule.body.decode(),
        "isPaused": schedule.paused,
        "retries": 3,
        "nextScheduleTime": int(schedule.next.timestamp() * 1000),
    }


@asynccontextmanager
async def open_carrier(carrier: Carrier) -> AsyncIterator[Carrier]:
    """Its API on a free port."""
    runner = web.ServerRunner(web.Server(carrier.answer, access_log=None), shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        carrier.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield carrier
    finally:
        await runner.cleanup()
