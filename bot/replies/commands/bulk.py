"""Many schedules at once: each is named, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from bot.commands import BulkVerb
from bot.replies import refusal_words, when_and_where
from bot.replies.buttons import ManyVerb, Press, button_row, make_button
from bot.replies.text import COMMAND, Reply, clock_time, moment_words, schedule_label, section_block
from bot.schedules import Refusal, Schedule
from bot.slack import ReaderClock

MOST_CHANGED: Final = 40
"""Schedules that one press changes; a reply names them all."""
_PRESSED: Final[dict[BulkVerb, ManyVerb]] = {
    "delete": "deleteall", "pause": "pauseall", "resume": "resumeall",
}  # fmt: skip
_DONE: Final[dict[BulkVerb, str]] = {"delete": "Deleted", "pause": "Paused", "resume": "Resumed"}
_WHICH: Final[dict[BulkVerb, str]] = {
    "delete": "You have no schedule here that you can delete.",
    "pause": "You have no schedule here that you can pause.",
    "resume": "You have no paused schedule here.",
}


def ask_about_all(
    verb: BulkVerb,
    rows: Sequence[tuple[Schedule, datetime | None]],
    *,
    now: datetime,
    reader: ReaderClock | None = None,
    more: int = 0,
    until: str = "",
) -> Reply:
    """Ask if all of these are meant, and name them; `more` come after these.

    `until` is the end of a pause, as a button carries it.
    """
    if not rows:
        return Reply(text=f"{_WHICH[verb]} Type `{COMMAND} list` to see what's scheduled.")
    named = rows[:MOST_CHANGED]
    lines = [_line_about(schedule, run, now=now, reader=reader) for schedule, run in named]
    counted = "this schedule" if len(named) == 1 else f"these {len(named)} schedules"
    ending = f" until {_end_words(until, now=now, reader=reader)}" if until else ""
    asked = f"Do you want to {verb} {counted}{ending}? Nothing has changed yet."
    if rest := len(rows) - len(named) + more:
        asked = f"{asked} You can {verb} the other {rest} after them."
    label = f"{verb.capitalize()} {'it' if len(named) == 1 else f'all {len(named)}'}"
    press = Press(verb=_PRESSED[verb], schedules=tuple(schedule.id for schedule, _ in named), until=until)
    blocks = (
        section_block(asked),
        *(section_block("\n".join(lines[start : start + 10])) for start in range(0, len(lines), 10)),
        button_row(make_button(label, press, spot="card", style="danger" if verb == "delete" else None)),
    )
    return Reply(text="\n".join((asked, *lines)), blocks=blocks)


def _end_words(until: str, *, now: datetime, reader: ReaderClock | None) -> str:
    """The end of a pause in words: a day, or a moment."""
    if until.isdecimal():
        end = datetime.fromtimestamp(int(until), UTC)
        return moment_words(end, reader.zone if reader else "UTC", now=now, reader=reader)
    day = datetime.combine(date.fromisoformat(until), time(12), tzinfo=UTC)
    return clock_time(day, "UTC", now=now).rpartition(" ")[0]


def all_changed(
    verb: BulkVerb,
    done: Sequence[Schedule],
    refused: Sequence[Refusal],
    *,
    left: int,
    database: bool = False,
) -> Reply:
    """Say which were changed, and why the others were not; `left` were not settled: Slack, or our `database`,
    did not answer."""
    lines = [f"{_DONE[verb]} {len(done)} of {len(done) + len(refused) + left}."]
    lines += [f"• {schedule_label(schedule)} · `{schedule.command_name}`" for schedule in done]
    lines += [f"• {refusal_words(why)}" for why in refused]
    if left and database:
        lines.append(
            "My database isn't responding right now, so I stopped there. "
            f"Please look with `{COMMAND} list` in a minute."
        )
    elif left:
        lines.append("Slack isn't responding right now, so I stopped there. Please try again in a minute.")
    return Reply(text="\n".join(lines))


def _line_about(
    schedule: Schedule, run: datetime | None, *, now: datetime, reader: ReaderClock | None
) -> str:
    facts = [schedule_label(schedule), when_and_where(schedule, now=now, reader=reader)]
    if run is not None and schedule.cron is not None:
        facts.append(f"next: {moment_words(run, schedule.zone, now=now, reader=reader)}")
    return f"• {' · '.join((*facts, f'`{schedule.command_name}`'))}"
