"""Schedules as one person may be shown them: of one that reads what is private to others, no words of it.

Acts on a schedule take its record; words about it take what `veil_schedule` returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from bot.readers import Consented, Open, ReaderCheck, hidden_from
from bot.replies.readers import veiled_schedule
from bot.schedules import (
    ChangedMeanwhile,
    NotYours,
    Permissions,
    Pointless,
    Refusal,
    Run,
    Schedule,
    ScheduleDirectory,
)
from bot.slack import Caller

R = TypeVar("R", bound=Refusal)


async def veil_schedule(permissions: Permissions, caller: Caller, schedule: Schedule) -> Schedule:
    """The schedule as `caller` may be shown it. Raises nothing of Slack's."""
    (shown,) = await veil_all(permissions, caller, (schedule,))
    return shown


async def veil_all(permissions: Permissions, caller: Caller, schedules: Sequence[Schedule]) -> list[Schedule]:
    """The same for many of them, each thing asked of Slack once."""
    hidden = await hidden_from(permissions.slack_of, caller, schedules)
    return [
        veiled_schedule(schedule, here=caller.channel) if schedule.id in hidden else schedule
        for schedule in schedules
    ]


async def veil_in_place(reader_check: ReaderCheck, schedule: Schedule, place: str) -> Schedule:
    """The schedule as all who read in a place may be shown it. Raises nothing of Slack's."""
    found = await reader_check.may_show(schedule.team, schedule.sources, place, schedule.consents)
    return schedule if isinstance(found, Open | Consented) else veiled_schedule(schedule, here=place)


def veiled_runs(runs: Sequence[Run], shown: Schedule) -> list[Run]:
    """The runs in the places of a schedule as it is `shown`, without the judge's words about an answer."""
    channels = shown.channels
    return [
        replace(run, detail="" if run.outcome == "quiet" else run.detail)
        for run in runs
        if run.channel is None or run.channel in channels
    ]


async def shown_among(
    directory: ScheduleDirectory, caller: Caller, schedules: Sequence[Schedule]
) -> list[Schedule]:
    """Those that `caller` may see, as they may be shown them. Raises `SlackUnavailable`."""
    visible = await directory.visible_among(caller, schedules)
    return await veil_all(directory.permissions, caller, visible)


async def veil_refusal(permissions: Permissions, caller: Caller, refused: R) -> R:
    """A refusal with no words of a schedule that are not for `caller`."""
    if isinstance(refused, NotYours | ChangedMeanwhile | Pointless):
        return replace(refused, schedule=await veil_schedule(permissions, caller, refused.schedule))
    return refused
