"""What was done with a schedule, for the one who did it; and what a button says that finds none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.replies.buttons import Press, button_row, make_button, try_button, undo_button
from bot.replies.schedules import next_lines, special_settings, state_lines, time_words
from bot.replies.text import (
    COMMAND,
    Reply,
    escape_mrkdwn,
    person_mention,
    place_words,
    posts_to,
    quote_text,
    schedule_label,
    section_block,
    where_words,
)
from bot.schedules import Schedule
from bot.slack import ReaderClock


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
        *next_lines(schedule, runs, now=now, reader=reader),
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
    coming = [] if runs is None else next_lines(schedule, runs, now=now, reader=reader)
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
        *state_lines(schedule, runs, now=now, reader=reader),
        "You can change it now, and I'll tell you when it fails. "
        f"To give it back, type `{COMMAND} transfer {schedule.command_name} {person_mention(by)}`.",
    )
    return _with_manage_button("\n".join(lines), schedule)


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


def _with_manage_button(text: str, schedule: Schedule) -> Reply:
    manage = make_button("Manage", Press(verb="show", schedule=schedule.id), spot="post")
    tried = [try_button(schedule, spot="post")] if schedule.post_if else []
    return Reply(text=text, blocks=(section_block(text), button_row(*tried, manage)))
