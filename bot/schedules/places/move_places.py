"""A schedule that is to post elsewhere, or of which a copy is: with all that a new one there is asked for.

What somebody subscribed to and who reviews belong to the schedule, so they go along. Nothing is said in the
places that it leaves: the next post is missing there, and its owner has chosen that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.readers import hidden_from
from bot.schedules.acts.draft import Draft
from bot.schedules.acts.service import Schedules
from bot.schedules.refusals import NotReader, Pointless, Refusal
from bot.schedules.schedule import Place, Schedule, each_once
from bot.slack import Caller


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A schedule as it is now, and the places that it had."""

    schedule: Schedule
    before: tuple[Place, ...]


async def move_schedule(
    schedules: Schedules, caller: Caller, name: str, places: Sequence[Place], *, agreed: str = ""
) -> Moved | Refusal:
    """Have one that the caller may change post in these places alone, from its next run on."""
    before = await schedules.find_changeable(caller, name)
    if not isinstance(before, Schedule):
        return before
    if await hidden_from(schedules.permissions.slack_of, caller, (before,)):
        return NotReader(schedule=before)
    if before.at_places(places).places == before.places:
        if caller.asks_again:
            return Moved(schedule=before, before=before.places)
        return Pointless(schedule=before, problem="already_there")
    if before.at is not None and before.at <= schedules.now():
        return Pointless(schedule=before, problem="over")
    moved = await schedules.edit_schedule(
        caller, before.id, lambda schedule: schedule.at_places(places), agreed=agreed
    )
    return Moved(schedule=moved, before=before.places) if isinstance(moved, Schedule) else moved


async def copy_schedule(
    schedules: Schedules, caller: Caller, name: str, places: Sequence[Place], *, agreed: str = ""
) -> Schedule | Refusal:
    """Make one of the caller's own that asks the same at the same times, in these places."""
    found = await schedules.directory.find_visible(caller, name)
    if not isinstance(found, Schedule):
        return found
    if await hidden_from(schedules.permissions.slack_of, caller, (found,)):
        return NotReader(schedule=found)
    if not schedules.directory.next_runs(found, 1) and found.state != "paused":
        return Pointless(schedule=found, problem="over")
    first, *further = each_once(places)
    draft = Draft(
        query=found.query,
        timing=found.timing,
        channel=first.channel,
        thread=first.thread,
        person=first.user,
        also=tuple(further),
        mentions=found.mentions,
        max_age=found.max_age,
        sources=found.sources,
        changes=found.changes,
        post_if=found.post_if,
        model=found.model,
        review=found.review,
        typed=found.typed,
        agreed=agreed,
    )
    return await schedules.create_schedule(caller, draft)
