"""Schedules: those of all workspaces, as the operator sees them; prompts are not shown."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.arguments import ListSchedules
from bot.cli.output import print_json, print_text
from bot.cli.working import work_with
from bot.exports import find_teams
from bot.schedules import Schedule
from bot.server import real_time
from scheduler import Closures, Once, describe_timing, upcoming_runs

if TYPE_CHECKING:
    from bot.server import Workbench


def list_schedules(act: ListSchedules, env: Path | None, *, project: Path) -> int | str:
    """Print them; the exit status is 0, or it says what was in the way."""

    async def do(bench: Workbench) -> int:
        now, rows = real_time(), []
        for team in act.teams or await find_teams(bench.redis):
            rows += [
                _describe(schedule, bench.closures, now)
                for schedule in await bench.schedule_store.list_records(team)
            ]
        if act.as_json:
            print_json(rows)
        else:
            print_text("\n".join(_as_lines(rows)))
        return 0

    return work_with(do, "schedules", env, project=project)


def _describe(schedule: Schedule, closures: Closures, now: datetime) -> dict[str, Any]:
    is_once = isinstance(schedule.when, Once)
    is_paused = schedule.state == "paused"
    runs = [] if is_paused else upcoming_runs(schedule.timing, after=now, count=1, closures=closures)
    return {
        "team": schedule.team,
        "id": schedule.id,
        "name": schedule.name,
        "state": schedule.state,
        "when": "once" if is_once else describe_timing(schedule.timing),
        "next_run": runs[0].isoformat() if runs else None,
        "channel": schedule.channel,
        "owner": schedule.user,
    }


def _as_lines(rows: list[dict[str, Any]]) -> list[str]:
    columns = ("team", "id", "state", "next_run", "channel", "owner", "name", "when")
    cells = [columns, *([str(row[column] or "-") for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in cells
    ]
    return [*(line.rstrip() for line in lines), "", f"{len(rows)} schedules"]
