"""The tables of docs/reliability.md: each run of a tool adds a row of its own, which no one types by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = _ROOT / "docs" / "reliability.md"


def add_row(tool: str, cells: Sequence[object], *, page: Path = PAGE) -> None:
    """Add a row to the end of the table of `make <tool>`: the date and the commit, and then `cells`."""
    end = f"<!-- the end of `make {tool}` -->"
    before, after = page.read_text().split(end)
    row = " | ".join(map(str, (f"{datetime.now(UTC):%Y-%m-%d}", _commit(), *cells)))
    page.write_text(f"{before}| {row} |\n{end}{after}")


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"], cwd=_ROOT, capture_output=True, check=True
    )
    return told.stdout.decode().strip()
