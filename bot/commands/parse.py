"""Command text → what was asked for; pure.

A text that looks like a command, a request to manage schedules or a question about the bot is never a prompt:
it is that request, or is asked about, and no model is paid to answer it. A text that is wholly in quotes is a
prompt, whatever it says.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.commands.again import about_thread, read_repeat
from bot.commands.conditions import (
    fault_in_condition,
    is_of_changes,
    split_condition,
    split_only_changes,
)
from bot.commands.follow_ups import is_about_thread, is_follow_up, is_sharing
from bot.commands.orders import is_surely_time, is_untimed_order, read_order, time_amid
from bot.commands.places_within import asked_for_me_alone
from bot.commands.requests import (
    LONGEST,
    AskRequest,
    ComposeRequest,
    GuideRequest,
    HelpRequest,
    PreviewRequest,
    Request,
    ScheduleRequest,
    UsageError,
)
from bot.commands.small_talk import read_small_talk
from bot.commands.subcommands import checked_length, near_miss, quoted_whole, read_subcommand
from bot.commands.wishes import read_wish, read_wish_within
from bot.commands.words.phrases import compile_phrases
from bot.commands.words.spoken import spoken_words, without_courtesy, without_greeting
from scheduler import QUOTES, Changes, Cron, find_timing, other_reading, perhaps_timing

_COMMAND_AGAIN: Final = re.compile(r"/precache(?:\s+|$)", re.IGNORECASE)
_NAME_FIRST: Final = re.compile(r"@?precache\b[\s,:]*", re.IGNORECASE)
_DASH_FIRST: Final = re.compile(r"(?:[-–—]{1,3}|[:,/\\!.>=+])\s*")
"""After a mention: `@Precache - list`; or as programs want it: `--help`."""
_NO_PROMPTS: Final = frozenset(
    {"instead", "instead please", "from now on", "rather", "is better", "would be better"}
)
"""What stands beside a time that is to be another one's: `every day at 10 instead`."""


def parse_command(text: str, *, now: datetime, zone: str | None, in_thread: bool = False) -> Request:
    """Read what `text` asks for, times in `zone`; raises `WhenError` for a time that cannot be kept.

    That is `ZoneNeeded` without a `zone`, if the time needs one. What is said `in_thread` may be about it.
    """
    request = _read_request(text, now=now, zone=zone, in_thread=in_thread)
    return _with_condition(request, text) if isinstance(request, ScheduleRequest) else request


def _read_request(text: str, *, now: datetime, zone: str | None, in_thread: bool) -> Request:
    if len(text) > LONGEST:
        return UsageError(problem="too_long", length=len(text))
    text = text.strip()
    if again := _COMMAND_AGAIN.match(text):
        text = text[again.end() :]
    if not text:
        return ComposeRequest()
    if not text.strip(f"{QUOTES}` "):
        return UsageError(problem="no_prompt")
    words = spoken_words(text)
    if in_thread and (alone := asked_for_me_alone(text)) is not None:
        return checked_length(PreviewRequest(query=alone))
    if is_sharing(words):
        return GuideRequest(guide="share_post")
    if in_thread and is_about_thread(words):
        return AskRequest(query=text)
    if (request := _read_command(text)) is not None:
        return request
    if (literal := quoted_whole(text)) is not None:
        return checked_length(AskRequest(query=literal))
    if is_follow_up(words) and not in_thread:
        return GuideRequest(guide="follow_up")
    if in_thread:
        text = about_thread(text)
    if (repeated := read_repeat(text, now=now, zone=zone)) is not None:
        return repeated if in_thread else UsageError(problem="no_prompt")
    if (order := read_order(text, now=now, zone=zone)) is not None:
        return order
    found = find_timing(text, now=now, zone=zone)
    if found is None and (rest := without_greeting(text)) is not None:
        if (order := read_order(rest, now=now, zone=zone)) is not None:
            return order
        if (found := find_timing(rest, now=now, zone=zone)) is not None:
            text = rest
    if found is None:
        return near_miss(text, in_thread=in_thread) or _read_prompt(
            text, now=now, zone=zone, in_thread=in_thread
        )
    timing, query = found
    if query.lower().rstrip(".!") in _NO_PROMPTS:
        return UsageError(problem="no_id", word="reschedule")
    other = other_reading(text, now=now, zone=zone)
    return checked_length(ScheduleRequest(timing=timing, query=query, other=other))


def _with_condition(request: ScheduleRequest, text: str) -> Request:
    """The schedule with the condition that ends its prompt; a prompt that was typed in quotes has none."""
    query, recurs = request.query, isinstance(request.timing.when, Cron)
    if text[: text.rfind(query)].rstrip().endswith(tuple(f"{QUOTES}`")):
        return request
    if recurs and (alone := split_only_changes(query)) is not None:
        request = replace(request, query=alone, changes="difference", said=query)
    found = split_condition(request.query)
    if found.post_if is None:
        return request
    if (fault := fault_in_condition(found.post_if)) is not None:
        return UsageError(problem=fault, length=len(found.post_if), word=found.post_if)
    if not found.query.strip():
        return UsageError(problem="condition_alone", word=found.post_if)
    if recurs and is_of_changes(found.post_if):
        changes: Changes = "only" if request.changes == "always" else request.changes
        return replace(request, query=found.query, changes=changes, said=query)
    return replace(request, query=found.query, post_if=found.post_if, said=query)


def warm_parser(*, now: datetime) -> None:
    """Compile the patterns of common commands: a tenth of a second, in a thread, before the first is read."""
    compile_phrases()
    for text in _COMMON:
        parse_command(text, now=now, zone="UTC")


_COMMON: Final = (
    "What changed in the last release, and what may break at 100 users?",
    "Sum up the day every night",
    "every weekday at 9am post the open incidents",
    "post the open incidents tomorrow at 17:30",
    "remind us in 20 minutes to stretch",
)


def _read_command(text: str) -> Request | None:
    """The command, the wish or the question about the bot that all of the text is."""
    if not text.strip("?!. "):
        return HelpRequest() if "?" in text else None
    for said in _without_first_marks(text):
        if quoted_whole(said) is not None:
            continue
        words = spoken_words(said)
        request = read_wish(words) or read_subcommand(said) or read_small_talk(words)
        if request is not None:
            return request
    return read_wish_within(text)


def _without_first_marks(text: str) -> tuple[str, ...]:
    """The text, and what stands after a dash or the bot's name in it."""
    marks = [found.end() for first in (_DASH_FIRST, _NAME_FIRST) if (found := first.match(text))]
    return (text, *(text[end:] for end in marks if text[end:].strip()))


def _read_prompt(text: str, *, now: datetime, zone: str | None, in_thread: bool) -> Request:
    """What is asked now, unless it was to be scheduled and does not say clearly when."""
    if is_untimed_order(text):
        return UsageError(problem="no_time")
    if amid := time_amid(text, now=now, zone=zone):
        return UsageError(problem="perhaps_time", word=amid)
    polite = " ".join(without_courtesy(spoken_words(text)))
    if (missed := near_miss(polite, in_thread=in_thread)) is not None:
        return missed
    perhaps = perhaps_timing(text)
    if perhaps and is_surely_time(text, perhaps, now=now):
        return UsageError(problem="perhaps_time", word=perhaps)
    if (alone := asked_for_me_alone(text)) is not None:
        return checked_length(PreviewRequest(query=alone))
    return checked_length(AskRequest(query=text, perhaps=perhaps))
