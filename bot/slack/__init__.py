"""Slack's Web API in our words: messages and people, windows, files, and one table of errors."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.slack.agent import SuggestedPrompt, answer_thread, is_agent, show_status, suggest_prompts
    from bot.slack.blocks import clip_text, said_moment, split_text, text_length
    from bot.slack.caller import Caller, Wish, is_direct
    from bot.slack.calls import read_call, write_call
    from bot.slack.client import (
        IS_ARCHIVED,
        NO_PLACE,
        Shared,
        Slack,
        connect_slack,
        open_session,
        web_client,
    )
    from bot.slack.files import (
        FoundFile,
        SharedFile,
        complete_files,
        download_file,
        files_origin,
        find_file,
        load_captions,
        load_file,
    )
    from bot.slack.history import Said, find_marked_run, read_history, read_thread
    from bot.slack.interaction import AGAIN, JOIN, WISH, caller_of
    from bot.slack.mark import EVENT_TYPE, Mark
    from bot.slack.members import (
        Conversation,
        NamedChannel,
        channels_of_person,
        describe_conversation,
        find_channel,
        find_direct_channel,
        find_person,
        is_channel_member,
        is_in_any_group,
        list_guests,
        list_members,
        members_of_group,
    )
    from bot.slack.message_words import (
        files_of_message,
        files_sent_along,
        words_of_message,
        words_sent_along,
    )
    from bot.slack.names import find_names
    from bot.slack.person import Person, ReaderClock
    from bot.slack.posted_run import delete_message, find_posted_run, posted_run_in, replace_message
    from bot.slack.views import HASH_CONFLICT, open_view, update_view, user_groups
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "AGAIN",
    "EVENT_TYPE",
    "HASH_CONFLICT",
    "IS_ARCHIVED",
    "JOIN",
    "NO_PLACE",
    "WISH",
    "Caller",
    "Conversation",
    "FoundFile",
    "Mark",
    "NamedChannel",
    "Person",
    "ReaderClock",
    "Said",
    "Shared",
    "SharedFile",
    "Slack",
    "SuggestedPrompt",
    "Wish",
    "answer_thread",
    "caller_of",
    "channels_of_person",
    "clip_text",
    "complete_files",
    "connect_slack",
    "delete_message",
    "describe_conversation",
    "download_file",
    "files_of_message",
    "files_origin",
    "files_sent_along",
    "find_channel",
    "find_direct_channel",
    "find_file",
    "find_marked_run",
    "find_names",
    "find_person",
    "find_posted_run",
    "is_agent",
    "is_channel_member",
    "is_direct",
    "is_in_any_group",
    "list_guests",
    "list_members",
    "load_captions",
    "load_file",
    "members_of_group",
    "open_session",
    "open_view",
    "posted_run_in",
    "read_call",
    "read_history",
    "read_thread",
    "replace_message",
    "said_moment",
    "show_status",
    "split_text",
    "suggest_prompts",
    "text_length",
    "update_view",
    "user_groups",
    "web_client",
    "words_of_message",
    "words_sent_along",
    "write_call",
]
