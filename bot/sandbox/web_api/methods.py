"""The methods that a bot's token opens in its workspace; all others are `unknown_method`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.calls import Arguments
from bot.sandbox.web_api.assistant import Assistant
from bot.sandbox.web_api.chat import Chat
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.files import Files
from bot.sandbox.web_api.people import People
from bot.sandbox.web_api.views import Views
from bot.sandbox.workspace import Workspace

Method = Callable[[Arguments], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkspaceApi:
    """A workspace, and what the bot may call in it."""

    workspace: Workspace
    methods: Mapping[str, Method]


def method_table(
    *,
    assistant: Assistant,
    chat: Chat,
    conversations: Conversations,
    files: Files,
    people: People,
    views: Views,
) -> Mapping[str, Method]:
    return {
        "assistant.threads.setStatus": assistant.set_status,
        "assistant.threads.setSuggestedPrompts": assistant.set_suggested_prompts,
        "auth.test": people.auth_test,
        "chat.delete": chat.delete_message,
        "chat.getPermalink": chat.get_permalink,
        "chat.postEphemeral": chat.post_ephemeral,
        "chat.postMessage": chat.post_message,
        "chat.update": chat.update_message,
        "conversations.archive": conversations.archive_channel,
        "conversations.history": conversations.channel_history,
        "conversations.info": conversations.channel_info,
        "conversations.invite": conversations.invite_users,
        "conversations.join": conversations.join_channel,
        "conversations.leave": conversations.leave_channel,
        "conversations.list": conversations.list_all,
        "conversations.members": conversations.list_members,
        "conversations.open": conversations.open_direct,
        "conversations.replies": conversations.thread_replies,
        "files.completeUploadExternal": files.complete_upload,
        "files.getUploadURLExternal": files.get_upload_url,
        "files.info": files.file_info,
        "reactions.add": people.add_reaction,
        "usergroups.list": people.list_groups,
        "usergroups.users.list": people.group_users,
        "users.conversations": conversations.users_conversations,
        "users.info": people.user_info,
        "users.list": people.list_users,
        "views.open": views.open_view,
        "views.publish": views.publish_home,
        "views.push": views.push_view,
        "views.update": views.update_view,
    }
