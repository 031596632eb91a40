"""`python -m tests.benchmarks.rendering`: what it takes to turn an answer into Slack's blocks.

The parser alone is markdown-it-py with our grammar. Our share is what the whole takes beyond it; below nought
where simple lines are read without it. The last column is the same answer once more in the same process.
Times are the processor's, the best of many, measured in turns: on a shared machine their ratios count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import thread_time
from typing import Final

from bot.answers import Answer, NearCache, Renderings
from bot.markdown import to_parts
from bot.markdown.grammar import markdown_parser
from tests.benchmarks import report
from tests.benchmarks.answer import ANSWER

_LONG: Final = 32_000
_SECONDS: Final = 1.5
"""Spent on each answer."""

_TYPICAL: Final = """\
## Release notes for the week

The team shipped **three changes** this week, and *one* of them needs your attention before Friday. Please \
read [the migration guide](https://docs.example/guide) first, because the order of the steps matters.

- **Faster start**: modules load lazily, so a command that needs nothing else no longer pays for the rest.
- **Clearer errors**: a failed import now names the file that it found instead, and suggests a spelling.
- **Typing**: defaults for type parameters, and read-only fields, see [the notes](https://docs.example/new).
- Old locale aliases are gone, so search for them before you upgrade.

### What may break

The event loop is no longer made where none runs. If you run one service only, upgrade that one first, watch \
its memory for a day, and then take the others along. The interpreter itself needs four percent less memory.

"""
_PROSE: Final = "A sentence of plain prose that says nothing in particular, and goes on for a while. "

HEAD: Final = """\
| answer | characters | parser alone ms | whole ms | our share ms | our share µs per 1,000 | again ms |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds that an answer takes: in the parser alone, as a whole, and once it is held."""

    characters: int
    parser: float
    whole: float
    again: float

    @property
    def share(self) -> float:
        return self.whole - self.parser


def answers() -> dict[str, str]:
    """The answers that are measured, by name."""
    texts = {"heading, bold, list, link": _TYPICAL, "numbers, code, quote": ANSWER, "prose": _PROSE * 12}
    long = {f"{name}, long": text * (_LONG // len(text) + 1) for name, text in texts.items()}
    return {**texts, **long}


def measure(text: str, *, seconds: float = _SECONDS) -> Measured:
    """Measure an answer in turns, so that each kind has its quiet moments."""
    parser = markdown_parser()
    held = NearCache()
    held.hold_rendering(text, to_parts(text), tables=True)
    held_answer = Answer(text=text, made=datetime.now(UTC), model="benchmark")

    async def render_again() -> None:
        for _ in range(100):
            await Renderings(near_cache=held).render_answer(held_answer)

    best = dict.fromkeys(("parser", "whole", "again"), float("inf"))
    until = thread_time() + seconds
    with asyncio.Runner() as runner:
        while thread_time() < until:
            for kind, work in (
                ("parser", partial(parser.parse, text)),
                ("whole", partial(to_parts, text)),
                ("again", lambda: runner.run(render_again())),
            ):
                best[kind] = min(best[kind], _time_of(work))
    return Measured(
        characters=len(text), parser=best["parser"], whole=best["whole"], again=best["again"] / 100
    )


def _time_of(work: Callable[[], object]) -> float:
    began = thread_time()
    work()
    return thread_time() - began


def row(name: str, measured: Measured) -> str:
    thousand = measured.share * 1e6 / (measured.characters / 1_000)
    cells = (
        name,
        f"{measured.characters:,}",
        *(f"{seconds * 1e3:.2f}" for seconds in (measured.parser, measured.whole, measured.share)),
        f"{thousand:.0f}",
        f"{measured.again * 1e3:.4f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    print(f"{report.machine()}.\n\n{HEAD}")
    for name, text in answers().items():
        print(row(name, measure(text)), flush=True)


if __name__ == "__main__":
    main()
