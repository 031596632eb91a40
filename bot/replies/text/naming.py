"""Schedules by name: the one that people gave, or else the first words of the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.replies.text.sentence_parts import escape_mrkdwn, place_name, quote_text, shorten_line
from bot.schedules import MOST_PLACES, Place, Schedule

_MARKS: Final = str.maketrans("*~`", "∗∼ʼ", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NAMED_PLACES: Final = 3
"""Places that a line names; of more it names fewer, and counts the others."""
_FIRST_WORDS: Final = 40  # characters of a prompt that stand for a name
PRIVATE_PROMPT: Final = "Reads something private"
"""Stands where the prompt of a schedule would, for people who may not read its sources."""


def is_veiled(schedule: Schedule) -> bool:
    """True of one as `veiled_schedule` gives it."""
    return schedule.query == PRIVATE_PROMPT and not schedule.sources


def schedule_label(schedule: Schedule, *, longest: int | None = _FIRST_WORDS) -> str:
    """*Its name* or “its prompt”, in mrkdwn; `longest` are the characters of the prompt, if not a line's."""
    if schedule.name:
        return f"*{_inert_name(schedule.name)}*"
    return quote_text(schedule.query if longest is None else first_words(schedule.query, longest))


def schedule_title(schedule: Schedule) -> str:
    """The same where nothing can be marked up."""
    return schedule.name or first_words(schedule.query, _FIRST_WORDS)


def person_mention(user: str) -> str:
    return f"<@{user}>"


def place_words(place: Place) -> str:
    """One place, in mrkdwn; Slack hides the names of channels that a reader may not know of."""
    return f"<@{place.user}>" if place.user is not None else place_name(place.channel)


def places_words(places: Sequence[Place], *, most: int = NAMED_PLACES) -> str:
    """ "#ops, #news and 2 other places", in mrkdwn: at most so many of several are named."""
    named = [place_words(place) for place in places[: len(places) if len(places) <= most else most - 1]]
    if rest := len(places) - len(named):
        named.append(f"{rest} other places")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def where_words(schedule: Schedule, *, most: int = NAMED_PLACES) -> str:
    """ "in #ops", or "to #ops, #news and 2 other places"."""
    if is_only_for_owner(schedule):
        return f"only to {person_mention(schedule.user)}"
    if schedule.also or schedule.person:
        return f"to {places_words(schedule.places, most=most)}"
    return f"in {place_name(schedule.channel)}"


def is_only_for_owner(schedule: Schedule) -> bool:
    """True where *only me* is its place."""
    return not schedule.also and schedule.person == schedule.user


def posts_to(schedule: Schedule) -> str:
    """Say where it posts, to its owner."""
    if is_only_for_owner(schedule):
        return "Posts to: only you, in our direct messages"
    return f"Posts to: {places_words(schedule.places, most=MOST_PLACES)}"


def first_words(prompt: str, longest: int) -> str:
    """The whole prompt if it is short, or else its first words and an ellipsis."""
    flat = shorten_line(prompt)
    if len(flat) <= longest:
        return flat
    words = flat[:longest].rsplit(" ", 1)[0].rstrip(" ,;:.–-")
    return f"{words}…"


def _inert_name(name: str) -> str:
    """A name that formats nothing: its marks look alike, and what turns the direction of text is left out."""
    return escape_mrkdwn(name.translate(_MARKS))
