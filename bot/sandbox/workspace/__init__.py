"""The workspace as a value: its records, its changes, and the journal that keeps them."""

from bot.sandbox.workspace.api_objects import channel_json, file_at, file_json, message_json, user_json
from bot.sandbox.workspace.changes import (
    Change,
    ChannelChanged,
    Deleted,
    Edited,
    FileKept,
    HomePublished,
    InstallationChanged,
    Posted,
    UserChanged,
)
from bot.sandbox.workspace.journal import PREFIX, Journal
from bot.sandbox.workspace.live import Clock, Live, utc_now
from bot.sandbox.workspace.membership import Membership
from bot.sandbox.workspace.records import APP, SLACKBOT, Channel, File, Installation, Message, Team, User
from bot.sandbox.workspace.seed import FIRST, SECOND
from bot.sandbox.workspace.workspace import Workspace

__all__ = [
    "APP",
    "FIRST",
    "PREFIX",
    "SECOND",
    "SLACKBOT",
    "Change",
    "Channel",
    "ChannelChanged",
    "Clock",
    "Deleted",
    "Edited",
    "File",
    "FileKept",
    "HomePublished",
    "Installation",
    "InstallationChanged",
    "Journal",
    "Live",
    "Membership",
    "Message",
    "Posted",
    "Team",
    "User",
    "UserChanged",
    "Workspace",
    "channel_json",
    "file_at",
    "file_json",
    "message_json",
    "user_json",
    "utc_now",
]
