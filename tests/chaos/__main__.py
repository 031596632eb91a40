"""`make chaos MINUTES=… SEED=…`: one storm after the other, each with its own seed, until the time is up.

The exit status is 1 where the judge objects to anything that no known fault explains; the seed of that storm
brings most of it back. Everything is on loopback, and ended by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from scheduler.embedded import run_valkey
from tests.chaos.evidence import collect
from tests.chaos.judge import Judgement, Known, Objection, Wrong, judge
from tests.chaos.rage import rage
from tests.chaos.storm import Storm, brew

_TURNS: Final = 4
_MOST_DEATHS: Final = 8
_SKEWS: Final = (-45, 45)
"""Seconds by which a copy's clock is wrong at most: from one that is a minute behind, QStash turns away."""
_LONGEST: Final = 300.0
"""Seconds that one storm may take on a machine that has much else to do."""
_USUAL: Final = 45.0


@dataclass(kw_only=True)
class Tally:
    """The sum of all storms."""

    storms: int = 0
    runs: int = 0
    faults: int = 0
    deaths: int = 0
    late: int = 0
    known: Counter[Known] = field(default_factory=Counter)
    unknown: Counter[Wrong] = field(default_factory=Counter)
    seeds: list[int] = field(default_factory=list)
    """Of storms with something that no known fault explains."""

    def add(self, storm: Storm, judgement: Judgement) -> None:
        self.storms += 1
        self.runs += judgement.runs
        self.faults += len(storm.weather.happened) - storm.weather.deaths
        self.deaths += storm.weather.deaths
        self.late += judgement.late
        self.known += judgement.known
        self.unknown += Counter(objection.wrong for objection in judgement.unknown)
        if judgement.unknown:
            self.seeds.append(storm.weather.seed)

    def __str__(self) -> str:
        lines = [
            f"storms {self.storms}, runs {self.runs}, faults {self.faults}, kills {self.deaths}, "
            f"late {self.late}",
            ", ".join(f"{wrong} {self.unknown[wrong]}" for wrong in Wrong),
            "known faults:",
            *(f"  {count:>3}  {known}" for known, count in self.known.most_common()),
        ]
        return "\n".join(lines)


async def run(minutes: float, seed: int) -> Tally:
    """So many minutes, and one storm at least."""
    this = asyncio.current_task()
    assert this
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    tally, end, longest = Tally(), time.monotonic() + minutes * 60, _USUAL
    with tempfile.TemporaryDirectory(prefix="precache-chaos-") as name:
        async with run_valkey(Path(name) / "valkey") as valkey:
            while tally.storms == 0 or time.monotonic() + longest < end:
                began = time.monotonic()
                (folder := Path(name) / str(seed)).mkdir()
                async with asyncio.timeout(_LONGEST):
                    await _storm(valkey, folder, seed, tally)
                longest = max(longest, time.monotonic() - began)
                seed += 1
    return tally


async def _storm(valkey: Path, folder: Path, seed: int, tally: Tally) -> None:
    began = time.monotonic()
    dice = random.Random(seed)  # noqa: S311 - chance that can be repeated is the point
    skews = {name: timedelta(seconds=dice.randint(*_SKEWS)) for name in ("one", "two")}
    async with brew(valkey, folder, seed=seed, most_deaths=_MOST_DEATHS, skews=skews) as storm:
        await storm.redis.flushall()
        await rage(storm, turns=_TURNS)
        judgement = judge(await collect(storm))
        tally.add(storm, judgement)
        weather = storm.weather
        print(
            f"seed {seed}: {judgement.runs} runs, {len(weather.happened) - weather.deaths} faults, "
            f"{weather.deaths} kills, {judgement.late} late, {judgement.known.total()} known, "
            f"{len(judgement.unknown)} unknown, {time.monotonic() - began:.0f} s",
            flush=True,
        )
        for objection in judgement.objections:
            kind = f"known: {objection.known}" if objection.known else "NOT KNOWN"
            print(f"    {objection.wrong}: {objection.about}: {objection.what} ({kind})", flush=True)
            if objection.known is None:
                _print_faults(storm, objection)


def _print_faults(storm: Storm, objection: Objection) -> None:
    """Print what happened to the requests about it."""
    words = set(objection.about.replace("precache:run:", "").split(":")[1:2]) or {objection.about}
    names = {*words, *(storm.weather.known_as(word) for word in words)}
    for happened in storm.weather.happened:
        if any(re.search(rf"\b{re.escape(name)}\b", happened.name) for name in names):
            print(
                f"        {happened.at:%H:%M:%S.%f} {happened.wire} {happened.fault}: {happened.name[:100]}"
            )


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="tests.chaos")
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    try:
        tally = asyncio.run(run(asked.minutes, asked.seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("stopped")
    print(f"\n{tally}")
    if tally.seeds:
        print(f"\nNot right, and not known: seeds {', '.join(map(str, tally.seeds))}")
        return 1
    print("\nAll runs were posted or reported once, but for known faults.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
