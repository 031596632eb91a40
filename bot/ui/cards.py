"""A schedule's card, and what its buttons do to the schedule; wherever it is shown or pressed."""

from __future__ import annotations

from dataclasses import dataclass

from bot import replies
from bot.replies import Press, Reply
from bot.schedules import NotYours, Outside, Schedule, Schedules, Unknown
from bot.slack import Caller


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What came of a press: the schedule as it is now, if it is there, and a word about it, if any."""

    schedule: Schedule | None
    note: str = ""


async def carry_out(schedules: Schedules, caller: Caller, press: Press) -> Carried:
    """Run, pause, resume or delete a schedule, or only look at it; pressed twice, it is done once."""
    name = press.schedule
    match press.verb:
        case "run":
            outcome = await schedules.run(caller, name)
        case "pause":
            outcome = await schedules.pause(caller, name)
        case "resume":
            outcome = await schedules.resume(caller, name)
        case "delete":
            outcome = await schedules.delete(caller, name)
        case _:
            outcome = await schedules.lookup.find(caller, name)
    if isinstance(outcome, Schedule):
        unseen = press.verb == "delete" or not await schedules.permissions.sees(caller, outcome)
        left = None if unseen else outcome
        return Carried(schedule=left, note=_words(schedules, press, outcome))
    current = await schedules.lookup.find(caller, name)
    if isinstance(current, Outside):
        return Carried(schedule=None, note=replies.refusal(outcome))
    if not isinstance(current, Schedule):
        return Carried(schedule=None, note=replies.gone())
    is_so = current.state == {"pause": "paused", "resume": "active"}.get(press.verb)
    return Carried(schedule=current, note="" if is_so else replies.refusal(outcome))


def _words(schedules: Schedules, press: Press, schedule: Schedule) -> str:
    match press.verb:
        case "run":
            return replies.running(schedule)
        case "pause":
            return replies.paused(schedule)
        case "resume":
            return replies.resumed(schedule, schedules.lookup.next_runs(schedule, 3))
        case "delete":
            return replies.deleted(schedule)
        case _:
            return ""


def refused(why: Unknown | Outside | NotYours) -> Carried:
    """For who may not change a schedule, may not see it, or does not find it."""
    if isinstance(why, NotYours):
        return Carried(schedule=why.schedule, note=replies.refusal(why))
    return Carried(schedule=None, note=replies.gone() if isinstance(why, Unknown) else replies.refusal(why))


async def show(
    schedules: Schedules, schedule: Schedule, *, caller: Caller, note: str = "", buttons: bool = True
) -> Reply:
    """A schedule's card as of now, for `caller`."""
    (last,) = await schedules.lookup.last_runs([schedule])
    return replies.card(
        schedule,
        schedules.lookup.next_runs(schedule, 3),
        last,
        note=note,
        buttons=buttons,
        changeable=buttons and await schedules.permissions.may_change(caller, schedule),
    )
