"""The result of a contest in Markdown: what each case costs, its ratios, and the budgets that were broken.

Ratios are of processor time in the same turn: the middle one of all turns, and the least and the most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, median_low

from tests.benchmarks.contest.cases import PRECACHE, SOCKET, Case
from tests.benchmarks.contest.turns import Turn

COST_HEAD = """\
| case | who | requests | CPU ms each | least–most | req/s | p50 ms | p99 ms | model | Redis | Slack |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
RATIO_HEAD = """\
| case | beside | requests for the same CPU | least–most | target |
| --- | --- | ---: | ---: | --- |"""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The middle of some numbers, and how far apart they are."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        return cls(middle=median(numbers), least=min(numbers), most=max(numbers))


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many requests of `case` Precache answers in the time that another takes for one."""

    case: Case
    beside: str
    spread: Spread
    target: float | None

    @property
    def row(self) -> str:
        verdict = "–"
        if self.target is not None:
            verdict = f"≥ {self.target:.2f} ×: {'met' if self.spread.middle >= self.target else 'missed'}"
        spread = f"{self.spread.least:.2f}–{self.spread.most:.2f}"
        return f"| {self.case.title} | {self.beside} | {self.spread.middle:.2f} × | {spread} | {verdict} |"


@dataclass(frozen=True, kw_only=True)
class Results:
    """All turns of a contest."""

    cases: Sequence[Case]
    turns: Sequence[Turn]

    def played_by(self, name: str, case: Case) -> list[Turn]:
        return [turn for turn in self.turns if (turn.name, turn.case.name) == (name, case.name)]

    def players_of(self, case: Case) -> list[str]:
        """The names of those who took part, Precache first."""
        return [
            name
            for name in (PRECACHE, SOCKET, *case.rivals)
            if any((turn.name, turn.case.name) == (name, case.name) for turn in self.turns)
        ]

    def cost_rows(self) -> Iterator[str]:
        for case in self.cases:
            for name in self.players_of(case):
                yield _cost_row(case, name, self.played_by(name, case))

    def ratios(self) -> Iterator[Ratio]:
        cases = {case.name: case for case in self.cases}
        for case in self.cases:
            own = self.played_by(PRECACHE, case)
            targets = {target.rival: target.ratio for target in case.targets}
            for rival in self.players_of(case):
                if rival not in (PRECACHE, SOCKET):
                    spread = _spread_of_ratios(self.played_by(rival, case), own)
                    yield Ratio(case=case, beside=rival, spread=spread, target=targets.get(rival))
            if case.beside in cases and case.at_most is not None:
                other = cases[case.beside]
                spread = _spread_of_ratios(self.played_by(PRECACHE, other), own)
                yield Ratio(case=case, beside=other.title, spread=spread, target=1 / case.at_most)

    def slowest(self) -> Iterator[str]:
        """The slowest of a hundred, where that is a target."""
        for case in self.cases:
            turns = self.played_by(PRECACHE, case)
            if case.p99 is not None and turns:
                spread = Spread.of([turn.timing.percentile(99) * 1e3 for turn in turns])
                target = case.p99.total_seconds() * 1e3
                verdict = "met" if spread.middle <= target else "missed"
                yield (
                    f"{case.title}: p99 {spread.middle:.0f} ms ({spread.least:.0f}–{spread.most:.0f}), "
                    f"target {target:.0f} ms: {verdict}"
                )

    def broken_budgets(self) -> Iterator[str]:
        """What should have been less; the requests of Precache alone."""
        for case in self.cases:
            for name in (PRECACHE, SOCKET):
                turns = self.played_by(name, case)
                for answer in sorted({answer for turn in turns for answer in turn.unexpected}):
                    times = sum(turn.unexpected.get(answer, 0) for turn in turns)
                    yield f"{case.title} ({name}): {times} times {answer}"
                if turns:
                    yield from _over_budget(case, name, turns)


def _over_budget(case: Case, name: str, turns: Sequence[Turn]) -> Iterator[str]:
    """A copy's own chores, once a minute, may fall into a turn: the middle of all turns counts.

    No chore asks the model, so that of its calls none may be too many. What was withdrawn lately is read once
    a second, however many requests come in it.
    """
    budget = case.budget

    def redis_each(turn: Turn) -> float:
        return max(turn.counts.redis - math.ceil(turn.timing.elapsed), 0) / turn.requests

    for what, most, counted in (
        ("model calls", budget.model, max(turn.counts.model / turn.requests for turn in turns)),
        ("Redis requests", budget.redis, median_low(map(redis_each, turns))),
        ("Slack requests", budget.slack, median_low(turn.counts.slack / turn.requests for turn in turns)),
        ("QStash requests", budget.qstash, median_low(turn.counts.qstash / turn.requests for turn in turns)),
    ):
        if most is not None and counted > most + 1e-9:
            yield f"{case.title} ({name}): {counted:.3f} {what} for each, where {most:.3g} are allowed"


def _cost_row(case: Case, name: str, turns: Sequence[Turn]) -> str:
    def middle(measure: Callable[[Turn], float]) -> float:
        return median(map(measure, turns))

    cpu = Spread.of([turn.cpu_each * 1e3 for turn in turns])
    cells = (
        case.title,
        name,
        f"{sum(turn.requests for turn in turns):,}",
        f"{cpu.middle:.3f}",
        f"{cpu.least:.3f}–{cpu.most:.3f}",
        f"{middle(lambda turn: turn.timing.per_second):,.0f}",
        f"{middle(lambda turn: turn.timing.percentile(50)) * 1e3:.1f}",
        f"{middle(lambda turn: turn.timing.percentile(99)) * 1e3:.1f}",
        f"{middle(lambda turn: turn.counts.model / turn.requests):.3g}",
        f"{middle(lambda turn: turn.counts.redis / turn.requests):.3g}",
        f"{middle(lambda turn: turn.counts.slack / turn.requests):.3g}",
    )
    return f"| {' | '.join(cells)} |"


def _spread_of_ratios(others: Sequence[Turn], own: Sequence[Turn]) -> Spread:
    """Of the turns with the same number."""
    own_by_number = {turn.number: turn for turn in own}
    return Spread.of([turn.cpu_each / own_by_number[turn.number].cpu_each for turn in others])
