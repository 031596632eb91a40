"""A page of a list: which schedules are on it, in which order, and which records that takes.

Everything but the page is told from the index. Entries that are stale are made again before the page is cut,
a bounded number with each list; the order of the others rests on a guess until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from bot.schedules.history.run import Run
from bot.schedules.index import Beside, ScheduleIndex
from bot.schedules.index_entry import Entry
from bot.schedules.schedule import Schedule
from bot.storage import ms_of

RENEWED: Final = 100
"""Stale entries that one list makes again."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The shown part of a list."""

    shown: tuple[Schedule, ...] = ()
    entries: tuple[Entry, ...] = ()
    """All that is in the list, in its order."""
    last_runs: Mapping[str, Run] = field(default_factory=dict)
    """The last run of each schedule for which it was asked."""
    asked: tuple[Schedule, ...] = ()
    """The schedules whose last run was asked for."""

    @property
    def more(self) -> int:
        """The number that is not shown."""
        return len(self.entries) - len(self.shown)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The part of a list that is wanted."""

    includes: Callable[[Entry], bool]
    place_of: Callable[[Entry], Any]
    """The key by which it is sorted."""
    start: int = 0
    most: int = 0
    last_runs: Callable[[Entry], bool] | None = None
    """Tell the last runs of what is shown, and of the first `most_problems` for which this is true."""
    most_problems: int = 0
    beside: Beside | None = None
    """What else is read with its records."""


async def cut_page(index: ScheduleIndex, team: str, entries: dict[str, Entry], wanted: Wanted) -> Listing:
    """Read the records of a page, in one round trip."""
    ordered = guessed = await _sort_entries(entries, wanted)
    ids = _ids_to_read(entries, ordered, wanted, now=ms_of(index.now()))
    is_asked = wanted.last_runs or (lambda _: False)
    asked = [entry.id for entry in islice(filter(is_asked, ordered), wanted.most_problems)]
    ids = list(dict.fromkeys((*ids, *asked)))
    histories = ids if wanted.last_runs else ()
    records, last_runs = await index.read_rows(team, ids, histories=histories, beside=wanted.beside)
    if await index.renew_entries(team, entries, ids, records):
        ordered = await _sort_entries(entries, wanted)
    page = _page_of(ordered, guessed, wanted, read=records)
    # One that was given away, or moved, since its entry was read is in the list no longer.
    still_asked = set(asked) & {entry.id for entry in filter(is_asked, ordered)}
    return Listing(
        shown=tuple(records[entry.id] for entry in page),
        entries=tuple(ordered),
        last_runs=last_runs,
        asked=tuple(records[schedule_id] for schedule_id in asked if schedule_id in still_asked),
    )


def _page_of(
    ordered: Sequence[Entry], guessed: Sequence[Entry], wanted: Wanted, *, read: Collection[str]
) -> list[Entry]:
    """The entries on the page. It stays as it was guessed if more than was read would come onto it.

    That is so where many are stale: those that are made again make room for others, that rest on a guess.
    """
    place = slice(wanted.start, wanted.start + wanted.most)
    page = list(ordered[place])
    if all(entry.id in read for entry in page):
        return page
    known = {entry.id: entry for entry in ordered}
    kept = [known[entry.id] for entry in guessed[place] if entry.id in known]
    return sorted(kept, key=wanted.place_of)


async def _sort_entries(entries: Mapping[str, Entry], wanted: Wanted) -> list[Entry]:
    """The entries of the list in their order; others get their turn between the steps."""
    included = list(filter(wanted.includes, entries.values()))
    await asyncio.sleep(0)
    included.sort(key=wanted.place_of)
    await asyncio.sleep(0)
    return included


def _ids_to_read(
    entries: Mapping[str, Entry], ordered: Sequence[Entry], wanted: Wanted, *, now: int
) -> list[str]:
    """Stale entries, nearest to the page first, and as many around the page as these may bring onto it."""
    end = wanted.start + wanted.most
    stale = [entry.id for entry in ordered[: end + RENEWED] if entry.is_stale(now)][:RENEWED]
    moved = len(stale)
    near = [entry.id for entry in ordered[max(wanted.start - moved, 0) : end + moved]]
    hidden = (entry.id for entry in entries.values() if entry.is_stale(now))
    return list(dict.fromkeys((*stale, *near, *islice(hidden, RENEWED - moved))))
