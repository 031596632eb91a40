"""The words people use for time zones.

Only words with one meaning are taken. IST is three countries and `central` is a bank as often as a zone, so
such a word counts where nothing but a zone can stand, or not at all.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from scheduler.errors import UnknownZone
from scheduler.zone import check_zone, zone_names

_PACIFIC, _MOUNTAIN = "America/Los_Angeles", "America/Denver"
_CENTRAL, _EASTERN = "America/Chicago", "America/New_York"
_ABBREVIATIONS: Final = {
    **dict.fromkeys(("pt", "pst", "pdt"), _PACIFIC),
    **dict.fromkeys(("mt", "mst", "mdt"), _MOUNTAIN),
    **dict.fromkeys(("ct", "cst", "cdt"), _CENTRAL),
    **dict.fromkeys(("et", "est", "edt"), _EASTERN),
    **dict.fromkeys(("cet", "cest"), "Europe/Brussels"),  # what the tz database links CET to
    **dict.fromkeys(("eet", "eest"), "Europe/Athens"),
    "bst": "Europe/London",
    "utc": "UTC",
    "gmt": "UTC",
}
_WORDS: Final = {
    "pacific": _PACIFIC,
    "mountain": _MOUNTAIN,
    "central": _CENTRAL,
    "eastern": _EASTERN,
    "central european": "Europe/Brussels",
    "uk": "Europe/London",
}
_END: Final = re.compile(r"(?=\s*(?:$|[\n,:;.!–—]|-\s|(?:until|till|except|excluding)\b))")
_OFFSET: Final = re.compile(r"(?:in )?((?:utc|gmt)[+-]\d{1,2}(?::?\d\d)?)\b", re.I | re.A)
_NAME: Final = re.compile(r"(in )?([a-z]+(?:/[\w+-]*\w){1,2})(?: time)?\b", re.I | re.A)
_ABBREVIATION: Final = re.compile(rf"(?:in )?({'|'.join(_ABBREVIATIONS)})(?: time)?\b", re.I | re.A)
_SPOKEN: Final = re.compile(r"(?:in )?([a-z]+(?: [a-z]+){0,2}?)(?: standard| daylight)? time\b", re.I | re.A)
_ALONE: Final = re.compile(rf"(?:in )?(pacific|mountain|central|eastern|uk){_END.pattern}", re.I | re.A)
_AFTER_MERIDIEM: Final = re.compile(r"(pacific|mountain|eastern)\b", re.I | re.A)
_PLACE: Final = re.compile(rf"in ([a-z]+(?: [a-z]+){{0,2}}){_END.pattern}", re.I | re.A)


def zone_at(text: str, position: int) -> tuple[str, int] | None:
    """The zone that the words at `position` name, and where they end; `UnknownZone` if they must name one."""
    if offset := _OFFSET.match(text, position):
        raise UnknownZone(offset[1])
    if name := _NAME.match(text, position):
        # Without `in`, and in small letters, `pros/cons` belongs to the prompt.
        meant = name[1] and (name[2].istitle() or _END.match(text, name.end()))
        if meant or name[2].lower() in zone_names():
            return check_zone(name[2]), name.end()
    after_meridiem = text[:position].rstrip().lower().endswith(("am", "pm"))
    # `mt` alone is a mountain and `et` is Latin.
    if (short := _ABBREVIATION.match(text, position)) and (
        len(short[1]) > 2 or short[1].isupper() or after_meridiem or _END.match(text, short.end())
    ):
        return _ABBREVIATIONS[short[1].lower()], short.end()
    for pattern in (_SPOKEN, _ALONE, _PLACE):
        if (place := pattern.match(text, position)) and (zone := _zone_of_place(place[1].lower())):
            return zone, place.end()
    if after_meridiem and (word := _AFTER_MERIDIEM.match(text, position)):
        return _WORDS[word[1].lower()], word.end()
    return None


def _zone_of_place(place: str) -> str | None:
    return _WORDS.get(place) or _place_names().get(place)


@cache
def _place_names() -> dict[str, str]:
    """Cities by their last name, without those that two zones share."""
    found: dict[str, str | None] = {}
    for name in zone_names().values():
        if "/" in name and not name.startswith(("Etc/", "US/")):
            place = name.rpartition("/")[2].replace("_", " ").lower()
            found[place] = None if place in found else name
    return {place: name for place, name in found.items() if name}
