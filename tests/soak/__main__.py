"""`make soak MINUTES=… SEED=…`: one copy under a mixed load, in rounds, until the time is up.

The first rounds warm it up. The exit status is 1 where the judge finds something that grows; `DOCS=1` adds a
row to docs/reliability.md. Everything is on loopback, and ended by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scheduler.embedded import run_valkey
from tests.reliability import add_row
from tests.soak.judge import LEAST, Round, judge
from tests.soak.load import Load, voice
from tests.soak.pages import open_site
from tests.soak.process import Soaked, soaked
from tests.stand_ins.openai import openai

_TIMES: Final = 8
"""Each act, in a round."""
_SHOWN: Final = 20
_WARM: Final = 0.4
"""The share of the time in which it only gets warm."""


async def soak(folder: Path, *, minutes: float, seed: int, times: int = _TIMES) -> list[Round]:
    """The rounds after the warm-up, at least as many as can be judged."""
    this = asyncio.current_task()
    assert this
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    async with run_valkey(folder / "valkey") as valkey, openai() as model, open_site() as site:
        model.otherwise = voice
        async with soaked(folder, valkey, model_url=model.url) as app:
            dice = random.Random(seed)  # noqa: S311 - chance that can be repeated is the point
            load = Load(bot=app.bot, site=site, dice=dice)
            await load.fill_caches()
            began = time.monotonic()
            rounds: list[Round] = []
            while True:
                rounds.append(this_round := await do_round(app, load, times=times))
                gone = (time.monotonic() - began) / 60 / minutes
                if gone < _WARM:
                    rounds.clear()
                print(_describe(this_round), "(warming up)" if gone < _WARM else "", flush=True)
                if gone >= 1 and len(rounds) > LEAST:
                    return rounds


async def do_round(app: Soaked, load: Load, *, times: int) -> Round:
    """One round of work, and what there is when all is quiet."""
    work = await load.do_round(times)
    return Round(held=await app.measure_at_rest(), keys=await app.read_keys(), work=work)


def _describe(this: Round) -> str:
    held, forever = this.held, sum(not has_end for has_end in this.keys.values())
    return (
        f"{this.work} acts: {sum(held.objects.values())} objects, {held.tasks} tasks, "
        f"{held.descriptors} descriptors, {held.threads} threads, {held.children} children, "
        f"{len(this.keys)} keys, {forever} of them for good, {held.rss / 1e6:.1f} MB"
    )


def _find_largest(rounds: Sequence[Round]) -> list[str]:
    """The types of which there are most more objects after the last round than after the first."""
    first, last = Counter(rounds[0].held.objects), Counter(rounds[-1].held.objects)
    return [f"{kind}: {first[kind]} → {last[kind]}" for kind, _ in (last - first).most_common(_SHOWN)]


def _cells(rounds: Sequence[Round], growths: int) -> list[object]:
    """The cells of its row in docs/reliability.md: each size after the first round and after the last."""
    first, last = rounds[0], rounds[-1]

    def span(earlier: float, later: float) -> str:
        return f"{earlier:,.0f} → {later:,.0f}"

    objects = [sum(played.held.objects.values()) for played in (first, last)]
    good = [sum(not has_end for has_end in played.keys.values()) for played in (first, last)]
    return [
        *(len(rounds), sum(played.work for played in rounds), growths),
        span(*objects),
        span(first.held.tasks, last.held.tasks),
        span(first.held.descriptors, last.held.descriptors),
        span(first.held.threads, last.held.threads),
        span(first.held.children, last.held.children),
        span(len(first.keys), len(last.keys)),
        span(*good),
        f"{first.held.rss / 1e6:.1f} → {last.held.rss / 1e6:.1f} MB",
    ]


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="tests.soak")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--docs", action="store_true", help="add a row to docs/reliability.md")
    asked = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="precache-soak-") as folder:
            rounds = asyncio.run(soak(Path(folder), minutes=asked.minutes, seed=asked.seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("stopped")
    growths = judge(rounds)
    print("\nMore than before:", *_find_largest(rounds), sep="\n  ")
    if asked.docs:
        command = f"`make soak MINUTES={asked.minutes:g} SEED={asked.seed}`"
        add_row("soak", [command, *_cells(rounds, len(growths))])
    if growths:
        print("\nIt grows:", *growths, sep="\n- ")
        return 1
    print("\nNothing grows.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
