"""Command text becomes a request; pure. A slip of the finger is told from a prompt here."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.commands.conditions import (
        fault_in_condition,
        may_hold_condition,
        split_condition,
        tidy_condition,
    )
    from bot.commands.moving import read_moving
    from bot.commands.names_within import halted_name, perhaps_named
    from bot.commands.parse import parse_command, warm_parser
    from bot.commands.places_within import split_places
    from bot.commands.requests import (
        LONGEST,
        ActRequest,
        AskRequest,
        BulkRequest,
        BulkVerb,
        ComposeRequest,
        ConditionFault,
        Guide,
        GuideRequest,
        HelpRequest,
        ListRequest,
        MoveRequest,
        PauseRequest,
        PlacedText,
        PointRequest,
        PreviewRequest,
        RenameRequest,
        RepeatRequest,
        Request,
        RetimeRequest,
        ReviewedText,
        ScheduleRequest,
        Scope,
        StatsRequest,
        SubscribeRequest,
        SubscriptionsRequest,
        Topic,
        TransferRequest,
        UnsubscribeRequest,
        UsageError,
        Verb,
    )
    from bot.commands.reviewing import split_scheduled, with_reviewers
    from bot.commands.this_one import name_this
else:
    __getattr__ = open_door(__name__, late=__name__)

__all__ = [
    "LONGEST",
    "ActRequest",
    "AskRequest",
    "BulkRequest",
    "BulkVerb",
    "ComposeRequest",
    "ConditionFault",
    "Guide",
    "GuideRequest",
    "HelpRequest",
    "ListRequest",
    "MoveRequest",
    "PauseRequest",
    "PlacedText",
    "PointRequest",
    "PreviewRequest",
    "RenameRequest",
    "RepeatRequest",
    "Request",
    "RetimeRequest",
    "ReviewedText",
    "ScheduleRequest",
    "Scope",
    "StatsRequest",
    "SubscribeRequest",
    "SubscriptionsRequest",
    "Topic",
    "TransferRequest",
    "UnsubscribeRequest",
    "UsageError",
    "Verb",
    "fault_in_condition",
    "halted_name",
    "may_hold_condition",
    "name_this",
    "parse_command",
    "perhaps_named",
    "read_moving",
    "split_condition",
    "split_places",
    "split_scheduled",
    "tidy_condition",
    "warm_parser",
    "with_reviewers",
]
