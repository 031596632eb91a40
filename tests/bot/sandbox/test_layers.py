"""The sandbox's folders import one way, enter each other by their doors, and know nothing of the bot."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SANDBOX = Path(__file__).parents[3] / "bot" / "sandbox"
LAYERS = (
    {"block_kit", "calls"},
    {"workspace"},
    {"files"},
    {"views", "messages", "deliveries"},
    {"installation"},
    {"web_api", "acts"},
    {"protocol"},
    {""},
)
"""From the ground up; the last are the modules at the top, which put all of it together."""
LEVEL = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


@pytest.mark.parametrize(
    "path", sorted(SANDBOX.rglob("*.py")), ids=lambda path: str(path.relative_to(SANDBOX))
)
def test_a_module_imports_only_its_own_folder_and_the_doors_of_lower_ones(path: Path) -> None:
    folder = "" if path.parent == SANDBOX else path.parent.name
    for name in imported(path):
        if name.partition(".")[0] == "bot":
            assert name.startswith("bot.sandbox."), name
            _, _, other, *inner = name.split(".")
            if other != folder and folder + other in ("sandbox", "tenant"):
                continue  # the modules at the top know each other
            assert other == folder or (not inner and LEVEL[other] < LEVEL[folder]), name
