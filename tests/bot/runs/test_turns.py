"""The turns of posts, in a storm whose time is simulated, on a real Valkey: who waits where, and for how long.

Runs are claimed through the ledgers of two copies. What a claim says about the turn is played as the process
and QStash would play it, and each post is put to a Slack that counts.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.answers.records import Answer
from bot.budget import Later, Pace, PostQueue, Rate
from bot.runs.claims import Over, Taken
from bot.runs.ledger import Ledger
from bot.storage.client import CountedRedis

NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)
LEASE = timedelta(minutes=2)
ANSWER = Answer(text="All is well.", made=NINE, model="m")
MINUTE = timedelta(minutes=1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@dataclass(kw_only=True)
class CountingSlack:
    """Takes one message a second in a channel, after a burst, and so many a minute in a workspace."""

    per_minute: int
    burst: int = 1
    posts: list[tuple[datetime, PostQueue]] = field(default_factory=list)
    refused: int = 0
    _left: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    _latest: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def post(self, queue: PostQueue, at: datetime) -> None:
        place = f"{queue.team} {queue.channel}"
        left, before = self._left.get(place, (float(self.burst), at))
        left = min(float(self.burst), left + (at - before).total_seconds())
        latest = self._latest[queue.team]
        while latest and latest[0] <= at - MINUTE:
            latest.popleft()
        if left < 1 or len(latest) >= self.per_minute:
            self.refused += 1
        self._left[place] = (left - 1, at)
        latest.append(at)
        self.posts.append((at, queue))

    def last_in(self, channel: str) -> float:
        """Seconds after nine at which the last post came there."""
        return max((at - NINE).total_seconds() for at, queue in self.posts if queue.channel == channel)

    @property
    def last(self) -> float:
        return max((at - NINE).total_seconds() for at, _ in self.posts)


@dataclass(kw_only=True)
class Town:
    """Copies that take runs in turns, and the time that passes for all of them."""

    ledgers: Sequence[Ledger]
    slack: CountingSlack
    clocks: Sequence[timedelta] = (timedelta(0), timedelta(0))
    """How far the clocks of the copies are ahead."""
    away: Counter[str] = field(default_factory=Counter)
    """How often each run was kept by QStash."""
    held: int = 0
    """The most runs that waited in the processes at one time."""
    _events: list[tuple[datetime, int, str, PostQueue]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _ends: list[datetime] = field(default_factory=list)

    def deliver(self, queue: PostQueue, runs: Iterable[str], *, at: datetime = NINE) -> None:
        for run in runs:
            heapq.heappush(self._events, (at, next(self._order), run, queue))

    async def play(self) -> None:
        """Until every run is posted."""
        while self._events:
            at, number, run, queue = heapq.heappop(self._events)
            copy = number % len(self.ledgers)
            now = at + self.clocks[copy]
            claim = await self.ledgers[copy].claim_run(
                f"{queue.team}:{run}",
                token=f"{number}",
                key=run,
                made_after=NINE,
                recent=ANSWER,
                schedule=None,
                queue=queue,
                now=now,
                lease=LEASE,
            )
            match claim:
                case Taken(turn=datetime() as turn):
                    self.hold(until=max(at, turn - self.clocks[copy]), now=at)
                    self.slack.post(queue, max(at, turn - self.clocks[copy]))
                    await self.ledgers[copy].record_posted(f"{queue.team}:{run}", ts="1.0")
                case Later(at=later):
                    self.away[run] += 1
                    wait = max(1, math.ceil((later - now).total_seconds()))
                    self.deliver(queue, [run], at=at + seconds(wait))
                case _:
                    pytest.fail(f"{run}: {claim}")
        self.slack.posts.sort(key=lambda post: post[0])

    def hold(self, *, until: datetime, now: datetime) -> None:
        self._ends = [end for end in self._ends if end > now]
        self._ends.append(until)
        self.held = max(self.held, len(self._ends))


def town(
    redis: CountedRedis,
    *,
    per_minute: int = 300,
    burst: int = 1,
    clocks: Sequence[timedelta] = (timedelta(0), timedelta(0)),
) -> Town:
    pace = Pace(workspace=Rate(calls=per_minute, window=MINUTE))
    return Town(
        ledgers=[Ledger(redis=redis, pace=pace) for _ in range(2)],
        slack=CountingSlack(per_minute=per_minute, burst=burst),
        clocks=clocks,
    )


def slots(name: str, number: int) -> list[str]:
    return [f"{name}-{n}" for n in range(number)]


async def test_in_a_storm_slack_never_says_no_and_the_last_post_comes_as_soon_as_it_may(
    redis: CountedRedis,
) -> None:
    played = town(redis)
    for n in range(20):
        queue = PostQueue(team=f"T{n % 4}", channel=f"C{n}")
        played.deliver(queue, slots(f"{n}", 20))
    await played.play()
    assert len(played.slack.posts) == 400
    assert played.slack.refused == 0
    assert played.slack.last <= 1.1 * 20
    assert max(played.away.values()) == 1
