"""A run that is skipped, and a pause that ends by itself, when someone wants them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.replies.buttons import Press, button_row, make_button
from bot.replies.text import COMMAND, Reply, end_of_pause, moment_words, schedule_label, section_block
from bot.schedules import Schedule
from bot.slack import ReaderClock


def run_skipped(
    schedule: Schedule, following: datetime | None, *, now: datetime, reader: ReaderClock | None = None
) -> str:
    """Say which run is left out, and which one comes after it."""
    label, skip = schedule_label(schedule), schedule.coming_skip(now)
    if skip is None:
        return skip_taken_back(schedule)
    when = moment_words(skip.slot, schedule.zone, now=now, reader=reader)
    said = f"I'll skip the next run of {label}, on {when}."
    return f"{said} {_going_on(schedule, following, now=now, reader=reader)}"


def skipped_reply(
    schedule: Schedule, following: datetime | None, *, now: datetime, reader: ReaderClock | None = None
) -> Reply:
    """Say which run is skipped, with a button that takes it back."""
    text = run_skipped(schedule, following, now=now, reader=reader)
    take_back = make_button("Undo", Press(verb="unskip", schedule=schedule.id), spot="card")
    return Reply(text=text, blocks=(section_block(text), button_row(take_back)))


def skip_taken_back(schedule: Schedule) -> str:
    return f"{schedule_label(schedule)} runs at its next time after all."


def paused_until(
    schedule: Schedule, runs: Sequence[datetime], *, now: datetime, reader: ReaderClock | None = None
) -> str:
    """Say until when it is paused, when it goes on, and how to have it go on before."""
    end = end_of_pause(schedule, now=now, reader=reader)
    going_on = _going_on(schedule, next(iter(runs), None), now=now, reader=reader)
    sooner = f"To resume it sooner, type `{COMMAND} resume {schedule.command_name}`."
    return f"{schedule_label(schedule)} is paused until {end}. {going_on} {sooner}"


def _going_on(schedule: Schedule, run: datetime | None, *, now: datetime, reader: ReaderClock | None) -> str:
    if run is None:
        return "It has no run after that."
    return f"Its next run is on {moment_words(run, schedule.zone, now=now, reader=reader)}."
