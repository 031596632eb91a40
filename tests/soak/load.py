"""The work of a round: a bit of everything that people, pages and networks do to the app."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import aiohttp
from starlette.responses import Response

from bot.sources import Link, encode_sources
from scheduler import Job
from tests.running import ADA, GENERAL, NEWS, TEAM, Precache
from tests.soak.pages import PATHS
from tests.stand_ins.openai import OpenAI, fails, says
from tests.waiting import wait_until

_AT_ONCE: Final = 8
_CACHED: Final = 600
_CHANNELS: Final = (GENERAL, NEWS)
_SLOT: Final = Job(query="What is new?", team=TEAM, user=ADA, cron="* * * * *", zone="UTC")
_NONSENSE: Final = (("/api/announce", b"{}"), ("/slack/events", b"payload=%7B"), ("/wp-login.php", b"x"))


def voice(stand_in: OpenAI, body: dict[str, Any]) -> Response:
    """The model: some prompts it refuses, for some it is down."""
    asked = str(body["messages"][-1]["content"])
    failure = fails(400) if "refused" in asked else fails(503) if "down" in asked else None
    response = (failure or says("An answer. " * 200))(stand_in, body)
    assert isinstance(response, Response)
    return response


@dataclass(kw_only=True)
class Load:
    """Work for one running app; no word of it comes twice."""

    bot: Precache
    site: str
    """The address of the pages that are read."""
    dice: random.Random
    commands: Sequence[str] = ("list", "help", "stats", "every blue moon")
    number: int = 0
    acts: list[Callable[[], Awaitable[None]]] = field(init=False)

    def __post_init__(self) -> None:
        self.acts = [
            *(self.ask_again, self.ask_new, self.ask_one_that_is_refused, self.ask_while_the_model_is_down),
            *(self.deliver_slot, self.read_page, self.look_at_page, self.type_command, self.make_schedule),
            *(self.break_off_request, self.leave_before_the_answer, self.send_nonsense),
        ]

    async def fill_caches(self) -> None:
        """Ask and read so much that all that keeps a certain number of things has as many."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def ask_about_page() -> None:
            async with gate:
                link = Link(url=f"{self.site}/article?{self._next()}")
                await self.bot.deliver(Job(query=f"What is {self._next()}?", sources=encode_sources([link])))

        await asyncio.gather(*(ask_about_page() for _ in range(_CACHED)))

    async def do_round(self, times: int) -> int:
        """Each act so many times, in any order; the number of acts."""
        acts = self.acts * times
        self.dice.shuffle(acts)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def act(what: Callable[[], Awaitable[None]]) -> None:
            async with gate:
                await what()

        async with asyncio.TaskGroup() as group:
            for what in acts:
                group.create_task(act(what))
        return len(acts)

    def _next(self) -> str:
        self.number += 1
        return f"{self.number:06}"

    def _job(self, query: str, **fields: Any) -> Job:
        """To one channel after the other, for each takes a post a second."""
        channel = _CHANNELS[self.number % len(_CHANNELS)]
        return Job(query=query, team=TEAM, channel=channel, user=ADA, id=f"soak-{self._next()}", **fields)

    async def ask_again(self) -> None:
        answered = await self.bot.deliver(Job(query="What is a cache?"))
        assert answered.status == 200

    async def ask_new(self) -> None:
        answered = await self.bot.deliver(self._job(f"What is {self._next()}?"))
        assert answered.status in (200, 429, 503), answered

    async def ask_one_that_is_refused(self) -> None:
        await self.bot.deliver(self._job(f"refused {self._next()}"))

    async def ask_while_the_model_is_down(self) -> None:
        await self.bot.deliver(self._job(f"down {self._next()}"))

    async def deliver_slot(self) -> None:
        await self.bot.deliver(replace(_SLOT, channel=NEWS, schedule=f"soak-{self.number % 5}"))

    async def read_page(self) -> None:
        link = Link(url=f"{self.site}{self.dice.choice(PATHS)}?{self._next()}")
        job = self._job(f"What does {self._next()} say?", sources=encode_sources([link]))
        await self.bot.deliver(job)

    async def look_at_page(self) -> None:
        await self.bot.state()
        url = f"{self.bot.url}/sandbox/stream"
        async with self.bot.http.get(url, params={"user": ADA}) as stream:
            await stream.content.readline()

    async def type_command(self) -> None:
        text = self.dice.choice((*self.commands, f"What is {self._next()}?"))
        await self.bot.type(f"/precache {text}")

    async def make_schedule(self) -> None:
        words = f"Tell {self._next()}"
        await self.bot.type(f"/precache every day at 18:30 {words}")

        async def made() -> str | None:
            for told in await self.bot.whispers():
                found = re.search(r"/precache delete ([\w-]+)", told)
                if found and words in told:  # and no list in which it stands as well
                    return found[1]
            return None

        name = await wait_until(made, f"a reply to {words}")
        await self.bot.type(f"/precache delete {name}")

    async def break_off_request(self) -> None:
        host, _, port = self.bot.url.removeprefix("http://").rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /api/announce HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()

    async def leave_before_the_answer(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.002):
                await self.bot.deliver(self._job(f"What was {self._next()}?"))

    async def send_nonsense(self) -> None:
        """What strangers send."""
        for path, body in _NONSENSE:
            with suppress(aiohttp.ClientError):
                async with self.bot.http.post(f"{self.bot.url}{path}", data=body) as response:
                    assert 400 <= response.status < 500
