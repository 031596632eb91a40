"""Bringing the app into a workspace, and taking it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.sandbox.views import Stacks
from bot.sandbox.workspace import (
    Change,
    ChannelChanged,
    Installation,
    InstallationChanged,
    Live,
    UserChanged,
    Workspace,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Installer:
    """Installs the app in one workspace."""

    live: Live
    workspace: Workspace
    stacks: Stacks

    async def install(self, token: str, scopes: str, by: str) -> None:
        """The app is here, with these scopes, until somebody takes it away."""

        def mark_installed(workspace: Workspace) -> Iterable[Change]:
            bot = workspace.users[workspace.bot]
            if bot.deleted:
                yield UserChanged(replace(bot, deleted=False))
            yield InstallationChanged(Installation(token=token, scopes=scopes, by=by))

        await self.live.change(mark_installed)

    async def uninstall(self) -> None:
        """The token is worth nothing any more, and the bot is gone from everywhere."""

        def mark_revoked(workspace: Workspace) -> Iterable[Change]:
            if workspace.installation is not None and not workspace.installation.revoked:
                yield InstallationChanged(replace(workspace.installation, revoked=True))
            yield from _without_bot(workspace)

        self.stacks.clear_all()
        await self.live.change(mark_revoked)

    async def withdraw_bot(self) -> None:
        """Takes the bot out of everywhere: as it is before the app is installed."""
        await self.live.change(_without_bot)


def _without_bot(workspace: Workspace) -> Iterable[Change]:
    bot = workspace.users[workspace.bot]
    if not bot.deleted:
        yield UserChanged(replace(bot, deleted=True))
    for channel in workspace.channels.values():
        if workspace.bot in channel and not channel.is_im:
            members = tuple(member for member in channel.members if member != workspace.bot)
            yield ChannelChanged(replace(channel, members=members))
