"""The reviewers that a scheduled command names, apart from it: *… reviewed by @anna and @ben*; pure.

The words count where they can be about nothing but the whole command:

- at its end, after the prompt: `every day at 9 summarise #ops, reviewed by @anna`, or
- before a colon and the prompt: `every day at 9, looked at first by @anna: summarise #ops`, or
- between commas, before the time that ends it: `summarise #ops, reviewed by @anna, every day at 9`, or
- at its beginning, before the time: `reviewed by @anna every day at 9: summarise #ops`.

Who is named must be a mention of a person or a user group, as Slack writes it down or as `@name`, or *me*
after a comma. So *list the papers reviewed by Anna* or *by me* stays a prompt, and so does all in quotes or
code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.commands.conditions import move_condition
from bot.commands.parse import parse_command
from bot.commands.requests import ReviewedText, ScheduleRequest
from scheduler import WhenError, read_timing

_WHO: Final = r"(?:<@[UW][A-Z0-9]+(?:\|[^<>]*)?>|<!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?>|@[\w.-]*\w)"
_WHO_OR_ME: Final = rf"(?:{_WHO}|me\b)"
_MANY: Final = rf"(?P<who>{_WHO_OR_ME}(?:(?:\s*,\s*|\s+)(?:(?:and|or|und|oder)\s+)?{_WHO_OR_ME})*)"
_WORDS: Final = (
    r"(?:to\s+be\s+|(?:but|and)\s+)?(?:first\s+)?(?:reviewed|approved|checked|looked\s+at|signed\s+off)"
    r"(?:\s+first)?\s+by"
)
_AT_END: Final = re.compile(
    rf"(?P<part>[,;.]\s+|(?<!\s)\s+|[,;]\s*){_WORDS}\s+{_MANY}\s*(?:[.!]\s*)?\Z", re.IGNORECASE
)
_AMID: Final = re.compile(
    rf"(?P<part>[,;]\s+|(?<!\s)\s+){_WORDS}\s+{_MANY}(?=\s*:\s|\s+(?:to|in|into)\s[^:\n]{{1,300}}:\s)",
    re.IGNORECASE,
)
_BEFORE_TIME: Final = re.compile(rf"[,;]\s+{_WORDS}\s+{_MANY}\s*[,;]\s+(?=\S)", re.IGNORECASE)
_AT_FIRST: Final = re.compile(rf"\s*{_WORDS}\s+{_MANY}(?:\s*[,;:])?\s+(?=\S)", re.IGNORECASE)
_EACH: Final = re.compile(_WHO_OR_ME, re.IGNORECASE)
_ME_FIRST: Final = re.compile(r"me\b", re.IGNORECASE)
_KEPT: Final = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^“”]*”|«[^«»]*»")


def split_scheduled(text: str, *, now: datetime) -> ReviewedText:
    """The same where what is left is scheduled; of anything else, all of it is the prompt.

    A condition that stood before the time stands behind it.
    """
    text = move_condition(text, now=now)
    found = split_reviewers(text)
    if not found.reviewers:
        found = _split_before_time(text, now=now)
    if not found.reviewers:
        return found
    found = ReviewedText(text=move_condition(found.text, now=now), reviewers=found.reviewers)
    try:
        is_scheduled = isinstance(parse_command(found.text, now=now, zone="UTC"), ScheduleRequest)
    except WhenError:  # the one who typed it hears what is wrong with the time
        is_scheduled = True
    return found if is_scheduled else ReviewedText(text=text, reviewers=())


def _split_before_time(text: str, *, now: datetime) -> ReviewedText:
    """Part a command from the reviewers that stand between its prompt and its time."""
    found = _BEFORE_TIME.search(_KEPT.sub(lambda kept: "x" * len(kept[0]), text))
    if found is None or not _is_time(text[found.end() :], now=now):
        return ReviewedText(text=text, reviewers=())
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return ReviewedText(text=rest, reviewers=_names_of(found, text))


def _is_time(text: str, *, now: datetime) -> bool:
    try:
        return read_timing(text, now=now, zone="UTC") is not None
    except WhenError:
        return True


def with_reviewers(text: str, reviewers: Sequence[str]) -> str:
    """The command that names them again."""
    return f"{text}, reviewed by {', '.join(reviewers)}" if reviewers else text


def split_reviewers(text: str) -> ReviewedText:
    """Part a command from the reviewers that it names."""
    hidden = _KEPT.sub(lambda found: "x" * len(found[0]), text)
    if (found := _AT_END.search(hidden)) and _is_apart(found):
        return ReviewedText(text=text[: found.start()].rstrip(), reviewers=_names_of(found, text))
    if (found := _AMID.search(hidden)) and _is_apart(found):
        rest = text[: found.start()] + text[found.end() :]
        return ReviewedText(text=rest, reviewers=_names_of(found, text))
    if found := _AT_FIRST.match(hidden):
        return ReviewedText(text=text[found.end() :], reviewers=_names_of(found, text))
    return ReviewedText(text=text, reviewers=())


def _names_of(found: re.Match[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_EACH.findall(text[found.start("who") : found.end("who")])))


def _is_apart(found: re.Match[str]) -> bool:
    """False of `… the papers reviewed by me`, which may be what the prompt speaks of."""
    return not _ME_FIRST.match(found["who"]) or bool(found["part"].strip())
