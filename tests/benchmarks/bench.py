"""One app under load: sends what a scenario says, and counts outside the app what it asked of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import redis.asyncio

from tests.benchmarks.load import at_once, paced
from tests.benchmarks.processes import App
from tests.benchmarks.report import Counts, Outcome
from tests.benchmarks.scenarios import Request, Scenario, Target
from tests.waiting import wait_until


class RoundTrips:
    """The count of Valkey's reads: it reads once for each round trip, however many commands that holds.

    Counted commands would include those that scripts run.
    """

    def __init__(self, valkey: redis.asyncio.Redis) -> None:
        self._valkey = valkey
        self._own = 0

    async def count(self) -> int:
        """So far, without our own."""
        self._own += 1
        return int((await self._valkey.info("stats"))["total_reads_processed"]) - self._own


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The app, and where to count; `round_trips` where it speaks to Valkey itself and not over REST."""

    http: aiohttp.ClientSession
    app: App
    target: Target
    counts_url: str
    round_trips: RoundTrips | None

    async def measure(self, scenario: Scenario) -> Outcome:
        requests = scenario.requests(self.target)
        told, before, cpu = await self._told(), await self._counts(), self.app.cpu
        answers = Counter[str]()

        async def send(request: Request) -> None:
            answers[await self.send(request)] += 1

        if scenario.per_second is None:
            timing = await at_once(send, requests, concurrency=scenario.concurrency)
        else:
            timing = await paced(send, requests, per_second=scenario.per_second)
            await self._responses(told["responses"] + len(requests))
        used = None if cpu is None or (now := self.app.cpu) is None else now - cpu
        return Outcome(
            wire=self.target.name,
            name=scenario.name,
            timing=timing,
            cpu=used,
            counts=await self._counts() - before,
            budget=scenario.budget,
            unexpected={kind: number for kind, number in answers.items() if kind not in scenario.answers},
        )

    async def prepare(self, requests: Sequence[Request]) -> None:
        """Do what comes before anything is measured."""
        await at_once(self.send, requests, concurrency=len(requests))

    async def send(self, request: Request) -> str:
        """The status, and what X-Cache said."""
        url = f"{self.target.url}{request.path}"
        async with self.http.post(url, data=request.body, headers=request.headers) as response:
            await response.read()
            return f"{response.status} {response.headers.get('X-Cache', '')}".rstrip()

    async def _responses(self, number: int) -> None:
        """Until so many commands were answered: what they cost comes after their acknowledgement."""

        async def all_of_them() -> bool:
            return (await self._told())["responses"] >= number

        await wait_until(all_of_them, "an answer to each command")

    async def _counts(self) -> Counts:
        told = await self._told()
        asked = told["redis"] if self.round_trips is None else await self.round_trips.count()
        return Counts(model=told["model"], redis=asked, slack=told["slack"])

    async def _told(self) -> dict[str, int]:
        async with self.http.get(self.counts_url) as response:
            told: dict[str, int] = await response.json()
            return told
