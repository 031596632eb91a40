"""`make chaos MINUTES=… SEED=… TURNS=…`: one storm after the other, each with its own seed, until the time is
up. A storm has so many half hours; `DOCS=1` adds a row to docs/reliability.md.

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
from typing import Any, Final

from scheduler.embedded import run_valkey
from tests.chaos.case import Judgement, Known, Objection, Wrong
from tests.chaos.evidence import collect
from tests.chaos.judge import judge
from tests.chaos.rage import rage
from tests.chaos.storm import Storm, brew
from tests.reliability import add_row

_MOST_DEATHS: Final = 8
_MOST_FREEZES: Final = 5
_OVER_REST: Final = ((), ("two",), ("two",), ("one", "two"))
"""The copies that reach Redis by Upstash's REST API, as likely as they stand here."""
_SKEWS: Final = (-45, 45)
"""Seconds by which a copy's clock is wrong at most: from one that is a minute behind, QStash turns away."""
_LONGEST: Final = 180.0
"""Seconds that one storm may take on a machine that has much else to do, and for each of its turns."""
_LONGEST_TURN: Final = 60.0
_USUAL: Final = 45.0


@dataclass(kw_only=True)
class Tally:
    """The sum of all storms."""

    storms: int = 0
    runs: int = 0
    faults: int = 0
    deaths: int = 0
    freezes: int = 0
    late: int = 0
    latest: timedelta = timedelta(0)
    latest_unmet: timedelta = timedelta(0)
    known: Counter[Known] = field(default_factory=Counter)
    unknown: Counter[Wrong] = field(default_factory=Counter)
    seeds: list[int] = field(default_factory=list)
    """Of storms with something that no known fault explains."""

    def add(self, storm: Storm, judgement: Judgement) -> None:
        self.storms += 1
        self.runs += judgement.runs
        self.faults += len(storm.weather.happened) - storm.weather.deaths - storm.weather.freezes
        self.deaths += storm.weather.deaths
        self.freezes += sum(copy.freezes for copy in storm.copies)
        self.late += judgement.late
        self.latest = max(self.latest, judgement.latest)
        self.latest_unmet = max(self.latest_unmet, judgement.latest_unmet)
        self.known += judgement.known
        self.unknown += Counter(objection.wrong for objection in judgement.unknown)
        if judgement.unknown:
            self.seeds.append(storm.weather.seed)

    @property
    def cells(self) -> list[object]:
        """The cells of its row in docs/reliability.md."""
        counted = (Wrong.DOUBLED, Wrong.MISSING, Wrong.UNREPORTED, Wrong.CUT_OFF)
        others = self.unknown.total() - sum(self.unknown[wrong] for wrong in counted)
        return [
            *(self.storms, self.runs, self.faults, self.deaths, self.freezes),
            *(self.unknown[wrong] for wrong in counted),
            *(others, self.known.total(), self.late, _seconds(self.latest), _seconds(self.latest_unmet)),
        ]

    def __str__(self) -> str:
        lines = [
            f"storms {self.storms}, runs {self.runs}, faults {self.faults}, kills {self.deaths}, "
            f"stops {self.freezes}, late {self.late}, latest {_seconds(self.latest)}, "
            f"latest without a fault {_seconds(self.latest_unmet)}",
            ", ".join(f"{wrong} {self.unknown[wrong]}" for wrong in Wrong),
            "known faults:",
            *(f"  {count:>3}  {known}" for known, count in self.known.most_common()),
        ]
        return "\n".join(lines)


def chances(seed: int) -> dict[str, Any]:
    """The make of a storm: whose clocks are wrong, and who reaches Redis how."""
    dice = random.Random(seed)  # noqa: S311 - chance that can be repeated is the point
    return {
        "skews": {name: timedelta(seconds=dice.randint(*_SKEWS)) for name in ("one", "two")},
        "over_rest": dice.choice(_OVER_REST),
        "most_deaths": _MOST_DEATHS,
        "most_freezes": _MOST_FREEZES,
    }


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.0f} s"


async def run(minutes: float, seed: int, *, turns: int) -> Tally:
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
                async with asyncio.timeout(_LONGEST + turns * _LONGEST_TURN):
                    await _storm(valkey, folder, seed, tally, turns=turns)
                longest = max(longest, time.monotonic() - began)
                seed += 1
    return tally


async def _storm(valkey: Path, folder: Path, seed: int, tally: Tally, *, turns: int) -> None:
    began = time.monotonic()
    async with brew(valkey, folder, seed=seed, **chances(seed)) as storm:
        await storm.redis.flushall()
        await rage(storm, turns=turns)
        judgement = judge(await collect(storm))
        tally.add(storm, judgement)
        this = Tally()
        this.add(storm, judgement)
        print(
            f"seed {seed}: {this.runs} runs, {this.faults} faults, {this.deaths} kills, "
            f"{this.freezes} stops, {this.late} late, {judgement.known.total()} known, "
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
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--docs", action="store_true", help="add a row to docs/reliability.md")
    asked = parser.parse_args()
    try:
        tally = asyncio.run(run(asked.minutes, asked.seed, turns=asked.turns))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("stopped")
    print(f"\n{tally}")
    if asked.docs:
        command = f"`make chaos MINUTES={asked.minutes:g} SEED={asked.seed} TURNS={asked.turns}`"
        add_row("chaos", [command, *tally.cells])
    if tally.seeds:
        print(f"\nNot right, and not known: seeds {', '.join(map(str, tally.seeds))}")
        return 1
    print("\nAll runs were posted or reported once, but for known faults.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
