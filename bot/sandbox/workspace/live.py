"""The workspace everybody shares: a change is stored, then true, then shown, and one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.sandbox.workspace.changes import Change, Posted
from bot.sandbox.workspace.journal import Journal
from bot.sandbox.workspace.records import Message
from bot.sandbox.workspace.seed import first_records
from bot.sandbox.workspace.workspace import Workspace

Clock = Callable[[], datetime]
Observer = Callable[[Change], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, eq=False)
class Live:
    """Holds the workspace of this process; observers are told of each change once it is durable."""

    journal: Journal
    workspace: Workspace
    now: Clock = utc_now
    _observers: list[Observer] = field(default_factory=list, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def load_workspace(self) -> None:
        """Takes up the workspace where it was left, or makes the first one."""
        kept = await self.journal.load_changes()
        for change in kept:
            self.workspace.apply_change(change)
        if not kept:
            await self.commit(*first_records(self.workspace.team, int(self.now().timestamp())))

    async def commit(self, *changes: Change) -> None:
        await self.change(lambda workspace: changes)

    async def change(self, decide: Callable[[Workspace], Iterable[Change]]) -> None:
        """Makes the changes that `decide` returns; no other change comes between."""
        async with self._turn:
            changes = list(decide(self.workspace))
            gone = await self.journal.keep_changes(changes)
            for change in changes:
                self.workspace.apply_change(change)
            for channel, ts in gone.messages:
                self.workspace.forget_message(channel, ts)
            for file in gone.files:
                self.workspace.files.pop(file, None)
            for change in changes:
                for observer in self._observers:
                    observer(change)

    def add_observer(self, observer: Observer) -> None:
        self._observers.append(observer)

    def remove_observer(self, observer: Observer) -> None:
        self._observers.remove(observer)

    def next_ts(self) -> str:
        return self.workspace.next_ts(round(self.now().timestamp() * 1_000_000))

    async def post_message(self, message: Message) -> Message:
        await self.commit(Posted(message))
        return message
