"""The difference between schedules in a file and those that are stored. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from bot.schedules import Schedule
from bot.sources import same_sources
from bot.storage import folded_name

Kind = Literal["add", "change", "same", "over", "name_taken", "only_stored"]
"""`over`: its moment has passed, so it is not added. `name_taken`: by one that keeps it, so it is left alone.
`only_stored`: the file does not have it; it stays."""

_FIELDS: Final = (
    *("name", "query", "zone", "cron", "at", "first_day", "until", "step", "nth", "holidays"),
    *("channel", "thread", "user", "mentions", "sources", "model", "changes", "post_if", "max_age"),
    "review",
)
"""All that a file says of a schedule, besides whether it is paused, and which runs are left out."""
_LEFT_OUT: Final = ("skips", "paused_until")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an import does about one schedule."""

    kind: Kind
    wanted: Schedule
    """As the file has it, with the id under which it is stored; as it is stored if the file has it not."""
    before: Schedule | None = None
    fields: tuple[str, ...] = ()
    """The fields that change, by the names that they have in `Schedule`; `state` for a pause or its end."""


def find_changes(filed: Sequence[Schedule], stored: Sequence[Schedule], *, now: datetime) -> list[Change]:
    """Compare one team's schedules: by id, or by name where the file has no id; in the file's order."""
    by_id = {schedule.id: schedule for schedule in stored}
    by_name = {folded_name(schedule.name): schedule for schedule in stored if schedule.name}
    holders = {name: schedule.id for name, schedule in by_name.items()}
    changes, met = [], set()
    for wanted in filed:
        before = by_id.get(wanted.id) if wanted.id else by_name.get(folded_name(wanted.name or ""))
        if before is not None:
            met.add(before.id)
        change = _find_change(wanted, before, now=now)
        if change.kind in ("add", "change") and not _take_name(holders, wanted.name, before):
            change = Change(kind="name_taken", wanted=wanted, before=before)
        changes.append(change)
    left = [Change(kind="only_stored", wanted=schedule) for schedule in stored if schedule.id not in met]
    return [*changes, *left]


def _take_name(holders: dict[str, str], name: str | None, before: Schedule | None) -> bool:
    """Hand a name over as an import does, one schedule after the other; False if another has it by then."""
    wanted, own = folded_name(name or ""), before.id if before else ""
    if wanted and holders.get(wanted, own) != own:
        return False
    if before is not None and before.name:
        del holders[folded_name(before.name)]
    if wanted:
        holders[wanted] = own
    return True


def _find_change(wanted: Schedule, before: Schedule | None, *, now: datetime) -> Change:
    if before is None:
        over = wanted.at is not None and wanted.at <= now
        return Change(kind="over" if over else "add", wanted=wanted)
    # What the file does not say stays: who published it, and since when it is there.
    whole = replace(
        wanted,
        id=before.id,
        message=before.message,
        handle=before.handle,
        created=before.created,
        consents=before.consents,  # nobody gives another's
        revision=before.revision,
        state="paused" if wanted.state == "paused" else _running_state(before),
        typed=wanted.typed or (before.typed if wanted.rhythm == before.rhythm else None),
    )
    differing = [name for name in _FIELDS if not _is_same(name, whole, before)]
    differing += [name for name in _LEFT_OUT if _left_out(name, whole, now) != _left_out(name, before, now)]
    if (whole.state == "paused") != (before.state == "paused"):
        differing.append("state")
    kind: Kind = "change" if differing else "same"
    return Change(kind=kind, wanted=whole if differing else before, before=before, fields=tuple(differing))


def _left_out(name: str, schedule: Schedule, now: datetime) -> object:
    """The runs to come that are left out by hand; those that are over make no difference."""
    if name == "skips":
        return frozenset(skip.slot for skip in schedule.skips if skip.slot > now)
    return schedule.paused_until if schedule.is_on_break(now) else None


def _running_state(before: Schedule) -> Any:
    return "active" if before.state == "paused" else before.state


def _is_same(name: str, one: Schedule, other: Schedule) -> bool:
    if name == "sources":
        return same_sources(one.sources, other.sources)
    return bool(getattr(one, name) == getattr(other, name))
