"""Export: schedules as one file to review and keep, runs and usage as rows to audit."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from bot.cli.arguments import Export
from bot.cli.working import work_with
from bot.operating import (
    ROW_FIELDS,
    FiledTeam,
    Names,
    find_teams,
    history_rows,
    usage_rows,
    write_file,
    write_rows,
)
from bot.server import real_time

if TYPE_CHECKING:
    from bot.server import Workbench


_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def export_all(act: Export, env: Path | None, *, project: Path) -> int | str:
    """Write it; the exit status is 0, or it says what was in the way."""

    async def do(bench: Workbench) -> int:
        teams = list(act.teams) or await find_teams(bench.redis)
        with _open_output(act.to) as out:
            match act.what:
                case "schedules":
                    await _write_schedules(bench, teams, out)
                case "history":
                    await _write_history(bench, teams, act, out)
                case "usage":
                    await _write_usage(bench, teams, act, out)
        return 0

    return work_with(do, "export", env, project=project)


@contextmanager
def _open_output(path: Path | None) -> Iterator[TextIO]:
    """The file, readable for its owner alone: prompts may be confidential.

    It takes the place of an older one when it is whole, so that one that was broken off costs no backup.
    """
    if path is None:
        yield sys.stdout
    elif path.exists() and not path.is_file():  # such as /dev/stdout
        with path.open("w", encoding="utf-8", newline="") as out:
            yield out
    else:
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(part, _NEW, 0o600), "w", encoding="utf-8", newline="") as out:
                yield out
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


async def _write_schedules(bench: Workbench, teams: list[str], out: TextIO) -> None:
    filed = []
    for team in teams:
        schedules = await bench.schedule_store.list_records(team)
        _tell_progress(f"{team}: {len(schedules)} schedules")
        people = await bench.find_names(team, {schedule.user for schedule in schedules})
        channels = await bench.find_names(
            team, {channel for schedule in schedules for channel in schedule.channels}
        )
        filed.append(
            FiledTeam(team=team, schedules=tuple(schedules), names=Names(people=people, channels=channels))
        )
    out.write(write_file(filed))


async def _write_history(bench: Workbench, teams: list[str], act: Export, out: TextIO) -> None:
    has_header = True
    for team in teams:
        schedules = await bench.schedule_store.list_records(team)
        _tell_progress(f"{team}: the runs of {len(schedules)} schedules")
        rows = [row async for row in history_rows(bench.schedule_store, schedules, now=real_time())]
        out.write(write_rows(rows, form=act.form, fields=ROW_FIELDS["history"], header=has_header))
        has_header = False


async def _write_usage(bench: Workbench, teams: list[str], act: Export, out: TextIO) -> None:
    today, has_header = real_time().date(), True
    days = [today - timedelta(days=ago) for ago in reversed(range(act.days))]
    for team in teams:
        rows = [row async for row in usage_rows(bench.redis, team, days)]
        out.write(write_rows(rows, form=act.form, fields=ROW_FIELDS["usage"], header=has_header))
        has_header = False


def _tell_progress(line: str) -> None:
    """For who waits at a terminal; a program that reads errors is not disturbed."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{line}\n")
