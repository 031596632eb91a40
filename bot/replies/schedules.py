"""Schedules in words: what was understood, how one stands, what was done with it and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.replies.button_ids import Press
from bot.replies.buttons import Block, back_button, button, row, schedule_buttons
from bot.replies.reads import reads
from bot.replies.runs import run_words
from bot.replies.text import (
    COMMAND,
    TEXT_LIMIT,
    Reply,
    clock,
    context,
    escape,
    joined,
    mrkdwn,
    place,
    plain,
    quote,
    section,
)
from bot.schedules import Run, Schedule
from bot.slack import clip_text
from scheduler import Cron, calendar_end, describe_timing

_MOST_ROWS: Final = 45  # of the 50 blocks that a message takes
_MOST_LISTED: Final = 9_000  # characters: Slack refuses somewhere above 13,000
_MARKS: Final = str.maketrans("*~`", "∗∼ʼ", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CALENDAR_NOTICE: Final = timedelta(days=90)
_PUBLIC: Final = {"here": "<!here>", "channel": "<!channel>"}


def scheduled(
    schedule: Schedule, runs: Sequence[datetime], *, zone_known: bool, other: str | None = None
) -> Reply:
    """To the one who made it: what was understood, and when it will run; `other` could have been meant."""
    lines = [
        f"Scheduled {when(schedule)} ({escape(schedule.zone)}): {quote(schedule.query)}",
        _next(schedule, runs),
        f"`{COMMAND} show {schedule.id}` has the details, `{COMMAND} delete {schedule.id}` ends it.",
    ]
    if not zone_known:
        lines.insert(
            2,
            "Your Slack profile has no time zone, so this is UTC. Another one can be named: "
            f"`{COMMAND} every day at 9 in Europe/Berlin …`",
        )
    if other:
        lines.insert(2, f"If you meant `{escape(other)}`, delete this one and type that.")
    lines[1:1] = habits(schedule)
    text = "\n".join(lines)
    manage = button("Manage", Press(verb="show", schedule=schedule.id), place="post")
    return Reply(text=text, blocks=(section(text), row(manage)))


Listed = Literal["here", "mine", "all", "some"]
"""What was asked for; `some` to who has asked for all, and is no admin."""


def listing(rows: Sequence[tuple[Schedule, datetime | None]], *, scope: Listed) -> Reply:
    """What is scheduled, a line each, with a button that shows its card."""
    if not rows:
        where = {"here": "here yet", "mine": "by you", "all": "in this workspace", "some": "here or by you"}
        return Reply(
            text=f"Nothing is scheduled {where[scope]}. Try "
            f"`{COMMAND} every weekday at 9am Three things worth knowing about Redis`."
        )
    lines = [_line(schedule, run) for schedule, run in rows]
    shown = 0
    while shown < min(len(lines), _MOST_ROWS) and sum(map(len, lines[: shown + 1])) < _MOST_LISTED:
        shown += 1
    blocks: list[Block] = [
        {
            **section(line),
            "accessory": button("Manage", Press(verb="show", schedule=schedule.id), place="post"),
        }
        for line, (schedule, _) in zip(lines[:shown], rows, strict=False)
    ]
    if rest := len(lines) - shown:
        foot = f"… and {rest} more. `{COMMAND} show &lt;id&gt;` shows one; my Home tab shows all of yours."
        blocks.append(context(mrkdwn(foot)))
    foot = f"`{COMMAND} show &lt;id&gt;` has the details and buttons."
    if scope == "some":
        foot = "Only this workspace's admins see what is scheduled elsewhere."
        blocks.append(context(mrkdwn(foot)))
    return Reply(text=joined((f"• {line}" for line in lines), foot), blocks=tuple(blocks))


def _line(schedule: Schedule, run: datetime | None) -> str:
    coming = f"next {clock(run, schedule.zone)} ({escape(schedule.zone)})" if run else "no run ahead"
    if schedule.state == "paused":
        coming = "_paused_"
    return (
        f"{label(schedule)} {when(schedule)} in {place(schedule.channel)}, {coming}: {quote(schedule.query)}"
    )


def card(
    schedule: Schedule,
    runs: Sequence[datetime],
    last: Run | None,
    *,
    note: str = "",
    buttons: bool = True,
    changeable: bool = True,
) -> Reply:
    """One schedule, as `show` tells it; `note` is what was just done with it.

    Who may not change it sees no buttons that would refuse them.
    """
    title = f"{label(schedule)} {when(schedule)} ({escape(schedule.zone)}) in {place(schedule.channel)}"
    facts = [
        "⏸ _Paused._" if schedule.state == "paused" else _next(schedule, runs),
        f"Owner: {person(schedule.user)}. Notifies: {_mentions(schedule)}.",
        *habits(schedule),
    ]
    if last is not None:
        facts.append(f"Last run: {run_words(last, schedule.zone)}")
    prompt = f"&gt; {escape(schedule.query)}".replace("&gt; ", "> ").replace("\n", "\n> ")
    blocks = [
        *([section(note)] if note else []),
        section(title),
        {"type": "section", "text": plain(clip_text(schedule.query, TEXT_LIMIT))},
        context(mrkdwn(clip_text("\n".join(facts), TEXT_LIMIT))),
        *([schedule_buttons(schedule, changeable=changeable)] if buttons else []),
    ]
    return Reply(text="\n".join([*([note] if note else []), title, prompt, *facts]), blocks=tuple(blocks))


def habits(schedule: Schedule) -> list[str]:
    """What is not as usual: what it reads, which model it asks, and what of an answer it posts."""
    found = []
    if schedule.sources:
        found.append(f"Reads: {reads(schedule.sources)}")
    if schedule.model is not None:
        found.append(f"Model: {escape(clip_text(schedule.model, 100))}")
    if schedule.cron is not None and schedule.changes != "always":
        found.append(_CHANGES[schedule.changes])
    return found


_CHANGES: Final = {
    "only": "Posts only if something has changed",
    "difference": "Posts only what has changed",
}


def history(schedule: Schedule, runs: Sequence[Run], *, back: bool = True) -> Reply:
    title = f"{label(schedule)} {when(schedule)}, newest first:"
    if not runs:
        title = f"{label(schedule)} has not run yet."
    lines = [f"• {run_words(run, schedule.zone)}" for run in runs]
    blocks = [section(title), *([section("\n".join(lines))] if lines else [])]
    if back:
        blocks.append(back_button(schedule))
    return Reply(text="\n".join([title, *lines]), blocks=tuple(blocks))


def gone() -> str:
    """For a button whose schedule is not there."""
    return (
        "That schedule is not here any more: it has ended, was deleted, or belongs to another channel now. "
        f"`{COMMAND} list` shows those there are."
    )


def stale() -> str:
    """For a button that says nothing we know."""
    return f"That button is from another version of me. `{COMMAND} list` shows fresh ones."


def too_old() -> str:
    """For a button whose prompt is no longer kept."""
    return (
        "What that answer was made from is kept for a day, and that day is over. Please ask it again, "
        f"or put it on a schedule with `{COMMAND}`."
    )


def refreshing() -> str:
    return "Asking anew: the answer comes to the thread of that post. I do so at most once a minute."


def paused(schedule: Schedule) -> str:
    return f"{label(schedule)} is paused. `{COMMAND} resume {schedule.id}` lets it run again."


def resumed(schedule: Schedule, runs: Sequence[datetime]) -> str:
    return f"{label(schedule)} runs again. {_next(schedule, runs)}"


def deleted(schedule: Schedule) -> str:
    return f"{label(schedule)} is deleted and will not post again: {quote(schedule.query)}"


def renamed(schedule: Schedule) -> str:
    return f"`{schedule.id}` is now called {label(schedule)}."


def given(schedule: Schedule, runs: Sequence[datetime], *, by: str) -> Reply:
    """To its new owner."""
    text = "\n".join(
        (
            f"{person(by)} has given you {label(schedule)}: {when(schedule)} ({escape(schedule.zone)}) in "
            f"{place(schedule.channel)}, {quote(schedule.query)}",
            "⏸ _Paused._" if schedule.state == "paused" else _next(schedule, runs),
            "It is yours to change now, and you hear of it when it fails. "
            f"`{COMMAND} transfer {schedule.id} {person(by)}` hands it back.",
        )
    )
    manage = button("Manage", Press(verb="show", schedule=schedule.id), place="post")
    return Reply(text=text, blocks=(section(text), row(manage)))


def transferred(schedule: Schedule) -> str:
    return f"{label(schedule)} now belongs to {person(schedule.user)}."


def edited(schedule: Schedule, runs: Sequence[datetime]) -> str:
    return (
        f"{label(schedule)} is changed: {when(schedule)} "
        f"({escape(schedule.zone)}), {quote(schedule.query)}\n{_next(schedule, runs)}"
    )


def running(schedule: Schedule) -> str:
    return (
        f"{label(schedule)} runs now: the answer comes to {place(schedule.channel)}, once a minute at most."
    )


def label(schedule: Schedule) -> str:
    """Its name, if it has one, and its id."""
    return f"*{_inert(schedule.name)}* (`{schedule.id}`)" if schedule.name else f"`{schedule.id}`"


def _inert(name: str) -> str:
    """A name that formats nothing: its marks look alike, and what turns the direction of text is left out."""
    return escape(name.translate(_MARKS))


def when(schedule: Schedule) -> str:
    return f"*{escape(describe_timing(schedule.timing))}*"


def person(user: str) -> str:
    return f"<@{user}>"


def _next(schedule: Schedule, runs: Sequence[datetime]) -> str:
    if not runs:
        return "It does not run again."
    words = f"Next: {', '.join(clock(run, schedule.zone) for run in runs)}"
    if isinstance(schedule.when, Cron) and (days := _rare_days(schedule.when)):
        words += f"\nMonths without a {days} are left out."
    if schedule.holidays and (end := calendar_end(schedule.holidays)) < runs[-1].date() + _CALENDAR_NOTICE:
        words += (
            f"\nThe holidays of {escape(schedule.holidays)} are known until {end.day} {end:%B %Y}. "
            "After that it would run on holidays too, so please look at it again then."
        )
    return words


def _rare_days(cron: Cron) -> str:
    """The days that some months do not have, if it runs on no others; "" for any others."""
    numbers = cron.fields.days
    if cron.fields.either or min(numbers) < 29 or cron.fields.months != frozenset(range(1, 13)):
        return ""
    return " or ".join(f"{number}{'st' if number == 31 else 'th'}" for number in sorted(numbers))


def _mentions(schedule: Schedule) -> str:
    if not schedule.mentions:
        return "nobody"
    return ", ".join(
        f"@{each}" if each in _PUBLIC else f"<!subteam^{each}>" if each.startswith("S") else person(each)
        for each in schedule.mentions
    )
