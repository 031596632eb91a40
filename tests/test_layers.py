"""Imports go app → bot → scheduler, and each package has one door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = (
    "langchain",
    "langchain_core",
    "langchain_openai",
    "langchain_community",
    "openai",
    "numpy",
    "matplotlib",
    "PIL",
    "lxml",
    "trafilatura",
    "feedparser",
)


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            folder = ROOT.joinpath(*node.module.split("."))
            for name in node.names:
                inner = (folder / f"{name.name}.py").exists() or (folder / name.name).is_dir()
                yield f"{node.module}.{name.name}" if inner else node.module


def files(package: str) -> list[Path]:
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("path", files("scheduler"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_scheduler_knows_neither_the_bot_nor_the_app_nor_slack_nor_a_model(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}
    assert not roots & {"app", "bot", "slack_bolt", "slack_sdk", "langchain", "langchain_core", "openai"}


@pytest.mark.parametrize("path", files("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_bot_enters_the_scheduler_by_its_door(path: Path) -> None:
    names = set(imports(path))
    assert not {name for name in names if name.partition(".")[0] == "app"}
    inner = {name for name in names if name.startswith("scheduler.")} - {"scheduler.embedded"}
    assert not inner


def test_only_the_wiring_knows_the_stand_ins() -> None:
    for path in files("bot"):
        if "sandbox" in path.parts or path.name == "connect.py":
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


def test_importing_the_app_loads_no_model_library() -> None:
    assert printed(f"import sys, app; print(*[name for name in {HEAVY!r} if name in sys.modules])") == ""


def test_whoever_first_names_a_calendar_waits_for_no_import() -> None:
    code = """
import asyncio, datetime, sys
import app, bot.model, scheduler.calendar
asyncio.run(app._warm(bot.model.Models(bot.model.NoModelConfigured())))
known = set(sys.modules)
scheduler.calendar.check_calendar("Scotland")
scheduler.is_free(datetime.date(2026, 12, 25), calendar="DE", closures=scheduler.Closures())
print(*(set(sys.modules) - known))
"""
    assert printed(code) == ""


def printed(code: str) -> str:
    """What an interpreter of its own says."""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()
