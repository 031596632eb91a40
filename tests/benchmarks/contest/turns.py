"""The contest: in each turn, each case is played by all who take part, one after the other.

Turns are short and many, so that those who are compared meet the same weather; every second one is played
in the opposite order. Each process is warm before its first turn.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from tests.benchmarks.contenders import BARE, STARLETTE
from tests.benchmarks.contest.cases import HELD, RENDERED, STORED, Case, prompt, slot_jobs
from tests.benchmarks.contest.contestants import Contestant, that_take_part
from tests.benchmarks.contest.sender import Request, Sender
from tests.benchmarks.contest.services import Counts
from tests.benchmarks.load import Timing, at_once, paced
from tests.benchmarks.processes import App
from tests.benchmarks.wire import Connection, open_connection


@dataclass(frozen=True, kw_only=True)
class Warmth:
    """The requests before the first turn."""

    woken: int = 32
    """New prompts: they load LangChain and open connections."""
    rendered: int = RENDERED
    held: int = HELD
    stored: int = STORED


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One case, played once by one contestant."""

    case: Case
    name: str
    number: int
    timing: Timing
    cpu: float
    """Seconds of processor time, of all copies that took part."""
    counts: Counts
    unexpected: Mapping[str, int]
    """Answers that were not the ones to expect, and how many."""

    @property
    def requests(self) -> int:
        return len(self.timing.durations)

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.requests


async def play_turn(case: Case, contestant: Contestant, number: int) -> Turn:
    """The turn of that number; no two send the same run, or ask the same new prompt."""
    services, copies = contestant.services, contestant.playing(case)
    sender, first, length = contestant.sender_to(copies), number * case.number, contestant.turn_length(case)
    await services.set_delays(case)
    if case.are_slots:
        await services.add_schedules(slot_jobs(sender, first, length))
    requests = case.requests(sender, first, length)
    async with open_line(copies, width=case.most_at_once) as line:
        answered = await services.count_responses()
        before, cpu = await services.count(over_socket=contestant.over_socket), _cpu_of(copies)
        if case.per_second is None:
            timing = await at_once(line.send, requests, concurrency=case.concurrency)
        else:
            timing = await paced(line.send, requests, per_second=case.per_second)
            await services.wait_for_responses(answered + len(requests))
        cpu = _cpu_of(copies) - cpu
        counts = await services.count(over_socket=contestant.over_socket) - before
    unexpected = {answer: times for answer, times in line.answers.items() if answer not in case.answers}
    if unexpected:
        print(f"{case.title}: {unexpected}", *(copy.warnings for copy in copies), sep="\n", file=sys.stderr)
    return Turn(
        case=case,
        name=contestant.name,
        number=number,
        timing=timing,
        cpu=cpu,
        counts=counts,
        unexpected=unexpected,
    )


async def play_all(cases: Sequence[Case], contestants: Sequence[Contestant], *, number: int) -> list[Turn]:
    """The turn of that number, of all cases and contestants."""
    order = 1 if number % 2 == 0 else -1
    return [
        await play_turn(case, contestant, number)
        for case in cases
        for contestant in that_take_part(contestants, case)[::order]
    ]


async def warm_up(contestant: Contestant, warmth: Warmth) -> None:
    """Wake a contestant; the first copy of Precache comes to hold some answers, the second one all."""
    for number, copy in enumerate(contestant.copies):
        sender = contestant.sender_to([copy], name=f"-{number}-")
        requests = _warm_requests(contestant, sender, number, warmth)
        async with open_line([copy], width=32) as line:
            await at_once(line.send, requests, concurrency=32)
        if set(line.answers) - {"200 HIT", "200 MISS"}:
            raise RuntimeError(f"{contestant.name} is not up: {dict(line.answers)}")


def _warm_requests(contestant: Contestant, to: Sender, number: int, warmth: Warmth) -> list[Request]:
    asked = [to.ask(prompt(i)) for i in range(warmth.woken)]
    if contestant.name in (STARLETTE, BARE):
        return asked
    woken = [*(to.post(f"woken-{i}", f"{to.name} woken {i}") for i in range(warmth.woken)), *asked]
    if not contestant.is_ours:
        return woken
    if number > 0:
        return [*woken, *(to.ask(prompt(i)) for i in range(warmth.stored))]
    rendered = (to.post(f"rendered-{i}", prompt(i)) for i in range(warmth.rendered))
    return [*woken, *rendered, *(to.ask(prompt(i)) for i in range(warmth.held))]


@dataclass(frozen=True, kw_only=True)
class Line:
    """Connections to each of some copies, and the answers that came over them."""

    free: Mapping[int, list[Connection]]
    answers: Counter[str] = field(default_factory=Counter)

    async def send(self, request: Request) -> None:
        connection = self.free[request.copy].pop()
        self.answers[str(await connection.send(request.payload))] += 1
        self.free[request.copy].append(connection)


@asynccontextmanager
async def open_line(copies: Sequence[App], *, width: int) -> AsyncIterator[Line]:
    """So many connections to each copy, as many as there are requests under way at most."""
    async with AsyncExitStack() as stack:
        free = defaultdict[int, list[Connection]](list)
        for number, copy in enumerate(copies):
            for _ in range(width):
                free[number].append(await stack.enter_async_context(open_connection(copy.url)))
        yield Line(free=free)


def _cpu_of(copies: Sequence[App]) -> float:
    return sum(copy.cpu for copy in copies)
