"""The machine: room on its disk for what is embedded, the folder for it, and the zone data."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.server.checks.finding import Finding, doubtful_finding, fine_finding, refused_finding
from scheduler import ZONE_DATA_VERSION

_ROOM: Final = 500_000_000
"""Bytes; the demo model alone takes 490 MB."""
_MEGABYTE: Final = 1_000_000


def check_folder(folder: Path, *, room: int = _ROOM) -> list[Finding]:
    """Look if the data folder, or the one that it is to be made in, can be written to and has room."""
    what, there = "Disk", folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        return [refused_finding(what, f"PRECACHE_DATA: {there} is not a folder; set another one")]
    if not os.access(there, os.W_OK | os.X_OK):
        return [
            refused_finding(
                what, f"PRECACHE_DATA: nothing can be written into {there}; allow it, or set another folder"
            )
        ]
    free = shutil.disk_usage(there).free
    if free < room:
        return [
            doubtful_finding(
                what,
                f"PRECACHE_DATA: {free // _MEGABYTE} MB are free in {there}; what is embedded may need "
                f"{room // _MEGABYTE} MB",
            )
        ]
    return [fine_finding(what, f"{free // _MEGABYTE:,} MB are free in {folder}")]


def check_zone_data(*, now: datetime) -> list[Finding]:
    """Look at the age of the zone data: governments change their clocks with a few weeks' notice."""
    year = int(ZONE_DATA_VERSION[:4])
    if now.year - year > 1:
        return [
            doubtful_finding(
                "Zone data",
                f"the tz database {ZONE_DATA_VERSION} is old, so some zones have changed since; update "
                "Precache, or the package tzdata",
            )
        ]
    return [fine_finding("Zone data", f"tz database {ZONE_DATA_VERSION}")]
