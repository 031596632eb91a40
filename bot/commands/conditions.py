"""The condition that ends a scheduled prompt, *only if something is down*, apart from the prompt; pure.

It is looked for in what is scheduled alone: a prompt for now is asked as it stands. `if:` marks a condition
wherever it stands; *only if* does where it can be about nothing but the whole prompt:

- the prompt before it is one clause (`summarise #ops only if something is down`), or a stop or a comma parts
  the two (`list the tickets and their owners, only if one is late`), and
- one sentence follows, to the end.

*Only when* is the same. So *list the owners, and mention drafts only if they are old* stays a prompt, and so
does all in quotes or code. What is only said or reminded of has nothing to be judged by: there, too, `if:`
alone counts.

*Only if something has changed* and *only what has changed* are no conditions, for an answer alone does not
tell: they are what a schedule that recurs posts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from bot.commands.requests import ConditionFault
from scheduler import POST_IF_LIMIT, QUOTES, Cron, WhenError, cut_quotes, find_timing


@dataclass(frozen=True, kw_only=True)
class Conditioned:
    """A prompt, and the condition under which its answer is posted."""

    query: str
    post_if: str | None
    """None where there is none; "" where it is announced and missing."""


_POST: Final = r"(?:(?:but|and)\s+)?(?:(?:do|please)\s+)?"
_IT: Final = r"(?:\s+(?:it|this|that|them|the\s+answer|the\s+result|here))?"
_WORDS: Final = (
    rf"{_POST}(?:only\s+(?:post|send|share|say\s+so){_IT}\s+(?:if|when)"
    rf"|(?:post|send|share){_IT}\s+only\s+(?:if|when)|only\s+(?:if|when))"
)
_MARK: Final = re.compile(
    rf"(?:(?<=\s)|^)(?:{_WORDS}|post\s+if|if)\s*:(?=\s|$)\s*",
    re.IGNORECASE,
)
_ONLY_IF: Final = re.compile(
    rf"(?P<part>^|(?<=[.!?])\s+|[,;–—:]\s+|(?<!\s)\s+[-–—]\s+|(?<!\s)\s+){_WORDS}(?:\s+|$)", re.IGNORECASE
)
"""Blanks are looked at from the first of them, or thousands in a row would take minutes."""
_FIRST: Final = re.compile(
    rf"(?:{_WORDS}(?:\s*:)?|if\s*:)\s++(?P<condition>[^:\n]{{1,{POST_IF_LIMIT}}}?)(?<!\s)\s*:\s+(?P<query>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_AT_FIRST: Final = re.compile(
    rf"\s*(?:(?P<only>{_WORDS}|post\s+(?:this\s+|it\s+)?if|if\s*:)|if|when)(?:\s*:)?\s+(?=\S)", re.IGNORECASE
)
_MOST_TRIED: Final = 8
_TIME_BEGINS: Final = re.compile(
    r"(?<=[\s,;])(?:every|each|daily|weekly|monthly|hourly|weekdays|at|on|in|tomorrow|tonight|today|cron|first|last|noon|\d"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(rf"(?:{_WORDS}|post\s+if|if|whether|when)(?:\s*:\s*|\s+|$)", re.IGNORECASE)
_KEPT: Final = re.compile(
    r"`[^`]*`|\"[^\"]*\"|“[^“”]*”|«[^«»]*»|‘[^‘’]*’|https?://[^\s<>\"“”]*[^\s<>\"“”,;.:!?)\]]"
)
"""Quotes, code and links, in which nothing is looked for."""
_SECOND_CLAUSE: Final = re.compile(
    r"[,;:.!?\n]|\b(?:and|then|but|or)\s+(?:also\s+|then\s+|please\s+)?(?:mention|include|list|add|say|tell|note|show|flag"
    r"|mark|highlight|give|write|name|link|use|ping|notify|quote|append|repeat|explain|call|describe|draft"
    r"|summari[sz]e|count|compare|rank|sort|group|translate|answer|reply|ask|warn|remind|skip|omit|leave)\b",
    re.IGNORECASE,
)
_ONLY_SAID: Final = re.compile(r"(?:please\s+)?(?:remind|say|wish|greet|thank)\b", re.IGNORECASE)
_NEXT_SENTENCE: Final = re.compile(r"[.!?…]\s+\S|\n")

_DAY: Final = (
    r"(?:(?:a|an|the|this|its?)\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:a\s+|the\s+)?(?:weekdays?|weekends?"
    r"|workdays?|working\s+days?|business\s+days?|(?:public\s+|bank\s+)?holidays?)"
    r"|(?:the\s+)?(?:first|last|second|third|1st|2nd|3rd)(?:\s+\w+)?\s+(?:of|in)\s+(?:the|a)\s+(?:month|week|year|quarter)"
    r"|(?:in\s+)?(?:the\s+)?(?:morning|afternoon|evening|night)|noon|midnight"
    r"|(?:(?:at|after|before|past)\s+)?\d{1,2}(?:[:.]\d\d)?\s*(?:[ap]\.?m\.?|o'clock|uhr|h)"
    r"|(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_TIMED: Final = re.compile(
    rf"(?:it\s*(?:is|['’]s)|today\s*(?:is|['’]s)|is\s+it|is\s+today|the\s+day\s+is|the\s+time\s+is|(?:es|heute)\s+ist)"
    rf"\s+(?:now\s+|not\s+)?(?:{_DAY}|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)\s*(?:today)?[.?!]?",
    re.IGNORECASE,
)


def split_condition(query: str) -> Conditioned:
    """Part a scheduled prompt from the condition that it has, which is tidy then."""
    hidden = _hide_kept(query)
    if found := _FIRST.fullmatch(hidden):
        condition = query[found.start("condition") : found.end("condition")]
        return Conditioned(query=query[found.start("query") :], post_if=tidy_condition(condition))
    if mark := _MARK.search(hidden):
        return _cut_condition(query, mark.start(), mark.end())
    marks = list(_ONLY_IF.finditer(hidden))
    if len(marks) != 1 or _ONLY_SAID.match(hidden):
        return Conditioned(query=query, post_if=None)
    (only,) = marks
    before, after = hidden[: only.start()], hidden[only.end() :]
    is_parted = bool(only["part"].strip()) or before.endswith((".", "!", "?"))
    if _NEXT_SENTENCE.search(after) or (not is_parted and _SECOND_CLAUSE.search(before)):
        return Conditioned(query=query, post_if=None)
    return _cut_condition(query, only.start(), only.end())


def move_condition(text: str, *, now: datetime) -> str:
    """A scheduled command that begins with its condition, with its time first.

    `only if it rains, every day at 9: …` becomes `every day at 9, only if it rains: …`. A bare *if* counts
    before a time that recurs and a colon. A time between the prompt and its condition goes first, too.
    """
    found = _AT_FIRST.match(text)
    if found is None:
        return _move_time(text, now=now)
    starts = _TIME_BEGINS.finditer(text, found.end(), found.end() + POST_IF_LIMIT)
    for start in islice(starts, _MOST_TRIED):
        tail = text[start.start() :]
        try:
            timed = find_timing(tail, now=now, zone="UTC")
        except WhenError:
            continue
        if timed is None or not timed[1] or not tail.endswith(timed[1]) or tail == timed[1]:
            continue
        timing, query = timed
        time = tail[: len(tail) - len(query)].rstrip()
        is_sure = isinstance(timing.when, Cron) and time.endswith(":")
        if found["only"] or is_sure:
            condition = text[found.end() : start.start()].strip(" \t\n,;:–—-")
            return f"{time.rstrip(' ,;:–—-')}, only if {condition}: {query}"
    return text


def _move_time(text: str, *, now: datetime) -> str:
    """`list all every day at 9, only if one is late` as `every day at 9: list all, only if one is late`."""
    hidden = _hide_kept(text)
    marks = list(_ONLY_IF.finditer(hidden)) or list(_ONLY_CHANGES.finditer(hidden))
    if len(marks) != 1:
        return text
    before = text[: marks[0].start()].rstrip(" \t\n,;:–—-")
    try:
        timed = find_timing(before, now=now, zone="UTC")
    except WhenError:
        return text
    if timed is None or not timed[1] or not before.startswith(timed[1]):
        return text
    query = timed[1].rstrip()
    time = before[len(query) :].strip(" \t\n,;:–—-")
    part = "" if query.endswith((".", "!", "?")) else ","
    return f"{time}: {query}{part} {text[marks[0].start() :].lstrip(' ,;:–—-')}" if time else text


def is_of_changes(condition: str) -> bool:
    """Tell if a tidy condition is that the answer is another than the last one."""
    return _CHANGED.fullmatch(condition) is not None


def split_only_changes(query: str) -> str | None:
    """The prompt before `, only what has changed`; None if it does not end so."""
    found = _ONLY_CHANGES.search(query)
    return query[: found.start()].rstrip() or None if found else None


_SINCE: Final = r"(?:\s+(?:since|from)\s+(?:the\s+)?(?:last|previous)\s+(?:time|run|post|answer|one))?"
_CHANGED: Final = re.compile(
    r"(?:(?:something|anything|it|this|that|the\s+(?:page|site|answer|result|text|content))"
    r"(?:['’]s|\s+is|\s+was|\s+has|\s+have)?\s+(?:really\s+|actually\s+)?"
    r"(?:changed|changes|change|new|different|updated)"
    r"|(?:there\s*(?:['’]s|is|are|was|were|has\s+been|have\s+been)\s+)"
    r"(?:a\s+|any\s+|some\s+)?(?:changes?|something\s+new|anything\s+new)"
    rf"|something\s+new){_SINCE}",
    re.IGNORECASE,
)
_ONLY_CHANGES: Final = re.compile(
    r"(?:[,;–—]|(?<=[.!?]))\s+(?:but\s+|and\s+)?(?:post\s+)?only\s+(?:post\s+)?"
    rf"(?:what\s*(?:['’]s\s+|is\s+|has\s+)?(?:changed|new|changes)|changes){_SINCE}[.!]*\s*$",
    re.IGNORECASE,
)


def may_hold_condition(query: str) -> bool:
    """Tell if a prompt without a condition has words in it that may have been meant as one."""
    return _ONLY_IF.search(_hide_kept(query)) is not None


def tidy_condition(typed: str) -> str:
    """The condition without the words that announce it; "" if nothing is left."""
    condition = typed.strip()
    condition = cut_quotes(condition) or condition
    if lead := _LEAD.match(condition):
        condition = condition[lead.end() :]
    return " ".join(condition.split()).rstrip(".!;,")


def fault_in_condition(condition: str) -> ConditionFault | None:
    """What is wrong with a tidy condition: it is empty, long, or about the day, which the time says."""
    if not condition.strip(f"{QUOTES}` ?"):
        return "no_condition"
    if len(condition) > POST_IF_LIMIT:
        return "long_condition"
    return "timed_condition" if _TIMED.fullmatch(condition) else None


def _cut_condition(query: str, end: int, begin: int) -> Conditioned:
    prompt = query[:end].rstrip(" \t\n,;:–—-")
    return Conditioned(query=cut_quotes(prompt) or prompt, post_if=tidy_condition(query[begin:].strip()))


def _hide_kept(text: str) -> str:
    """The text with as many other characters in place of quotes and code."""
    return _KEPT.sub(lambda found: "x" * len(found[0]), text)
