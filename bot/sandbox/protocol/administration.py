"""What people do to channels, to each other and to the app: the menu behind a workspace's name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox.calls.api_error import ApiError
from bot.sandbox.calls.arguments import Arguments
from bot.sandbox.protocol.page_json import channel_view
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.workspace.changes import ChannelChanged, UserChanged
from bot.sandbox.workspace.records import Channel
from bot.sandbox.workspace.workspace import Workspace


async def create(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    user, name = arguments.required("user"), _new_name(arguments)
    private = arguments.flag("is_private")
    others = [each.id for each in site.workspace.humans() if each.id != user and not each.home]
    created = Channel(
        id=f"C{secrets.token_hex(5).upper()}",
        name=name,
        created=int(site.live.now().timestamp()),
        creator=user,
        members=(user,) if private else (user, *others),
        is_private=private,
    )

    def decide(workspace: Workspace) -> list[ChannelChanged]:
        if workspace.named(name) is not None:
            raise ApiError("name_taken")
        return [ChannelChanged(created)]

    await site.live.change(decide)
    return {"channel": channel_view(created, user, site.workspace)}


async def rename(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel, name = _shared(site, arguments), _new_name(arguments)

    def decide(workspace: Workspace) -> list[ChannelChanged]:
        if (other := workspace.named(name)) is not None and other.id != channel.id:
            raise ApiError("name_taken")
        return [ChannelChanged(replace(workspace.channels[channel.id], name=name))]

    await site.live.change(decide)
    return {}


async def archive(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _shared(site, arguments)
    await site.membership.set_archived(channel.id, archived=arguments.flag("archived", True))
    return {}


async def invite(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _shared(site, arguments)
    if channel.is_archived:
        raise ApiError("is_archived")
    if not site.workspace.installed:
        raise ApiError("user_not_found")
    await site.membership.add_members(channel.id, site.workspace.bot)
    return {}


async def remove(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _shared(site, arguments)
    await site.membership.remove_member(channel.id, site.workspace.bot)
    return {}


async def join(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel, user = _visible(site, arguments), arguments.required("user")
    if channel.is_archived:
        raise ApiError("is_archived")
    await site.membership.add_members(channel.id, user)
    return {}


async def leave(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _shared(site, arguments)
    if channel.is_general:
        raise ApiError("cant_leave_general")
    await site.membership.remove_member(channel.id, arguments.required("user"))
    return {}


async def deactivate(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    user, target = arguments.required("user"), arguments.required("target")
    deleted = arguments.flag("deleted", True)

    def decide(workspace: Workspace) -> list[UserChanged]:
        person = workspace.users.get(target)
        if person is None or person.is_bot:
            raise ApiError("user_not_found")
        if target == user:
            raise ApiError("cant_deactivate_self")
        return [UserChanged(replace(person, deleted=deleted))]

    await site.live.change(decide)
    if deleted:
        site.stacks.clear(target)
    return {}


async def uninstall(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    await site.installer.uninstall()
    return {}


def _new_name(arguments: Arguments) -> str:
    name = arguments.required("name").strip().removeprefix("#")
    if not re.fullmatch(r"[\w-]{1,80}", name) or name != name.lower():
        raise ApiError("invalid_name")
    return name


def _visible(site: PageSite, arguments: Arguments) -> Channel:
    user, named = arguments.required("user"), arguments.required("channel")
    channel = site.workspace.channels.get(named)
    if channel is None or channel.is_im or not site.workspace.sees(user, channel):
        raise ApiError("channel_not_found")
    return channel


def _shared(site: PageSite, arguments: Arguments) -> Channel:
    """A channel this person is in and may change."""
    channel = _visible(site, arguments)
    if arguments.required("user") not in channel:
        raise ApiError("not_in_channel")
    return channel
