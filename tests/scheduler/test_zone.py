"""Zones have the data of the pinned `tzdata` package, whatever the machine itself has."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from scheduler import ZONE_DATA_VERSION, Cron

ROOT = Path(__file__).parent.parent.parent
# All but Dublin changed their rules not long before this release of the data.
NINE_O_CLOCK = {
    "America/Vancouver": "2026-11-29T16:00Z",
    "America/Edmonton": "2026-11-29T15:00Z",
    "America/Yellowknife": "2026-11-29T15:00Z",
    "America/Winnipeg": "2026-11-29T14:00Z",
    "America/Havana": "2026-11-29T13:00Z",
    "Africa/Casablanca": "2026-11-29T09:00Z",
    "Canada/Pacific": "2026-11-29T16:00Z",
    "Europe/Dublin": "2026-11-29T09:00Z",
}


@pytest.mark.parametrize(("zone", "moment"), NINE_O_CLOCK.items())
def test_nine_o_clock_is_nine_by_the_rules_of_the_pinned_data(zone: str, moment: str) -> None:
    cron = Cron(expression="0 9 * * *", zone=zone)
    assert cron.next_after(datetime(2026, 11, 28, 18, tzinfo=UTC)) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("module", ["scheduler", "scheduler.embedded", "app"])
def test_a_machine_with_other_rules_changes_nothing(module: str, tmp_path: Path) -> None:
    (tmp_path / "America").mkdir()
    with as_file(files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo")) as tokyo:
        shutil.copy(tokyo, tmp_path / "America" / "Vancouver")
    code = f"""
from datetime import datetime
import zoneinfo
read_before = zoneinfo.ZoneInfo("America/Vancouver")
import {module}, scheduler
zones = read_before, zoneinfo.ZoneInfo("America/Vancouver"), scheduler.ZoneInfo("America/Vancouver")
print(*(datetime(2026, 11, 29, 9, tzinfo=zone).utcoffset() for zone in zones), sep="; ")
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "9:00:00; -1 day, 17:00:00; -1 day, 17:00:00"


def test_no_module_can_read_a_zone_before_the_package_is_chosen() -> None:
    modules = (ROOT / "app.py", *(ROOT / "bot").rglob("*.py"), *(ROOT / "scheduler").rglob("*.py"))
    assert {path.relative_to(ROOT).as_posix() for path in modules if "zoneinfo" in imported_roots(path)} == {
        "scheduler/zone.py"
    }


def imported_roots(path: Path) -> set[str]:
    """The top names of what a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_the_release_of_the_data_can_be_told() -> None:
    year, letter = ZONE_DATA_VERSION[:4], ZONE_DATA_VERSION[4:]
    assert version("tzdata") == f"{year}.{'abcdefghijklmnopqrstuvwxyz'.index(letter) + 1}"
