"""Days on which a schedule may rest: public holidays of a country or region, and the company's own closures.

The tables come from the `holidays` package, which works Easter, lunar and moved days out. `load_calendars`
imports it, or else the first schedule that asks. A calendar is named by ISO codes, `DE` or `DE-BY`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Self
from unicodedata import normalize

from scheduler.errors import UnknownCalendar

if TYPE_CHECKING:
    from holidays import HolidayBase

CLOSED: Final = "company closure"


@dataclass(frozen=True, kw_only=True)
class Closures:
    """Days on which the company is closed, as its operator set them; first and last day of each range."""

    ranges: tuple[tuple[date, date], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-12-24..2027-01-01, 2027-05-07`; a `ValueError` names the part that is no day."""
        return cls(
            ranges=tuple(sorted(_read_range(part.strip()) for part in text.split(",") if part.strip()))
        )

    def __contains__(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.ranges)


def load_calendars() -> None:
    """Import what is needed to know all of them by name: a module for each country, which takes a second."""
    _region_codes()


def are_calendars_loaded() -> bool:
    """True once nothing is left to import."""
    return _region_codes.cache_info().currsize > 0


def may_name_calendar(text: str) -> bool:
    """False for a text in which no calendar can be named, since it does not say *holiday*."""
    return "holiday" in text.lower()


def check_calendar(name: str) -> str:
    """The ISO codes of `name`: `de`, `Germany`, `UK`, `DE-Bayern`, `Scotland`; or `UnknownCalendar`."""
    if found := find_calendar(name):
        return found
    left, dash, _ = name.partition("-")
    country = _country_codes().get(_fold_name(left)) if dash else None
    if country:
        regions = [code for code in _region_codes().values() if code and code.startswith(f"{country}-")]
        near = get_close_matches(name.upper(), regions, n=2, cutoff=0.7)
    else:
        known = {**_region_codes(), **_country_codes()}
        close = get_close_matches(_fold_name(name), known, n=3, cutoff=0.8)
        near = list(dict.fromkeys(code for key in close if (code := known[key])))[:2]
    raise UnknownCalendar(name, near=near or ([country] if country else ["DE", "US-CA"]))


def find_calendar(name: str) -> str | None:
    """The ISO codes of `name`, as `check_calendar` finds them; None for an unknown name."""
    key = _fold_name(name)
    if not key:
        return None
    if country := _country_codes().get(key):
        return country
    left, dash, right = name.partition("-")
    if dash and (country := _country_codes().get(_fold_name(left))):
        return _regions_of(country).get(_fold_name(right))
    return _region_codes().get(key)


def is_free(day: date, *, calendar: str | None, closures: Closures) -> str | None:
    """The reason why `day` is free: a holiday's English name or a closure; None on a working day.

    A schedule without a calendar never rests: its closures do not count either.
    """
    if calendar is None:
        return None
    if day in closures:
        return CLOSED
    name = _holiday_table(calendar).get(day)
    return str(name) if name is not None else None


def calendar_end(calendar: str) -> date:
    """The last day that the tables of `calendar` know."""
    return date(_holiday_table(calendar).end_year, 12, 31)


def _read_range(text: str) -> tuple[date, date]:
    first, dots, last = text.partition("..")
    try:
        days = date.fromisoformat(first.strip()), date.fromisoformat((last if dots else first).strip())
    except ValueError:
        raise ValueError(
            f"expected days such as 2027-05-07 or 2026-12-24..2027-01-01, got {text[:60]!r}"
        ) from None
    if days[1] < days[0]:
        raise ValueError(f"expected a range of days that ends after it begins, got {text[:60]!r}")
    return days


# What calendars are called

_ALSO: Final = {
    "america": "US", "unitedstatesofamerica": "US", "britain": "GB", "greatbritain": "GB", "holland": "NL",
    "czechrepublic": "CZ", "bavaria": "DE-BY", "american": "US", "argentine": "AR", "australian": "AU",
    "austrian": "AT", "belgian": "BE", "brazilian": "BR", "british": "GB", "canadian": "CA", "chinese": "CN",
    "czech": "CZ", "danish": "DK", "dutch": "NL", "english": "GB-ENG", "finnish": "FI", "french": "FR",
    "german": "DE", "greek": "GR", "indian": "IN", "irish": "IE", "israeli": "IL", "italian": "IT",
    "japanese": "JP", "korean": "KR", "mexican": "MX", "norwegian": "NO", "polish": "PL", "portuguese": "PT",
    "scottish": "GB-SCT", "spanish": "ES", "swedish": "SE", "swiss": "CH", "turkish": "TR",
    "ukrainian": "UA", "welsh": "GB-WLS", "bavarian": "DE-BY", "nrw": "DE-NW", "turkiye": "TR",
}  # fmt: skip


def _fold_name(name: str) -> str:
    """Letters and digits alone: `Côte d'Ivoire` and `cote divoire` are one name."""
    name = re.sub(r"^the ", "", name.strip().casefold())
    return re.sub(r"[^a-z0-9]", "", normalize("NFKD", name.replace("ß", "ss")))


@cache
def _country_codes() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    names = {_fold_name(module): codes[1] for module, codes in COUNTRIES.items()}
    for _, code, *others in COUNTRIES.values():
        names |= {_fold_name(other): code for other in (code, *others)}
    return names


@cache
def _regions_of(country: str) -> dict[str, str]:
    """Regions of one country by code and by name; some calendars know a city by its name alone."""
    import holidays

    about: type[HolidayBase] = getattr(holidays, country)
    codes = {code: f"{country}-{code}" for code in about.subdivisions}
    aliases = {name: codes[code] for name, code in about.subdivisions_aliases.items() if code in codes}
    return {key: code for name, code in {**aliases, **codes}.items() if (key := _fold_name(name))}


@cache
def _region_codes() -> dict[str, str]:
    """Regions by their names, without those that two countries share, and what people say besides."""
    found: dict[str, str | None] = {}
    for country in dict.fromkeys(_country_codes().values()):
        for key, code in _regions_of(country).items():
            if len(key) > 3:  # `BY` alone is Belarus
                found[key] = None if found.get(key, code) != code else code
    return {key: code for key, code in found.items() if code} | _ALSO


@lru_cache(maxsize=64)
def _holiday_table(calendar: str) -> HolidayBase:
    import holidays

    country, _, region = check_calendar(calendar).partition("-")
    languages = getattr(holidays, country).supported_languages
    english = next((language for language in languages if language.startswith("en")), None)
    return holidays.country_holidays(country, subdiv=region or None, language=english)
