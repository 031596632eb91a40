"""Orders to schedule something, in other words than a time and a prompt; pure.

`schedule every day at 9am Say hi` and its like (`create`, `new`, `add`, `set`, `post` …) count where a time
follows the verb; *schedule* also before what is to be scheduled. Reminders are for later in any words. A time
that has passed, or that stands amid the prompt, is asked about.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from bot.commands.requests import Request, ScheduleRequest, UsageError
from bot.commands.subcommands import checked_length
from bot.commands.words.spoken import POLITE_FIRST
from scheduler import (
    Cron,
    TimeFault,
    Timing,
    WhenError,
    find_timing,
    is_own_time,
    other_reading,
    read_timing,
)

_REACH: Final = 240
"""Characters at the beginning of a text, or at its end, among which an order is looked for."""
_FLAGS: Final = re.IGNORECASE
_SUBJECT: Final = (
    r"(?:(?:schedules?|scheduled (?:post|prompt|message)|posts?|prompts?|messages?|questions?|jobs?|tasks?"
    r"|cron(?: job)?)\b)"
)
_ARTICLE: Final = r"(?:(?:me|us|a|an|the|this|that|it|another|one|new|recurring|repeating)\b ?)*"
_VERB: Final = re.compile(
    rf"{POLITE_FIRST}(?P<verb>schedule|reschedule|create|new|add|set up|set|setup|make|post|plan|book|arrange"
    rf"|start|send|queue up"
    r"|queue|register|put|repeat|publish|share|say|begin|program|do|run|execute|trigger|fire|save)\b[:,]? ?"
    rf"(?P<object>{_ARTICLE}{_SUBJECT}?) ?(?:(?:to run|that runs|running"
    rf"|to post)\b ?)?(?:for\b ?)?[:,]? *(?P<rest>\S.*)",
    _FLAGS | re.DOTALL,
)
_TOLD: Final = re.compile(
    rf"{POLITE_FIRST}(?P<head>(?:tell|send|give|show|notify|message|dm|email|update|brief|ask|greet|alert"
    rf"|nudge|bug|ping|poke|warn)"
    r" (?:me|us|everyone|everybody|the team|the channel|this channel|all of us))[:,]? (?P<rest>\S.*)",
    _FLAGS | re.DOTALL,
)
_TIMELY: Final = re.compile(
    r"(?:every|each|at|on|in|tomorrow|today|tonight|daily|weekly|hourly|monthly|weekdays?|weekends?|next"
    r"|this|first"
    r"|last|second|third|fourth|fifth|the|cron|mon|tue|wed|thu|fri|sat|sun|noon|midnight|once|twice|yesterday"
    r"|evry|tommorow|tommorrow|tomorow|starting|from|@(?:daily|hourly|weekly|monthly|midnight|yearly)|[\d*])",
    _FLAGS,
)
_MOMENTS: Final = re.compile(
    r"(?:every|each|daily|weekdays|at|on|tomorrow|tonight|cron|mon|tue|wed|thu|fri|sat|sun|@)", _FLAGS
)
_JOIN: Final = re.compile(r"(?:to|that|:|,|-|which|saying)\s+", _FLAGS)
_MARK: Final = re.compile(r"[:,-]\s+")
_SCHEDULE: Final = re.compile(
    rf"(?i:{POLITE_FIRST}schedule)[:,]? (?P<rest>(?:(?i:(?:a|an|the|my|our|this|that|it|me|us|some|another"
    rf"|something|daily"
    r"|weekly|monthly|hourly|in|for|to|tell|say|post|give|write|summari[sz]e|send|share|list|show|report"
    r"|draft"
    r"|announce|translate|suggest|recommend|ask|check|find)\b)|[A-Z]).*)",
    re.DOTALL,
)
_NAMED_ONE: Final = re.compile(
    rf"{POLITE_FIRST}(?:create|new|add|set up|set|setup|make|start)(?: me)?(?: an?| the| new| another){0, 4}"
    r" (?:(?:recurring|repeating|new|daily) ){0,4}(?:schedule|scheduled (?:post|prompt|message))"
    r"(?: (?:to|that|which)\b|:)\s*(?P<rest>\S.*)",
    _FLAGS | re.DOTALL,
)
_REMINDER: Final = re.compile(
    rf"{POLITE_FIRST}(?:(?P<verb>set up|set|add|create|make|schedule|new|give me|send me|send us|give us|put"
    rf"|leave me|i need|i want)"
    r"(?: (?:me|us|up|a|an|the|another|new|my|our|daily|weekly|recurring))* )?reminders?(?P<after>\s*$"
    r"|(?: for (?P<who>me|us|everyone|everybody|the team|the channel))?(?:\s*[:,]\s*|\s+)"
    r"(?P<rest>(?P<on>to|that|about|of|for|at|on|in|every|each|tomorrow|tonight|next|daily|weekly"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b.*))",
    _FLAGS | re.DOTALL,
)
_TITLED_REMINDER: Final = re.compile(r"reminders?\s*:\s*(?P<rest>\S.*)", _FLAGS | re.DOTALL)
_BARE_REMINDER: Final = re.compile(
    r"^(remind (?:me|us|everyone|everybody|the team|the channel)) (?!(?:to|that|about|of|for|when|if)\b)",
    _FLAGS,
)
_FORGOTTEN: Final = re.compile(
    rf"{POLITE_FIRST}(?:do not|don['’]t|dont|never) let (?P<who>me|us) forget(?: about)? (?P<rest>\S.*)|"
    rf"{POLITE_FIRST}wake (?P<whom>me|us) up(?P<when> (?:at|in|on|tomorrow|every|each|\d).*|$)",
    _FLAGS | re.DOTALL,
)
_PAST: Final = re.compile(
    r"(?P<day>yesterday|last (?:night|week|month|mon|tues?|wed|thu|fri|sat|sun|monday|tuesday|wednesday"
    r"|thursday|friday"
    r"|saturday|sunday)|(?:\d{1,3}|an?|two|three|a few) (?:minutes?|mins?|hours?|hrs?|days?|weeks?"
    r"|months?) ago)"
    r"(?P<clock>,? (?:at |@ ?)?(?:\d{1,2}(?:[:.]\d\d)? ?(?:[ap]\.?m\.?)?|noon|midnight)(?!\w))?"
    r"(?:\s*[,:]\s*|\s+)(?P<rest>\S+)",
    _FLAGS,
)
_ORDERED: Final = re.compile(
    r"(?:please|tell|say|post|give|write|summari[sz]e|send|share|list|show|report|draft|announce"
    r"|translate|suggest"
    r"|recommend|ask|remind|check|ping|greet|create|make)\Z",
    _FLAGS,
)
_POSTED: Final = re.compile(
    rf"{POLITE_FIRST}(?:schedule|create|new|add|set|post|send|publish|share"
    r"|(?P<told>tell|give (?:me|us)|say|summari[sz]e|sum up|check|translate|ask))\b",
    _FLAGS,
)
_MOST_AFTER: Final = 5
"""Words after a time that is still the order's: `tell a joke every day at 9 for all of us`."""
_TECHNICAL: Final = re.compile(
    r"\b(?:task|job|cron|script|process|thread|workflow|pipeline|dag|backup|function|query|event|pod"
    r"|coroutine|loop|meeting"
    r"|appointment|interview|call|flight|email|tweet|command)s?\b[^?]* (?:in|with|using|on|via|from)\b",
    _FLAGS,
)


def read_order(text: str, *, now: datetime, zone: str | None) -> Request | None:
    """The schedule that an order asks for; None for what may be a prompt. Raises `WhenError`, as times do."""
    _refuse_past(text)
    if (reminder := _as_reminder(text)) is not None:
        return _read_reminder(reminder, now=now, zone=zone)
    for pattern in (_VERB, _TOLD):
        if (order := pattern.match(text)) and _TIMELY.match(order["rest"]):
            head = order["head"] if pattern is _TOLD else ""
            if (made := _time_leading(order["rest"], head=head, now=now, zone=zone)) is not None:
                return made
    if named := _NAMED_ONE.match(text):
        return _time_anywhere(named["rest"], now=now, zone=zone) or UsageError(problem="no_time")
    if named := _SCHEDULE.match(text):
        return _time_anywhere(named["rest"], now=now, zone=zone)
    return None


def is_untimed_order(text: str) -> bool:
    """True for an order to schedule something that says no time: `schedule a joke`."""
    order = _SCHEDULE.match(text)
    if order is None or len(text) > _REACH or text.rstrip().endswith("?"):
        return False
    return _TECHNICAL.search(text) is None and not re.match(r"(?:in|for|to)\b", order["rest"])


def time_amid(text: str, *, now: datetime, zone: str | None) -> str | None:
    """The words of a recurring time amid an order to post something, which may be its time."""
    order = _POSTED.match(text)
    if order is None or text.rstrip().endswith("?"):
        return None
    for start in re.compile(r"(?<=\s)(?:every|each)\b", _FLAGS).finditer(text, order.end(), _REACH):
        end = _end_of_time(text, start.start(), now=now, zone=zone)
        if end is None:
            continue
        is_short = len(text[end:].split()) <= _MOST_AFTER and is_own_time(text[: start.start()])
        if is_short or order["told"] is None:
            return text[start.start() : end]
    return None


def is_surely_time(text: str, ending: str, *, now: datetime) -> bool:
    """True for a recurring time that ends a text and belongs to nothing in it: `weekly report every friday`.

    Raises `WhenError` for one that cannot be kept.
    """
    if not is_own_time(text[: text.rfind(ending)]):
        return False
    timing = read_timing(ending, now=now, zone="UTC")
    return timing is not None and isinstance(timing.when, Cron)


def _end_of_time(text: str, start: int, *, now: datetime, zone: str | None) -> int | None:
    """Where the recurring time with a clock ends that begins there."""
    try:
        found = find_timing(text[start:], now=now, zone=zone or "UTC")
    except WhenError:
        return None
    if found is None or not found[1] or not text.endswith(found[1]):
        return None
    end = len(text) - len(found[1])
    said = text[start:end].rstrip(" ,:;-")
    return start + len(said) if re.search(r"\d|noon|midnight", said) else None


def _time_leading(rest: str, *, head: str, now: datetime, zone: str | None) -> Request | None:
    """The schedule if a time leads the rest of an order."""
    found = find_timing(rest, now=now, zone=zone)
    if found is None:
        return None
    timing, prompt = found
    if prompt and rest.lower().startswith(prompt.lower()[:40]):
        return None  # the time ends it
    if head and not (_MOMENTS.match(rest) and prompt):
        return None
    query = f"{head} {_without_mark(prompt)}" if head else _without_join(prompt)
    return checked_length(
        ScheduleRequest(timing=timing, query=query, other=other_reading(rest, now=now, zone=zone))
    )


def _time_anywhere(rest: str, *, now: datetime, zone: str | None) -> Request | None:
    """The schedule if a time begins or ends what is to be scheduled, also after *for*."""
    found = find_timing(rest, now=now, zone=zone)
    if found is None:
        return _after_for(rest, now=now, zone=zone)
    timing, prompt = found
    other = other_reading(rest, now=now, zone=zone)
    return checked_length(ScheduleRequest(timing=timing, query=_without_join(prompt), other=other))


def _after_for(rest: str, *, now: datetime, zone: str | None) -> Request | None:
    """`schedule a joke for every day at 9am`."""
    for found in re.compile(r"\s+for\s+(?=\S)", _FLAGS).finditer(rest, max(0, len(rest) - _REACH)):
        timing: Timing | None = read_timing(rest[found.end() :], now=now, zone=zone)
        if timing is not None:
            query = _without_join(rest[: found.start()])
            return checked_length(ScheduleRequest(timing=timing, query=query))
    return None


def _read_reminder(reminder: str, *, now: datetime, zone: str | None) -> Request | None:
    found = find_timing(reminder, now=now, zone=zone)
    if found is None:
        return _after_for(reminder, now=now, zone=zone)
    other = other_reading(reminder, now=now, zone=zone)
    query = _BARE_REMINDER.sub(r"\1: ", found[1])
    return checked_length(ScheduleRequest(timing=found[0], query=query, other=other))


def _as_reminder(text: str) -> str | None:
    """The same as `remind me …`, for what asks for a reminder in other words."""
    if found := _FORGOTTEN.match(text):
        who, rest = found["who"] or found["whom"], found["rest"] or f"to wake up{found['when'] or ''}"
        joined = rest if re.match(r"(?:to|that|about)\b", rest, _FLAGS) else f"of {rest}"
        return f"remind {who} {joined}"
    if found := _REMINDER.match(text):
        return _reminder_of(found)
    if titled := _TITLED_REMINDER.match(text):
        return f"remind us {titled['rest']}"
    return None


def _reminder_of(found: re.Match[str]) -> str | None:
    who, rest = found["who"] or "me", found["rest"]
    if rest is None:
        return f"remind {who}"
    if found["verb"] is None and found["on"].lower() in ("of", "in", "about", "that"):
        return None  # `reminder of the dangers of …`
    if found["on"].lower() == "for":
        rest = rest[len("for") :].strip()
        if not _TIMELY.match(rest):
            return None  # `create a reminder for my students`
    return f"remind {who} {rest}"


def _without_mark(prompt: str) -> str:
    """The prompt without a mark that parts it from its time: `tell us every day at 9: …`, never the *to*."""
    mark = _MARK.match(prompt)
    return prompt[mark.end() :] if mark else prompt


def _without_join(prompt: str) -> str:
    """The prompt without the *to* that joins it to its time."""
    join = _JOIN.match(prompt)
    return prompt[join.end() :] if join else prompt


def _refuse_past(text: str) -> None:
    """Refuse a time that has passed before an order: `yesterday at 9 tell me a joke`."""
    found = _PAST.match(text)
    if found is None or not _ORDERED.match(found["rest"].rstrip(".,:;!")):
        return
    said = " ".join(text[: found.start("rest")].split()).rstrip(",:")
    clock = (found["clock"] or " at 9").strip(" ,")
    raise WhenError(TimeFault.PASSED, said=said[0].upper() + said[1:], instead=(f"tomorrow {clock}",))
