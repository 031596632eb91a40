"""The cases: which requests, how many at once, who takes part, what they may cost, and what is aimed at.

Budgets count what others were asked, so they hold on any machine and decide. Targets are ratios of
processor time in one run; they are printed and decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from scheduler import Job
from tests.benchmarks.contenders import BARE, PORT, STARLETTE, STOCK
from tests.benchmarks.contest.sender import Request, Sender

PRECACHE: Final = "Precache"
SOCKET: Final = "Precache, Redis on a socket"

STORED: Final = 10_000
"""Prompts whose answers are in Redis before anything is measured."""
HELD: Final = 400
"""Prompts whose answers the first copy holds as well; the second holds all that are stored."""
RENDERED: Final = 200
"""Prompts whose answers were posted before, and so are rendered."""
FIRST_UNHELD: Final = 1_000
FIRST_UNPOSTED: Final = 5_000

HIT: Final = frozenset({"200 HIT"})
MISS: Final = frozenset({"200 MISS"})
NOW: Final = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that one request may ask of others; None where nothing is promised."""

    model: float
    redis: float | None = None
    slack: float | None = None
    qstash: float | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """Precache is to need at most the `rival`'s processor time, divided by `ratio`."""

    rival: str
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Case:
    """`requests` makes those of one turn: from the given number on, so many."""

    name: str
    title: str
    requests: Callable[[Sender, int, int], Sequence[Request]]
    number: int
    budget: Budget
    rivals: Collection[str] = ()
    targets: Sequence[Target] = ()
    beside: str | None = None
    """Another case of our own that this one is compared with."""
    at_most: float | None = None
    """The target for that: so many times its processor time."""
    copies: slice = field(default_factory=lambda: slice(0, 1))
    over_socket: bool = False
    """True if the copy with its Redis on a socket takes part."""
    p99: timedelta | None = None
    """The target for the slowest of a hundred, timed at the sender."""
    concurrency: int = 32
    per_second: float | None = None
    """The pace, instead of the concurrency."""
    answers: Collection[str] = HIT
    """Status and X-Cache, as any answer may have them."""
    model_delay: timedelta = NOW
    redis_delay: timedelta = NOW
    are_slots: bool = False
    """True if its requests are slots of schedules, which are made before the turn."""

    @property
    def most_at_once(self) -> int:
        """Requests under way; at a steady pace, four seconds of them."""
        return self.concurrency if self.per_second is None else round(4 * self.per_second)


def prompt(number: int) -> str:
    """A prompt whose answer is stored."""
    return f"What changed in release {number % STORED}, and what may break?"


def slot_jobs(to: Sender, first: int, n: int) -> Sequence[Job]:
    """Slots with the prompts of `posted`, so that the two can be compared."""
    return [to.slot_job(i, prompt(i % RENDERED)) for i in range(first, first + n)]


def all_cases(*, size: float = 1) -> Sequence[Case]:
    """In the order of a turn; `size` makes turns longer or shorter."""

    def so_many(number: int) -> int:
        return max(round(number * size), 2)

    crowd = so_many(200)
    return (
        Case(
            name="returned",
            title=f'cached answer, `{{"query"}}`, {HELD} prompts',
            requests=lambda to, first, n: [to.ask(prompt(i % HELD)) for i in range(first, first + n)],
            number=so_many(3_000),
            budget=Budget(model=0, redis=0, slack=0),
            rivals=(STARLETTE, BARE, STOCK, PORT),
            targets=(Target(rival=STARLETTE, ratio=0.62),),
        ),
        Case(
            name="returned-many",
            title=f'cached answer, `{{"query"}}`, {STORED:,} prompts in turn',
            requests=lambda to, first, n: [to.ask(prompt(i)) for i in range(first, first + n)],
            number=so_many(3_000),
            budget=Budget(model=0, redis=0, slack=0),
            rivals=(STARLETTE, STOCK, PORT),
            targets=(Target(rival=STARLETTE, ratio=0.46),),
            copies=slice(1, 2),
        ),
        Case(
            name="returned-redis",
            title='cached answer, `{"query"}`, held by no process',
            requests=lambda to, first, n: [to.ask(prompt(FIRST_UNHELD + i)) for i in range(first, first + n)],
            number=so_many(150),
            budget=Budget(model=0, redis=1, slack=0),
            rivals=(STOCK, PORT),
            over_socket=True,
        ),
        Case(
            name="posted",
            title="cached answer, posted again",
            requests=lambda to, first, n: [
                to.post(f"again-{i}", prompt(i % RENDERED)) for i in range(first, first + n)
            ],
            number=so_many(300),
            budget=Budget(model=0, redis=2, slack=1),
            rivals=(STOCK, PORT),
            targets=(Target(rival=STOCK, ratio=4),),
            over_socket=True,
        ),
        Case(
            name="posted-first",
            title="cached answer, posted and rendered for the first time",
            requests=lambda to, first, n: [
                to.post(f"once-{i}", prompt(FIRST_UNPOSTED + i)) for i in range(first, first + n)
            ],
            number=so_many(60),
            budget=Budget(model=0, redis=2, slack=1),
            rivals=(STOCK, PORT),
        ),
        Case(
            name="slot",
            title="slot made ahead, posted",
            requests=lambda to, first, n: [to.deliver(job) for job in slot_jobs(to, first, n)],
            number=so_many(300),  # as many as of `posted`, with which it is compared
            budget=Budget(model=0, redis=2, slack=1, qstash=1),
            beside="posted",
            at_most=1.2,
            are_slots=True,
        ),
        Case(
            name="new",
            title="new prompt, posted, model 0 ms",
            requests=lambda to, first, n: [
                to.post(f"new-{i}", f"{to.name} new {i}") for i in range(first, first + n)
            ],
            number=so_many(80),
            budget=Budget(model=1, redis=4, slack=1),
            rivals=(STOCK, PORT),
            targets=(Target(rival=PORT, ratio=2),),
            over_socket=True,
            answers=MISS,
        ),
        Case(
            name="new-slow",
            title="new prompt, posted, model 300 ms, 64 at once",
            requests=lambda to, first, n: [
                to.post(f"slow-{i}", f"{to.name} slow {i}") for i in range(first, first + n)
            ],
            number=so_many(192),
            budget=Budget(model=1, redis=4, slack=1),
            rivals=(STOCK, PORT),
            concurrency=64,
            answers=MISS,
            model_delay=timedelta(milliseconds=300),
        ),
        Case(
            name="stampede",
            title=f"the same new prompt, {crowd} at once over two copies",
            requests=lambda to, first, n: [
                to.post(f"crowd-{i}", f"{to.name} crowd {first}", copy=i) for i in range(first, first + n)
            ],
            number=crowd,
            budget=Budget(model=1 / crowd, slack=1),
            rivals=(PORT,),
            copies=slice(0, 2),
            concurrency=crowd,
            answers=HIT | MISS,
            model_delay=timedelta(milliseconds=200),
        ),
        Case(
            name="commands",
            title="slash command to acknowledgement, 50 a second, Redis 5 ms",
            requests=lambda to, first, n: [
                to.command(f"{to.name} asks {i}") for i in range(first, first + n)
            ],
            number=so_many(150),
            budget=Budget(model=0, redis=2),  # the note before the acknowledgement, and its end
            per_second=50,
            p99=timedelta(milliseconds=25),
            answers={"200"},
            redis_delay=timedelta(milliseconds=5),
        ),
    )
