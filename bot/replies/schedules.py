"""Schedules in words: what was understood, how one stands, what became of it, and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.actions import Press
from bot.book import Run, Schedule
from bot.reading import MOST
from bot.refusals import (
    BadName,
    CannotPost,
    CannotRead,
    ChangedMeanwhile,
    NotAllowed,
    NotMember,
    NotPublished,
    NotYours,
    Outside,
    Pointless,
    Refusal,
    TooMuchToRead,
    Unknown,
)
from bot.replies.buttons import Block, back_button, button, row, schedule_buttons
from bot.replies.reads import reads
from bot.replies.text import (
    COMMAND,
    TEXT_LIMIT,
    Reply,
    clock,
    code,
    context,
    cut,
    escape,
    joined,
    mrkdwn,
    plain,
    quote,
    section,
)
from scheduler import DailyLimit, QuotaReached, Refused, calendar_end, describe_timing

_MOST_ROWS: Final = 45  # of the 50 blocks that a message takes
_MOST_LISTED: Final = 9_000  # characters: Slack refuses somewhere above 13,000
_MARKS: Final = str.maketrans("*~`", "∗∼ʼ", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CALENDAR_NOTICE: Final = timedelta(days=90)
_PUBLIC: Final = {"here": "<!here>", "channel": "<!channel>"}


def scheduled(schedule: Schedule, runs: Sequence[datetime], *, zone_known: bool, warning: str = "") -> Reply:
    """To the one who made it: what was understood, and when it will run."""
    lines = [
        f"Scheduled {_time(schedule)} ({escape(schedule.zone)}): {quote(schedule.query)}",
        _next(schedule, runs),
        f"`{COMMAND} show {schedule.id}` has the details, `{COMMAND} delete {schedule.id}` ends it.",
    ]
    if not zone_known:
        lines.insert(
            2,
            "Your Slack profile has no time zone, so this is UTC. Another one can be named: "
            f"`{COMMAND} every day at 9 in Europe/Berlin …`",
        )
    if warning:
        lines.insert(2, escape(warning))
    lines[1:1] = habits(schedule)
    text = "\n".join(lines)
    manage = button("Manage", Press(verb="show", schedule=schedule.id), place="post")
    return Reply(text=text, blocks=(section(text), row(manage)))


def listing(rows: Sequence[tuple[Schedule, datetime | None]], *, scope: str) -> Reply:
    """What is scheduled, a line each, with a button that shows its card."""
    if not rows:
        where = {"here": "here yet", "mine": "by you", "all": "in this workspace"}[scope]
        return Reply(
            text=f"Nothing is scheduled {where}. Try "
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
    return Reply(text=joined((f"• {line}" for line in lines), foot), blocks=tuple(blocks))


def _line(schedule: Schedule, run: datetime | None) -> str:
    coming = f"next {clock(run, schedule.zone)} ({escape(schedule.zone)})" if run else "no run ahead"
    if schedule.state == "paused":
        coming = "_paused_"
    return f"{label(schedule)} {_time(schedule)} in <#{schedule.channel}>, {coming}: {quote(schedule.query)}"


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
    title = f"{label(schedule)} {_time(schedule)} ({escape(schedule.zone)}) in <#{schedule.channel}>"
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
        {"type": "section", "text": plain(cut(schedule.query, TEXT_LIMIT))},
        context(mrkdwn(cut("\n".join(facts), TEXT_LIMIT))),
        *([schedule_buttons(schedule, changeable=changeable)] if buttons else []),
    ]
    return Reply(text="\n".join([*([note] if note else []), title, prompt, *facts]), blocks=tuple(blocks))


def habits(schedule: Schedule) -> list[str]:
    """What is not as usual: what it reads, which model it asks, and what of an answer it posts."""
    found = []
    if schedule.sources:
        found.append(f"Reads: {reads(schedule.sources)}")
    if schedule.model is not None:
        found.append(f"Model: {escape(cut(schedule.model, 100))}")
    if schedule.cron is not None and schedule.changes != "always":
        found.append(_CHANGES[schedule.changes])
    return found


_CHANGES: Final = {
    "only": "Posts only if something has changed",
    "difference": "Posts only what has changed",
}


def history(schedule: Schedule, runs: Sequence[Run], *, back: bool = True) -> Reply:
    title = f"{label(schedule)} {_time(schedule)}, newest first:"
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


def run_words(run: Run, zone: str) -> str:
    """What became of a run."""
    match run.outcome:
        case "posted":
            words = "posted"
        case "stale":
            words = "the last good answer was posted, the model was down"
        case "unchanged":
            words = "nothing new, which was posted" if run.ts else "nothing new, so nothing was posted"
        case "skipped":
            words = f"skipped, {_SKIPS.get(run.detail) or escape(run.detail)}"
        case "failed":
            words = f"failed, {_FAILURES.get(run.detail, 'it did not work out')}"
        case _:
            assert_never(run.outcome)
    return f"{clock(run.at, zone)}: {words}"


_SKIPS: Final = {
    "cap_schedule": "what this schedule may use was used up",
    "cap_team": "what this workspace may use was used up",
    "cap_all": "what I may use was used up",
    "missed": "nothing came of it in time",
    "owner_out": "its owner was not in that private channel any more",
}
_FAILURES: Final = {
    "gave_up": "it did not work out, several times over",
    "model_down": "no model answered",
    "limited": "the limit on model calls left no room for it",
    "missed": "nothing came of it, nor when I had it sent once more",
    "model_gone": "its model may not be used any more",
    "model_refused": "the model's provider refused",
    "model_away": "the model's provider wanted to be asked much later",
    "no_model": "no model is set up",
    "not_in_channel": "I was not in the channel",
    "channel_not_found": "I was not in the channel",
    "is_archived": "the channel was archived",
    "slack_refused": "Slack did not let me post",
    "source_not_in_channel": "I was not in the channel that it reads",
    "source_refused": "Slack did not let me read what it is about",
    "source_empty": "there was nothing to read",
    "source_gone": "what it reads was gone",
    "source_too_large": "what it reads was too large",
    "source_slow": "what it reads took too long to come",
    "source_unreachable": "the server of what it reads did not answer as it should",
    "source_bad_link": "its link led to no address that I can follow",
    "source_not_public": "its link led into a private network",
    "source_login": "what it reads wanted a login",
    "source_robots": "the site that it reads lets no robots read it",
    "source_nothing_new": "there was nothing new to read",
    "source_not_text": "what it reads was no text",
    "source_no_text": "there was no text in what it reads",
    "source_broken": "what it reads was damaged",
    "source_encrypted": "what it reads had a password",
    "unsettled": "Slack did not confirm the post",
}


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
            f"{person(by)} has given you {label(schedule)}: {_time(schedule)} ({escape(schedule.zone)}) in "
            f"<#{schedule.channel}>, {quote(schedule.query)}",
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
        f"{label(schedule)} is changed: {_time(schedule)} "
        f"({escape(schedule.zone)}), {quote(schedule.query)}\n{_next(schedule, runs)}"
    )


def running(schedule: Schedule) -> str:
    return f"{label(schedule)} runs now: the answer comes to <#{schedule.channel}>."


def refusal(refused: Refusal) -> str:
    """Why it was not done, and what to do instead."""
    match refused:
        case Unknown(name=name, near=near):
            guess = f" Did you mean {' or '.join(f'`{code(each)}`' for each in near)}?" if near else ""
            return (
                f"There is no schedule `{code(name)}` here.{guess} `{COMMAND} list` shows those there are; "
                "to ask it as a prompt, put it in quotes."
            )
        case Outside(schedule=schedule):
            return (
                f"`{schedule.id}` belongs to a private channel that you are not in any more, so I neither "
                f"show nor run it for you. You can still give it to someone there (`{COMMAND} transfer "
                f"{schedule.id} @someone`), pause it, or delete it."
            )
        case NotYours(schedule=schedule):
            return (
                f"{label(schedule)} belongs to {person(schedule.user)}. They, and the workspace's admins, "
                "can change it; you can run it, or make one of your own."
            )
        case NotAllowed(what="channel"):
            return "Whoever runs me lets me schedule in some channels only, and this is not one of them."
        case NotAllowed():
            return "Whoever runs me lets only some groups of people schedule, and you are in none of them."
        case NotMember(channel=channel):
            return f"You are not in <#{channel}>, so I do not schedule posts there for you."
        case CannotRead(channel=None, new_owner=True):
            return "It reads a file, and I could not see that they may read it too."
        case CannotRead(channel=None):
            return "I read a file only for who has shared it, or is where it was shared, if I am there too."
        case CannotRead(channel=channel, new_owner=True):
            return f"It reads <#{channel}>, and I could not see that they are in there too."
        case CannotRead(channel=channel, problem="not_member"):
            return f"You are not in <#{channel}>, so I do not read it for you."
        case CannotRead(channel=channel, problem="not_in_channel"):
            return f"I am not in <#{channel}>, so I cannot read it. Type `/invite @Precache` there first."
        case CannotRead(channel=channel):
            return f"Slack did not tell me who is in <#{channel}>, so I do not read it yet. Please try again."
        case TooMuchToRead(count=count):
            return f"That is {count} things to read; {MOST} together are the most."
        case BadName(name=name, problem="taken"):
            return f"Another schedule is called `{code(name)}` already. Please choose another name."
        case BadName(problem="too_long"):
            return "That name is too long: up to 60 characters on one line, please."
        case BadName(problem="like_an_id"):
            return "That name looks like an id. Please choose one that could not be another schedule's."
        case BadName():
            return "A name needs at least one character."
        case CannotPost(code=reason):
            return cannot_post(reason)
        case NotPublished(unsettled=True):
            return (
                "QStash did not answer, and I do not know what it made of this. "
                "Please do it once more in a minute."
            )
        case NotPublished(error=QuotaReached()):
            return (
                "The QStash plan has no room for another schedule. Delete one that is no longer needed "
                f"(`{COMMAND} list`), or ask whoever runs me for a larger plan."
            )
        case NotPublished(error=DailyLimit()):
            return (
                "QStash's messages for today are used up, so I cannot take this before tomorrow. "
                "Whoever runs me can raise the plan's limit."
            )
        case NotPublished(error=Refused()):
            return "QStash refused this. Whoever runs me finds the reason in my log."
        case NotPublished():
            return "I could not reach QStash, so nothing was changed. Please try again in a minute."
        case ChangedMeanwhile(schedule=schedule):
            return f"{label(schedule)} was changed by someone else just now. Please look at it and try again."
        case Pointless(schedule=schedule, problem=problem):
            return f"{label(schedule)} {_POINTLESS[problem]}"
        case _:
            assert_never(refused)


_POINTLESS: Final = {
    "one_off": "runs only once, so there is nothing to pause. It can be deleted.",
    "paused": "is paused already.",
    "not_paused": "is not paused.",
    "owner": "belongs to them already.",
    "no_person": "can only be given to someone who is active in this workspace.",
    "guest": "can only be given to a full member of this workspace, not to a guest.",
    "not_there": "can only be given to someone who is in its channel.",
    "not_allowed": "can only be given to someone whom whoever runs me lets schedule.",
}


def cannot_post(reason: str) -> str:
    """Why the bot cannot post there, by Slack's error code."""
    match reason:
        case "not_in_channel" | "channel_not_found":
            return (
                "I am not in that channel, so I could not post there. "
                "Type `/invite @Precache` in it and try again."
            )
        case "is_archived":
            return "That channel is archived, so nothing can be posted there."
        case _:
            return "Slack does not let me post in that channel. Its settings may restrict who posts."


def label(schedule: Schedule) -> str:
    """Its name, if it has one, and its id."""
    return f"*{_inert(schedule.name)}* (`{schedule.id}`)" if schedule.name else f"`{schedule.id}`"


def _inert(name: str) -> str:
    """A name that formats nothing: its marks look alike, and what turns the direction of text is left out."""
    return escape(name.translate(_MARKS))


def _time(schedule: Schedule) -> str:
    return f"*{escape(describe_timing(schedule.timing))}*"


def person(user: str) -> str:
    return f"<@{user}>"


def _next(schedule: Schedule, runs: Sequence[datetime]) -> str:
    if not runs:
        return "It does not run again."
    words = f"Next: {', '.join(clock(run, schedule.zone) for run in runs)}"
    if schedule.holidays and (end := calendar_end(schedule.holidays)) < runs[-1].date() + _CALENDAR_NOTICE:
        words += (
            f"\nThe holidays of {escape(schedule.holidays)} are known until {end.day} {end:%B %Y}. "
            "After that it would run on holidays too, so please look at it again then."
        )
    return words


def _mentions(schedule: Schedule) -> str:
    if not schedule.mentions:
        return "nobody"
    return ", ".join(
        f"@{each}" if each in _PUBLIC else f"<!subteam^{each}>" if each.startswith("S") else person(each)
        for each in schedule.mentions
    )
