"""Coming into channels and leaving them, and what else changes a channel as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sandbox.workspace.changes import ChannelChanged
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.records import Channel
from bot.sandbox.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True, eq=False)
class Membership:
    """Changes a channel for the app or for people; each method returns the changed channel."""

    live: Live

    async def add_members(self, channel: str, *users: str) -> Channel:
        return await self._alter_channel(
            channel, lambda found: replace(found, members=tuple(dict.fromkeys((*found.members, *users))))
        )

    async def remove_member(self, channel: str, user: str) -> Channel:
        return await self._alter_channel(
            channel,
            lambda found: replace(found, members=tuple(other for other in found.members if other != user)),
        )

    async def set_archived(self, channel: str, *, archived: bool) -> Channel:
        return await self._alter_channel(channel, lambda found: replace(found, is_archived=archived))

    async def set_private(self, channel: str, *, private: bool) -> Channel:
        return await self._alter_channel(channel, lambda found: replace(found, is_private=private))

    async def set_shared(self, channel: str, *, shared: bool) -> Channel:
        """Share it with another company, or end that."""
        return await self._alter_channel(channel, lambda found: replace(found, is_ext_shared=shared))

    async def _alter_channel(self, channel: str, alter: Callable[[Channel], Channel]) -> Channel:
        altered: list[Channel] = []

        def change_channel(workspace: Workspace) -> list[ChannelChanged]:
            altered.append(alter(workspace.channels[channel]))
            return [ChannelChanged(altered[0])]

        await self.live.change(change_channel)
        return altered[0]
