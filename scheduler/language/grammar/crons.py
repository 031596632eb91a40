"""Cron expressions as people paste them: with their word or without, with a zone, and from other programs.

Six fields, `L`, `W` and `#` are Quartz's; they are refused with what comes nearest. So is a day of the month
together with a weekday, unless the word `cron` says that it is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Final

from scheduler.cron import Cron
from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import CannotKeep, Certainty
from scheduler.language.grammar.limits import Limits, limit_at
from scheduler.language.grammar.meaning import Recurring, TimeReading
from scheduler.language.grammar.vocabulary import WEEKDAYS, Words, ordinal

_CRON_FIELD: Final = r"[0-9*?@](?:[^\s`:;]*[^\s`:;,])?"
_CRON_END: Final = r"(?![^\s:;,])"
_CRON_NAME: Final = "[a-z]{3}(?:[-,#][a-z]{3})*"
_SIXTH: Final = (
    r"(?: (?:[*?][^\s:;]*|\d+-\d+|\d*L|\d#\d|(?-i:[A-Z]{3}(?:[-,#]\w{1,3})*)|[a-z]{3}[-,][a-z]{3}))"
)
_CRON_LINE: Final = (
    rf"((?:(?:CRON_)?TZ=\S+ )?{_CRON_FIELD} {_CRON_FIELD}(?: (?:{_CRON_FIELD}|[a-z][a-z,-]*[a-z]|L|LW)){{3}}"
    rf"{_SIXTH}?)"  # a sixth field is taken along, to be refused
)

_NUMBERS: Final = r"[0-9*][0-9*,/-]*"
_BARE_CRON: Final = re.compile(
    rf"[^\S\n]*`?({_NUMBERS}) ({_NUMBERS}) ({_NUMBERS}W?|LW?|\?)"
    rf" ({_NUMBERS}|{_CRON_NAME}|\?) ({_NUMBERS}(?:L|#[1-5])?|{_CRON_NAME}|L|\?)(?![^\s:;,`])",
    re.IGNORECASE | re.ASCII,
)
_ZONED_CRON: Final = rf"`?(?:CRON_)?TZ=\S+ {_CRON_FIELD}"


def _sees_cron(words: Words) -> bool:
    """True for five fields without their word: with a star, and two stars or two numbers side by side first.

    `5 * 3 * 2` is none.
    """
    found = _BARE_CRON.match(words.text, words.position)
    if found is None:
        return words.sees(_ZONED_CRON)
    fields = found.groups()
    if not any(field[0] in "*?Ll" for field in fields):
        return False
    pairs = [all(field.startswith(("*", "?")) for field in pair) for pair in pairwise(fields)]
    return any(pairs) or not any(field.startswith("*") for field in fields[:2])


_NICKNAMES: Final = {
    "hourly": "0 * * * *", "daily": "0 0 * * *", "midnight": "0 0 * * *", "weekly": "0 0 * * 0",
    "monthly": "0 0 1 * *", "yearly": "0 0 1 1 *", "annually": "0 0 1 1 *",
}  # fmt: skip


def read_cron(words: Words) -> TimeReading | None:
    """`cron 0 9 * * 1-5`, in backticks or not, with its own `CRON_TZ=` or not; the word alone is no time."""
    start = words.position
    named = words.consume("(?:on )?(?:the )?cron:?") is not None
    if nickname := words.consume(r"`?@(hourly|daily|midnight|weekly|monthly|yearly|annually)`?"):
        meant, _ = _finish_cron(words, Cron.parse(_NICKNAMES[nickname[1].lower()]), None)
        return meant, Certainty.STATED
    if words.consume(r"@(?:reboot|every)(?: \S+)?") or words.consume(r"@(?:reboot|every)"):
        error = WhenError(
            TimeFault.CRON_FIELDS,
            said=words.read_since(start),
            instead=("cron 0 9 * * 1-5", "every 15 minutes"),
        )
        raise CannotKeep(error, Certainty.LEADING)
    if not named and not _sees_cron(words):
        return None
    found = words.consume(r"`([^`\n]*)`", end="") or words.consume(_CRON_LINE, end=_CRON_END)
    if found is None:
        if words.consume(rf"(?:(?:CRON_)?TZ=\S+ ?)?{_CRON_FIELD}", end=_CRON_END):
            said = words.read_since(start)
            error = WhenError(TimeFault.CRON_FIELDS, said=said, instead=("cron 0 9 * * 1-5",))
            raise CannotKeep(error, Certainty.LEADING)
        return None
    try:
        cron = _parse_cron(found[1])
    except WhenError as wrong:
        raise CannotKeep(wrong, Certainty.LEADING) from wrong
    if not named and cron.fields.either:
        raise CannotKeep(_either_error(cron), Certainty.LEADING)
    if _is_perhaps_six(found[1]) and (sixth := words.consume(r"[0-7](?= +[A-Z])")):
        error = WhenError(
            TimeFault.CRON_FIELDS, said=f"{found[1]} {sixth[0].strip()}", instead=("cron 0 9 * * 1-5",)
        )
        raise CannotKeep(error, Certainty.LEADING)
    return _finish_cron(words, cron, cron.zone if "TZ=" in found[1].upper() else None)


def _finish_cron(words: Words, cron: Cron, zone: str | None) -> TimeReading:
    limits = Limits(zone=zone)
    while limit_at(words, limits, timed=True, fine=True):
        pass
    return Recurring(expression=cron.expression, limits=limits), Certainty.LEADING


def _parse_cron(text: str) -> Cron:
    """A cron as other programs write it too: `?` is any day; six fields are refused with five of them."""
    fields = text.split()
    zone = fields.pop(0) if fields and "=" in fields[0] else ""
    if len(fields) == 6:
        instead = "cron 0 9 * * 1-5"
        if fields[0] == "0" and not re.search(r"\d", fields[5]):
            with suppress(WhenError):
                instead = f"cron {_parse_cron(' '.join(fields[1:])).expression}"
        raise WhenError(TimeFault.CRON_FIELDS, said=text, instead=(instead,))
    fields = ["*" if field == "?" and place in (2, 4) else field for place, field in enumerate(fields)]
    if nearest := _nearest_to_quartz(fields):
        bad = next(field for field in fields if re.search(r"[LW#]", field))
        raise WhenError(TimeFault.CRON_VALUE, said=bad, detail="number that a cron knows", instead=(nearest,))
    return Cron.parse(" ".join((zone, *fields)))


def _nearest_to_quartz(fields: Sequence[str]) -> str | None:
    """Words for Quartz's `L`, `15W`, `5L` and `1#1`, where there are any."""
    minute, hour, day, _, weekday = fields if len(fields) == 5 else ("",) * 5
    if not re.fullmatch(r"\d\d? \d\d?", f"{minute} {hour}"):
        return None
    at = f"{int(hour):02}:{int(minute):02}"
    if day == "L":
        return f"the last day of every month at {at}"
    if day == "LW":
        return f"the last weekday of every month at {at}"
    if nearest := re.fullmatch(r"(\d\d?)W", day):
        return f"every month on the {ordinal(int(nearest[1]))} at {at}"
    if found := re.fullmatch(r"([0-6])(?:(L)|#([1-5]))", weekday):
        which = "last" if found[2] else ("first", "second", "third", "fourth", "fifth")[int(found[3]) - 1]
        return f"the {which} {WEEKDAYS[int(found[1])]} of every month at {at}"
    return None


def _is_perhaps_six(text: str) -> bool:
    """True for five fields that could be six with a number to come: `0 0 9 * * 1`."""
    fields = text.split()
    return len(fields) == 5 and fields[:2] == ["0", "0"] and fields[2].isdigit() and fields[3:] == ["*", "*"]


def _either_error(cron: Cron) -> WhenError:
    """A day of the month and a weekday in a cron mean either one, which hardly anyone wants."""
    _, _, day, month, weekday = cron.expression.split()
    instead = [f"cron {cron.expression}"]
    fields = cron.fields
    weeks = {"1-7": "first", "8-14": "second", "15-21": "third", "22-28": "fourth"}
    if day in weeks and month == "*" and len(fields.weekdays) == 1 and len(fields.clock) == 1:
        at = f"{fields.hours[0]:02}:{fields.minutes[0]:02}"
        instead.insert(0, f"the {weeks[day]} {WEEKDAYS[int(weekday)]} of every month at {at}")
    return WhenError(TimeFault.CRON_EITHER, said=cron.expression, instead=instead)
