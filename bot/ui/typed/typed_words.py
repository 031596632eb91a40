"""The words that someone typed, where Slack sends codes for names and makes links of what has a dot."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Final

from bot.commands import ScheduleRequest
from bot.errors import SlackError
from bot.slack import Slack, find_names
from bot.sources import codes_to_name, plain_text
from scheduler import QUOTES

logger = logging.getLogger(__name__)

_ASKS_TO_READ: Final = re.compile(
    r"\b(?:summari[sz]e|sum\s+up|tl;?dr|recap|read|what\s+does\s.{1,500}?\ssay|what(?:['’]s|\s+is)\s+new\s+(?:on|at|in))\b",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!(?:subteam|date)\^[^<>|\n]+|!(?:here|channel|everyone)"
    r"|(?:https?|mailto|tel):[^<>|\s]+(?=\|))(?:\|[^<>\n]*)?>"
)

_LONGEST_TIME: Final = 200
_BETWEEN: Final = " \t\n,;:.–—-\"'“”‘’"


async def words_of_message(slack: Slack, words: str) -> str:
    """The words of a message to the bot, as people see them."""
    return plain_text(words, await names_in(slack, words), keep_links=asks_to_read(words))


def holds_codes(text: str) -> bool:
    """True of a slash command that is not only what was typed."""
    return _CODE.search(text) is not None


async def words_of_command(slack: Slack, text: str) -> str:
    """The words of a slash command: codes become what they stand for; all else is as it was typed."""
    names, keep_links = await names_in(slack, text), asks_to_read(text)
    return _CODE.sub(lambda found: plain_text(found[0], names, keep_links=keep_links), text)


async def names_in(slack: Slack, words: str) -> Mapping[str, str]:
    """The names behind the codes in `words`, as far as Slack tells them."""
    try:
        return await find_names(slack, codes_to_name(words))
    except SlackError as exc:
        logger.warning("words.names_unknown: %s", exc)
        return {}


def asks_to_read(words: str) -> bool:
    """True where a name with a dot is a page to read."""
    return _ASKS_TO_READ.search(words) is not None


_TIMED: Final = tuple(
    f"{word} "
    for word in (
        *("subscribe", "edit", "change", "move", "reschedule", "snooze", "pause", "postpone"),
        *("set", "shift", "push", "bring", "put", "make"),
    )
)
"""Words for what is done with a schedule at a time, or until one."""


def words_to_name(request: ScheduleRequest, typed: str) -> str:
    """The prompt of a schedule if it may name another one; nothing of one that stands in quotes."""
    if request.query.lower().startswith(_TIMED):
        return typed  # the time is that of the subscription, or the schedule's new one
    before = typed[: typed.rfind(request.said or request.query)].rstrip()
    return "" if before.endswith(tuple(f"{QUOTES}`")) else request.query


def typed_time(text: str, query: str) -> str | None:
    """The words of a time: those around `query`, or within it; None where the two do not fit."""
    if not query:
        return None
    if query in text:
        before, _, after = text.partition(query)
    else:
        pairs = enumerate(zip(text, query, strict=False))
        start = next((place for place, (one, other) in pairs if one != other), min(len(text), len(query)))
        if not text.endswith(query[start:]):
            return None
        before, after = text[start : len(text) - len(query) + start], ""
    words = " ".join(part for side in (before, after) if (part := side.strip(_BETWEEN)))
    return words[:_LONGEST_TIME] or None
