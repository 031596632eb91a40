"""Words that stand beside a time that was read, and belong to it.

A prompt may begin with a number or with *and*, so only words that go on like a time are refused: a second
clock or day, a first day, an exception, a range, a number of times. A colon, a line or a full stop between
them says where the prompt begins.
"""

from __future__ import annotations

import re
from typing import Final

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import Certainty
from scheduler.language.grammar.meaning import Delay, Found, Moment, Recurring
from scheduler.language.grammar.phrase import scan_phrase
from scheduler.language.grammar.vocabulary import (
    DASH,
    FULL_WEEKDAY,
    HOUR_WORD,
    MONTH,
    NTH,
    WEEKDAY,
    read_count,
)
from scheduler.language.refusing import is_readable, refuse, refuse_second, words_of
from scheduler.language.slips import (
    mended_after_hour,
    mended_clock,
    mended_part,
    slip_among,
)

_FLAGS: Final = re.IGNORECASE | re.ASCII
_BEGINS_PROMPT: Final = re.compile(r"\s*:(?!\d)|[^\S\n]*\n|[.!]+\s|\s*;")
_GAP: Final = r"[^\S\n]+"
_JOIN: Final = re.compile(
    rf"(?:[^\S\n]*(?P<comma>,)|[^\S\n]+(?P<dash>{DASH})(?=\s))?[^\S\n]*(?P<word>(?:and|or|but|then|plus|also)\b|[&+/])?(?:\s+then\b)?[^\S\n]*",
    _FLAGS,
)
_DAY_NAME: Final = rf"(?:{FULL_WEEKDAY}s?|weekdays?|weekends?)(?!')\b"
_MARKED_CLOCK: Final = (
    r"(?:\d{1,2}[:.]\d\d(?![\d.:%])(?: ?[ap]\.?m\b)?|\d{1,2} ?[ap]\.?m\b|(?:12 )?(?:noon|midnight|midday)\b)"
)
_SECOND_CLOCK: Final = re.compile(rf"(?:(?:at\b|@) ?)?{_MARKED_CLOCK}", _FLAGS)
_OTHER_CLOCK: Final = re.compile(r"(?:(?:at\b|@) ?)?\d{1,2}(?![\w.:,%/-])(?!,?[^\S\n]*\n)", _FLAGS)
_AT: Final = re.compile(
    rf"(?:at|@)\s*(?:around |about |roughly |approximately |approx\.? |circa |~ ?)?"
    rf"(?:\d{{1,2}}(?:[:.]\d{{1,2}}|{DASH}|/)\w*(?!\s*%)|\d{{1,2}}(?!\d|\s*%|[.,]\d)|{HOUR_WORD}\b"
    r"|half (?:past|\d|an? )|(?:a )?quarter (?:past|to)\b|noon\b|midnight\b|lunch(?:time)?\b"
    r"|dinner(?:time)?\b"
    r"|breakfast\b|sunrise\b|sunset\b|dawn\b|dusk\b|EOD\b|COB\b|EOB\b|close of business\b"
    r"|(?:the )?end of (?:the )?day\b)",
    _FLAGS,
)
_NEARLY_AT: Final = re.compile(r"(?:at |@ ?)(?P<clock>[^\s,:!?\d]\S*)(?P<more> [^\s,:!?]+)?", _FLAGS)
_TURNED_AT: Final = re.compile(r"ta (\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m)?|noon|midnight)(?!\w)", _FLAGS)
_LIMITS: Final = ("except", "excluding", "until", "starting", "beginning", "between")
_NO_LIMITS: Final = frozenset({"staring"})
_NEXT_WORD: Final = re.compile(r"[^\S\n]+(o clock|[ap] m|[a-z']+)(?=\s|$)")
_AT_OF_CLOCKED: Final = re.compile(
    rf"(?:at|@)\s*(?:(?:around|about|roughly|approximately) \d|\d{{1,2}}[:.]\d(?!\s*%)|\d{{1,2}}{DASH}\d)",
    _FLAGS,
)
_AROUND: Final = re.compile(
    r"(?:around|about|roughly|approximately|approx\.?|circa|~) ?\d{1,2}(?![\d%])(?! \w+s\b)", _FLAGS
)
_RANGE: Final = re.compile(
    rf"(?:from|between)\s+(?:\d{{1,2}}(?![\d%.,])(?:[:.]\d\d)?(?: ?[ap]m)?|noon|midnight)\s*(?:to|and"
    rf"|until|till|{DASH})\s*\d{{1,2}}(?:[:.]\d\d)?(?: ?[ap]m)?\b"
    rf"|\d{{1,2}}(?::\d\d)?\s?{DASH}\s?\d{{1,2}}\b(?!\s*%|[.,]\d)(?=\s+\S|\s*$)"
    rf"|(?:to|till|until)\s+\d{{1,2}}\b(?![%.,]\d)|{DASH}\d{{1,2}}\b",
    _FLAGS,
)
_EXCEPTION: Final = re.compile(
    r"(?:skip(?:ping|s)?|but\s+not|not|except|excluding|without|unless|no|minus)\s+(?:on\s+|in\s+|for\s+|during\s+|when\s+)?(?:the\s+|any\s+|every\s+|all\s+)?"
    rf"(?:(?:first|second|third|last|other|next|public|bank)\s+)?"
    rf"(?:{WEEKDAY}s?|{MONTH}|weekends?|weekdays?|holidays?|vacations?|summer|winter|spring|autumn|christmas|easter"
    rf"|days?|weeks?|months?|one|\d{{1,2}}(?:st|nd|rd|th))\b(?!')",
    _FLAGS,
)
_TIMES: Final = re.compile(
    r"(?:(?:only|just|for)\s+)?(?:x\s?\d{1,3}\b|\d{1,3}\s?x\b|(?:\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve)"
    r"\s+(?:times|repetitions|occurrences|runs)\b(?!\s+(?:tables?|as|the|\d|more|better|faster))"
    r"|(?:only\s+once|once\s+only|just\s+once|one\s+time|twice|thrice)\b(?!\s+(?:a|an|per|as|the)\b))",
    _FLAGS,
)
_SPAN: Final = re.compile(
    r"for\s+(?:the\s+)?(?:next\s+)?(?:a\s+)?(?:few|several|couple(?:\s+of)?|rest\s+of)\s+(?:the\s+)?(?:days|weeks|months|years|week|month|year)\b",
    _FLAGS,
)
_ON_DAY: Final = re.compile(
    rf"on\s+(?:the\s+)?(?:{FULL_WEEKDAY}s?(?!')|(?:first|second|third|fourth|fifth|last)\s+(?:{WEEKDAY}|day|week|work)|{NTH}"
    rf"|\d{{1,2}}\s+(?:{MONTH})|(?:{MONTH})\s+\d{{1,2}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}\b|weekdays|weekends)\b"
    rf"|(?:in|during)\s+(?:january|february|april|june|july|august|september|october|november|december)(?:\s+and\s+\w+)?\b"
    rf"(?=\s+\S+|\s*$)",
    _FLAGS,
)
_BRACKETS: Final = re.compile(r"\s*[(\[][^()\[\]\n]*[)\]]\s*$")
_CLOCK_AT_END: Final = re.compile(
    r"(?:at |@ ?)?(?:\d{1,2}(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?|noon|midnight)$", _FLAGS
)


def refuse_rest(text: str, found: Found, *, reader: str | None, ending: bool = False) -> None:
    """Raise a `WhenError` if what follows the time `found` goes on like one; if `ending`, to the end."""
    meaning = found.meaning
    if isinstance(meaning, WhenError):
        return
    unmarked = _UNMARKED_HOUR.match(text, found.end)
    if (
        unmarked
        and isinstance(meaning, Recurring)
        and not meaning.clocked
        and not _within_a_day(words_of(text, found))
    ):
        said = words_of(text, found)
        refuse(TimeFault.LEFT_OVER, unmarked[1], said, *_with_clock(said, unmarked[1]))
    if split := re.compile(r"(?:[^\S\n]*:|;)(\d\d)(?!\w)").match(text, found.end):
        said = words_of(text, found)
        whole = f"{said}:{split[1]}"
        refuse(TimeFault.UNREADABLE, text[found.start : split.end()], whole if is_readable(whole) else said)
    if _BEGINS_PROMPT.match(text, found.end):
        return
    said = words_of(text, found)
    if found.certainty >= Certainty.LEADING and (corrected := _CORRECTED.match(text, found.end)):
        refuse_second(said, text[found.end : corrected.end()])
    after = _NEXT_WORD.match(text, found.end)
    if after and found.certainty >= Certainty.STATED and (mended := mended_after_hour(after[1])):
        whole = f"{said} {mended}"
        refuse(TimeFault.LEFT_OVER, after[1], said, whole if is_readable(whole) else said)
    if part := part_after(text, found):
        refuse(TimeFault.LEFT_OVER, part[0], said, part[1])
    if ending and _BRACKETS.match(text, found.end):
        refuse(TimeFault.LEFT_OVER, text[found.end :].strip(), said)
    joined = _JOIN.match(text, found.end)
    place = joined.end() if joined else found.end
    if place == found.end and not text.startswith(("-", "–", "—", "/", "@"), place):
        return
    if ending and len(text) - place > _LAST_WORDS:
        return
    if ending and found.certainty is Certainty.LEADING:  # `post it every day between 9 and 17`
        left = _RANGE.match(text, place) or _BARE_NUMBER.match(text, place)
        if left and left.end() == len(text) and isinstance(meaning, Recurring):
            forms = _with_clock(said, left[0]) if left[0].isdigit() else ("every hour between 9 and 17",)
            refuse(TimeFault.LEFT_OVER, left[0], said, *forms)
        return
    word = (joined["word"] or "").lower() if joined else ""
    comma = bool(joined and (joined["comma"] or joined["dash"]))
    once = isinstance(meaning, Moment | Delay)
    if (word or comma) and (clock := _SECOND_CLOCK.match(text, place)):
        refuse_second(said, text[found.end : clock.end()])
    if word in ("or",) and (clock := _OTHER_CLOCK.match(text, place)):
        refuse_second(said, text[found.end : clock.end()])
    if (
        word
        and word not in ("but", "also")
        and (clock := re.compile(r"(?:at\b|@) ?\d{1,2}\b(?!\s*%)", _FLAGS).match(text, place))
    ):
        refuse_second(said, text[found.end : clock.end()])
    clock_alone = isinstance(meaning, Moment) and _CLOCK_ALONE.fullmatch(said) is not None
    if clock_alone and (gone := _PAST_DAY.match(text, place)):
        refuse(TimeFault.PASSED, text[found.start : gone.end()], f"tomorrow {said}")
    if (within := _within_a_day(said)) and (at := _PAST_HOUR.match(text, place)):
        past = min(int(at[1] or 30), 59)
        refuse(
            TimeFault.UNREADABLE, text[: at.end()].rstrip(), said, f"{said} at :{past:02}", f"{said} at 09:30"
        )
    if not once and not word and (left := _ON_DAY.match(text, place)):
        refuse(TimeFault.LEFT_OVER, left[0], said, _on_day_instead(text, place, said), said)
    other = scan_phrase(text, place, reader=reader)
    if other and _is_second(other, text, place, joined=bool(word), comma=comma):
        refuse_second(said, text[found.end : other.end])
    clockless = isinstance(meaning, Recurring | Moment) and not meaning.clocked
    if clockless and _within_a_day(said) is None and (nearly := _NEARLY_AT.match(text, place)):
        for typed in (f"{nearly['clock']}{nearly['more'] or ''}", nearly["clock"]):
            if (mended := mended_clock(typed)) and is_readable(f"{said} at {mended}"):
                refuse(TimeFault.LEFT_OVER, f"at {typed}", said, f"{said} at {mended}")
    if clockless and (turned := _TURNED_AT.match(text, place)) and is_readable(f"{said} at {turned[1]}"):
        refuse(TimeFault.LEFT_OVER, turned[0], said, f"{said} at {turned[1]}")
    if clockless and _within_a_day(said) is None and (at := _AT.match(text, place)):
        refuse(TimeFault.LEFT_OVER, text[place : at.end()], said, *_with_clock(said, at[0]))
    if at := _AT_OF_CLOCKED.match(text, place) or (_AROUND.match(text, place) if not word else None):
        refuse(TimeFault.LEFT_OVER, text[place : at.end()], said, *_with_clock(said, at[0]))
    if not word and not once and (clock := _SECOND_CLOCK.match(text, place)):
        refuse(TimeFault.LEFT_OVER, clock[0], said, *(_with_clock(said, clock[0]) if clockless else (said,)))
    if hours := _RANGE.match(text, place):
        numbers = re.findall(r"\d{1,2}(?::\d\d)?", hours[0])
        between = numbers if len(numbers) == 2 else [*re.findall(r"\d{1,2}", said)[-1:], *numbers]
        unit = said if within else "every hour"
        nearest = (
            f"{unit} between {between[0]} and {between[-1]}"
            if len(between) == 2
            else "every hour between 9 and 17"
        )
        fault = TimeFault.UNREADABLE if within else TimeFault.LEFT_OVER
        refuse(fault, text[: hours.end()].rstrip() if within else hours[0], said, nearest)
    if once:
        return
    if after and after[1] not in _NO_LIMITS and (limit := slip_among(after[1], _LIMITS)):
        whole = f"{said} {limit}{text[after.end() :]}"
        time = scan_phrase(whole)
        refuse(TimeFault.LEFT_OVER, after[1], said, whole[: time.end] if time else said)
    for pattern, nearest in (
        (_EXCEPTION, "every day at 09:00 except weekends"),
        (_TIMES, f"{said} for 10 days"),
        (_SPAN, f"{said} for 3 weeks"),
        (_ON_DAY, _on_day_instead(text, place, said)),
    ):
        if left := pattern.match(text, place):
            refuse(TimeFault.LEFT_OVER, left[0], said, nearest, said)


_TIME_AGAIN: Final = (
    r"(?:(?:at|on|every)\s+)*(?:\d{1,2}(?:[:.]\d\d)?(?:\s*[ap]\.?m\b\.?)?(?![\w%.]|:\d)|noon\b|midnight\b"
    rf"|tomorrow\b|{FULL_WEEKDAY}s?\b)"
)
_CORRECTED: Final = re.compile(
    r"(?:\s*[,;–—-]\s*|\s+)(?:(?:no|nope|hm+|oh)[\s,;]+)?"
    r"(?:wait|actually|sorry|oops|i\s+mean|i\s+meant|make\s+that)[\s,;:]+"
    rf"(?:(?:no|wait|sorry|i\s+mean|make\s+(?:it|that))[\s,;:]+)*{_TIME_AGAIN}"
    rf"|\s*[,;–—-]\s*(?:no|nope)[,;]\s+{_TIME_AGAIN}|\s+or\s+{_TIME_AGAIN}(?=\s*[:;])",
    _FLAGS,
)
"""Another time in the place of the one before it: `every day at 9, no, at 10`, `at 9 or 10: …`."""


def part_after(text: str, found: Found) -> tuple[str, str] | None:
    """A part of the day with a slip after a day, and the time put right: `every monday moring at 8`."""
    meaning, after = found.meaning, _NEXT_WORD.match(text, found.end)
    if after is None or not isinstance(meaning, Recurring | Moment) or meaning.clocked:
        return None
    if (part := mended_part(after[1])) is None:
        return None
    day = f"{words_of(text, found)} {part}"
    whole = f"{day}{text[after.end() :]}"
    time = scan_phrase(whole)
    return (after[1], whole[: time.end]) if time and time.end >= len(day) else None


_UNMARKED_HOUR: Final = re.compile(
    rf"{_GAP}([01]?\d|2[0-3])(?=\s*[:,;]\s|\s*$|\s+(?:to|in|into)\s+<?[#@])", _FLAGS
)
"""An hour that can be nothing else: `every monday 9: …`, `every monday 9 to #ops: …`."""
_LAST_WORDS: Final = 60
_CLOCK_ALONE: Final = re.compile(r"(?:(?:at|around|about|@) ?)+\S+(?: ?(?:[ap]\.?m\.?|o'?clock))?", _FLAGS)
_PAST_DAY: Final = re.compile(r"(?:yesterday|last night)(?![\w'])", _FLAGS)
_BARE_NUMBER: Final = re.compile(r"\d{1,2}(?![\d:.])")


def refuse_glued(text: str, found: Found) -> None:
    """Raise a `WhenError` for what is glued to a time with its clock: `every day at 9am/10am`."""
    if glued := re.compile(r"(?:\.(?=\w)|[^\s.!?,:;'\"])\S*").match(text, found.end):
        refuse(TimeFault.LEFT_OVER, glued[0][:40], words_of(text, found))


_PAST_HOUR: Final = re.compile(r"at (?:(\d{1,2})(?!\d|[:.]\d)|half past |quarter (?:past|to) )", _FLAGS)
_WITHIN_A_DAY: Final = re.compile(r"\b(?:hour|minute|min|hr)s?$", _FLAGS)


def _within_a_day(said: str) -> re.Match[str] | None:
    return _WITHIN_A_DAY.search(said)


def _is_second(other: Found, text: str, place: int, *, joined: bool, comma: bool) -> bool:
    """True if a second time stands there."""
    words = text[place : other.end]
    if isinstance(other.meaning, Recurring):
        if re.match(r"(?:every|each)\b", words, re.IGNORECASE):
            return other.certainty >= Certainty.LEADING
        return other.certainty >= Certainty.STATED or (
            joined and re.match(_DAY_NAME, words, re.I) is not None
        )
    if isinstance(other.meaning, WhenError):
        return other.certainty >= Certainty.LEADING
    clocked = re.search(r"\d[:.]\d\d|\d ?[ap]m\b|\bat \d|noon|midnight", words, re.IGNORECASE) is not None
    if isinstance(other.meaning, Delay):
        return False
    if other.meaning.day == "next":
        return False
    day = re.match(rf"(?:on )?{_DAY_NAME}", words, re.IGNORECASE) is not None
    return clocked or ((joined or comma) and day and not re.match(r"\s*\w+'", text[place:]))


def _with_clock(said: str, at: str) -> tuple[str, ...]:
    number = re.search(r"(\d{1,2})(?:(?:[:.]|-(?=[3-5]))(\d\d))?( ?[ap]\.?m)?", at, re.IGNORECASE)
    spelled = re.search(rf"\b{HOUR_WORD}\b", at, re.IGNORECASE)
    hour = int(number[1]) if number else read_count(spelled[0]) if spelled else 9
    if hour > 23:
        hour = 9
    half = "30" if "half" in at.lower() else None
    minute = (number[2] if number else None) or half or "00"
    meridiem = number[3].strip() if number and number[3] else ""
    base = re.sub(r",?\s*(?:at|@)\s.*$", "", said, flags=re.IGNORECASE)
    return (f"{base} at {hour}:{minute}{meridiem}" if meridiem else f"{base} at {hour:02}:{minute}",)


def _on_day_instead(text: str, place: int, said: str) -> str:
    weekday = re.match(rf"on\s+(?:the\s+)?(?:\w+\s+)?({FULL_WEEKDAY})", text[place:], re.IGNORECASE)
    if "month" in said.lower() and weekday:
        return f"first {weekday[1].lower()} of the month at 09:00"
    return f"every {weekday[1].lower()} at 09:00" if weekday else "every month on the 1st at 09:00"
