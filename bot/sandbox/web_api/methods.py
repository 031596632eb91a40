"""The methods that a bot's token opens in its workspace; all others are `unknown_method`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.calls.arguments import Arguments
from bot.sandbox.web_api.chat import Chat
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.files import Files
from bot.sandbox.web_api.people import People
from bot.sandbox.web_api.views import Views
from bot.sandbox.workspace.workspace import Workspace

Method = Callable[[Arguments], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkspaceApi:
    """A workspace, and what the bot may call in it."""

    workspace: Workspace
    methods: Mapping[str, Method]


def method_table(
    *, chat: Chat, conversations: Conversations, files: Files, people: People, views: Views
) -> Mapping[str, Method]:
    return {
        "auth.test": people.auth_test,
        "chat.delete": chat.delete,
        "chat.getPermalink": chat.get_permalink,
        "chat.postEphemeral": chat.post_ephemeral,
        "chat.postMessage": chat.post_message,
        "chat.update": chat.update,
        "conversations.archive": conversations.archive,
        "conversations.history": conversations.history,
        "conversations.info": conversations.info,
        "conversations.invite": conversations.invite,
        "conversations.join": conversations.join,
        "conversations.leave": conversations.leave,
        "conversations.list": conversations.list,
        "conversations.members": conversations.members,
        "conversations.open": conversations.open,
        "conversations.replies": conversations.replies,
        "files.completeUploadExternal": files.complete_upload,
        "files.getUploadURLExternal": files.get_upload_url,
        "files.info": files.info,
        "reactions.add": people.add_reaction,
        "usergroups.list": people.groups,
        "usergroups.users.list": people.group_users,
        "users.conversations": conversations.users_conversations,
        "users.info": people.info,
        "users.list": people.list,
        "views.open": views.open,
        "views.publish": views.publish,
        "views.push": views.push,
        "views.update": views.update,
    }
