"""Time zones by the names of the tz database."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from scheduler.errors import UnknownZone


def check_zone(name: str) -> str:
    """The IANA name in its own spelling, from the tz database and never from the host's settings."""
    try:
        return zone_names()[name.lower()]
    except KeyError:
        close = get_close_matches(name.lower(), zone_names(), n=1, cutoff=0.7)
        raise UnknownZone(name, suggestion=zone_names()[close[0]] if close else None) from None


@cache
def zone_names() -> dict[str, str]:
    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {name.lower(): name for name in names if name != "Factory"}
