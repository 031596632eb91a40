"""Schedules in words: how one stands, its settings, and how its runs ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.replies.buttons import back_button, schedule_buttons
from bot.replies.reviewing import review_words
from bot.replies.runs import history_lines, last_run_words
from bot.replies.sources import consent_lines, source_list
from bot.replies.text import (
    NAMED_PLACES,
    TEXT_LIMIT,
    Reply,
    break_lines,
    context_block,
    escape_mrkdwn,
    moments_words,
    mrkdwn_element,
    paused_words,
    person_mention,
    places_words,
    plain_element,
    schedule_label,
    schedule_title,
    section_block,
    timing_words,
    where_words,
)
from bot.schedules import MOST_PLACES, Run, Schedule
from bot.slack import ReaderClock, clip_text
from scheduler import Cron, calendar_end

_CALENDAR_NOTICE: Final = timedelta(days=90)
_PUBLIC: Final = {"here": "<!here>", "channel": "<!channel>"}
NO_MORE: Final = "It won't run again."


def schedule_card(
    schedule: Schedule,
    runs: Sequence[datetime],
    last: Run | None,
    *,
    now: datetime,
    reader: ReaderClock | None = None,
    note: str = "",
    buttons: bool = True,
    changeable: bool = True,
    subscribers: int = 0,
    feedback: str = "",
    foot: Sequence[dict[str, Any]] = (),
) -> Reply:
    """One schedule with its facts; `note` is what was just done with it. A short prompt may be its title.

    People who may not change it see no buttons that would refuse them. The `foot` is what stands below them.
    """
    when = time_words(schedule, now=now, reader=reader)
    title = f"{schedule_label(schedule)} · {when} {where_words(schedule)}"
    facts = [
        *state_lines(schedule, runs, now=now, reader=reader),
        f"Owner: {person_mention(schedule.user)} · Notifies: {_mention_list(schedule)}",
        *special_settings(schedule),
        *_place_lines(schedule),
        *([subscriber_count(subscribers)] if subscribers else []),
    ]
    if last is not None:
        facts.append(f"Last run: {_last_words(schedule, last, now=now, reader=reader)}")
    if feedback:
        facts.append(feedback)
    handle = f"Called `{schedule.handle}` in commands · " if schedule.handle else ""
    facts.append(f"{handle}ID: `{schedule.id}`")
    is_titled_by_prompt = not schedule.name and schedule_title(schedule) == schedule.query
    said = [] if is_titled_by_prompt else [schedule.query]
    prompt = ["> " + escape_mrkdwn(words).replace("\n", "\n> ") for words in said]
    blocks = [
        *([section_block(note)] if note else []),
        section_block(title),
        *({"type": "section", "text": plain_element(clip_text(words, TEXT_LIMIT))} for words in said),
        context_block(mrkdwn_element(clip_text("\n".join(facts), TEXT_LIMIT))),
        *(schedule_buttons(schedule, changeable=changeable, now=now) if buttons else []),
        *foot,
    ]
    return Reply(text="\n".join([*([note] if note else []), title, *prompt, *facts]), blocks=tuple(blocks))


def state_lines(
    schedule: Schedule, runs: Sequence[datetime], *, now: datetime, reader: ReaderClock | None
) -> list[str]:
    """Say that it is paused or rests, or when it runs next."""
    if schedule.state == "paused":
        return [paused_words(schedule, now=now)]
    return [
        *break_lines(schedule, now=now, reader=reader),
        *next_lines(schedule, runs, now=now, reader=reader),
    ]


def _last_words(schedule: Schedule, last: Run, *, now: datetime, reader: ReaderClock | None) -> str:
    return last_run_words(last, schedule.zone, now=now, reader=reader, places=schedule.places)


def _place_lines(schedule: Schedule) -> list[str]:
    """A line with all places, where the title has no room for them."""
    if len(schedule.places) <= NAMED_PLACES:
        return []
    return [f"Posts to: {places_words(schedule.places, most=MOST_PLACES)}"]


def special_settings(schedule: Schedule) -> list[str]:
    """List where a schedule differs from most: its sources, its model, and how much of an answer it posts."""
    found = []
    if schedule.sources:
        found.append(f"Sources: {source_list(schedule.sources)}")
    found += consent_lines(schedule.consents)
    if schedule.model is not None:
        found.append(f"Model: {escape_mrkdwn(clip_text(schedule.model, 100))}")
    if schedule.cron is not None and schedule.changes != "always":
        found.append(_CHANGES[schedule.changes])
    if schedule.post_if is not None:
        found.append(f"Posts only if: “{escape_mrkdwn(schedule.post_if)}”")
    if schedule.review is not None:
        found.append(review_words(schedule.review))
    return found


_CHANGES: Final = {
    "only": "Posts only if something has changed",
    "difference": "Posts only what has changed",
}


def run_history(
    schedule: Schedule,
    runs: Sequence[Run],
    *,
    now: datetime,
    reader: ReaderClock | None = None,
    back: bool = True,
) -> Reply:
    """The last runs of a schedule, newest first."""
    title = (
        f"Last runs of {schedule_label(schedule)}, newest first:"
        if runs
        else f"{schedule_label(schedule)} hasn't run yet."
    )
    lines = [
        f"• {line}"
        for line in history_lines(runs, schedule.zone, now=now, reader=reader, places=schedule.places)
    ]
    blocks = [section_block(title), *([section_block("\n".join(lines))] if lines else [])]
    if back:
        blocks.append(back_button(schedule))
    return Reply(text="\n".join([title, *lines]), blocks=tuple(blocks))


def subscriber_count(count: int) -> str:
    """Say to how many people it is sent as well."""
    return f"Also sent to {count} {'person' if count == 1 else 'people'}"


def coming_runs(
    schedule: Schedule, runs: Sequence[datetime], *, now: datetime, reader: ReaderClock | None = None
) -> str:
    """When it runs next, as it is now."""
    if schedule.cron is None and runs:
        return f"Now: {time_words(schedule, now=now, reader=reader)}"
    return "\n".join(state_lines(schedule, runs, now=now, reader=reader))


def time_words(schedule: Schedule, *, now: datetime, reader: ReaderClock | None) -> str:
    return timing_words(schedule.timing, now=now, reader=reader)


def when_and_where(schedule: Schedule, *, now: datetime, reader: ReaderClock | None) -> str:
    """The time and the channel; of a repetition without its zone, as its next run is said beside it."""
    words = timing_words(schedule.timing, now=now, reader=reader, zoned=False)
    return f"{words} {where_words(schedule)}"


def next_lines(
    schedule: Schedule, runs: Sequence[datetime], *, now: datetime, reader: ReaderClock | None
) -> list[str]:
    """A line with the next runs; none for a schedule that runs once, whose time says it already."""
    if not runs:
        return [NO_MORE]
    if schedule.cron is None:
        return []
    lines = [f"Next: {moments_words(runs, schedule.zone, now=now, reader=reader)}"]
    if isinstance(schedule.when, Cron) and (days := _rare_days(schedule.when)):
        lines.append(f"Months without a {days} are left out.")
    if schedule.holidays and (end := calendar_end(schedule.holidays)) < runs[-1].date() + _CALENDAR_NOTICE:
        lines.append(
            f"I know the holidays of {escape_mrkdwn(schedule.holidays)} until {end.day} {end:%B %Y}. "
            "Later it would run on holidays too, so please check it again then."
        )
    return lines


def _rare_days(cron: Cron) -> str:
    """The days that some months do not have, if it runs on no others; "" for any others."""
    numbers = cron.fields.days
    if cron.fields.either or min(numbers) < 29 or cron.fields.months != frozenset(range(1, 13)):
        return ""
    return " or ".join(f"{number}{'st' if number == 31 else 'th'}" for number in sorted(numbers))


def _mention_list(schedule: Schedule) -> str:
    if not schedule.mentions:
        return "nobody"
    return ", ".join(
        f"@{mention}"
        if mention in _PUBLIC
        else f"<!subteam^{mention}>"
        if mention.startswith("S")
        else person_mention(mention)
        for mention in schedule.mentions
    )
