"""The first thing that runs: arguments, and one line where a package is missing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.cli.arguments import parse_arguments
from bot.cli.port import find_port_problem

PROJECT: Final = Path(__file__).resolve().parents[2]
_OURS: Final = frozenset({"app", "bot", "scheduler"})


def main(words: Sequence[str] | None = None, *, now: Callable[[], datetime] | None = None) -> None:
    """Do what the arguments say, and end the process."""
    arguments = parse_arguments(sys.argv[1:] if words is None else words)
    if arguments.check_port:
        sys.exit(find_port_problem(arguments.env or PROJECT / ".env"))
    gc.disable()  # hardly anything that is imported is garbage, and looking for it takes a tenth of the time
    try:
        from bot.cli.serve import serve_with
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] in _OURS:
            raise
        sys.exit(
            f"Precache's packages are not installed for this Python (there is no {exc.name}). "
            "Run `make run`, which installs them into .venv"
        )
    gc.freeze()
    gc.enable()
    sys.exit(serve_with(arguments.env, project=PROJECT, now=now))
