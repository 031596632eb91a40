"""*Remove this place*: a schedule posts no more to one of several places."""

from __future__ import annotations

from bot.schedules.acts.service import Schedules
from bot.schedules.refusals import Pointless, Refusal
from bot.schedules.schedule import Schedule
from bot.slack import Caller


async def remove_place(schedules: Schedules, caller: Caller, name: str, channel: str) -> Schedule | Refusal:
    """Take a place away from a schedule that the caller may change; the others stay as they are."""
    before = await schedules.find_changeable(caller, name)
    if not isinstance(before, Schedule):
        return before
    if channel not in before.channels:
        return Pointless(schedule=before, problem="no_place")
    if not before.also:
        return Pointless(schedule=before, problem="last_place")
    return await schedules.edit_schedule(caller, name, lambda schedule: _without_place(schedule, channel))


def _without_place(schedule: Schedule, channel: str) -> Schedule:
    left = [place for place in schedule.places if place.channel != channel]
    return schedule.at_places(left) if left else schedule
