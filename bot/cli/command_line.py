"""The first thing that runs: arguments, and one line where a package is missing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, assert_never

from bot.cli.arguments import (
    Arguments,
    Ask,
    Diff,
    Doctor,
    Export,
    Import,
    SchedulesOfAll,
    Serve,
    Version,
    parse_arguments,
)
from bot.cli.port import find_port_problem

PROJECT: Final = Path(__file__).resolve().parents[2]
_OURS: Final = frozenset({"app", "bot", "scheduler"})
_ROUND: Final = 10_000
"""New objects between two rounds of the garbage collector. Python's 700 are made by eight runs at once, which
leave no garbage: the rounds took a twentieth of a post's time."""


def main(words: Sequence[str] | None = None, *, now: Callable[[], datetime] | None = None) -> None:
    """Do what the arguments say, and end the process."""
    arguments = parse_arguments(sys.argv[1:] if words is None else words, program=Path(sys.argv[0]).name)
    try:
        sys.exit(_carry_out(arguments, now=now))
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] in _OURS:
            raise
        sys.exit(
            f"Precache's packages are not installed for this Python (there is no {exc.name}). "
            "Run `make run`, which installs them into .venv"
        )


def _carry_out(arguments: Arguments, *, now: Callable[[], datetime] | None) -> int | str | None:
    """Do it; what it needs is imported only then."""
    env = arguments.env
    match arguments.act:
        case Serve(check_port=True):
            return find_port_problem(env or PROJECT / ".env")
        case Serve():
            gc.disable()  # hardly any of an import is garbage, and looking for it takes a tenth of the time
            from bot.cli.serve import serve_with

            gc.freeze()
            gc.enable()
            gc.set_threshold(_ROUND)
            return serve_with(env, project=PROJECT, now=now)
        case Doctor() as act:
            from bot.cli.doctor import examine_all

            return examine_all(act, env, project=PROJECT)
        case Ask() as act:
            from bot.cli.ask import ask_prompt

            return ask_prompt(act, env, project=PROJECT)
        case Export() as act:
            from bot.cli.export import export_all

            return export_all(act, env, project=PROJECT)
        case Diff() as act:
            from bot.cli.diff import show_changes

            return show_changes(act, env, project=PROJECT)
        case Import() as act:
            from bot.cli.importing import import_file

            return import_file(act, env, project=PROJECT)
        case SchedulesOfAll() as act:
            from bot.cli.schedules import handle_schedules

            return handle_schedules(act, env, project=PROJECT)
        case Version() as act:
            from bot.cli.version import print_version

            return print_version(act)
        case _:
            assert_never(arguments.act)
