"""The words people use for time zones.

Only words with one meaning are taken. Directly after a clock a zone's letters, an offset or a place can
hardly be anything else; elsewhere `central` is a bank as often as a zone, so such a word counts where nothing
but a zone can stand, or not at all. Letters with several meanings are the reader's own, or refused with the
choices.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from typing import Final

from scheduler.errors import UnknownZone
from scheduler.language.grammar.places import (
    CENTRAL,
    EASTERN,
    MOUNTAIN,
    PACIFIC,
    WORDS_TOO,
    city_zone,
    named_places,
    zone_of_place,
    zones_of_country,
)
from scheduler.zone import ZoneInfo, check_zone, zone_names

READERS: Final = ""
"""The zone that `my time` names: the reader's."""

_ABBREVIATIONS: Final = {
    **dict.fromkeys(("pt", "pst", "pdt"), PACIFIC),
    **dict.fromkeys(("mt", "mst", "mdt"), MOUNTAIN),
    **dict.fromkeys(("ct", "cst", "cdt"), CENTRAL),
    **dict.fromkeys(("et", "est", "edt"), EASTERN),
    **dict.fromkeys(("cet", "cest"), "Europe/Brussels"),  # what the tz database links CET to
    **dict.fromkeys(("eet", "eest"), "Europe/Athens"),
    "bst": "Europe/London",
    "utc": "UTC",
    "gmt": "UTC",
}
_MORE_LETTERS: Final = {
    **dict.fromkeys(("AKST", "AKDT"), "America/Anchorage"),
    **dict.fromkeys(("HST", "HDT"), "Pacific/Honolulu"),
    **dict.fromkeys(("NST", "NDT"), "America/St_Johns"),
    **dict.fromkeys(("WET", "WEST"), "Europe/Lisbon"),
    **dict.fromkeys(("MSK", "MSD"), "Europe/Moscow"),
    **dict.fromkeys(("NZST", "NZDT"), "Pacific/Auckland"),
    **dict.fromkeys(("MEZ", "MESZ"), "Europe/Berlin"),
    **dict.fromkeys(("CLT", "CLST"), "America/Santiago"),
    "ACDT": "Australia/Adelaide", "ACST": "Australia/Darwin", "ADT": "America/Halifax",
    "AEDT": "Australia/Sydney", "AEST": "Australia/Brisbane", "AWST": "Australia/Perth",
    "AFT": "Asia/Kabul", "ART": "America/Argentina/Buenos_Aires", "AZT": "Asia/Baku",
    "BOT": "America/La_Paz", "BRT": "America/Sao_Paulo", "BRST": "Etc/GMT+2", "CAT": "Africa/Maputo",
    "CHST": "Pacific/Guam", "COT": "America/Bogota", "EAT": "Africa/Nairobi", "FJT": "Pacific/Fiji",
    "GET": "Asia/Tbilisi", "GYT": "America/Guyana", "HKT": "Asia/Hong_Kong", "ICT": "Asia/Bangkok",
    "IDT": "Asia/Jerusalem", "IRKT": "Asia/Irkutsk", "IRST": "Asia/Tehran", "JST": "Asia/Tokyo",
    "KGT": "Asia/Bishkek", "KRAT": "Asia/Krasnoyarsk", "KST": "Asia/Seoul", "MAGT": "Asia/Magadan",
    "MMT": "Asia/Yangon", "MUT": "Indian/Mauritius", "MVT": "Indian/Maldives", "MYT": "Asia/Kuala_Lumpur",
    "NOVT": "Asia/Novosibirsk", "NPT": "Asia/Kathmandu", "OMST": "Asia/Omsk", "PET": "America/Lima",
    "PETT": "Asia/Kamchatka", "PHT": "Asia/Manila", "PHST": "Asia/Manila", "PKT": "Asia/Karachi",
    "PYT": "America/Asuncion", "RET": "Indian/Reunion", "SAMT": "Europe/Samara",
    "SAST": "Africa/Johannesburg",
    "SCT": "Indian/Mahe", "SGT": "Asia/Singapore", "TJT": "Asia/Dushanbe", "TLT": "Asia/Dili",
    "TMT": "Asia/Ashgabat", "TRT": "Europe/Istanbul", "ULAT": "Asia/Ulaanbaatar", "UYT": "America/Montevideo",
    "UZT": "Asia/Tashkent", "VET": "America/Caracas", "VLAT": "Asia/Vladivostok", "WAT": "Africa/Lagos",
    "WIB": "Asia/Jakarta", "WIT": "Asia/Jayapura", "WITA": "Asia/Makassar", "YAKT": "Asia/Yakutsk",
    "YEKT": "Asia/Yekaterinburg",
}  # fmt: skip
_ENGLISH: Final = frozenset(
    {"ART", "BOT", "CAT", "COT", "EAT", "GET", "ICT", "MUT", "PET", "RET", "VET", "WAT", "WEST", "WET", "WIT"}
)
"""Letters that are words, too: in the middle they count in capitals alone, before a new sentence."""
_SEVERAL: Final = {
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "AST": ("America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"),
    "AMT": ("America/Manaus", "Asia/Yerevan"),
    "BDT": ("Asia/Dhaka", "Asia/Brunei"),
    "ECT": ("America/Guayaquil", "America/Puerto_Rico"),
    "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "SST": ("Pacific/Pago_Pago", "Asia/Singapore"),
    "WST": ("Pacific/Apia", "Australia/Perth"),
}
_WORDS: Final = {
    "pacific": PACIFIC,
    "mountain": MOUNTAIN,
    "central": CENTRAL,
    "eastern": EASTERN,
    "central european": "Europe/Brussels",
    "uk": "Europe/London",
}
_FIXED: Final = {
    "+03:30": "Asia/Tehran", "+04:30": "Asia/Kabul", "+05:30": "Asia/Kolkata", "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon", "+08:45": "Australia/Eucla", "+09:30": "Australia/Darwin",
    "-09:30": "Pacific/Marquesas",
}  # fmt: skip
"""Zones that keep an offset of part of an hour all the year."""

_END: Final = re.compile(
    r"(?=\s*(?:$|[\n,:;.!?—)]|[–-]\s|(?:until|till|except|excluding|starting|beginning|from)\b))"
)
_OFFSET: Final = re.compile(
    r"(?:in )?(?:(?P<base>utc|gmt) ?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?"
    r"|(?P<sign2>[+-])(?P<hours2>\d\d):?(?P<minutes2>\d\d))(?![\w:.,%-])",
    re.I | re.A,
)
_SUMMER_TOO: Final = re.compile(rf"/(?:{'|'.join(_ABBREVIATIONS)})\b", re.I | re.A)
_ZULU: Final = re.compile(r"Z(?!\w)", re.A)
_NAME: Final = re.compile(r"(in )?([a-z]+(?:/[\w+-]*\w){1,2})(?: time)?\b", re.I | re.A)
_ABBREVIATION: Final = re.compile(rf"(?:in )?({'|'.join(_ABBREVIATIONS)})(?: time)?\b", re.I | re.A)
_LETTERS: Final = re.compile(r"(?:in )?([a-z]{3,4})(?: time)?(?![\w'/-])", re.I | re.A)
_SENTENCE: Final = re.compile(r"\s+[A-Z]")
_SPOKEN: Final = re.compile(r"(?:in )?([a-z]+(?: [a-z]+){0,2}?)(?: standard| daylight)? time\b", re.I | re.A)
_ALONE: Final = re.compile(rf"(?:in )?(pacific|mountain|central|eastern|uk){_END.pattern}", re.I | re.A)
_AFTER_MERIDIEM: Final = re.compile(r"(pacific|mountain|eastern)\b", re.I | re.A)
_PLACE: Final = re.compile(rf"in ([a-z]+(?: [a-z]+){{0,2}}){_END.pattern}", re.I | re.A)
_PLACE_WORDS: Final = re.compile(r"in ([^\W\d_]+(?:[ -][^\W\d_]+){0,2})(?![\w'/-])", re.I)
_OWN: Final = re.compile(
    r"(?:in )?(?:my|our|local|your) (?:own )?(?:local )?time(?: ?zone)?\b|local time\b", re.I
)
_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]\n]{1,60})[)\]]")
_CLOCK_BEFORE: Final = re.compile(
    r"(?:(?<!\d)\d{1,2}|[:.h]\d\d|\d ?[ap]\.?m\.?|\d[ap]|noon|midday|midnight|o'?clock|sharp)$", re.I | re.A
)
_REACH: Final = 16


def zone_at(text: str, position: int, *, reader: str | None = None) -> tuple[str, int] | None:
    """The zone that the words at `position` name, and where they end; `UnknownZone` if they must name one.

    `reader` is the zone of the person who typed them; it decides between meanings of the same letters.
    """
    before = text[max(0, position - _REACH) : position].rstrip(" ,")
    clocked = _CLOCK_BEFORE.search(before) is not None
    if bracketed := _BRACKETS.match(text, position):
        inner = bracketed[1].strip()
        for words in (inner, f"in {inner}"):
            if (found := zone_at(f"9am {words}", 4, reader=reader)) and found[1] == len(words) + 4:
                return found[0], bracketed.end()
        return None
    if own := _OWN.match(text, position):
        return READERS, own.end()
    if offset := _OFFSET.match(text, position):
        if offset["base"] or clocked:
            return _zone_of_offset(offset), offset.end()
    elif clocked and (zulu := _ZULU.match(text, position)):
        return "UTC", zulu.end()
    if name := _NAME.match(text, position):
        # Without `in`, and in small letters, `pros/cons` belongs to the prompt.
        meant = name[1] and (name[2].istitle() or _END.match(text, name.end()))
        if meant or name[2].lower() in zone_names() or (clocked and _is_nearly_zone(name[2])):
            return check_zone(name[2]), name.end()
    after_meridiem = before.lower().endswith(("am", "pm"))
    # `mt` alone is a mountain and `et` is Latin.
    if (short := _ABBREVIATION.match(text, position)) and (
        len(short[1]) > 2 or short[1].isupper() or after_meridiem or _END.match(text, short.end())
    ):
        pair = _SUMMER_TOO.match(text, short.end())  # `PST/PDT`
        end = pair.end() if pair else short.end()
        return _own_meaning(short[1], reader) or _ABBREVIATIONS[short[1].lower()], end
    if clocked and (letters := _letters_at(text, position, reader)):
        return letters
    for pattern in (_SPOKEN, _ALONE, _PLACE):
        if place := pattern.match(text, position):
            if zone := _WORDS.get(place[1].lower()) or zone_of_place(place[1].lower()):
                return zone, place.end()
            if clocked and (choices := zones_of_country(place[1].lower())):
                raise UnknownZone(place[0], choices=choices)
    if after_meridiem and (word := _AFTER_MERIDIEM.match(text, position)):
        return _WORDS[word[1].lower()], word.end()
    if clocked:
        _refuse_mistyped(text, position)
    return _place_after_clock(text, position) if clocked else None


def _refuse_mistyped(text: str, position: int) -> None:
    """Refuse `Berln time`, and `CTE` at the very end, with the zone that was meant."""
    if spoken := _ONE_SPOKEN.match(text, position):
        word = spoken[1].lower()
        near = get_close_matches(word, [*_WORDS, *named_places()], n=1, cutoff=_NEARLY)
        if near and not word.startswith(near[0]):
            raise UnknownZone(spoken[0], suggestion=_WORDS.get(near[0]) or zone_of_place(near[0]))
    if (last := _LAST_LETTERS.match(text, position)) and (meant := _letters_meant(last[1])):
        raise UnknownZone(last[1], suggestion=meant)


_ONE_SPOKEN: Final = re.compile(r"(?:in )?([a-z]{5,})(?: standard| daylight)? time\b", re.I | re.A)
_LAST_LETTERS: Final = re.compile(r"([A-Z]{3,5})[\s.!]*$", re.A)
_NEARLY: Final = 0.84
"""Of `difflib`; `Roman` and `race` are less near to Romania and France."""


def _letters_meant(typed: str) -> str | None:
    """The zone whose letters these are, with two changed about or one doubled."""
    places = range(len(typed) - 1)
    turned = {typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :] for at in places}
    single = {typed[:at] + typed[at + 1 :] for at in places if typed[at] == typed[at + 1]}
    meant = sorted(letters for letters in (turned | single) - _ENGLISH if len(letters) > 2)
    zones = (_ABBREVIATIONS.get(letters.lower()) or _MORE_LETTERS.get(letters) for letters in meant)
    return next(filter(None, zones), None)


def _zone_of_offset(offset: re.Match[str]) -> str:
    """A clock at a fixed distance from UTC."""
    sign = offset["sign"] or offset["sign2"]
    hours = int(offset["hours"] or offset["hours2"])
    minutes = int(offset["minutes"] or offset["minutes2"] or 0)
    if not minutes and not hours:
        return "UTC"
    turned = "-" if sign == "+" else "+"  # the database counts them the other way round
    name = f"Etc/GMT{turned}{hours}" if not minutes else _FIXED.get(f"{sign}{hours:02}:{minutes:02}", "")
    if name.lower() not in zone_names():
        raise UnknownZone(offset[0].removeprefix("in "))
    return name


def _is_nearly_zone(name: str) -> bool:
    """True for a slip in the name of a zone, such as `Europe/Berln`."""
    area, _, _ = name.partition("/")
    areas = {zone.partition("/")[0] for zone in zone_names().values() if "/" in zone}
    return area in areas and bool(get_close_matches(name.lower(), zone_names(), n=1, cutoff=0.7))


def _own_meaning(letters: str, reader: str | None) -> str | None:
    """The reader's own zone if its clocks go by these letters."""
    if letters.upper() in ("UTC", "GMT"):
        return None  # one clock all the year, whatever London's do in summer
    return reader if reader and letters.upper() in _letters_of(reader) else None


@cache
def _letters_of(zone: str) -> frozenset[str]:
    """The letters by which a zone's clocks go in winter and in summer."""
    try:
        clock = ZoneInfo(zone)
    except (KeyError, ValueError):
        return frozenset()
    moments = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7))
    return frozenset(name.upper() for moment in moments if (name := moment.astimezone(clock).tzname()))


def _letters_at(text: str, position: int, reader: str | None) -> tuple[str, int] | None:
    """`JST`, or in small letters at the end of what is read."""
    found = _LETTERS.match(text, position)
    if found is None:
        return None
    letters = found[1].upper()
    words_follow = not _END.match(text, found.end())
    if (
        words_follow
        and letters in _ENGLISH
        and not (found[1].isupper() and _SENTENCE.match(text, found.end()))
    ):
        return None
    if own := _own_meaning(letters, reader):
        return own, found.end()
    if choices := _SEVERAL.get(letters):
        raise UnknownZone(found[1], choices=choices)
    zone = _MORE_LETTERS.get(letters)
    return (zone, found.end()) if zone else None


def _bare_place(text: str, position: int) -> tuple[str, int] | None:
    """`London` at the end of what is read; before other words it may be what the prompt is about."""
    found = _BARE_PLACE.match(text, position)
    while found:
        if zone := city_zone(found[1].lower()):
            if _END.match(text, found.end()):
                return zone, found.end()
            raise UnknownZone(found[1], choices=(zone,))
        if (cut := found[1].rfind(" ")) < 0:
            return None
        found = _BARE_PLACE.match(text, position, found.start(1) + cut)
    return None


_BARE_PLACE: Final = re.compile(r"([A-Z][a-z]+(?: [A-Z][a-z]+){0,2})(?![\w'/-])", re.A)


def _place_after_clock(text: str, position: int) -> tuple[str, int] | None:
    """`in Sydney` with words after it, as many of its words as name a place."""
    found = _PLACE_WORDS.match(text, position)
    if found is None:
        return _bare_place(text, position)
    end = found.end(1)
    while end > found.start(1):
        place = text[found.start(1) : end]
        cut = max(place.rfind(" "), place.rfind("-"))
        known = place.lower().replace("-", " ")
        capital = place[0].isupper() or place.startswith("the ")
        if (capital or known not in WORDS_TOO) and known not in _WORDS:
            if zone := zone_of_place(known):
                return zone, end
            if choices := zones_of_country(known):
                raise UnknownZone(place, choices=choices)
        if cut < 0:
            return None
        end = found.start(1) + cut
    return None
