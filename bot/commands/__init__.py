"""Command text becomes a request; pure. A slip of the finger is told from a prompt here."""

from bot.commands.parse import (
    ActRequest,
    AskRequest,
    ComposeRequest,
    HelpRequest,
    ListRequest,
    PreviewRequest,
    RenameRequest,
    Request,
    ScheduleRequest,
    StatsRequest,
    Topic,
    TransferRequest,
    UsageError,
    Verb,
    parse_command,
    perhaps_named,
)

__all__ = [
    "ActRequest",
    "AskRequest",
    "ComposeRequest",
    "HelpRequest",
    "ListRequest",
    "PreviewRequest",
    "RenameRequest",
    "Request",
    "ScheduleRequest",
    "StatsRequest",
    "Topic",
    "TransferRequest",
    "UsageError",
    "Verb",
    "parse_command",
    "perhaps_named",
]
