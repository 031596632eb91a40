"""Times as people write them ⇄ a cron or a moment, and the prompt that stands beside them.

A plain prompt must never be taken for a time: at the beginning of a command a phrase counts if nothing else
could be meant, at its end only if it names its time, and in a question only if it recurs at one. Nor may
words of a time become part of a prompt: what stands beside a time is looked at once more, and refused if it
goes on like one. Quotes round the whole command keep it from being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from unicodedata import category

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.job import QUERY_LIMIT
from scheduler.language.endings import refuse_soft_end
from scheduler.language.grammar.certainty import Certainty
from scheduler.language.grammar.meaning import Delay, Found, Moment, Recurring
from scheduler.language.grammar.phrase import scan_phrase
from scheduler.language.leftover import part_after, refuse_glued, refuse_rest
from scheduler.language.nearly import refuse_nearly
from scheduler.language.quotes import cut_quotes
from scheduler.language.resolve import name_other_reading, resolve_phrase
from scheduler.language.typed import Typed
from scheduler.language.words_before import refuse_adverb, refuse_before, refuse_both_ends
from scheduler.timing import Timing

_LONGEST_TIME: Final = 1_000
_LONGEST_COMMAND: Final = QUERY_LIMIT + _LONGEST_TIME


def read_timing(text: str, *, now: datetime, zone: str | None) -> Timing | None:
    """The time that the whole text names; None if it names none, a `WhenError` if it cannot be kept.

    Without a `zone`, one that names none itself and needs one is refused: `ZoneNeeded`.
    """
    if len(text) > _LONGEST_TIME:
        return None
    text = _without_courtesy(Typed.read(text).plain)
    found = scan_phrase(text, _after_please(text), reader=zone)
    if found is None:
        return None
    refused = isinstance(found.meaning, WhenError) and found.certainty > Certainty.ALONE
    if refused or found.end == len(text):
        return resolve_phrase(found, now=now, zone=zone)
    refuse_rest(text, found, reader=zone)
    return None


def find_timing(text: str, *, now: datetime, zone: str | None) -> tuple[Timing, str] | None:
    """The time at the beginning or the end of a command, and the prompt that remains, which may be empty.

    None for a plain prompt, and for a text wholly in quotes; a `WhenError` if the time cannot be kept. As for
    `zone`, see `read_timing`.
    """
    parts = _split_command(text, reader=zone)
    if parts is None:
        return None
    found, prompt = parts
    return resolve_phrase(found, now=now, zone=zone), cut_quotes(prompt) or prompt


def other_reading(text: str, *, now: datetime, zone: str | None) -> str | None:
    """The other time that a command may mean, in words, where its words have two usual readings.

    `next friday` is two days from a Wednesday, or nine; five o'clock is in the afternoon, or in the morning.
    """
    parts = _split_command(text, reader=zone)
    return None if parts is None else name_other_reading(parts[0], now=now, zone=zone)


def _split_command(text: str, *, reader: str | None) -> tuple[Found, str] | None:
    """The time in a command, before any clock is asked, and the prompt beside it."""
    if len(text) > _LONGEST_COMMAND:
        return None
    typed = Typed.read(text)
    plain = typed.plain
    if cut_quotes(typed.text):
        return None
    found: Found | None
    if begins := _REMINDER.match(plain):
        prompt, found = _read_reminder(typed, begins.end(), reader=reader)
        if found is None:
            return None
    elif (found := scan_phrase(plain, _after_please(plain), reader=reader)) and _is_leading(found, plain):
        refuse_rest(plain, found, reader=reader)
        begin = _SEPARATOR_AFTER.match(plain, found.end)
        prompt = typed.between(begin.end() if begin else found.end)
        clockless = isinstance(found.meaning, Recurring | Moment) and not found.meaning.clocked
        if clockless and (ending := _at_the_end(plain[found.end :], reader=reader)):
            refuse_both_ends(plain, found, ending[1])
    elif ending := _at_the_end(plain, reader=reader):
        prompt, found = typed.between(0, ending[0]), ending[1]
    else:
        if found is not None and (found.certainty >= Certainty.LEADING or part_after(plain, found)):
            refuse_rest(plain, found, reader=reader)
        if found is not None and found.certainty is Certainty.FIRM:
            refuse_glued(plain, found)
        refuse_nearly(plain, found)
        if not (_QUESTION.match(plain) or _SPAN.match(plain) or plain.endswith("?")):
            refuse_soft_end(_without_courtesy(plain))
        return None
    return found, prompt.strip()


def perhaps_timing(text: str) -> str | None:
    """The words that end a plain prompt and may have been meant as its time: `sum up the day every night`."""
    if len(text) > _LONGEST_COMMAND:
        return None
    typed = Typed.read(text)
    text = _without_courtesy(typed.plain)
    if cut_quotes(typed.text) or _QUESTION.match(text) or _SPAN.match(text):
        return None
    for place in _places_at_the_end(text):
        found = scan_phrase(text, place)
        if found is None:
            continue
        slip = part_after(text, found)
        end = found.end + len(f" {slip[0]}") if slip else found.end
        if end == len(text) and (slip or found.certainty is Certainty.LEADING):
            return None if _leads_on(text, place) else typed.between(place, len(text))
    return None


# Where a time stands in a command


_SEPARATOR_AFTER: Final = re.compile(r"[^\S\n]*(?:[:,;—]|[.!]+(?=\s)|[-–](?=\s))?")
_REACH: Final = 240
"""Characters at the end of a command among which its time is looked for."""
_SENTENCE: Final = re.compile(
    r"\s*(?:is|are|was|were|has|had|of|or|and|in|there|it|you|my|our|your|counts?)\b", re.IGNORECASE
)
_SUBJECT: Final = re.compile(r"\s*(?:i|we|they|he|she|people)\b", re.IGNORECASE)
_QUESTION: Final = re.compile(
    r"(?:what|how|why|who|whom|whose|when|where|which|is|are|was|were|do|does|did|can|could|will|would|should"
    r"|shall|has|have|had)(?:'?s|n't)?\b",
    re.IGNORECASE,
)
_NEVER_KEPT: Final = re.compile(r"(?:why|when|do|does|did)\b", re.IGNORECASE)
"""Questions that nobody schedules, with or without their mark."""
_LEADS_ON: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|by|until|till|before|after|from|to|than|since|of|for|between|around|the|a|an|on|at"
    r"|this|next|last|about|within|during|through|past|called|named|not|and not|says?|means?)\s*$",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"\b(?:going|goes|went|gone|go|carry|carries|moving|move|working|works?|based|focus(?:ed)?|log(?:ged)?|turned|hold"
    r"|keeps?|what's|comes?|coming|up|early|later|so|and) on\s*$",
    re.IGNORECASE,
)
_ON: Final = re.compile(r"\bon\s*$", re.IGNORECASE)
_RECURS: Final = re.compile(r"(?:every|each|daily|weekdays|weekends)\b", re.IGNORECASE)
_REQUEST: Final = re.compile(r"(?:can|could|would|will) you\b[^?]*$", re.IGNORECASE)
_REMINDER: Final = re.compile(
    r"(?:please,? )?(?:(?:can|could|would|will) you (?:please )?)?"
    r"remind (?:me|us|everyone|everybody|the team|the channel|all(?: of us)?|<@\w+>"
    r"|@\S+)(?= |$)",
    re.IGNORECASE,
)
_ASKS_BACK: Final = re.compile(r"\s+(?:what|how|why|who|where|which|whether|when|if)\b", re.IGNORECASE)
_AT_NOON: Final = re.compile(r"at (?:noon|midday|midnight)", re.IGNORECASE)
_SPAN: Final = re.compile(r"(?:please )?(?:explain|describe|teach|learn|cook|understand)\b", re.IGNORECASE)
_IMPERATIVE: Final = re.compile(
    r"\s+(?:please\s+)?(?:(?:summari[sz]e|tell|give|send|remind|write|translate|recommend)\s+\S"
    r"|(?:say|post|share|list|show|check|find|report|ask|run|draft|create|make|suggest|pick|read|review|update|collect)"
    r"\s+(?:the|a|an|us|me|our|my|all|everyone|what|how|who|any|new|hello|hi)\b)",
    re.IGNORECASE,
)
_POSTS: Final = re.compile(r"\s+(?:Post|Say|Summari[sz]e|Check)\s*$")


def _after_please(text: str) -> int:
    please = re.match(r"please,?\s+", text, re.IGNORECASE)
    return please.end() if please else 0


_COURTESY: Final = re.compile(
    r"(?:(?<=[\s,.!?;)])|(?<=,))(?:please|pls|plz|thanks(?: a lot| a million| so much| in advance"
    r"| again)?|many thanks"
    r"|(?:thank you|thank u)(?: so much| very much| in advance)?|thx|tnx|thnx|tysm|ty|cheers|kthxbye"
    r"|(?:much )?appreciated|if (?:possible|you can|you don't mind)|ok(?:ay)?|for (?:me|us)|would you|xx+"
    r"|bitte(?: schön| sehr)?|(?:danke|dankeschön)(?: schön| dir| sehr)?|vielen dank|besten dank"
    r"|merci(?: beaucoup| bien)?|s['’]il (?:te|vous) pla[iî]t|svp|stp|(?:muchas )?gracias|por favor"
    r"|grazie(?: mille)?|per favore|(?:muito )?obrigad[oa]|tack(?: så mycket)?|takk|dank je(?: wel)?"
    r"|alsjeblieft|alstublieft|спасибо|пожалуйста|ありがとう(?:ございます)?|お願いします|谢谢|請|감사합니다"
    r"|<3|[:;]-?[)D(P])$",
    re.IGNORECASE,
)
_SHORTCODE: Final = re.compile(r":[a-z+][a-z0-9_+-]{0,40}:$", re.IGNORECASE)
_LONGEST_COURTESY: Final = 48
_MOST_COURTESIES: Final = 12


def _without_courtesy(text: str) -> str:
    """The text without thanks, emoji and marks at its end; they hide no time."""
    end, courtesies = len(text), 0
    while end:
        last = text[end - 1]
        if last.isspace() or last in ".!?;" or _is_emoji(last):
            end -= 1
            continue
        tail = text[max(0, end - _LONGEST_COURTESY) : end]
        found = _COURTESY.search(tail) or (_SHORTCODE.search(tail) if last == ":" else None)
        if found is None or found.start() == 0 or courtesies == _MOST_COURTESIES:
            break
        end, courtesies = end - len(found[0]), courtesies + 1
        while end and (text[end - 1].isspace() or text[end - 1] == ","):
            end -= 1
    return text[:end]


def _is_emoji(character: str) -> bool:
    return ord(character) > _LAST_LETTER_LIKE and category(character) in ("So", "Sk", "Mn", "Me")


_LAST_LETTER_LIKE: Final = 0x2000


def _prompt_end(text: str, place: int) -> int:
    """The end of the prompt that stands before the time at `place`."""
    kept = text[:place].rstrip()
    return len(kept[:-1] if kept.endswith((":", ",", ";", " -", " –", " —")) else kept)


def _leads_on(text: str, place: int) -> bool:
    """True if the words before a phrase make it a part of what is asked: `for friday at 8pm`."""
    before = text[max(0, place - 40) : place]
    if _ON.search(before) and _RECURS.match(text, place):
        return False  # `what is going on every day at 9`
    return _LEADS_ON.search(before) is not None


def _read_reminder(typed: Typed, begins: int, *, reader: str | None) -> tuple[str, Found | None]:
    """`remind us at 5pm to stretch`, `remind us to stretch at 5pm`; only one that asks is for now."""
    plain = typed.plain
    found = scan_phrase(plain, begins, reader=reader)
    if found is not None:
        rest = plain[found.end :]
        sure = found.certainty >= Certainty.STATED and re.match(r"\s+\S|,\s*\S|:\s*\S", rest)
        if sure or re.match(r",?\s+(?:to|about|that|of)\s+\S", rest, re.IGNORECASE):
            refuse_rest(plain, found, reader=reader)
            begin = re.compile(r"\s*[,:]?\s*").match(plain, found.end)
            start = begin.end() if begin else found.end
            return f"{typed.between(0, begins).rstrip()} {typed.between(start).lstrip()}", found
    if ending := _at_the_end(plain, reader=reader, least=Certainty.ALONE):
        return typed.between(0, ending[0]), ending[1]
    if _ASKS_BACK.match(plain, begins) and _leading_on_at_the_end(plain, reader=reader) is None:
        return "", None
    who = plain[:begins].strip()
    leading = _leading_on_at_the_end(plain, reader=reader)
    later = f"{leading} that …" if leading else "tomorrow at 9 to …"
    raise WhenError(
        TimeFault.REMINDER_UNTIMED,
        said=leading or "",
        instead=(f"{who} {later}", f"{who} every friday at 16:00 to …"),
    )


def _leading_on_at_the_end(text: str, *, reader: str | None) -> str | None:
    """The time that ends a text and is a part of what it says: `that the release is tomorrow at 5pm`."""
    text = _without_courtesy(text)
    for place in _places_at_the_end(text):
        if (found := scan_phrase(text, place, reader=reader)) and found.end == len(text):
            return text[place:]
    return None


def _is_leading(found: Found, text: str) -> bool:
    """True if the phrase at the beginning of `text` is meant as its time, judged by the words after it."""
    rest = text[found.end :]
    if not rest.strip(" \t\n.!"):
        return True
    if not re.match(r"\s|[:,;–—@]|[.!]+(?:\s|$)", rest):
        return False
    if found.certainty is Certainty.ALONE:
        if re.match(r"\s*:\s|[^\S\n]*\n|\s+[-–—]\s", rest):
            return True
        return _is_openable(found) and (_IMPERATIVE.match(rest) or _POSTS.match(rest)) is not None
    if _SUBJECT.match(rest):
        return False
    new_sentence = text[0].islower() and rest.lstrip()[0].isupper()  # "every 30 minutes Is the queue long?"
    return found.certainty is Certainty.FIRM or new_sentence or _SENTENCE.match(rest) is None


def _is_openable(found: Found) -> bool:
    """True for what is a time before an order: `hourly post the digest`, and `today post …` is none."""
    meaning = found.meaning
    return not (
        isinstance(meaning, Delay) or (isinstance(meaning, Moment) and meaning.day in ("today", "next"))
    )


def _places_at_the_end(text: str) -> Iterator[int]:
    """The beginnings of the last words, first come first."""
    for start in re.compile(r"(?<=\s)\S").finditer(text, max(0, len(text) - _REACH)):
        yield start.start()


def _may_be_told_of(found: Found, said: str) -> bool:
    """True for `explain calculus in 20 minutes` and `describe Rome at noon`."""
    return isinstance(found.meaning, Delay) or _AT_NOON.fullmatch(said) is not None


def _at_the_end(
    text: str, *, reader: str | None, least: Certainty = Certainty.STATED
) -> tuple[int, Found] | None:
    """The end of the prompt, and the time that ends the text; the longest phrase there is, or none.

    What is turned down is turned down as a whole: its own tail is no time either.
    """
    whole, text = text, _without_courtesy(text)
    asks = _QUESTION.match(text) is not None
    if (
        asks
        and not _REQUEST.match(text)
        and (whole[len(text) :].lstrip().startswith("?") or _NEVER_KEPT.match(text))
    ):
        return None
    for place in _places_at_the_end(text):
        if (found := scan_phrase(text, place, reader=reader)) is None:
            continue
        if found.end < len(text):
            if not asks and found.certainty >= Certainty.LEADING and not _leads_on(text, place):
                refuse_rest(text, found, reader=reader, ending=True)
            continue
        if _leads_on(text, place):
            return None
        if found.certainty < (Certainty.FIRM if asks and least is Certainty.STATED else least):
            return None
        if _SPAN.match(text) and _may_be_told_of(found, text[place:]):
            return None
        end = _prompt_end(text, place)
        if _ON.search(text, max(0, end - 3), end) and not _GOES_ON.search(text, max(0, end - 20), end):
            end = _prompt_end(text, end - 2)
        refuse_before(text, end, found, text[place:], reader=reader)
        refuse_adverb(text[:end], found, text[place:])
        return end, found
    return None
