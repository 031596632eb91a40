"""Parts of every sentence: text that is inert, short and dated."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.slack import clip_text, split_text
from scheduler import ZoneInfo

COMMAND: Final = "/precache"
DESCRIPTION: Final = "Ask once, read a fresh answer on time"
USAGE_HINT: Final = "[when] your prompt | list | delete <id> | help"
TEXT_LIMIT: Final = 3_000
"""Characters of a section's or a context's text."""
_ERROR_LIMIT: Final = 1_000  # characters at a field; a sentence has fewer
_CODE: Final = re.compile(r"`([^`]*)`")
_MENTION: Final = re.compile(r"<([#@])[A-Z0-9]+>", re.ASCII)
_CLOCK: Final = re.compile(r"\b([01]\d|2[0-3]):([0-5]\d)\b", re.ASCII)
_LINK_LAST: Final = re.compile(r"://\S+$")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
PLAIN_YEAR: Final = timedelta(days=334)  # eleven months: the same day of another year is further away
_QUOTE_LIMIT: Final = 200  # characters of a prompt that a line about it repeats


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Words for one person: mrkdwn, and blocks where there is something to press."""

    text: str
    blocks: tuple[dict[str, Any], ...] | None = None


def escape_mrkdwn(text: str) -> str:
    """Inert in mrkdwn. https://docs.slack.dev/messaging/formatting-message-text"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def without_marks(sentence: str) -> str:
    """A sentence of ours where Slack shows plain text, as at a field of a modal."""
    named = _MENTION.sub(lambda found: "that channel" if found[1] == "#" else "the owner", sentence)
    named = _CODE.sub(r"“\1”", named).replace("*", "")
    return clip_text(named.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), _ERROR_LIMIT)


def age_words(span: timedelta) -> str:
    """ "3 hours", in the largest unit that fits."""
    minutes = max(1, int(span.total_seconds() // 60))
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("a minute fits every span")


def context_block(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "context", "elements": [element]}


def plain_element(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn_element(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section_block(text: str) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn_element(clip_text(text, TEXT_LIMIT))}


def with_typed_text(told: str, typed: str) -> Reply:
    """Words for someone, with what they typed, because Slack does not keep it to be changed."""
    words = f"You typed: {html.unescape(typed)}"
    pieces = (context_block(plain_element(piece)) for piece in split_text(words, TEXT_LIMIT))
    return Reply(text=told, blocks=(section_block(told), *pieces))


def shorten_line(text: str, *, most: int = _QUOTE_LIMIT) -> str:
    """On one line, and without what is not seen but would turn what follows round."""
    flat = " ".join(_UNSEEN.sub("", text).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def quote_text(text: str) -> str:
    told = shorten_line(text)
    apart = "\u200a" if _LINK_LAST.search(told) else ""  # or Slack takes the mark for a part of the link
    return f"“{escape_mrkdwn(told)}{apart}”"


def code_text(text: str) -> str:
    return escape_mrkdwn(shorten_line(text).replace("`", "'"))


def place_name(channel: str) -> str:
    """The place where a schedule posts; a conversation of two has no name."""
    return "our direct messages" if channel.startswith("D") else f"<#{channel}>"


def clock_time(moment: datetime, zone: str, *, now: datetime, twelve_hour: bool = False) -> str:
    """ "Mon 23 Nov 09:00", with the year only where it is not plain which one is meant."""
    local = moment.astimezone(ZoneInfo(zone))
    year = f" {local.year}" if abs(moment - now) > PLAIN_YEAR else ""
    clock = f"{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b}{year} {in_twelve_hours(clock) if twelve_hour else clock}"


def in_twelve_hours(words: str) -> str:
    """Words of ours in which each time of day is written as 9:00 PM, with a space that does not break."""
    return _CLOCK.sub(
        lambda found: f"{int(found[1]) % 12 or 12}:{found[2]}\N{NO-BREAK SPACE}{'AP'[int(found[1]) > 11]}M",
        words,
    )


def day_and_time(moment: datetime, zone: str, *, now: datetime, twelve_hour: bool = False) -> str:
    """ "Mon 23 Nov at 09:00", for a sentence."""
    day, _, time = clock_time(moment, zone, now=now, twelve_hour=twelve_hour).rpartition(" ")
    return f"{day} at {time}"


def day_of(moment: datetime, zone: str, *, now: datetime) -> str:
    """ "23 November", with the year only where it is not plain which one is meant."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B}" + (f" {local.year}" if abs(moment - now) > PLAIN_YEAR else "")


def slack_date(moment: datetime) -> str:
    """ "today at 9:00 AM", which Slack writes in each reader's own zone."""
    fallback = moment.astimezone(UTC).isoformat(" ", "minutes").removesuffix("+00:00")
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback} UTC>"


def joined_lines(lines: Iterable[str], foot: str, *, limit: int = 3_500, more: int = 0) -> str:
    """As many lines as one message takes, and how many were left out; `more` were left out before."""
    taken: list[str] = []
    rest = list(lines)
    while rest and sum(map(len, taken)) + len(rest[0]) < limit:
        taken.append(rest.pop(0))
    if left_out := len(rest) + more:
        taken.append(f"… and {left_out} more.")
    return "\n".join((*taken, foot))
