"""Schedules in words: how one stands, what was done with it, and how its runs ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.replies.buttons import (
    Press,
    back_button,
    button_row,
    make_button,
    schedule_buttons,
    try_button,
    undo_button,
)
from bot.replies.reviewing import review_words
from bot.replies.runs import history_lines, last_run_words
from bot.replies.sources import consent_lines, source_list
from bot.replies.text import (
    COMMAND,
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
    place_words,
    places_words,
    plain_element,
    posts_to,
    quote_text,
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


def schedule_made(
    schedule: Schedule,
    runs: Sequence[datetime],
    *,
    zone_known: bool,
    now: datetime,
    reader: ReaderClock | None = None,
    other: str | None = None,
    here: str | None = None,
    perhaps_if: bool = False,
) -> Reply:
    """Tell the person who made it how it was understood, and when it will run.

    `other` is another reading of its time; `perhaps_if` says that its prompt may hold a condition. Where it
    posts is said if that is not just `here`.
    """
    name, ends = schedule.command_name, "cancel" if schedule.cron is None else "end"
    is_elsewhere = here is not None and schedule.channels != {here}
    lines = [
        f"Scheduled {time_words(schedule, now=now, reader=reader)}: {quote_text(schedule.query)}",
        *special_settings(schedule),
        *([posts_to(schedule)] if is_elsewhere else []),
        *_next_lines(schedule, runs, now=now, reader=reader),
        f"Type `{COMMAND} show {name}` for details, or `{COMMAND} delete {name}` to {ends} it.",
    ]
    if not zone_known:
        lines.insert(
            -1,
            "Slack didn't tell me your time zone, so I used UTC. To use another zone, add it: "
            f"`{COMMAND} every day at 9 in Europe/Berlin …`",
        )
    if other:
        lines.insert(-1, f"If you meant `{escape_mrkdwn(other)}`, delete this one and type that.")
    if perhaps_if:
        lines.insert(
            -1,
            "I read “only if” as a part of the prompt. To have me post only under a condition, end it with "
            "`if: …`, such as `if: something is down`.",
        )
    return _with_manage_button("\n".join(lines), schedule)


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
        *_state_lines(schedule, runs, now=now, reader=reader),
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


def _state_lines(
    schedule: Schedule, runs: Sequence[datetime], *, now: datetime, reader: ReaderClock | None
) -> list[str]:
    if schedule.state == "paused":
        return [paused_words(schedule, now=now)]
    return [
        *break_lines(schedule, now=now, reader=reader),
        *_next_lines(schedule, runs, now=now, reader=reader),
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


def schedule_gone() -> str:
    """Answer a button whose schedule is not there."""
    return (
        "I can't find that schedule: it has ended, was deleted, or moved to another channel. "
        f"Use `{COMMAND} list` to see what's scheduled."
    )


def button_outdated() -> str:
    """Answer a button that says nothing we know."""
    return f"That button is out of date. Use `{COMMAND} list` to get a new one."


def answer_too_old() -> str:
    """Answer a button whose prompt is no longer kept."""
    return "This answer is more than a day old, so this button no longer works. Please ask again."


def asking_again() -> str:
    return "Asking again. I'll reply in that post's thread."


def schedule_kept(schedule: Schedule) -> str:
    """Answer *Keep it*."""
    return f"{schedule_label(schedule)} goes on. Thanks for telling me!"


def schedule_paused(schedule: Schedule) -> str:
    again = f"{COMMAND} resume {schedule.command_name}"
    return f"{schedule_label(schedule)} is paused. To resume it, type `{again}`."


def schedule_resumed(
    schedule: Schedule,
    runs: Sequence[datetime] | None = None,
    *,
    now: datetime,
    reader: ReaderClock | None = None,
) -> str:
    """Say so; with its next `runs`, where no card beside it does."""
    coming = [] if runs is None else _next_lines(schedule, runs, now=now, reader=reader)
    return "\n".join((f"{schedule_label(schedule)} is active again.", *coming))


def schedule_deleted(schedule: Schedule) -> str:
    prompt = f" ({quote_text(schedule.query)})" if schedule.name else ""
    return f"{schedule_label(schedule, longest=None)}{prompt} is deleted. You can undo this for a minute."


def deleted_reply(schedule: Schedule) -> Reply:
    """The same, with a button that takes it back."""
    text = schedule_deleted(schedule)
    return Reply(text=text, blocks=(section_block(text), button_row(undo_button(schedule.id, spot="card"))))


def schedule_restored(schedule: Schedule) -> str:
    return f"{schedule_label(schedule)} is back, just as it was."


def schedule_renamed(schedule: Schedule) -> str:
    prompt = schedule_label(replace(schedule, name=None))
    if schedule.name is None:
        return f"{prompt} has no name now. Lists show the start of its prompt instead."
    return f"{prompt} is now called {schedule_label(schedule)}."


def schedule_given(
    schedule: Schedule, runs: Sequence[datetime], *, by: str, now: datetime, reader: ReaderClock | None = None
) -> Reply:
    """Tell the new owner of a schedule."""
    lines = (
        f"{person_mention(by)} gave you a schedule: {quote_text(schedule.query)}, "
        f"{time_words(schedule, now=now, reader=reader)} {where_words(schedule)}",
        *_state_lines(schedule, runs, now=now, reader=reader),
        "You can change it now, and I'll tell you when it fails. "
        f"To give it back, type `{COMMAND} transfer {schedule.command_name} {person_mention(by)}`.",
    )
    return _with_manage_button("\n".join(lines), schedule)


def coming_runs(
    schedule: Schedule, runs: Sequence[datetime], *, now: datetime, reader: ReaderClock | None = None
) -> str:
    """When it runs next, as it is now."""
    if schedule.cron is None and runs:
        return f"Now: {time_words(schedule, now=now, reader=reader)}"
    return "\n".join(_state_lines(schedule, runs, now=now, reader=reader))


def time_changed(schedule: Schedule, *, now: datetime, reader: ReaderClock | None = None) -> str:
    return f"{schedule_label(schedule)} now runs {time_words(schedule, now=now, reader=reader)}."


def schedule_transferred(schedule: Schedule) -> str:
    return f"{schedule_label(schedule)} now belongs to {person_mention(schedule.user)}."


def running_now(schedule: Schedule) -> str:
    where = f"in {place_words(schedule.places[0])}"
    if schedule.also:
        where = "in its places"
    elif schedule.person:
        where = f"in my direct messages with {person_mention(schedule.person)}"
    judged = "" if schedule.post_if is None else ", without its condition"
    begun = f"Running {schedule_label(schedule)} now{judged}"
    if schedule.review is not None:
        return f"{begun}. Its reviewers see the answer before it's posted {where}."
    return f"{begun}; the answer will appear {where}."


def time_words(schedule: Schedule, *, now: datetime, reader: ReaderClock | None) -> str:
    return timing_words(schedule.timing, now=now, reader=reader)


def when_and_where(schedule: Schedule, *, now: datetime, reader: ReaderClock | None) -> str:
    """The time and the channel; of a repetition without its zone, as its next run is said beside it."""
    words = timing_words(schedule.timing, now=now, reader=reader, zoned=False)
    return f"{words} {where_words(schedule)}"


def _with_manage_button(text: str, schedule: Schedule) -> Reply:
    manage = make_button("Manage", Press(verb="show", schedule=schedule.id), spot="post")
    tried = [try_button(schedule, spot="post")] if schedule.post_if else []
    return Reply(text=text, blocks=(section_block(text), button_row(*tried, manage)))


def _next_lines(
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
