"""A schedule gets another owner, who is told so: from now on it runs, and fails, in their name."""

from __future__ import annotations

from dataclasses import replace

from bot import replies
from bot.schedules import Refusal, Schedule, ScheduleDirectory, Schedules
from bot.slack import Caller
from bot.workspaces import Telling, Workspaces


async def hand_over(
    schedules: Schedules,
    directory: ScheduleDirectory,
    workspaces: Workspaces,
    telling: Telling,
    caller: Caller,
    name: str,
    user: str,
) -> Schedule | Refusal:
    """Give it to someone. An admin who takes it is not told what they have just done."""
    given = await schedules.transfer_schedule(caller, name, user)
    if isinstance(given, Schedule) and user != caller.user:
        told = replies.schedule_given(
            given,
            directory.next_runs(given, 3),
            by=caller.user,
            now=directory.now(),
            reader=await directory.clock_of(replace(caller, user=user)),
        )

        async def tell_new_owner() -> None:
            slack = await workspaces.slack_of(caller.team)
            await slack.tell_person(user, told.text, blocks=told.blocks)

        await telling.tell_surely(tell_new_owner, name="transfer")
    return given
