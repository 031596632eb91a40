"""What a command is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot import parse
from bot.records import Schedule
from bot.replies.text import COMMAND, clock, code, escape, joined, quote
from scheduler import QUERY_LIMIT, Cron, DailyLimit, PublishError, QuotaReached, Refused, When, describe

CHANNEL_CODES: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived"})


def on_it() -> str:
    return "On it: the answer comes to this channel."


def scheduled(schedule: Schedule, when: When, *, now: datetime, zone_known: bool) -> str:
    runs = when.upcoming(now, 3) if isinstance(when, Cron) else [when.at]
    lines = [
        f"Scheduled *{escape(describe(when))}* ({escape(schedule.zone)}): {quote(schedule.query)}",
        f"Next: {', '.join(clock(run, schedule.zone) for run in runs)}",
        f"`{COMMAND} list` shows it, `{COMMAND} delete {schedule.id}` ends it.",
    ]
    if not zone_known:
        lines.insert(
            2,
            "Your Slack profile has no time zone, so this is UTC. Another one can be named: "
            f"`{COMMAND} every day at 9 in Europe/Berlin …`",
        )
    return "\n".join(lines)


def listing(schedules: Sequence[tuple[Schedule, When]], *, now: datetime) -> str:
    if not schedules:
        return (
            "Nothing is scheduled here yet. Try "
            f"`{COMMAND} every weekday at 9am Three things worth knowing about Redis`."
        )
    lines = []
    for schedule, when in schedules:
        run = when.next_after(now) if isinstance(when, Cron) else when.at
        paused = " _paused_" if schedule.state == "paused" else ""
        lines.append(
            f"• `{schedule.id}`{paused} *{escape(describe(when))}* in <#{schedule.channel}>, "
            f"next {clock(run, schedule.zone)} ({escape(schedule.zone)}): {quote(schedule.query)}"
        )
    foot = f"`{COMMAND} delete <id>` ends one.".replace("<", "&lt;").replace(">", "&gt;")
    return joined(lines, foot)


def deleted(schedule: Schedule) -> str:
    return f"`{schedule.id}` is deleted and will not post again: {quote(schedule.query)}"


def unknown_id(name: str) -> str:
    return (
        f"There is no schedule `{code(name)}` here. `{COMMAND} list` shows those there are; "
        "to ask it as a prompt, put it in quotes."
    )


def help_text() -> str:
    return "\n".join(
        (
            "*Ask once, read it on time.* An answer to the same question within the hour comes from the "
            "cache.",
            f"• `{COMMAND} What is a cache?` answers in this channel now",
            f"• `{COMMAND} every weekday at 9am Summarise what changed in Python` answers on a schedule",
            f"• `{COMMAND} Remind us to stretch, in one line, in 20 minutes` answers once, later",
            f"• `{COMMAND} list` shows what is scheduled here, `{COMMAND} delete &lt;id&gt;` ends it",
            "*Times:* `in 20 minutes`, `at 17:30`, `tomorrow at 8am`, `on 2027-01-15 at 09:00`, "
            "`every minute`, `every 15 minutes`, `every hour`, `every day at 18:30`, "
            "`every weekday at 9am`, `every monday and thursday at 9`, `every month on the 1st at 8am`, "
            "`cron 0 9 * * 1-5`. They are in the time zone of your Slack profile, unless you add one: "
            "`in Europe/Berlin`.",
            'A prompt that sounds like a time or a command goes in quotes: `/precache "list"`.',
        )
    )


def usage_error(error: parse.UsageError) -> str:
    match error.problem:
        case "no_prompt":
            return f"What should I ask? Add a prompt: `{COMMAND} every day at 9am What is new?`"
        case "too_long":
            return (
                f"That prompt has {error.detail:,} characters; {QUERY_LIMIT:,} are the most I take. "
                "Please shorten it."
            )
        case "no_id":
            return f"Which one? `{COMMAND} list` shows the ids, then `{COMMAND} delete &lt;id&gt;`."


def bad_time(sentence: str) -> str:
    """`sentence` comes from a `WhenError`, whose messages are written for the one who typed the time."""
    return escape(sentence)


def cannot_post(code: str) -> str:
    """Why the bot cannot post here, by Slack's error code."""
    match code:
        case "not_in_channel" | "channel_not_found":
            return (
                "I am not in this channel, so I could not post there. Type `/invite @Precache` and try again."
            )
        case "is_archived":
            return "This channel is archived, so nothing can be posted there."
        case _:
            return "Slack does not let me post in this channel. Its settings may restrict who posts."


def not_published(error: PublishError) -> str:
    match error:
        case QuotaReached():
            return (
                "The QStash plan has no room for another schedule. Delete one that is no longer needed "
                f"(`{COMMAND} list`), or ask whoever runs me for a larger plan."
            )
        case DailyLimit():
            return (
                "QStash's messages for today are used up, so I cannot take this before tomorrow. "
                "Whoever runs me can raise the plan's limit."
            )
        case Refused():
            return "QStash refused this. Whoever runs me finds the reason in my log."
        case _:
            return "I could not reach QStash, so nothing was set up. Please try again in a minute."


def not_deleted() -> str:
    return "I could not reach QStash, so nothing was changed. Please try again in a minute."


def memory_down() -> str:
    return "I cannot reach my memory (Redis), so nothing was changed. Please try again in a minute."


def broken() -> str:
    return "Something went wrong on my side and is in my log. Nothing was set up; please try again."
