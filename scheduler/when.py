"""Times as people write them ⇄ a cron or a moment, and the prompt that stands beside them.

A plain prompt must never be taken for a time: at the beginning of a command a phrase counts if nothing else
could be meant, at its end only if it names its time, and in a question only if it recurs at one. Quotes round
the whole command keep it from being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from scheduler.cron import Cron, at_wall, check_zone
from scheduler.errors import ImpossibleTime, PastTime, WhenError
from scheduler.language.certainty import Certainty
from scheduler.language.phrase import Delay, Found, Moment, Recurring, scan
from scheduler.language.vocabulary import MONTHS, WEEKDAYS, MonthDay, Weekday
from scheduler.language.wording import cron_words

_LONGEST: Final = timedelta(days=3660)
_SHORTEST: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Once:
    """One moment, and the zone in which it was meant."""

    at: datetime
    zone: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("expected an aware datetime")
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        object.__setattr__(self, "zone", check_zone(self.zone))


When = Cron | Once


def read_when(text: str, *, now: datetime, zone: str) -> When | None:
    """The time that the whole text names; None if it names none, a `WhenError` if it cannot be kept."""
    text = _without_courtesy(text.strip())
    found = scan(text, _after_please(text))
    if found is None:
        return None
    refused = isinstance(found.meaning, WhenError) and found.certainty > Certainty.ALONE
    return _kept(found, now, zone) if refused or found.end == len(text) else None


def find_when(text: str, *, now: datetime, zone: str) -> tuple[When, str] | None:
    """The time at the beginning or the end of a command, and the prompt that remains, which may be empty.

    None for a plain prompt, and for a text wholly in quotes; a `WhenError` if the time cannot be kept.
    """
    text = text.strip()
    if _unquoted(text) != text:
        return None
    if (found := scan(text, _after_please(text))) and _leads(found, text):
        prompt = _SEPARATOR_AFTER.sub("", text[found.end :], count=1)
    elif ending := _at_the_end(text):
        prompt, found = ending
    else:
        return None
    return _kept(found, now, zone), _unquoted(prompt.strip())


def describe(when: When, *, reader: str | None = None) -> str:
    """The words for `when`, which `read_when` understands; with its zone if that is not the reader's."""
    match when:
        case Cron():
            words = cron_words(when) or f"on the cron `{when.expression}`"
        case Once():
            wall = when.at.astimezone(ZoneInfo(when.zone))
            weekday = WEEKDAYS[wall.isoweekday() % 7]
            words = f"on {weekday} {wall.day} {MONTHS[wall.month - 1]} {wall.year} at {wall:%H:%M}"
        case _:
            assert_never(when)
    return words if reader in (None, when.zone) else f"{words} in {when.zone}"


# Where a time stands in a command


_QUOTES: Final = ('""', "“”", "„“", "''", "‘’", "«»")
_SEPARATOR_AFTER: Final = re.compile(r"[^\S\n]*(?:[:,;]|[.!](?=\s)|[-–—](?=\s))?")
_REACH: Final = 160
"""Characters at the end of a command among which its time is looked for."""
_SENTENCE: Final = re.compile(
    r"\s*(?:is|are|was|were|has|had|of|or|and|in|there|it|you|my|our|your|counts?)\b", re.IGNORECASE
)
_SUBJECT: Final = re.compile(r"\s*(?:i|we|they|he|she|people)\b", re.IGNORECASE)
_QUESTION: Final = re.compile(
    r"(?:what|how|why|who|whom|whose|when|where|which|is|are|was|were|do|does|did|can|could|will|would|should"
    r"|shall|has|have|had)(?:['’]?s|n['’]t)?\b",
    re.IGNORECASE,
)
_LEADS_ON: Final = re.compile(
    r"\b(?:is|are|was|were|be|by|until|till|before|after|from|to|than|since|of|for|between|around|the|a)\s+$",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"(?:please )?(?:explain|describe|teach|learn|cook|understand)\b", re.IGNORECASE)


def _unquoted(text: str) -> str:
    """What a pair of quotes around the whole text encloses."""
    for opening, closing in _QUOTES:
        inner = text[1:-1]
        if len(text) > 2 and text[0] == opening and text[-1] == closing and closing not in inner:
            return inner
    return text


def _after_please(text: str) -> int:
    please = re.match(r"please,?\s+", text, re.IGNORECASE)
    return please.end() if please else 0


def _without_courtesy(text: str) -> str:
    text = text.rstrip(" \t\n.!")
    return text[: -len("please")].rstrip(" \t\n,") if text.lower().endswith(" please") else text


def _without_separator(prompt: str) -> str:
    prompt = prompt.rstrip()
    return prompt[:-1] if prompt.endswith((":", ",", ";", " -", " –", " —")) else prompt


def _leads(found: Found, text: str) -> bool:
    """Whether the phrase at the beginning of `text` is meant as its time, seen by what follows it."""
    rest = text[found.end :]
    if not rest.strip(" \t\n.!"):
        return True
    if not re.match(r"\s|[:,;–—]|[.!]\s", rest):
        return False
    if found.certainty is Certainty.ALONE:
        return re.match(r"\s*:\s|[^\S\n]*\n|\s+[-–—]\s", rest) is not None
    if _SUBJECT.match(rest):
        return False
    return found.certainty is Certainty.FIRM or _SENTENCE.match(rest) is None


def _at_the_end(text: str) -> tuple[str, Found] | None:
    """The prompt and the time that ends it; the longest phrase there is."""
    text = _without_courtesy(text)
    for start in re.compile(r"(?<=\s)\S").finditer(text, max(0, len(text) - _REACH)):
        place = start.start()
        if (found := scan(text, place)) is None or found.end < len(text):
            continue
        open_ended = _QUESTION.match(text) or _LEADS_ON.search(text, 0, place)
        needed = Certainty.FIRM if open_ended else Certainty.STATED
        if found.certainty < needed or (isinstance(found.meaning, Delay) and _SPAN.match(text)):
            continue
        return _without_separator(text[:place]), found
    return None


# From a phrase to a time


def _kept(found: Found, now: datetime, zone: str) -> When:
    meaning = found.meaning
    match meaning:
        case WhenError():
            raise meaning
        case Recurring():
            return Cron(expression=meaning.expression, zone=meaning.zone or zone)
        case Delay():
            return _delayed(meaning, now, check_zone(meaning.zone or zone))
        case Moment():
            return _moment(meaning, now, check_zone(meaning.zone or zone))
        case _:
            assert_never(meaning)


def _delayed(delay: Delay, now: datetime, zone: str) -> Once:
    """Days keep the time on the wall, hours and minutes elapse; less than a minute counts as one."""
    if timedelta(seconds=delay.seconds).days + delay.days > _LONGEST.days:
        raise _too_far()
    tz, elapsed, now = ZoneInfo(zone), timedelta(seconds=delay.seconds), now.replace(microsecond=0)
    if not delay.days:
        return Once(at=now + max(elapsed, _SHORTEST), zone=zone)
    wall = now.astimezone(tz).replace(tzinfo=None) + timedelta(days=delay.days)
    if delay.clock:
        return _moment(Moment(day=wall.date(), clock=delay.clock), now, zone)
    return Once(at=at_wall(wall, tz) + elapsed, zone=zone)


def _moment(moment: Moment, now: datetime, zone: str) -> Once:
    """The first such moment after `now`; a time that the clocks leap over on its day is refused."""
    tz = ZoneInfo(zone)
    for day in _candidates(moment.day, now.astimezone(tz).date()):
        wall = datetime.combine(day, time(moment.clock.hour, moment.clock.minute))
        at = at_wall(wall, tz)
        if at <= now:
            continue
        if at - now > _LONGEST:
            raise _too_far()
        if (shown := at.astimezone(tz)).replace(tzinfo=None) != wall:
            raise ImpossibleTime(
                f"There is no {wall:%H:%M} on {day} in {zone}: the clocks leap over it to {shown:%H:%M}.",
                instead=(f"on {shown:%Y-%m-%d} at {shown:%H:%M}",),
            )
        return Once(at=at, zone=zone)
    raise _passed(moment, now, tz)


def _candidates(day: date | MonthDay | Weekday | str, today: date) -> Iterator[date]:
    """The days that are meant, in order, some of them perhaps too early."""
    match day:
        case date():
            yield day
        case Weekday(number):
            ahead = (number - today.isoweekday()) % 7
            yield from (today + timedelta(days=ahead), today + timedelta(days=ahead + 7))
        case MonthDay(month, number):
            for months in range(12 * 9):
                year, index = divmod(today.year * 12 + today.month - 1 + months, 12)
                if month in (None, index + 1):
                    try:
                        yield date(year, index + 1, number)
                    except ValueError:
                        continue  # a month without that day
        case "tomorrow":
            yield today + timedelta(days=1)
        case "today":
            yield today
        case _:
            yield from (today, today + timedelta(days=1))


def _passed(moment: Moment, now: datetime, tz: ZoneInfo) -> PastTime:
    if isinstance(moment.day, date):
        again = MonthDay(moment.day.month, moment.day.day)
        following = (
            day
            for day in _candidates(again, now.astimezone(tz).date())
            if datetime.combine(day, time(moment.clock.hour, moment.clock.minute), tz) > now
        )
        at = moment.clock
        return PastTime(f"{moment.day} at {at} has passed.", instead=(f"on {next(following)} at {at}",))
    return PastTime(f"{moment.clock} has passed today.", instead=(f"tomorrow at {moment.clock}",))


def _too_far() -> ImpossibleTime:
    return ImpossibleTime("That is more than ten years ahead.", instead=("every year on 1 January at 09:00",))
