"""`make bench`: drives Precache and its contenders in turns, against counting stand-ins on this machine.

Everything is bounded and on loopback. The exit status is 1 when a counted budget is broken; times never
decide anything.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from time import perf_counter

from uvicorn.loops.auto import auto_loop_factory

from tests.benchmarks import report
from tests.benchmarks.contest.cases import all_cases
from tests.benchmarks.contest.play import open_contest
from tests.benchmarks.contest.table import COST_HEAD, RATIO_HEAD, Results
from tests.benchmarks.contest.turns import Turn, play_all
from tests.benchmarks.processes import ROOT

DOCS = ROOT / "docs"
BEGIN, END = "<!-- the tables of `make bench` -->", "<!-- the end of the tables -->"
_LONGEST = 600  # seconds; an ordinary run takes a third of it
_ENOUGH = 240  # seconds, after which no turn begins


async def run_contest(only: list[str], *, turns: int) -> Results:
    """As many turns as were asked for; on a busy machine fewer."""
    cases = [case for case in all_cases() if not only or case.name in only]
    played: list[Turn] = []
    async with asyncio.timeout(_LONGEST), open_contest() as contestants:
        began = perf_counter()
        for number in range(turns):
            if perf_counter() - began > _ENOUGH:
                break
            played += await play_all(cases, contestants, number=number)
            print(f"turn {number + 1} of {turns}", file=sys.stderr, flush=True)
    return Results(cases=cases, turns=played)


def describe(results: Results) -> str:
    ratios = [RATIO_HEAD, *(ratio.row for ratio in results.ratios())]
    costs = [COST_HEAD, *results.cost_rows()]
    return "\n".join([f"{report.machine()}.", "", *ratios, "", *results.slowest(), "", *costs])


def write_page(results: Results, tables: str) -> None:
    """Put the tables between their marks in the page on performance, and the picture beside it."""
    from tests.benchmarks.contest.plot import draw_contest  # it takes a second to load

    draw_contest(results, DOCS / "performance.svg")
    page = DOCS / "performance.md"
    before, rest = page.read_text().split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}")


async def main(options: argparse.Namespace) -> int:
    this = asyncio.current_task()
    assert this
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    results = await run_contest(options.cases, turns=options.turns)
    print(tables := describe(results))
    if options.docs:
        write_page(results, tables)
    if broken := list(results.broken_budgets()):
        print("\nBudgets that do not hold:", *broken, sep="\n- ")
        return 1
    print("\nEvery budget holds.")
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    names = [case.name for case in all_cases()]
    parser.add_argument("cases", nargs="*", choices=[*names, []], help="the cases to play; all of them")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--docs", action="store_true", help="write tables and picture to docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        try:
            sys.exit(runner.run(main(read_options())))
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit("stopped")
