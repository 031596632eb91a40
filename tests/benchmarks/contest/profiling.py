"""`make profile CASE=posted`: where the processor's time of one case goes.

A copy of Precache plays the case under cProfile, without what comes before and after. The profiler makes
every call dearer, small ones most: read the shares, and take times from `make bench`. Threads are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pstats
import signal
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from tests.benchmarks.contest.cases import STORED, Case, all_cases
from tests.benchmarks.contest.contestants import LOAD, Contestant, open_copies
from tests.benchmarks.contest.play import open_http
from tests.benchmarks.contest.services import open_services
from tests.benchmarks.contest.turns import Warmth, play_turn, warm_up
from tests.benchmarks.processes import ROOT, keep_to_core
from tests.waiting import wait_until

_MOST = 25  # rows of each table

Function = tuple[str, int, str]
"""As a profile names it: file, line and name."""


@dataclass(frozen=True, kw_only=True)
class Profiled:
    """A profile of so many requests: seconds of each function on its own, and with all that it called."""

    requests: int
    own: Mapping[Function, float]
    whole: Mapping[Function, float]

    def print_tables(self) -> None:
        total = sum(self.own.values())
        print(f"{self.requests} requests, {total / self.requests * 1e3:.2f} ms each under the profiler\n")
        areas = defaultdict[str, float](float)
        for function, seconds in self.own.items():
            areas[area_of(function[0])] += seconds
        tables: dict[str, Mapping[str, float]] = {
            "where": areas,
            "function, on its own": {name_of(key): spent for key, spent in self.own.items()},
            "function of ours, with all it called": {
                name_of(key): spent for key, spent in self.whole.items() if is_ours(key[0])
            },
        }
        for title, seconds_of in tables.items():
            print(f"| {title} | share | µs a request |\n| --- | ---: | ---: |")
            for name, seconds in sorted(seconds_of.items(), key=itemgetter(1), reverse=True)[:_MOST]:
                print(f"| {name} | {seconds / total:.1%} | {seconds / self.requests * 1e6:,.0f} |")
            print()


def area_of(file: str) -> str:
    """A wing of ours, a package, a module of the standard library, or what is built in."""
    path = Path(file)
    if file == "~":
        return "built in"
    if is_ours(file):
        return "/".join(path.relative_to(ROOT).parts[:2])
    parts = path.parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return f"Python's {path.stem if path.parent.name.startswith('python') else path.parent.name}"


def is_ours(file: str) -> bool:
    return Path(file).is_relative_to(ROOT) and "site-packages" not in file


def name_of(function: Function) -> str:
    file, line, name = function
    if file == "~":
        return name
    short = Path(file).relative_to(ROOT) if is_ours(file) else "/".join(Path(file).parts[-2:])
    return f"{short}:{line} {name}"


def read_profile(file: Path, *, requests: int) -> Profiled:
    stats: Mapping[Function, tuple[int, int, float, float, object]] = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]  # typeshed leaves it out
    return Profiled(
        requests=requests,
        own={function: numbers[2] for function, numbers in stats.items()},
        whole={function: numbers[3] for function, numbers in stats.items()},
    )


async def profile_case(case: Case) -> Profiled:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
        stack.enter_context(keep_to_core(LOAD))
        http = await stack.enter_async_context(open_http())
        services = await stack.enter_async_context(open_services(folder / "valkey", http=http))
        await services.store_answers(range(STORED))
        written = folder / "profile"
        command = (str(ROOT / "tests/benchmarks/contest/profiled_app.py"), str(written))
        copies = await stack.enter_async_context(open_copies(services, folder, number=1, command=command))
        slot = datetime.now(UTC).replace(second=0, microsecond=0)
        contestant = Contestant(name="profiled", copies=copies, services=services, slot=slot, is_ours=True)
        await warm_up(contestant, Warmth())
        os.kill(copies[0].pid, signal.SIGUSR1)
        turn = await play_turn(case, contestant, 0)
        os.kill(copies[0].pid, signal.SIGUSR2)
        await wait_until(lambda: written.exists() and written.stat().st_size, "the profile")
        return read_profile(written, requests=turn.requests)


def main() -> None:
    cases = {case.name: case for case in all_cases()}
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.contest.profiling", description=__doc__)
    parser.add_argument("case", choices=list(cases))
    case = cases[parser.parse_args().case]
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        profiled = runner.run(profile_case(case))
    print(f"{case.title}: ", end="")
    profiled.print_tables()


if __name__ == "__main__":
    main()
