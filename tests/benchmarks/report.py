"""The report on a run, as Markdown to paste into docs/performance.md, with the budgets that were broken."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.load import Timing
from tests.benchmarks.scenarios import Budget

HEAD = """\
| Redis | scenario | requests | req/s | p50 ms | p99 ms | CPU ms | model | Redis | Slack |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The numbers of requests to the services so far."""

    model: int
    redis: int
    slack: int

    def __sub__(self, before: Counts) -> Counts:
        return Counts(
            model=self.model - before.model,
            redis=self.redis - before.redis,
            slack=self.slack - before.slack,
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One scenario over one wire; `cpu` is the app's, in seconds."""

    wire: str
    name: str
    timing: Timing
    cpu: float | None
    counts: Counts
    budget: Budget
    unexpected: Mapping[str, int]
    """Answers that were not the ones to expect, and how many."""

    @property
    def row(self) -> str:
        number = len(self.timing.durations)
        cells = (
            self.wire,
            self.name,
            f"{number:,}",
            f"{self.timing.per_second:,.0f}",
            f"{self.timing.percentile(50) * 1e3:.1f}",
            f"{self.timing.percentile(99) * 1e3:.1f}",
            "–" if self.cpu is None else f"{self.cpu / number * 1e3:.2f}",
            *(f"{count / number:.4g}" for count in (self.counts.model, self.counts.redis, self.counts.slack)),
        )
        return f"| {' | '.join(cells)} |"

    @property
    def broken(self) -> Iterator[str]:
        """The counts that should have been lower."""
        where = f"{self.name} ({self.wire})"
        for answer, number in self.unexpected.items():
            yield f"{where}: {number} times {answer}"
        for what, most, counted in (
            ("model calls", self.budget.model, self.counts.model),
            ("Redis requests", self.budget.redis, self.counts.redis),
            ("Slack requests", self.budget.slack, self.counts.slack),
        ):
            if most is not None and counted > most:
                yield f"{where}: {counted} {what}, where {most} are allowed"


def machine() -> str:
    """The processor, Python, the date and the commit."""
    return (
        f"{_processor()}, {os.cpu_count()} cores; {platform.system()}, Python {platform.python_version()}; "
        f"{datetime.now(UTC):%Y-%m-%d}; commit {_commit()}"
    )


def broken(outcomes: Iterable[Outcome]) -> list[str]:
    return [line for outcome in outcomes for line in outcome.broken]


def _processor() -> str:
    try:
        told = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        told = None
    return told[1] if told else platform.processor() or platform.machine()


def _commit() -> str:
    root = Path(__file__).parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=10", "HEAD"], cwd=root, capture_output=True, check=True
        )
        changed = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=root, check=False).returncode
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.decode().strip() + (" with changes" if changed else "")
