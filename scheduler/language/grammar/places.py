"""Places, and the time zones in which they lie."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from scheduler.zone import zone_names

PACIFIC, MOUNTAIN = "America/Los_Angeles", "America/Denver"
CENTRAL, EASTERN = "America/Chicago", "America/New_York"

_ALSO: Final = {
    **dict.fromkeys(("arizona",), "America/Phoenix"),
    **dict.fromkeys(
        (
            "california",
            "san francisco",
            "seattle",
            "los angeles",
            "la",
        ),
        PACIFIC,
    ),
    **dict.fromkeys(("hawaii",), "Pacific/Honolulu"),
    **dict.fromkeys(
        (
            "texas",
            "houston",
            "dallas",
            "austin",
        ),
        CENTRAL,
    ),
    **dict.fromkeys(
        (
            "washington",
            "washington dc",
            "boston",
            "miami",
            "nyc",
            "atlanta",
        ),
        EASTERN,
    ),
    **dict.fromkeys(
        (
            "bavaria",
            "munich",
            "hamburg",
            "cologne",
        ),
        "Europe/Berlin",
    ),
    **dict.fromkeys(("milan",), "Europe/Rome"),
    **dict.fromkeys(("geneva",), "Europe/Zurich"),
    **dict.fromkeys(("barcelona",), "Europe/Madrid"),
    **dict.fromkeys(
        (
            "edinburgh",
            "scotland",
            "england",
            "wales",
            "great britain",
            "united kingdom",
            "the uk",
        ),
        "Europe/London",
    ),
    **dict.fromkeys(
        (
            "mumbai",
            "delhi",
            "new delhi",
            "bangalore",
            "bengaluru",
            "chennai",
            "hyderabad",
        ),
        "Asia/Kolkata",
    ),
    **dict.fromkeys(
        (
            "beijing",
            "shenzhen",
            "china",
        ),
        "Asia/Shanghai",
    ),
    **dict.fromkeys(("osaka",), "Asia/Tokyo"),
    **dict.fromkeys(
        (
            "kyiv",
            "kiev",
        ),
        "Europe/Kyiv",
    ),
    **dict.fromkeys(
        (
            "south korea",
            "korea",
        ),
        "Asia/Seoul",
    ),
    **dict.fromkeys(
        (
            "vietnam",
            "hanoi",
        ),
        "Asia/Ho_Chi_Minh",
    ),
    **dict.fromkeys(("taiwan",), "Asia/Taipei"),
    **dict.fromkeys(("czechia",), "Europe/Prague"),
    **dict.fromkeys(("turkiye",), "Europe/Istanbul"),
    **dict.fromkeys(
        (
            "uae",
            "abu dhabi",
        ),
        "Asia/Dubai",
    ),
    **dict.fromkeys(("tel aviv",), "Asia/Jerusalem"),
    **dict.fromkeys(("cape town",), "Africa/Johannesburg"),
    **dict.fromkeys(
        (
            "rio",
            "rio de janeiro",
        ),
        "America/Sao_Paulo",
    ),
    **dict.fromkeys(
        (
            "montreal",
            "ottawa",
        ),
        "America/Toronto",
    ),
    **dict.fromkeys(("calgary",), "America/Edmonton"),
    **dict.fromkeys(("queensland",), "Australia/Brisbane"),
    **dict.fromkeys(("new south wales",), "Australia/Sydney"),
    **dict.fromkeys(("tasmania",), "Australia/Hobart"),
    **dict.fromkeys(
        (
            "holland",
            "the netherlands",
        ),
        "Europe/Amsterdam",
    ),
    **dict.fromkeys(("the philippines",), "Asia/Manila"),
}
"""Places that the tz database calls by another name, or by that of a city."""
_LONG_ENOUGH: Final = 6
_MAINLAND: Final = {
    "CL": "America/Santiago", "EC": "America/Guayaquil", "ES": "Europe/Madrid", "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon", "AR": "America/Argentina/Buenos_Aires", "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin", "UA": "Europe/Kyiv", "MY": "Asia/Kuala_Lumpur", "UZ": "Asia/Tashkent",
    "VN": "Asia/Ho_Chi_Minh", "CY": "Asia/Nicosia", "PS": "Asia/Hebron",
}  # fmt: skip
"""Countries whose other zones are islands, or show the same time."""
WORDS_TOO: Final = frozenset(
    {"turkey", "china", "jersey", "reunion", "center", "central", "mountain", "pacific", "eastern", "casey",
     "troll", "davis", "easter", "chad", "mali", "la", "rio", "nome", "wake", "midway", "north", "south",
     "east", "west", "general", "christmas", "resolute",
     "vevay", "knox", "winamac", "universal", "eire", "navajo", "jordan", "guinea"}
)  # fmt: skip
"""Places that count in capitals alone, where words follow."""


def zone_of_place(place: str) -> str | None:
    return _ALSO.get(place) or _place_names().get(place)


@cache
def named_places() -> tuple[str, ...]:
    """The places that are known by names long enough to be told from other words."""
    return tuple(place for place in {**_ALSO, **_place_names()} if len(place) >= _LONG_ENOUGH)


def city_zone(city: str) -> str | None:
    """The zone that is called by a city's name."""
    zone = _place_names().get(city)
    return zone if zone and zone.rpartition("/")[2].replace("_", " ").lower() == city else None


@cache
def _place_names() -> dict[str, str]:
    """Cities by their last name, without those that two zones share, and countries with one clock."""
    found: dict[str, str | None] = {}
    for name in zone_names().values():
        if "/" in name and not name.startswith(("Etc/", "US/")):
            place = name.rpartition("/")[2].replace("_", " ").lower()
            found[place] = None if place in found else name
    for country, zones in _country_names().items():
        if len(zones) == 1 and country not in found and country != "georgia":
            found[country] = zones[0]
    return {place: name for place, name in found.items() if name}


def zones_of_country(country: str) -> tuple[str, ...]:
    """The choices where a country has several clocks."""
    if country == "georgia":
        return "Asia/Tbilisi", EASTERN
    if country in ("us", "the us", "usa", "the usa", "america", "the united states"):
        return EASTERN, CENTRAL, MOUNTAIN, PACIFIC
    zones = _country_names().get(country, ())
    return zones[:4] if len(zones) > 1 else ()


@cache
def _country_names() -> dict[str, tuple[str, ...]]:
    """The zones of each country, by its English name; one where all are alike or the others are far off."""
    names = {row[0]: row[1].lower() for row in _table("iso3166.tab")}
    zones: dict[str, list[str]] = {}
    for row in _table("zone.tab"):
        zones.setdefault(row[0], []).append(row[2])
    return {
        name: (_MAINLAND[code],) if code in _MAINLAND else tuple(zones[code])
        for code, name in names.items()
        if code in zones
    }


def _table(name: str) -> list[list[str]]:
    lines = files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
