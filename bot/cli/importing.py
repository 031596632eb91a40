"""Import: the schedules of a file are made and changed until the stored ones are the same; all others stay.

It can be broken off and done again: what is there already is the same, and is left alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.cli.arguments import Import
from bot.cli.diff import describe_change, find_all_changes, word_left_alone, word_unknown_models
from bot.cli.output import print_json, print_text
from bot.cli.working import work_with
from bot.operating import Applied

if TYPE_CHECKING:
    from bot.server import Workbench

_PROBLEMS: Final = {
    "name_taken": "another schedule has this name",
    "changed": "somebody changed it at the same moment; do it again",
    "not_published": "QStash did not take it; it is stored, and is given to QStash again by itself",
}
_EVERY: Final = 100


def import_file(act: Import, env: Path | None, *, project: Path) -> int | str:
    """Do it, and print what was done; the exit status is 1 if anything could not be."""

    async def do(bench: Workbench) -> int:
        changes = await find_all_changes(bench, act.file, act.new_ids)
        done = []
        for number, change in enumerate(changes, start=1):
            done.append(await bench.applying.apply_change(change))
            if number % _EVERY == 0 and sys.stderr.isatty():
                sys.stderr.write(f"{number} of {len(changes)}\n")
        if act.as_json:
            print_json([{**describe_change(one.change), "outcome": one.outcome} for one in done])
        else:
            print_text("\n".join([*word_unknown_models(changes, bench.models), *_word_outcomes(done)]))
        return 1 if any(one.outcome in _PROBLEMS for one in done) else 0

    return work_with(do, "import", env, project=project)


def _word_outcomes(done: Sequence[Applied]) -> list[str]:
    lines = []
    for one in done:
        if (problem := _PROBLEMS.get(one.outcome)) is not None:
            said = f" ({one.detail})" if one.detail else ""
            lines.append(f"! {one.change.wanted.team}  {one.change.wanted.label}: {problem}{said}")
    if any(one.outcome == "waits" for one in done):
        lines.append("Stored. No copy serves with these settings; the next one gives them to QStash.")
    counts = Counter(one.change.kind for one in done if one.outcome not in _PROBLEMS)
    return [
        *lines,
        f"{counts['add']} added, {counts['change']} changed, {counts['same']} the same"
        + (f", {counts['over']} not added because the time is over" if counts["over"] else "")
        + word_left_alone(counts["only_stored"]),
    ]
