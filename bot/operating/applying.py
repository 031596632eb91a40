"""Schedules of a file become stored ones: the record first, QStash second, the record confirmed third.

What is stopped half way is finished by the same import once more, or by the reconciliation of any copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from bot.operating.changes import Change
from bot.schedules import Publishing, Schedule, ScheduleStore, Warming, give_handle, new_id
from scheduler import Publisher, PublishError

Outcome = Literal["done", "waits", "name_taken", "changed", "not_published"]
"""`waits`: it is stored, and the next copy that serves gives it to QStash. `changed`: by somebody else."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of one change."""

    change: Change
    outcome: Outcome
    detail: str = ""
    """What QStash said, if it did not take it; never a secret."""


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """The way to QStash."""

    publisher: Publisher = field(repr=False)
    publishing: Publishing = field(repr=False)
    warming: Warming = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Applying:
    """Makes and changes schedules as the operator; at each run, the owner's rights count as ever."""

    schedule_store: ScheduleStore = field(repr=False)
    carrier: Carrier | None
    """None where no QStash can be reached: the embedded one, while no copy serves."""
    now: Callable[[], datetime]

    async def apply_change(self, change: Change) -> Applied:
        """Do it; what is the same, over or not in the file is left alone. Raises `RedisUnavailable`."""
        match change.kind:
            case "add":
                return await self._add_schedule(change)
            case "change":
                return await self._change_schedule(change)
            case "name_taken":
                return Applied(change=change, outcome="name_taken")
            case _:
                return Applied(change=change, outcome="done")

    async def _add_schedule(self, change: Change) -> Applied:
        wanted = replace(change.wanted, created=change.wanted.created or self.now())
        is_paused = wanted.state == "paused"
        while True:
            named = wanted if wanted.id else replace(wanted, id=new_id())
            written = await self.schedule_store.add_record(give_handle(named), now=self.now())
            if written != "id_taken" or wanted.id:
                break
        if not isinstance(written, Schedule):
            return Applied(change=change, outcome="name_taken" if written == "name_taken" else "changed")
        if is_paused:
            paused = await self.schedule_store.change_record(written, replace(written, state="paused"))
            if not isinstance(paused, Schedule):
                return Applied(change=change, outcome="changed")
            written = paused
        return await self._publish_change(change, written)

    async def _change_schedule(self, change: Change) -> Applied:
        assert change.before is not None  # noqa: S101 - there is nothing to change otherwise
        wanted = change.wanted
        if wanted.cron is None and wanted.state == "paused":
            wanted = replace(wanted, state="active")  # what runs once has no pause to be in
        written = await self.schedule_store.change_record(change.before, give_handle(wanted))
        if not isinstance(written, Schedule):
            return Applied(change=change, outcome="name_taken" if written == "name_taken" else "changed")
        return await self._publish_change(change, written)

    async def _publish_change(self, change: Change, written: Schedule) -> Applied:
        if self.carrier is None:
            return Applied(change=change, outcome="waits")
        before, publisher, publishing = change.before, self.carrier.publisher, self.carrier.publishing
        try:
            confirmed = await publishing.publish_schedule(written)
            if before is not None and before.cron is not None and written.cron is None:
                await publisher.delete_schedule(before.id)
            if written.cron is not None and written.state == "paused":
                await publisher.pause_schedule(written.id)
            elif written.cron is not None and _may_rest(change):
                await publisher.resume_schedule(written.id)
        except PublishError as exc:
            return Applied(change=change, outcome="not_published", detail=str(exc))
        settled = await publishing.confirm_record(written, confirmed)
        if not isinstance(settled, Schedule):
            return Applied(change=change, outcome="changed")
        if before is not None and before.cron is None:
            await publishing.withdraw_schedule(before)
        if settled.state != "paused":
            await self.carrier.warming.publish_warm_job(settled)
        return Applied(change=change, outcome="done")


def _may_rest(change: Change) -> bool:
    """Tell if QStash may have it as paused, which publishing leaves as it is.

    One that is added under an id of its own may come from another Redis, where it was paused for the move.
    """
    return bool(change.wanted.id) if change.before is None else change.before.state == "paused"
