"""Acts on channels, people and the app: the menu behind a workspace's name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox.calls import ApiError, Arguments
from bot.sandbox.protocol.page_json import channel_view
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.workspace import Channel, ChannelChanged, UserChanged, Workspace


async def create_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    user, name = arguments.required_text("user"), _new_name(arguments)
    private = arguments.flag("is_private")
    others = [human.id for human in site.workspace.humans() if human.id != user and not human.home]
    created = Channel(
        id=f"C{secrets.token_hex(5).upper()}",
        name=name,
        created=int(site.live.now().timestamp()),
        creator=user,
        members=(user,) if private else (user, *others),
        is_private=private,
    )

    def add_channel(workspace: Workspace) -> list[ChannelChanged]:
        if workspace.channel_named(name) is not None:
            raise ApiError("name_taken")
        return [ChannelChanged(created)]

    await site.live.change(add_channel)
    return {"channel": channel_view(created, user, site.workspace)}


async def rename_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel, name = _own_channel(site, arguments), _new_name(arguments)

    def set_name(workspace: Workspace) -> list[ChannelChanged]:
        if (other := workspace.channel_named(name)) is not None and other.id != channel.id:
            raise ApiError("name_taken")
        return [ChannelChanged(replace(workspace.channels[channel.id], name=name))]

    await site.live.change(set_name)
    return {}


async def archive_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _own_channel(site, arguments)
    await site.membership.set_archived(channel.id, archived=arguments.flag("archived", True))
    return {}


async def invite_bot(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """Invites the bot, or the person who is the `target`."""
    channel, target = _own_channel(site, arguments), arguments.optional_text("target")
    if channel.is_archived:
        raise ApiError("is_archived")
    if target is None and not site.workspace.has_app:
        raise ApiError("user_not_found")
    if target is not None and target not in site.workspace.human_ids():
        raise ApiError("user_not_found")
    await site.membership.add_members(channel.id, target or site.workspace.bot)
    return {}


async def convert_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """Makes a public channel private, or a private one public; Slack tells apps of neither."""
    channel = _own_channel(site, arguments)
    if channel.is_general:
        raise ApiError("cant_convert_general")
    await site.membership.set_private(channel.id, private=arguments.flag("is_private", True))
    return {}


async def share_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """Shares it with another company by Slack Connect, or ends that."""
    channel = _own_channel(site, arguments)
    await site.membership.set_shared(channel.id, shared=arguments.flag("shared", True))
    return {}


async def remove_bot(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _own_channel(site, arguments)
    await site.membership.remove_member(channel.id, site.workspace.bot)
    return {}


async def join_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel, user = _visible_channel(site, arguments), arguments.required_text("user")
    if channel.is_archived:
        raise ApiError("is_archived")
    await site.membership.add_members(channel.id, user)
    return {}


async def leave_channel(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    channel = _own_channel(site, arguments)
    if channel.is_general:
        raise ApiError("cant_leave_general")
    await site.membership.remove_member(channel.id, arguments.required_text("user"))
    return {}


async def deactivate_person(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    user, target = arguments.required_text("user"), arguments.required_text("target")
    deleted = arguments.flag("deleted", True)

    def set_deleted(workspace: Workspace) -> list[UserChanged]:
        person = workspace.users.get(target)
        if person is None or person.is_bot:
            raise ApiError("user_not_found")
        if target == user:
            raise ApiError("cant_deactivate_self")
        return [UserChanged(replace(person, deleted=deleted))]

    await site.live.change(set_deleted)
    if deleted:
        site.stacks.clear_stack(target)
    return {}


async def set_guest(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    """Makes a person a guest, or a full member again."""
    target, is_guest = arguments.required_text("target"), arguments.flag("is_guest", True)

    def alter_person(workspace: Workspace) -> list[UserChanged]:
        person = workspace.users.get(target)
        if person is None or person.is_bot or person.home:
            raise ApiError("user_not_found")
        return [UserChanged(replace(person, is_guest=is_guest))]

    await site.live.change(alter_person)
    return {}


async def uninstall_app(site: PageSite, arguments: Arguments) -> Mapping[str, Any]:
    await site.installer.uninstall()
    return {}


def _new_name(arguments: Arguments) -> str:
    name = arguments.required_text("name").strip().removeprefix("#")
    if not re.fullmatch(r"[\w-]{1,80}", name) or name != name.lower():
        raise ApiError("invalid_name")
    return name


def _visible_channel(site: PageSite, arguments: Arguments) -> Channel:
    user, named = arguments.required_text("user"), arguments.required_text("channel")
    channel = site.workspace.channels.get(named)
    if channel is None or channel.is_im or not site.workspace.can_see(user, channel):
        raise ApiError("channel_not_found")
    return channel


def _own_channel(site: PageSite, arguments: Arguments) -> Channel:
    """A channel this person is in and may change."""
    channel = _visible_channel(site, arguments)
    if arguments.required_text("user") not in channel:
        raise ApiError("not_in_channel")
    return channel
