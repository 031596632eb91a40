"""Command text becomes a request; pure. A slip of the finger is told from a prompt here."""

from bot.commands.names_within import perhaps_named
from bot.commands.parse import LONGEST, parse_command
from bot.commands.phrases import compile_phrases
from bot.commands.requests import (
    ActRequest,
    AskRequest,
    BulkRequest,
    BulkVerb,
    ComposeRequest,
    Guide,
    GuideRequest,
    HelpRequest,
    ListRequest,
    PointRequest,
    PreviewRequest,
    RenameRequest,
    Request,
    ScheduleRequest,
    Scope,
    StatsRequest,
    Topic,
    TransferRequest,
    UsageError,
    Verb,
)

__all__ = [
    "LONGEST",
    "ActRequest",
    "AskRequest",
    "BulkRequest",
    "BulkVerb",
    "ComposeRequest",
    "Guide",
    "GuideRequest",
    "HelpRequest",
    "ListRequest",
    "PointRequest",
    "PreviewRequest",
    "RenameRequest",
    "Request",
    "ScheduleRequest",
    "Scope",
    "StatsRequest",
    "Topic",
    "TransferRequest",
    "UsageError",
    "Verb",
    "compile_phrases",
    "parse_command",
    "perhaps_named",
]
