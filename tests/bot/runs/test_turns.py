"""The turns of posts in a storm whose time is simulated, on a real Valkey: who waits, where, and how long.

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
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import Claim, Lost, Over, Taken
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
            claim = await claim_in(self.ledgers[copy], run, queue, at=now)
            match claim:
                case Taken(turn=datetime() as turn):
                    self.hold(until=max(at, turn - self.clocks[copy]), now=at)
                    self.slack.post(queue, max(at, turn - self.clocks[copy]))
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
    for n in range(10):
        queue = PostQueue(team=f"T{n % 2}", channel=f"C{n}")
        played.deliver(queue, slots(f"{n}", 20))
    await played.play()
    assert len(played.slack.posts) == 200
    assert played.slack.refused == 0
    assert played.slack.last <= 1.1 * 20
    assert max(played.away.values()) == 1


async def test_a_workspace_keeps_to_its_ceiling_and_nobody_elses(redis: CountedRedis) -> None:
    played = town(redis, per_minute=300)
    for number in range(10):
        for n in range(20):
            played.deliver(PostQueue(team="T1", channel=f"C{n}"), [f"{n}-{number}"])
    other = PostQueue(team="T2", channel="C-other")
    played.deliver(other, ["other"], at=NINE + seconds(1))
    await played.play()
    assert played.slack.refused == 0
    assert played.slack.last <= 1.1 * 40
    assert played.slack.last_in(other.channel) == 1
    assert max(played.away.values()) == 1


async def test_a_channel_that_waits_holds_up_no_other_one_and_few_places(redis: CountedRedis) -> None:
    played = town(redis)
    played.deliver(PostQueue(team="T1", channel="C-busy"), slots("busy", 40))
    for n in range(20):
        played.deliver(PostQueue(team="T1", channel=f"C{n}"), [f"quiet-{n}"], at=NINE + seconds(n))
    await played.play()
    assert played.slack.refused == 0
    assert [played.slack.last_in(f"C{n}") for n in range(20)] == list(range(20))
    assert not any(played.away[f"quiet-{n}"] for n in range(20))
    assert played.slack.last_in("C-busy") <= 1.1 * 40
    assert played.held <= 8


async def test_a_person_waits_for_their_turn_in_the_channel_and_not_for_a_storm(redis: CountedRedis) -> None:
    played = town(redis, burst=5)
    for n in range(15):
        played.deliver(PostQueue(team="T1", channel=f"C{n}"), slots(f"{n}", 10))
    elsewhere = PostQueue(team="T1", channel="C-quiet", in_person=True)
    among_them = PostQueue(team="T1", channel="C0", in_person=True)
    for queue in (elsewhere, among_them):
        played.deliver(queue, [queue.channel], at=NINE + seconds(10))
    await played.play()
    assert played.slack.last_in("C-quiet") == 10
    asked = [(at - NINE).total_seconds() for at, queue in played.slack.posts if queue == among_them]
    assert asked[0] <= 10 + 6
    assert played.slack.refused == 0
    assert played.away["C-quiet"] + played.away["C0"] == 0


async def test_a_crowd_of_people_keeps_to_the_ceiling_too(redis: CountedRedis) -> None:
    played = town(redis, per_minute=60, burst=5)
    for n in range(80):
        played.deliver(PostQueue(team="T1", channel=f"C{n}", in_person=True), [f"run-{n}"])
    await played.play()
    assert played.slack.refused == 0
    assert played.slack.last <= 1.1 * 80
    assert max(played.away.values()) == 1


async def test_runs_have_their_turns_in_the_order_in_which_they_came(redis: CountedRedis) -> None:
    played = town(redis)
    for n in range(40):
        queue = PostQueue(team="T1", channel="C1")
        played.deliver(queue, [f"run-{n:02}"], at=NINE + seconds(n / 10))
    await played.play()
    waits = [(at - NINE).total_seconds() - n for n, (at, _) in enumerate(played.slack.posts)]
    assert max(waits) <= 4
    assert max(played.away.values()) == 1


@pytest.mark.parametrize("ahead", [-2, 0.2, 2])
async def test_copies_whose_clocks_differ_share_their_turns_all_the_same(
    redis: CountedRedis, ahead: float
) -> None:
    played = town(redis, burst=5, clocks=(timedelta(0), seconds(ahead)))
    for n in range(5):
        played.deliver(PostQueue(team="T1", channel=f"C{n}"), slots(f"{n}", 20))
    await played.play()
    assert played.slack.refused == 0
    assert played.slack.last <= 1.1 * 20 + abs(ahead)


async def test_a_copy_whose_clock_is_wrong_stops_nobody(redis: CountedRedis) -> None:
    played = town(redis, burst=5, clocks=(timedelta(0), timedelta(days=1)))
    played.deliver(PostQueue(team="T1", channel="C1"), slots("run", 8))
    await played.play()
    assert played.slack.last < 20


async def test_what_slack_asks_of_one_copy_counts_for_the_channel_in_all_of_them(redis: CountedRedis) -> None:
    played = town(redis)
    one, two = played.ledgers
    held, other = PostQueue(team="T1", channel="C1"), PostQueue(team="T1", channel="C2")
    await one.hold_channel(held, wait=seconds(30), now=NINE)
    await two.hold_channel(held, wait=seconds(5), now=NINE)  # the longer one counts
    played.deliver(held, slots("held", 3), at=NINE + seconds(1))
    played.deliver(other, ["other"], at=NINE + seconds(1))
    await played.play()
    assert [round((at - NINE).total_seconds()) for at, _ in played.slack.posts] == [1, 30, 31, 32]
    assert played.held <= 3


async def test_runs_that_do_not_come_back_cost_the_others_nothing_but_the_wait_they_were_told(
    redis: CountedRedis,
) -> None:
    played = town(redis)
    queue = PostQueue(team="T1", channel="C1")
    lost = [await claim_in(played.ledgers[0], f"lost-{n}", queue, at=NINE) for n in range(20)]
    assert sum(isinstance(claim, Later) for claim in lost) == 14
    played.deliver(queue, ["run"], at=NINE + seconds(1))
    played.deliver(queue, ["later"], at=NINE + seconds(40))
    await played.play()
    assert played.slack.last_in("C1") == 40
    assert (played.slack.posts[0][0] - NINE).total_seconds() <= 21


async def test_a_run_that_waits_is_in_hand_and_holds_no_claim(redis: CountedRedis) -> None:
    ledger = town(redis).ledgers[0]
    queue = PostQueue(team="T1", channel="C1")
    claims = [await claim_in(ledger, f"run-{n}", queue, at=NINE) for n in range(10)]
    later = claims[-1]
    assert isinstance(later, Later)
    assert await ledger.read_standings(["T1:run-9"], now=NINE + MINUTE) == ["in_hand"]
    back = await claim_in(ledger, "run-9", queue, at=later.at)
    assert isinstance(back, Taken)
    assert back.unsettled_since is None
    assert back.found is not None
    await ledger.record_posted("T1:run-9", ts="1.0")
    assert await claim_in(ledger, "run-9", queue, at=later.at) == Over(reason="posted")


async def test_turns_are_forgotten_when_they_are_over(redis: CountedRedis) -> None:
    ledger = town(redis).ledgers[0]
    queue = PostQueue(team="T1", channel="C1")
    for n in range(10):
        await claim_in(ledger, f"run-{n}", queue, at=datetime.now(UTC))
    await ledger.hold_channel(queue, wait=MINUTE, now=datetime.now(UTC))
    for key in ("precache:turns:T1", "precache:turns:T1:C1"):
        assert 60 < await redis.ttl(key) <= 130


async def claim_in(ledger: Ledger, run: str, queue: PostQueue, *, at: datetime) -> Claim:
    return await ledger.claim_run(
        f"{queue.team}:{run}",
        token=f"{run} {at}",
        key=run,
        made_after=NINE,
        recent=ANSWER,
        schedule=None,
        queue=queue,
        now=at,
        lease=LEASE,
    )


async def test_a_run_that_missed_its_turn_takes_the_next_one(redis: CountedRedis) -> None:
    ledger, late = town(redis).ledgers[0], NINE + seconds(3)
    queue = PostQueue(team="T1", channel="C1")
    missed, kept = [await claim_in(ledger, f"run-{n}", queue, at=NINE) for n in range(2)]
    assert isinstance(missed, Taken)
    assert isinstance(kept, Taken)
    assert missed.turn == NINE
    assert ledger.pace.is_missed(missed.turn, now=late)
    assert not ledger.pace.is_missed(missed.turn, now=NINE + seconds(1))
    assert await ledger.take_next_turn("T1:run-0", token="another", queue=queue, now=late) == Lost()
    token = f"run-0 {NINE}"
    assert await ledger.take_next_turn("T1:run-0", token=token, queue=queue, now=late) == late
    after = await claim_in(ledger, "run-2", queue, at=late)
    assert isinstance(after, Taken)
    assert after.turn == late + ledger.pace.channel
