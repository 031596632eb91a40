"""Words at the end of a prompt that belong to a time: sure ones, and those that no clock can keep.

`standup notes in a few hours` and `… every so often` want a time, and must not run now. A clause that goes on
to its own end keeps its words: `habits that people practise daily`, `things to do every day`.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.vocabulary import WEEKDAYS
from scheduler.language.nearly import find_slip
from scheduler.language.refusing import is_readable
from scheduler.language.slips import (
    has_letters_of,
    is_slip_of_unit,
    mended_adverb,
    mended_count,
    mistyped_every,
    slips_of_spans,
)

_FLAGS: Final = re.IGNORECASE
_REACH: Final = 80
_LAST_WORDS: Final = 7
"""Words at the end among which such a time is looked for."""
_DAYS: Final = tuple(name.lower() for name in WEEKDAYS)
_CLAUSE: Final = re.compile(
    r"\b(?:(?:that|which|who|where|when|what|how|why|whether|if|while|i|we|they|people|he|she|it|you|one)"
    r"(?: \S+){0,5}|[a-z]{3,}ing(?: \S+)?|(?:is|are|was|were|be|being|been)(?: \S+)?"
    r"|(?:happens?|runs?|comes?|paid|billed|charged|held|used|published|released|of|for|about|from|than"
    r"|like|or"
    r"|and|versus|vs|not|the|a|an|without|with))$",
    _FLAGS,
)
_PURPOSE: Final = re.compile(r"\bto [a-z]+(?: \S+){0,2}$", _FLAGS)
_TELLS: Final = re.compile(r"(?:please )?(?:tell|remind|ask|nudge|post|send|share|report|sum up)\b", _FLAGS)
_ORDERS: Final = re.compile(
    r"(?:please )?(?:(?:can|could|would|will) you )?(?:post|send|share|say|tell|give|report|check|list"
    r"|summari[sz]e|sum up"
    r"|draft|write|announce|remind|show|collect|review|run|suggest|recommend|update|ask|publish|translate)\b",
    _FLAGS,
)
_SOFT: Final = re.compile(
    r"in (?:a few|several|some|a couple of|a bit|a while|a moment)(?: more)?(?: (?:second|minute|min|hour"
    r"|hr|day|week)s?)?"
    r"|hourly|half-hourly|every so often|every now and (?:then|again)|every once in a while"
    r"|every (?:few|couple of|several|some) (?:second|minute|min|hour|hr|day|week|month)s?"
    r"|on an? (?:hourly|daily|weekly|monthly|regular) basis|at (?:EOD|COB|EOB|close of business)"
    r"|by (?:EOD|COB)"
    r"|(?:later|sometime|some time) (?:today|tonight|this (?:morning|afternoon|evening|week))"
    r"|every (?:hour|day|week|month|morning|evening) or so",
    _FLAGS,
)
"""Times that are hardly anything else, and that no clock can keep."""
_ORDERED: Final = re.compile(
    r"daily|everyday|weekly|monthly|nightly|fortnightly|biweekly|quarterly|yearly|annually"
    r"|(?:once|twice|thrice|(?:\d{1,2}|two|three|four|five) times) (?:(?:a|an|per|each|every) (?:hour|day"
    r"|week|month|year)|daily|weekly|monthly)"
    r"|from time to time|periodically|regularly|later|sometime|soon",
    _FLAGS,
)
"""Times after an order to post something, and an ordinary word after anything else."""
_INSTEAD: Final = (
    (r"daily|everyday|nightly|.*\b(?:day|daily|morning|evening)\b", "every day at 09:00"),
    (r"in .*\bdays?", "in 3 days at 9"),
    (r"in .*\bweeks?", "in 2 weeks at 9"),
    (r"in .*\b(?:hours?|hrs?)", "in 3 hours"),
    (r"in ", "in 20 minutes"),
    (r"every .*\bmin", "every 15 minutes"),
    (r"every .*\b(?:hours?|hrs?)|hourly|half-hourly|.*\bhour", "every 2 hours"),
    (r"at |by |later|some|soon", "at 17:00"),
    (r".*\b(?:week|weekly|fortnightly|biweekly)", "every Monday at 09:00"),
    (r".*\b(?:month|monthly|quarterly|yearly|annually)", "every month on the 1st at 09:00"),
)
_ARTICLE: Final = re.compile(r"\w+ an? ", _FLAGS)
_DAYED: Final = re.compile(rf"(every|each|ever|{mistyped_every()}) ([a-z]{{5,10}})$", _FLAGS)
_SPANNED: Final = re.compile(
    rf"(?P<every>every|each|{mistyped_every()}) (?P<half>half )?(?P<span>[a-z]+)", _FLAGS
)


def is_own_time(before: str) -> bool:
    """True if a time after these words belongs to none of them: `weekly report`, then `every friday`."""
    words = before[-_REACH:].rstrip()
    if _CLAUSE.search(words):
        return False
    return _PURPOSE.search(words) is None or _TELLS.match(before) is not None


def refuse_soft_end(text: str) -> None:
    """Raise a `WhenError` if the text ends in words of a time that cannot be kept."""
    for found in list(_WORD.finditer(text, max(0, len(text) - _REACH)))[-_LAST_WORDS:]:
        before, ending = text[: found.start()].rstrip(" ,:;-–—"), text[found.start() :]
        if not before or (nearest := _nearest_times(before, ending)) is None or not is_own_time(before):
            continue
        _refuse_ending(ending, *nearest)


_WORD: Final = re.compile(r"(?<=\s)\S")


def _nearest_times(before: str, ending: str) -> tuple[str, ...] | None:
    """The times nearest to an ending that is soft or has a slip; None for one that is neither."""
    soft = mended_adverb(ending) or ending
    if _SOFT.fullmatch(soft) or (_ORDERED.fullmatch(soft) and _ORDERS.match(before)):
        return tuple(phrase for pattern, phrase in _INSTEAD if re.match(pattern, soft, _FLAGS))
    mended = _mended_ending(ending) or find_slip(ending)
    return (mended,) if mended else None


def _mended_ending(ending: str) -> str | None:
    """What a count or a day with a slip of the keys was to be: `every 5 mintues`, `every firday`."""
    is_sure = not _ARTICLE.match(ending) or is_slip_of_unit(ending.split()[-1].lower())
    if is_sure and (counted := mended_count(ending)) and counted[0] == ending:
        return counted[1]
    if mended := _mended_span(ending):
        return mended
    if (dayed := _DAYED.match(ending)) and (day := _day_meant(dayed[2].lower())):
        return None if dayed[1].lower() in ("every", "each") and day == dayed[2].lower() else f"every {day}"
    return None


def _mended_span(ending: str) -> str | None:
    """`every hour` for `evry hour` and `every huor`; *None* for what needs no mending."""
    spanned = _SPANNED.fullmatch(ending)
    if spanned is None:
        return None
    span = spanned["span"].lower()
    meant = span if span in slips_of_spans().values() else slips_of_spans().get(span)
    mended = f"every {spanned['half'] or ''}{meant}"
    is_right = spanned["every"].lower() in ("every", "each") and meant == span
    return mended if meant and not is_right and is_readable(mended) else None


def _day_meant(word: str) -> str | None:
    """The day with these letters, two of them swapped, one doubled or one left out."""
    return next((day for day in _DAYS if word == day or has_letters_of(word, day)), None)


def _refuse_ending(said: str, *nearest: str) -> NoReturn:
    kept = [phrase for phrase in nearest if is_readable(phrase)][:1] or ["every Monday at 09:00"]
    raise WhenError(TimeFault.UNREADABLE, said=said, instead=kept)
