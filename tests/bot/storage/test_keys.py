"""Keys are made in one module, and each names its kind."""

from __future__ import annotations

import inspect
import re
from datetime import date
from pathlib import Path

import pytest

from bot.storage import keys

ROOT = Path(__file__).parents[3]
ARGUMENTS = {"day": date(2026, 11, 28)}


def made_keys() -> dict[str, str]:
    """One key of each kind."""
    found = {}
    for name, function in inspect.getmembers(keys, inspect.isfunction):
        if function.__module__ == keys.__name__ and name.endswith("_key") and not name.startswith("_"):
            parameters = inspect.signature(function).parameters
            found[name] = function(
                *(ARGUMENTS.get(parameter, f"some-{parameter}") for parameter in parameters)
            )
    return found


def test_no_two_kinds_of_keys_meet() -> None:
    made = made_keys()
    assert len(made) > 20
    assert len(set(made.values())) == len(made)
    assert all(key.startswith(f"{keys.NAMESPACE}:") for key in made.values())


@pytest.mark.parametrize("path", sorted((ROOT / "bot").rglob("*.py")), ids=lambda path: str(path.name))
def test_no_key_is_made_elsewhere(path: Path) -> None:
    if "sandbox" in path.parts or path == ROOT / "bot" / "storage" / "keys.py":
        return  # the sandbox is a service of its own, with keys of its own
    assert not re.search(r"""NAMESPACE|["']precache:""", path.read_text())


def test_names_that_people_would_take_for_one_share_their_key() -> None:
    assert keys.schedule_name_key("T1", "Café  ＯＰＳ") == keys.schedule_name_key("T1", "café ops")
    assert keys.schedule_name_key("T1", "café") != keys.schedule_name_key("T2", "café")
