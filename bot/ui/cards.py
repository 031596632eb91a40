"""A schedule's card, and what its buttons do to the schedule; wherever it is shown or pressed."""

from __future__ import annotations

from dataclasses import dataclass

from bot import replies
from bot.replies import Press, Reply
from bot.schedules import NotYours, Outside, Refusal, Schedule, Schedules, Unknown
from bot.slack import Caller
from bot.ui.answering import Answering


@dataclass(frozen=True, kw_only=True)
class CardOutcome:
    """The schedule as it is after a press, if its card is still to be shown, and a word about the press."""

    schedule: Schedule | None
    note: str = ""


async def carry_out(
    schedules: Schedules, caller: Caller, press: Press, *, answering: Answering
) -> CardOutcome:
    """Run, pause, resume or delete a schedule, or only look at it; pressed twice, it is done once."""
    outcome = await _press_button(schedules, caller, press)
    if isinstance(outcome, Schedule):
        note = _word_about(schedules, press, outcome)
        match press.verb:
            case "delete":
                return CardOutcome(schedule=None, note=note)
            case "pause":  # an owner who is out of the channel may still pause it
                sees = schedules.permissions.sees(caller, outcome)
                visible = await answering.follow_up(sees, otherwise=False)
                return CardOutcome(schedule=outcome if visible else None, note=note)
            case _:
                return CardOutcome(schedule=outcome, note=note)
    current = await answering.follow_up(schedules.lookup.find(caller, press.schedule), otherwise=None)
    if isinstance(current, Unknown):
        return CardOutcome(schedule=None, note=replies.gone())
    if not isinstance(current, Schedule):
        return CardOutcome(schedule=None, note=replies.refusal(outcome))
    is_so = current.state == {"pause": "paused", "resume": "active"}.get(press.verb)
    return CardOutcome(schedule=current, note="" if is_so else replies.refusal(outcome))


async def _press_button(schedules: Schedules, caller: Caller, press: Press) -> Schedule | Refusal:
    match press.verb:
        case "run":
            return await schedules.run(caller, press.schedule)
        case "pause":
            return await schedules.pause(caller, press.schedule)
        case "resume":
            return await schedules.resume(caller, press.schedule)
        case "delete":
            return await schedules.delete(caller, press.schedule)
        case _:
            return await schedules.lookup.find(caller, press.schedule)


def _word_about(schedules: Schedules, press: Press, schedule: Schedule) -> str:
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


def refused_outcome(why: Unknown | Outside | NotYours) -> CardOutcome:
    """For a caller who may not change a schedule, may not see it, or does not find it."""
    if isinstance(why, NotYours):
        return CardOutcome(schedule=why.schedule, note=replies.refusal(why))
    return CardOutcome(
        schedule=None, note=replies.gone() if isinstance(why, Unknown) else replies.refusal(why)
    )


async def show_card(
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
