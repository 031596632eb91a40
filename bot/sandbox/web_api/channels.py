"""The channels as the bot may name them."""

from __future__ import annotations

from bot.sandbox.calls import ApiError
from bot.sandbox.workspace import Channel, Workspace


def channel_for_bot(workspace: Workspace, named: str) -> Channel:
    """The channel with this id, or the direct messages with this person; unknown where the bot cannot see."""
    channel = workspace.channels.get(named) or workspace.direct_channel(named)
    if channel is None or not channel.visible_to(workspace.bot) or named == workspace.bot:
        raise ApiError("channel_not_found")
    return channel
