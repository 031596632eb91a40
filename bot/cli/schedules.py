"""Schedules: those of all workspaces, listed without their prompts, paused together, and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import replies
from bot.cli.arguments import SchedulesOfAll
from bot.cli.output import print_json, print_text
from bot.cli.working import work_with
from bot.operating import find_teams
from bot.schedules import Schedule
from bot.server import real_time
from scheduler import Closures, Once, describe_timing, upcoming_runs

if TYPE_CHECKING:
    from bot.server import Workbench


def handle_schedules(act: SchedulesOfAll, env: Path | None, *, project: Path) -> int | str:
    """Do it, and print it; the exit status is 0, or it says what was in the way."""

    async def do(bench: Workbench) -> int:
        teams = act.teams or await find_teams(bench.redis)
        match act.do:
            case "list":
                return await _list_all(bench, teams, act)
            case "pause" | "resume":
                return await _change_all(bench, teams, act)

    return work_with(do, "schedules", env, project=project)


async def _list_all(bench: Workbench, teams: Sequence[str], act: SchedulesOfAll) -> int:
    now, rows = real_time(), []
    for team in teams:
        found = await bench.schedule_store.list_records(team)
        rows += [_describe_schedule(schedule, bench.closures, now) for schedule in found]
    if act.as_json:
        print_json(rows)
    else:
        print_text("\n".join(_as_lines(rows)))
    return 0


async def _change_all(bench: Workbench, teams: Sequence[str], act: SchedulesOfAll) -> int:
    """Pause or resume team by team, and tell each owner once."""
    is_pause, done = act.do == "pause", list[dict[str, Any]]()
    for team in teams:
        changed = await (bench.pausing.pause_team(team) if is_pause else bench.pausing.resume_team(team))
        untold = 0
        for owner in dict.fromkeys(schedule.user for schedule in changed):
            theirs = [schedule for schedule in changed if schedule.user == owner]
            words = (replies.all_paused if is_pause else replies.all_resumed)(theirs, notice=act.notice)
            untold += not await bench.tell_person(team, owner, words)
        done.append({"team": team, "schedules": [schedule.id for schedule in changed], "untold": untold})
    if act.as_json:
        print_json(done)
    else:
        print_text("\n".join(_word_change(is_pause=is_pause, **entry) for entry in done) or "no schedules")
    return 0


def _word_change(*, is_pause: bool, team: str, schedules: Sequence[str], untold: int) -> str:
    words = f"{team}: {len(schedules)} {'paused' if is_pause else 'resumed'}"
    return f"{words}; {_count_words(untold, 'owner')} could not be told" if untold else words


def _describe_schedule(schedule: Schedule, closures: Closures, now: datetime) -> dict[str, Any]:
    is_once = isinstance(schedule.when, Once)
    is_paused = schedule.state == "paused"
    runs = [] if is_paused else upcoming_runs(schedule.timing, after=now, count=1, closures=closures)
    return {
        "team": schedule.team,
        "id": schedule.id,
        "name": schedule.name,
        "state": "paused" if schedule.is_on_break(now) else schedule.state,
        "when": "once" if is_once else describe_timing(schedule.timing),
        "next_run": runs[0].isoformat() if runs else None,
        "channel": ",".join(place.channel for place in schedule.places),
        "owner": schedule.user,
    }


def _as_lines(rows: list[dict[str, Any]]) -> list[str]:
    columns = ("team", "id", "state", "next_run", "channel", "owner", "name", "when")
    cells = [columns, *([str(row[column] or "-") for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in cells
    ]
    return [*(line.rstrip() for line in lines), "", _count_words(len(rows), "schedule")]


def _count_words(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
