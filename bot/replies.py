"""Every sentence and block that the bot says. Here and nowhere else is English; no exception's text gets out.

Text that people or models wrote is escaped, so that nothing in it is a mention, a broadcast or a hidden link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot import parse
from bot.markdown import Part, to_parts
from bot.records import Answer, Schedule
from scheduler import QUERY_LIMIT, Cron, DailyLimit, PublishError, QuotaReached, Refused, When, describe

COMMAND: Final = "/precache"
DESCRIPTION: Final = "Ask once, read a fresh answer on time"
USAGE_HINT: Final = "[when] your prompt | list | delete <id> | help"
CHANNEL_CODES: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
_QUOTE_LIMIT: Final = 200  # characters of a prompt that a line about it repeats

DEMO_NOTE: Final = (
    "Written by a small demo model on this machine, so expect mistakes. "
    "Set OPENAI_API_KEY (or OPENAI_BASE_URL, or PRECACHE_MODEL with its provider's key) for a real one."
)


def escape(text: str) -> str:
    """Inert in mrkdwn. https://docs.slack.dev/messaging/formatting-message-text"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# Commands


def on_it() -> str:
    return "On it: the answer comes to this channel."


def scheduled(schedule: Schedule, when: When, *, now: datetime, zone_known: bool) -> str:
    runs = when.upcoming(now, 3) if isinstance(when, Cron) else [when.at]
    lines = [
        f"Scheduled *{escape(describe(when))}* ({escape(schedule.zone)}): {_quote(schedule.query)}",
        f"Next: {', '.join(_clock(run, schedule.zone) for run in runs)}",
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
            f"next {_clock(run, schedule.zone)} ({escape(schedule.zone)}): {_quote(schedule.query)}"
        )
    foot = f"`{COMMAND} delete <id>` ends one.".replace("<", "&lt;").replace(">", "&gt;")
    return _joined(lines, foot)


def deleted(schedule: Schedule) -> str:
    return f"`{schedule.id}` is deleted and will not post again: {_quote(schedule.query)}"


def unknown_id(name: str) -> str:
    return (
        f"There is no schedule `{_code(name)}` here. `{COMMAND} list` shows those there are; "
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


# Posts


def posts(
    answer: Answer,
    *,
    query: str,
    schedule: str | None,
    demo: bool,
    cached: bool,
    stale_at: datetime | None = None,
) -> tuple[Part, ...]:
    """The messages that carry an answer: the question, the answer, and one quiet line about it."""
    parts = list(to_parts(answer.text))
    head = _context(_plain(f"“{_shortened(query)}”"))
    parts[0] = replace(parts[0], blocks=(head, *parts[0].blocks))
    made = int(answer.made.timestamp())
    facts = [f"made <!date^{made}^{{date_short_pretty}} {{time}}|{answer.made:%Y-%m-%d %H:%M} UTC>"]
    facts.append(escape(answer.model))
    if cached:
        facts.append("from the cache")
    if schedule:
        facts.append(f"`{schedule}`")
    notes = [_context(_mrkdwn(" · ".join(facts)))]
    if stale_at is not None:
        notes.insert(
            0,
            _context(
                _mrkdwn(
                    "No model answered, so this is the last good answer, "
                    f"{age(stale_at - answer.made)} old."
                )
            ),
        )
    if not answer.complete:
        notes.insert(0, _context(_plain("The model stopped at its length limit: the answer is cut off.")))
    if demo:
        notes.append(_context(_plain(DEMO_NOTE)))
    parts[-1] = replace(parts[-1], blocks=(*parts[-1].blocks, *notes))
    return tuple(parts)


def age(span: timedelta) -> str:
    """ "3 hours", in the largest unit that fits."""
    minutes = max(1, int(span.total_seconds() // 60))
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("a minute fits every span")


def gave_up(query: str, *, reason: str) -> str:
    """To whoever asked, when a run is given up; `reason` is one of `REASONS`."""
    return f"I could not answer {_quote(query)}: {REASONS[reason]}"


REASONS: Final = {
    "gave_up": "it did not work out, several times over, and there is no earlier answer to show. "
    "A schedule goes on at its next time; anything else can be asked again.",
    "model_refused": "the model's provider refuses the question or its key. Whoever runs me finds out "
    "more in my log.",
    "no_model": "no model is set up. Whoever runs me sets OPENAI_API_KEY (or OPENAI_BASE_URL, or "
    "PRECACHE_MODEL with its provider's key).",
    "not_in_channel": "I am not in that channel (any more). Type `/invite @Precache` there.",
    "is_archived": "that channel is archived.",
    "slack_refused": "Slack does not let me post in that channel.",
    "unsettled": "Slack did not confirm the post, and I may not read that channel to see whether it is "
    "there. To be safe I have not posted it again.",
}


def _context(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "context", "elements": [element]}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTE_LIMIT else flat[: _QUOTE_LIMIT - 1].rstrip() + "…"


def _quote(text: str) -> str:
    return f"“{escape(_shortened(text))}”"


def _code(text: str) -> str:
    return escape(_shortened(text).replace("`", "'"))


def _clock(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def _joined(lines: Iterable[str], foot: str, *, limit: int = 3_500) -> str:
    """As many lines as one message takes, and how many were left out."""
    taken: list[str] = []
    rest = list(lines)
    while rest and sum(map(len, taken)) + len(rest[0]) < limit:
        taken.append(rest.pop(0))
    if rest:
        taken.append(f"… and {len(rest)} more.")
    return "\n".join((*taken, foot))
