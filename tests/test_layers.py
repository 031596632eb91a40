"""Imports go app → bot → scheduler, down the list of wings, and each wing has one door."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = (
    ("cli",),
    ("server",),
    ("settings",),  # names the values of every wing below it: caps, prices, policy, freshness
    ("housekeeping",),
    ("operating",),
    ("ui",),
    ("ui.schedules",),
    ("ui.composer",),
    ("ui.subscriptions",),
    ("ui.answering",),
    ("copies",),
    ("runs",),
    ("replies.views",),
    ("replies.commands", "replies.subscriptions", "replies.feedback", "replies.review"),
    ("replies.breaks", "replies.readers"),
    ("replies",),
    ("replies.buttons",),
    ("replies.text",),
    ("stats",),
    ("commands",),
    ("feedback",),
    ("subscriptions",),
    ("schedules",),
    ("readers",),
    ("answers",),
    ("sources",),
    ("hearing",),
    ("workspaces", "promises"),
    ("budget",),
    ("model", "slack", "documents", "fetch", "markdown", "day"),
    ("storage",),
    ("errors", "background", "child_process", "loading", "tracing"),
)
"""The wings of bot/, from the top of the road to its ground: each imports only from those below it."""
RANK = {wing: number for number, wings in enumerate(LAYERS) for wing in wings}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The full names of the modules that a file imports."""
    return tuple(_imported_names(path))


def _imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from _names_in(node.module, node.names)


@cache
def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_name(f"{path.name}.py").exists() or path.is_dir()


def _names_in(module: str, names: Sequence[ast.alias]) -> Iterator[str]:
    for name in names:
        inner = f"{module}.{name.name}"
        yield inner if _is_module(inner) else module


def files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def wing_of(module: str) -> str | None:
    """The wing of bot/ that a module belongs to; None for what is in none, such as `bot` itself."""
    parts = module.split(".")
    if parts[0] != "bot" or len(parts) == 1:
        return None
    inner = ".".join(parts[1:3])
    return inner if inner in RANK else parts[1]


def folder_of(module: str) -> str:
    """The folder that a module stands in; a package is its own."""
    return module if ROOT.joinpath(*module.split(".")).is_dir() else module.rpartition(".")[0]


BOT = [path for path in files("bot") if "sandbox" not in path.parts]


@pytest.mark.parametrize("path", BOT, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_wing_imports_only_from_those_below_it_and_by_their_doors(path: Path) -> None:
    wing = wing_of(module_of(path))
    for name in imports(path):
        other = wing_of(name)
        if other in (None, wing, "sandbox"):
            continue
        assert wing is None or RANK[other] > RANK[wing], f"{wing} may not import {name}"
        assert name in (f"bot.{other}", "bot"), f"{name} is behind the door of bot.{other}"


def test_every_wing_has_its_place_in_the_list() -> None:
    folders = {path.name for path in (ROOT / "bot").iterdir() if (path / "__init__.py").exists()}
    assert folders - {"sandbox"} == {wing.partition(".")[0] for wing in RANK} - {
        "errors",
        "background",
        "loading",
        "tracing",
    }


def test_no_two_folders_import_each_other() -> None:
    edges: set[tuple[str, str]] = set()
    for path in (*files("scheduler"), *files("bot")):
        module = module_of(path)
        for name in imports(path):
            if name.partition(".")[0] not in ("bot", "scheduler"):
                continue
            if path.name == "__init__.py" and name.startswith(f"{module}."):
                continue  # a door imports what it leads to
            edges.add((folder_of(module), folder_of(name)))
    both_ways = {(one, other) for one, other in edges if one < other and (other, one) in edges}
    assert not both_ways


@pytest.mark.parametrize("package", ["bot", "scheduler"])
def test_no_folder_is_crowded(package: str) -> None:
    counts = Counter(path.parent for path in files(package) if path.name != "__init__.py")
    assert max(counts.values()) <= 16, counts.most_common(1)


def test_no_door_is_longer_than_a_reader_takes_in() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in (*files("scheduler"), *files("bot"))}
    assert not [path for path, length in lengths.items() if path.name == "__init__.py" and length > 200]


DOORS = [
    path
    for path in files("scheduler") + files("bot")
    if path.name == "__init__.py" and "= open_door(__name__" in path.read_text()
]


@pytest.mark.parametrize("path", DOORS, ids=lambda path: module_of(path))
def test_a_door_that_opens_late_leads_to_all_that_the_type_checker_sees(path: Path) -> None:
    door = importlib.import_module(module_of(path))
    imported = [
        (node.module, name.name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.col_offset
        for name in node.names
    ]
    assert sorted(door.__all__) == sorted(name for _, name in imported)
    for module, name in imported:
        found, there = getattr(door, name), getattr(importlib.import_module(str(module)), name)
        is_late = found is not there and callable(there)
        assert found is there or (is_late and (found.__module__, found.__qualname__) == (module, name))
    with pytest.raises(AttributeError, match="no_such_name"):
        door.no_such_name  # noqa: B018 - looked up


def test_no_door_exports_a_function_that_is_named_like_its_module() -> None:
    for path in files("bot") + files("scheduler"):
        if path.name == "__init__.py":
            modules = {inner.stem for inner in path.parent.glob("*.py")}
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom):
                    hidden = modules & {name.asname or name.name for name in node.names}
                    assert not hidden, f"{path}: {hidden}"


@pytest.mark.parametrize("path", files("scheduler"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_scheduler_knows_neither_the_bot_nor_the_app_nor_slack_nor_a_model(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}
    assert not roots & {"app", "bot", "slack_bolt", "slack_sdk", "langchain", "langchain_core", "openai"}


@pytest.mark.parametrize("path", files("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_bot_enters_the_scheduler_by_its_door(path: Path) -> None:
    names = set(imports(path))
    assert not {name for name in names if name.partition(".")[0] == "app"}
    assert not {name for name in names if name.startswith("scheduler.")} - {
        "scheduler.embedded",
        "scheduler.late",
    }


def test_only_the_wiring_knows_the_stand_ins() -> None:
    for path in files("bot"):
        if "sandbox" in path.parts or path.parent == ROOT / "bot" / "server" / "connect":
            continue
        names = set(imports(path))
        assert not {name for name in names if name.startswith(("bot.sandbox", "scheduler.embedded"))}, path


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): set(imports(path))
        for path in (*files("scheduler"), *files("bot"), ROOT / "app.py")
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " → ".join((*trail, module))
        if module in graph and module not in done:
            for name in graph[module]:
                visit(name, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_the_entry_only_looks_at_the_python_and_reads_arguments() -> None:
    names = {name for name in imports(ROOT / "app.py") if name.partition(".")[0] in ("bot", "scheduler")}
    assert names == {"bot.cli"}
