"""`make bench-compare BASE=<commit>`: this tree beside another commit, and a regression told from noise.

Both play the cases of this tree in turns, in one run, each with services of its own. A pair is of two fresh
processes, since one process is a little faster than the next for as long as it lives. The exit status is 1 if
a case got slower, or asks more of others.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from uvicorn.loops.auto import auto_loop_factory

from tests.benchmarks import report
from tests.benchmarks.contest.cases import FIRST_UNHELD, FIRST_UNPOSTED, STORED, Case, all_cases
from tests.benchmarks.contest.contestants import LOAD, Contestant, open_copies
from tests.benchmarks.contest.play import open_http
from tests.benchmarks.contest.services import Services, open_services
from tests.benchmarks.contest.turns import Turn, Warmth, play_turn, warm_up
from tests.benchmarks.contest.verdict import Verdict, judge_ratios
from tests.benchmarks.processes import ROOT, keep_to_core

HEAD = """\
| case | CPU ms, base | CPU ms, this | this by base | 95 % | chance | verdict |
| --- | ---: | ---: | ---: | ---: | ---: | --- |"""
_USUAL = ("returned", "posted", "posted-first", "slot", "new")
_SIZE = 0.3
"""Turns are short: it is pairs that count."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two trees, and its services."""

    name: str
    tree: Path
    services: Services


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All pairs of one case: the base's turn and this tree's."""

    case: Case
    pairs: Sequence[tuple[Turn, Turn]]
    cases: int

    @property
    def verdict(self) -> Verdict:
        return judge_ratios([new.cpu_each / old.cpu_each for old, new in self.pairs], cases=self.cases)

    @property
    def is_worse(self) -> bool:
        return self.verdict.word == "slower" or any(self.asked_more()) or any(self.answered_oddly())

    @property
    def row(self) -> str:
        verdict, sides = self.verdict, zip(*self.pairs, strict=True)
        cells = (
            self.case.title,
            *(f"{median(turn.cpu_each for turn in side) * 1e3:.3f}" for side in sides),
            f"{verdict.ratio:.3f}",
            f"{verdict.least:.3f}–{verdict.most:.3f}",
            f"{verdict.chance:.3f}",
            "; ".join([verdict.word, *self.asked_more(), *self.answered_oddly()]),
        )
        return f"| {' | '.join(cells)} |"

    def asked_more(self) -> Iterator[str]:
        """Requests to others that became more; a chore in one turn is none."""
        for what in ("model", "redis", "slack", "qstash"):
            old, new = (
                median(getattr(turn.counts, what) / turn.requests for turn in side)
                for side in zip(*self.pairs, strict=True)
            )
            if new > old + 0.01:
                yield f"{what}: {old:.3g} → {new:.3g} requests"

    def answered_oddly(self) -> Iterator[str]:
        """Answers that were not the ones to expect, from either side: then the two are not comparable."""
        odd = Counter[str]()
        for pair in self.pairs:
            for turn in pair:
                odd.update(turn.unexpected)
        yield from (f"{times} times {answer}" for answer, times in odd.items())


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A tree of that commit, for a while."""
    with tempfile.TemporaryDirectory(prefix="precache-base-") as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", "--quiet", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)


async def compare_trees(base: Path, cases: Sequence[Case], *, pairs: int) -> list[Comparison]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
        stack.enter_context(keep_to_core(LOAD))
        http = await stack.enter_async_context(open_http())
        sides = []
        for name, tree in (("base", base), ("this", ROOT)):
            services = await stack.enter_async_context(open_services(folder / name, http=http))
            await services.store_answers(_stored_for(cases))
            sides.append(Side(name=name, tree=tree, services=services))
        played = []
        for number in range(pairs):
            played.append(await play_pair(sides, cases, number))
            print(f"pair {number + 1} of {pairs}", file=sys.stderr, flush=True)
    return [
        Comparison(case=case, pairs=[pair[index] for pair in played], cases=len(cases))
        for index, case in enumerate(cases)
    ]


def _stored_for(cases: Sequence[Case]) -> Sequence[int]:
    """All prompts only where a second copy is to hold them, for that takes a while; else enough of them."""
    if _copies_for(cases) > 1:
        return range(STORED)
    return [*range(2 * FIRST_UNHELD), *range(FIRST_UNPOSTED, FIRST_UNPOSTED + 1_000)]


def _copies_for(cases: Sequence[Case]) -> int:
    most: int = max(case.copies.stop for case in cases)
    return most


async def play_pair(sides: Sequence[Side], cases: Sequence[Case], number: int) -> list[tuple[Turn, Turn]]:
    """A turn of each case by two fresh processes; which of them is first changes from pair to pair."""
    order = 1 if number % 2 == 0 else -1
    async with AsyncExitStack() as stack:
        players = [
            await stack.enter_async_context(start_side(side, cases, number)) for side in sides[::order]
        ]
        played = [[await play_turn(case, player, number) for player in players][::order] for case in cases]
        return [(old, new) for old, new in played]


@asynccontextmanager
async def start_side(side: Side, cases: Sequence[Case], number: int) -> AsyncIterator[Contestant]:
    copies = _copies_for(cases)
    with tempfile.TemporaryDirectory(prefix="precache-home-") as folder:
        command = (str(side.tree / "app.py"),)
        async with open_copies(side.services, Path(folder), number=copies, command=command) as apps:
            contestant = Contestant(
                name=f"{side.name} {number}",
                copies=apps,
                services=side.services,
                slot=datetime.now(UTC).replace(second=0, microsecond=0),
                is_ours=True,
            )
            await warm_up(contestant, Warmth())
            yield contestant


async def main(options: argparse.Namespace) -> bool:
    cases = [case for case in all_cases(size=_SIZE) if case.name in (options.cases or _USUAL)]
    with checked_out(options.base) as base:
        comparisons = await compare_trees(base, cases, pairs=options.pairs)
    print(f"{report.machine()}, beside {options.base}.\n\n{HEAD}")
    print(*(comparison.row for comparison in comparisons), sep="\n")
    return any(comparison.is_worse for comparison in comparisons)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.contest.compare", description=__doc__)
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("cases", nargs="*", help=f"the cases to play; else {' '.join(_USUAL)}")
    parser.add_argument("--pairs", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        sys.exit(runner.run(main(read_options())))
