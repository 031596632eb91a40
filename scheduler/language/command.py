"""Times as people write them ⇄ a cron or a moment, and the prompt that stands beside them.

A plain prompt must never be taken for a time: at the beginning of a command a phrase counts if nothing else
could be meant, at its end only if it names its time, and in a question only if it recurs at one. Quotes round
the whole command keep it from being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from scheduler.errors import WhenError
from scheduler.language.certainty import Certainty
from scheduler.language.nearly import refuse_nearly, refuse_rest
from scheduler.language.phrase import Delay, Found, scan
from scheduler.language.quotes import unquoted
from scheduler.language.resolve import resolve
from scheduler.timing import Timing


def read_timing(text: str, *, now: datetime, zone: str | None) -> Timing | None:
    """The time that the whole text names; None if it names none, a `WhenError` if it cannot be kept.

    Without a `zone`, one that names none itself and needs one is refused: `ZoneNeeded`.
    """
    text = _without_courtesy(text.strip())
    found = scan(text, _after_please(text))
    if found is None:
        return None
    refused = isinstance(found.meaning, WhenError) and found.certainty > Certainty.ALONE
    return resolve(found, now=now, zone=zone) if refused or found.end == len(text) else None


def find_timing(text: str, *, now: datetime, zone: str | None) -> tuple[Timing, str] | None:
    """The time at the beginning or the end of a command, and the prompt that remains, which may be empty.

    None for a plain prompt, and for a text wholly in quotes; a `WhenError` if the time cannot be kept. As for
    `zone`, see `read_timing`.
    """
    text = text.strip()
    found: Found | None
    if unquoted(text):
        return None
    if reminder := _read_reminder(text):
        prompt, found = reminder
    elif (found := scan(text, _after_please(text))) and _is_leading(found, text):
        refuse_rest(text, found)
        prompt = _SEPARATOR_AFTER.sub("", text[found.end :], count=1)
    elif ending := _at_the_end(text):
        prompt, found = ending
    else:
        refuse_nearly(text, found)
        return None
    prompt = prompt.strip()
    return resolve(found, now=now, zone=zone), unquoted(prompt) or prompt


def perhaps_timing(text: str) -> str | None:
    """The words that end a plain prompt and may have been meant as its time: `sum up the day every night`."""
    text = _without_courtesy(text.strip())
    if unquoted(text) or _QUESTION.match(text) or _SPAN.match(text):
        return None
    for place in _places_at_the_end(text):
        found = scan(text, place)
        if found and found.end == len(text) and found.certainty is Certainty.LEADING:
            return None if _LEADS_ON.search(text, 0, place) else text[place:]
    return None


# Where a time stands in a command


_SEPARATOR_AFTER: Final = re.compile(r"[^\S\n]*(?:[:,;]|[.!](?=\s)|[-–—](?=\s))?")
_REACH: Final = 240
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
_REQUEST: Final = re.compile(r"(?:can|could|would|will) you\b[^?]*\?$", re.IGNORECASE)
_REMINDER: Final = re.compile(r"(?:please,? )?remind (?:me|us|everyone|everybody|the team) ", re.IGNORECASE)
_AT_NOON: Final = re.compile(r"at (?:noon|midday|midnight)", re.IGNORECASE)
_SPAN: Final = re.compile(r"(?:please )?(?:explain|describe|teach|learn|cook|understand)\b", re.IGNORECASE)


def _after_please(text: str) -> int:
    please = re.match(r"please,?\s+", text, re.IGNORECASE)
    return please.end() if please else 0


def _without_courtesy(text: str) -> str:
    text = text.rstrip(" \t\n.!")
    return text[: -len("please")].rstrip(" \t\n,") if text.lower().endswith(" please") else text


def _without_separator(prompt: str) -> str:
    prompt = prompt.rstrip()
    return prompt[:-1] if prompt.endswith((":", ",", ";", " -", " –", " —")) else prompt


def _read_reminder(text: str) -> tuple[str, Found] | None:
    """`remind us at 5pm to stretch`, where the time stands in the middle."""
    if (begins := _REMINDER.match(text)) is None or (found := scan(text, begins.end())) is None:
        return None
    sure = found.certainty >= Certainty.STATED and re.match(r"\s+\S", text[found.end :])
    if not sure and not re.match(r"\s+(?:to|about|that|of)\s+\S", text[found.end :], re.IGNORECASE):
        return None
    return f"{text[: begins.end()].rstrip()} {text[found.end :].lstrip()}", found


def _is_leading(found: Found, text: str) -> bool:
    """True if the phrase at the beginning of `text` is meant as its time, judged by the words after it."""
    rest = text[found.end :]
    if not rest.strip(" \t\n.!"):
        return True
    if not re.match(r"\s|[:,;–—]|[.!]\s", rest):
        return False
    if found.certainty is Certainty.ALONE:
        return re.match(r"\s*:\s|[^\S\n]*\n|\s+[-–—]\s", rest) is not None
    if _SUBJECT.match(rest):
        return False
    new_sentence = text[0].islower() and rest.lstrip()[0].isupper()  # "every 30 minutes Is the queue long?"
    return found.certainty is Certainty.FIRM or new_sentence or _SENTENCE.match(rest) is None


def _places_at_the_end(text: str) -> Iterator[int]:
    """The beginnings of the last words, first come first."""
    for start in re.compile(r"(?<=\s)\S").finditer(text, max(0, len(text) - _REACH)):
        yield start.start()


def _may_be_told_of(found: Found, said: str) -> bool:
    """True for `explain calculus in 20 minutes` and `describe Rome at noon`."""
    return isinstance(found.meaning, Delay) or _AT_NOON.fullmatch(said) is not None


def _at_the_end(text: str) -> tuple[str, Found] | None:
    """The prompt and the time that ends it; the longest phrase there is."""
    text = _without_courtesy(text)
    if _REQUEST.match(text):
        text = text[:-1].rstrip()
    for place in _places_at_the_end(text):
        if (found := scan(text, place)) is None or found.end < len(text):
            continue
        open_ended = _QUESTION.match(text) or _LEADS_ON.search(text, 0, place)
        needed = Certainty.FIRM if open_ended else Certainty.STATED
        if found.certainty < needed or (_SPAN.match(text) and _may_be_told_of(found, text[place:])):
            continue
        return _without_separator(text[:place]), found
    return None
