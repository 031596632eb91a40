"""Orders about *this* schedule, said in the thread under one of its posts; pure.

`pause this until monday`, `skip the next one`, `when does this run next?`: the text is given back with the
schedule's id in the place of *this*, and means what that would mean. What may be said of the answer itself
(`delete this`, `stop`) shows the schedule with its buttons. `shorter` and `why is it down?` are about the
answer, and are no orders.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from bot.commands.words.spoken import POLITE_FIRST
from scheduler import WhenError, read_timing

_LONGEST: Final = 160
_FLAGS: Final = re.IGNORECASE
_THIS: Final = (
    r"(?:(?:this|that|it|these|them)(?:\s+(?:one|post|prompt|thing|series))?"
    r"|(?:this|that|the)\s+(?:(?:daily|weekly|monthly|recurring|scheduled)\s+)?(?:schedule|reminder|post|series)|the\s+posts)"
)
_NEXT: Final = (
    r"(?:(?:(?:the|this|its)\s+)?next\s+(?:one|run|post|time)"
    r"(?:\s+(?:of|for)\s+(?:this|that|it)(?:\s+schedule)?)?)"
)
_CLOCK: Final = r"(?:\d{1,2}(?:[:.]\d\d|\s*[ap]\.?m\.?|[:.]\d\d\s*[ap]\.?m\.?)|noon|midnight)"
_TIME: Final = (
    rf"(?:(?:at\s+)?{_CLOCK}\b.*|at\s+\d.*|(?:every|each|daily|weekly|monthly|hourly|weekdays|cron|on\s+(?:the\s+)?(?:\d"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun|week)days?)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|tomorrow|tonight|first|last)\b.*)"
)
_DAY: Final = (
    r"(?:(?:on|for|this|next)\s+)?(?:today|tomorrow|tonight|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?"
    r"|sundays?|week|the\s+weekend)(?:['’]s(?:\s+(?:one|run|post))?)?"
)
_END: Final = (
    r"(?:(?:until|till|til|untill)\s+\S.*|for\s+(?:the\s+)?rest\s+of\s+\S.*"
    r"|for\s+(?:the\s+)?(?:next\s+)?(?:\d+|an?|one|two|three|four|five|six|seven|a\s+few|a\s+couple\s+of)\s+"
    r"(?:more\s+)?(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|while|bit))"
)
_PLACES: Final = r"(?:<?[#@]\S.*|here\b.*|me\b.*)"
_TAIL: Final = re.compile(
    r"(?:[\s,]+(?:please|pls|plz|thanks|thank\s+you|thx|ty|for\s+now|now|instead|then|cheers|bitte|danke))+[\s.!?]*$",
    _FLAGS,
)
_ALSO: Final = r"(?:\s+(?:too|as\s+well|also))?"

_OF_POST: Final = re.compile(
    r"\b(?:delete|remove|unsend|hide|erase)\s+(?:this|that|the|your|my)\s+(?:last\s+)?(?:post|message|answer|reply)\b",
    _FLAGS,
)
"""One of its posts is meant, and not the schedule."""

_Reading = Callable[[str, "re.Match[str]"], str]


def _rule(pattern: str, reading: str | _Reading) -> tuple[re.Pattern[str], str | _Reading]:
    return re.compile(pattern, _FLAGS), reading


_RULES: Final = (
    # pauses
    _rule(
        rf"(?:pause|suspend|hold|stop|mute|disable|silence|snooze)\s+(?:posting\s+)?(?:{_THIS}\s+)?(?P<end>{_END})",
        "pause {id} {end}",
    ),
    _rule(rf"snooze\s+(?:{_THIS}\s+)?(?:to\s+)?(?P<end>{_DAY}|\d.*)", "snooze {id} {end}"),
    _rule(rf"snooze(?:\s+{_THIS})?", "snooze {id}"),
    _rule(rf"pause(?:\s+{_THIS})?", "pause {id}"),
    _rule(rf"(?:resume|unpause|restart|reactivate|enable)(?:\s+{_THIS})?", "resume {id}"),
    _rule(rf"(?:skip|omit|leave\s+out)(?:\s+(?:{_THIS}|{_NEXT}))?", "skip {id}"),
    _rule(rf"(?:unskip|don['’]?t\s+skip)(?:\s+(?:{_THIS}|{_NEXT}))?", "unskip {id}"),
    _rule(
        rf"(?:postpone|delay|push)\s+(?:{_THIS}\s+)?(?:to|until|till)\s+(?P<end>{_DAY})", "snooze {id} {end}"
    ),
    # times
    _rule(
        rf"(?:reschedule|move|change|shift|set|put|switch|postpone|delay|push|bring|edit|make|have|run|post|do|send)"
        rf"\s+(?:{_THIS}|the\s+time|its\s+time|the\s+schedule)\s+(?:(?:run|post|be|back|forward|up)\s+)?(?:to\s+)?(?P<when>{_TIME})",
        lambda name, found: _retimed(name, found),
    ),
    _rule(
        rf"(?P<when>{_TIME})\s+(?:instead|is\s+better|would\s+be\s+better|from\s+now\s+on)",
        "reschedule {id} {when}",
    ),
    _rule(
        rf"(?:reschedule|change\s+(?:the|its)\s+time)(?:\s+{_THIS})?|change\s+the\s+time\s+of\s+{_THIS}",
        "reschedule {id}",
    ),
    # the rest
    _rule(
        rf"(?:run|trigger|start|fire|execute|post|send)\s+{_THIS}(?:\s+(?:again|now|once\s+more))+",
        "run {id}",
    ),
    _rule(rf"(?:run|trigger|fire|execute|rerun|re-run)\s+{_THIS}", "run {id}"),
    _rule(
        rf"(?:edit|change|update|modify|adjust|fix)(?:\s+(?:{_THIS}|(?:the|its)\s+(?:prompt|text|question|schedule)|the\s+prompt\s+of\s+{_THIS}))?",
        "edit {id}",
    ),
    _rule(
        r"(?:edit|change|update|set|replace)\s+(?:the|its)\s+(?:prompt|question|text)\s*(?::|to\b|into\b|so\b|with\b).*",
        "edit {id}",
    ),
    _rule(
        rf"(?:rename|retitle)\s+(?:{_THIS}|the\s+name)(?:\s+(?:to|as|into))?\s+(?P<name>\S.*)",
        "rename {id} to {name}",
    ),
    _rule(
        rf"(?P<verb>move|copy|duplicate|clone)\s+{_THIS}\s+(?:over\s+)?(?:to|into)\s+(?P<places>{_PLACES})",
        "{verb} {id} to {places}",
    ),
    _rule(rf"(?:copy|duplicate|clone)\s+{_THIS}", "copy {id}"),
    _rule(
        rf"(?:transfer|give|assign|hand(?:\s+over)?)\s+{_THIS}(?:\s+over)?\s+to\s+(?P<who><?@\S.*)",
        "transfer {id} {who}",
    ),
    _rule(
        r"(?:delete|remove|cancel|end|unschedule|kill)\s+(?:this|that|the)\s+(?:schedule|reminder|series)",
        "delete {id}",
    ),
    _rule(
        rf"(?:(?:send|dm|give|get|forward|deliver)\s+(?:me\s+{_THIS}|{_THIS}\s+to\s+me)|subscribe(?:\s+me)?(?:\s+to)?(?:\s+{_THIS})?"
        rf"|follow\s+{_THIS}|i\s+(?:want|need|would\s+like)\s+(?:to\s+get\s+)?{_THIS}(?=\s+too|\s+as\s+well|\s+also)){_ALSO}(?:\s+(?P<when>{_TIME}))?",
        "subscribe {id} {when}",
    ),
    _rule(
        rf"(?:unsubscribe|unfollow)(?:\s+me)?(?:\s+from)?(?:\s+{_THIS})?|stop\s+sending\s+me\s+{_THIS}",
        "unsubscribe {id}",
    ),
    _rule(
        rf"(?:show\s+(?:me\s+)?)?(?:(?:the|its)\s+)?(?:run\s+)?(?:history|logs?|past\s+runs|last\s+runs)(?:\s+(?:of|for)\s+{_THIS})?",
        "history {id}",
    ),
    # what shows the schedule, with its buttons
    _rule(
        rf"(?:delete|remove|cancel|end|kill|drop|erase|hide|stop|mute|disable|silence|turn\s+off|get\s+rid\s+of)(?:\s+(?:posting\s+|sending\s+)?{_THIS}(?:\s+(?:here|in\s+(?:this|the)\s+channel))?)?",
        "show {id}",
    ),
    _rule(
        rf"(?:skip|cancel|pause|mute|stop|omit)\s+(?:{_THIS}\s+)?{_DAY}|(?:no|don['’]?t|do\s+not)\s+(?:post|run|send)(?:\s+{_THIS})?\s+{_DAY}|not\s+{_DAY}",
        "show {id}",
    ),
    _rule(rf"(?:cancel|stop|pause|mute)\s+{_NEXT}", "show {id}"),
    _rule(
        rf"(?:postpone|delay|move|shift|push|bring)\s+{_THIS}(?:\s+(?:by|to|one|an|a|\d|forward|back).*)?",
        "show {id}",
    ),
    _rule(
        rf"(?:post|send|share|forward|publish|add)\s+{_THIS}\s+(?:also\s+)?(?:to|in|into|with)\s+{_PLACES}",
        "show {id}",
    ),
    _rule(
        rf"(?:post|run|do|send|repeat|ask|schedule|share|i\s+want|i\s+need|have|get)\s+(?:{_THIS}|the\s+same)(?:\s+(?:again|also|too))?\s+(?P<when>{_TIME})",
        "show {id}",
    ),
    _rule(
        rf"(?:when|what\s+time|how\s+often)\s+(?:does|is|will|do|did|was)\s+(?:{_THIS}|the\s+next\s+(?:post|run))\s+(?:be\s+)?(?:next\s+)?"
        r"(?:run|runs|posted|post|sent|scheduled|repeat|repeated|come\s+out|go\s+out)(?:\s+(?:next|again|now|today))?",
        "show {id}",
    ),
    _rule(
        r"(?:when|what)\s+is\s+(?:the|its)\s+next\s+(?:run|post)|what\s+runs\s+next|next\s+run", "show {id}"
    ),
    _rule(
        r"who\s+(?:scheduled|set\s+up|made|created|owns)\s+(?:this|that|the)\s+(?:schedule|post|reminder|series)"
        r"|who\s+(?:scheduled|set\s+up)\s+(?:this|that|it)",
        "show {id}",
    ),
    _rule(
        rf"(?:which|what)\s+schedule\s+is\s+(?:this|that|it)|(?:manage|settings)(?:\s+(?:of\s+)?{_THIS})?|(?:show|open|see)\s+(?:me\s+)?(?:the|this|that)\s+schedule",
        "show {id}",
    ),
)
"""The first that fits all of the text says what it means; longer orders stand before shorter ones."""


def name_this(text: str, name: str) -> str | None:
    """The order with `name` in the place of *this*; None for a text that is about something else."""
    if len(text) > _LONGEST or "\n" in text.strip() or _OF_POST.search(text):
        return None
    said = " ".join(text.split())
    is_tailed = _TAIL.search(said)
    whole = said.rstrip(" .!?")
    bare = _TAIL.sub("", said).rstrip(" .!?,") if is_tailed else whole
    for form in dict.fromkeys((bare, whole)):
        polite = _POLITE.match(form)
        for words in dict.fromkeys((form, form[polite.end() :] if polite else form)):
            for pattern, reading in _RULES:
                if (found := pattern.fullmatch(words)) is not None and _is_timed(found):
                    return _read_as(reading, name, found)
    return None


_POLITE: Final = re.compile(
    rf"(?:(?:nvm|never\s?mind|no|wait|actually|oops|sorry|hm+|oh|well|ah)[,.!\s]+){{0,3}}{POLITE_FIRST}",
    _FLAGS,
)


def _is_timed(found: re.Match[str]) -> bool:
    """False of `put it first` and `make it last longer`, whose words begin like a time and are none."""
    when = found.groupdict().get("when")
    if not when or re.fullmatch(_CLOCK, when, _FLAGS):
        return True
    try:
        return read_timing(_TAIL.sub("", when).strip(" .,?!"), now=_ANY_DAY, zone="UTC") is not None
    except WhenError:  # a time that cannot be kept, which is said
        return True


_ANY_DAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""To tell times from other words, whatever day it is."""


def _read_as(reading: str | _Reading, name: str, found: re.Match[str]) -> str:
    if not isinstance(reading, str):
        return reading(name, found)
    parts = {key: _TAIL.sub("", value or "").strip(" .,?!") for key, value in found.groupdict().items()}
    return " ".join(reading.format(id=name, **parts).split())


def _retimed(name: str, found: re.Match[str]) -> str:
    """A new time; *post this every day at 8* may be a wish for another schedule, so it shows this one."""
    word = found[0].split(maxsplit=1)[0].lower()
    if word in ("post", "run", "do", "send", "have"):
        return f"show {name}"
    return f"reschedule {name} {found['when'].strip(' .,')}"
