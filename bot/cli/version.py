"""Version: of Precache, of the Python that runs it, and of the zone data that it reckons with."""

from __future__ import annotations

import platform

from bot import VERSION
from bot.cli.arguments import Version
from bot.cli.output import print_json, print_text
from scheduler import ZONE_DATA_VERSION


def print_version(act: Version) -> int:
    """Print it; the exit status is 0."""
    told = {"precache": VERSION, "python": platform.python_version(), "tzdata": ZONE_DATA_VERSION}
    if act.as_json:
        print_json(told)
    else:
        print_text("\n".join(f"{name} {value}" for name, value in told.items()))
    return 0
