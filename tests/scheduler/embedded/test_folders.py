"""Its folders import one another in one order, and through their doors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler import embedded

ROOT = Path(embedded.__file__).parent
ORDER = ("", "api", "engine", "storage")
"""From the top down; `redis` stands apart."""


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Folder and module, each "" for none, of what a file imports from `scheduler.embedded`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            name, _, rest = node.module.partition("scheduler.embedded.")
            if not name and rest:
                folder, _, module = rest.partition(".")
                yield folder, module


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_below_and_through_the_door(path: Path) -> None:
    own = path.parent.name if path.parent != ROOT else ""
    found = {(folder, module) for folder, module in imports(path) if folder not in (own, "qstash")}
    assert not {module for _, module in found} - {""}, "a door is passed by"
    below = {*ORDER[ORDER.index(own) + 1 :]} if own in ORDER else set()
    assert {folder for folder, _ in found} <= (below | ({"redis"} if own == "" else set()))


def test_no_folder_is_left_out_of_the_order() -> None:
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert folders == {*ORDER[1:], "redis"}
    listed = embedded.__doc__ or ""
    assert [name for name in (*ORDER[1:], "redis") if f"{name}/" in listed] == [*ORDER[1:], "redis"]
