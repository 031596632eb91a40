"""Time zones, by the names and the data of the `tzdata` package that this project pins.

Python prefers a machine's own copy, which is often years old; then a zone that has changed its rules since
is an hour off. So this module turns that copy off, and nothing else here may import `zoneinfo`.
"""

from __future__ import annotations

import zoneinfo
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]  # it has none

from scheduler.errors import UnknownZone

__all__ = ["ZONE_DATA_VERSION", "ZoneInfo", "check_zone", "zone_names"]

zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()  # of what a library may have read before

ZONE_DATA_VERSION: Final[str] = tzdata.IANA_VERSION
"""The release of the tz database, such as 2026f."""


def check_zone(name: str) -> str:
    """The IANA name in its own spelling, from the tz database and never from the host's settings."""
    try:
        return zone_names()[name.lower()]
    except KeyError:
        from difflib import get_close_matches  # which takes its time, and is needed for slips alone

        close = get_close_matches(name.lower(), zone_names(), n=1, cutoff=0.7)
        raise UnknownZone(name, suggestion=zone_names()[close[0]] if close else None) from None


@cache
def zone_names() -> dict[str, str]:
    """Every zone's name, by its small letters."""
    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {name.lower(): name for name in names if name != "Factory"}
