"""Diff: what an import of a file would change. Nothing is changed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.cli.arguments import Diff
from bot.cli.output import print_json, print_text
from bot.cli.working import work_with
from bot.operating import Change, FiledTeam, FileFault, find_changes, read_file, rename_ids
from bot.server import real_time

if TYPE_CHECKING:
    from bot.server import Workbench

_DIFFERENCES: Final = 3
_SIGNS: Final = {"add": "+", "change": "~", "over": "-", "name_taken": "!"}
_REASONS: Final = {
    "over": "its time is over, so it is not added",
    "name_taken": "another schedule has this name, so it is left alone",
}
_WORDS: Final = {"query": "prompt", "user": "owner", "max_age": "max_age_seconds", "state": "paused"}
"""Fields by the names that the file has for them, where they differ."""


def show_changes(act: Diff, env: Path | None, *, project: Path) -> int | str:
    """Print them; the exit status is 0 if there are none, 3 if there are, or it says what was in the way."""

    async def do(bench: Workbench) -> int:
        changes = await find_all_changes(bench, act.file, act.new_ids)
        if act.as_json:
            print_json([describe_change(change) for change in changes])
        else:
            print_text("\n".join([*word_unknown_models(changes, bench.models), *word_changes(changes)]))
        return (
            _DIFFERENCES if any(change.kind in ("add", "change", "name_taken") for change in changes) else 0
        )

    return work_with(do, "diff", env, project=project)


async def find_all_changes(bench: Workbench, file: Path, new_ids: Mapping[str, str]) -> list[Change]:
    """The changes of all teams that the file names. Raises `FileFault`, `OSError`, `RedisUnavailable`."""
    now, changes = real_time(), list[Change]()
    for team in rename_ids(_read_filed(file, now=now), new_ids):
        stored = await bench.schedule_store.list_records(team.team)
        changes += find_changes(team.schedules, stored, now=now)
    return changes


def _read_filed(file: Path, *, now: datetime) -> list[FiledTeam]:
    try:
        return read_file(file.read_text(encoding="utf-8-sig"), now=now)
    except UnicodeDecodeError:
        raise FileFault(f"{file}: expected text in UTF-8") from None
    except FileFault as exc:
        raise FileFault(f"{file}: {exc}") from exc


def describe_change(change: Change) -> dict[str, Any]:
    """One change for machines."""
    return {
        "change": change.kind,
        "team": change.wanted.team,
        "id": change.wanted.id or None,
        "name": change.wanted.name,
        "fields": [_WORDS.get(name, name) for name in change.fields],
    }


def word_changes(changes: Sequence[Change]) -> list[str]:
    """A line for each that matters, and the number of the others."""
    lines = []
    for change in changes:
        if (sign := _SIGNS.get(change.kind)) is None:
            continue
        fields = ", ".join(_WORDS.get(name, name) for name in change.fields)
        why = _REASONS.get(change.kind) or fields or "new"
        lines.append(f"{sign} {change.wanted.team}  {change.wanted.label or 'new'}: {why}")
    counts = Counter(change.kind for change in changes)
    return [*lines, f"{counts['same']} the same{word_left_alone(counts['only_stored'])}"]


def word_unknown_models(changes: Sequence[Change], models: Collection[str]) -> list[str]:
    """A line for each schedule whose model may not be asked here: it is kept, and its runs fail."""
    return [
        f"! {change.wanted.team}  {change.wanted.label or 'new'}: its model {change.wanted.model} is not in "
        "PRECACHE_MODELS, and its runs fail until it is"
        for change in changes
        if (change.kind == "add" or "model" in change.fields)
        and change.wanted.model is not None
        and change.wanted.model not in models
    ]


def word_left_alone(left: int) -> str:
    """The schedules that are not in the file, if there are any."""
    return f"; {left} not in the file, left as {'it is' if left == 1 else 'they are'}" if left else ""
