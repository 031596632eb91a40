"""Subscriptions: posts of schedules that people have sent to themselves, and what is kept for that."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.subscriptions.fan_out import CopyFanOut
    from bot.subscriptions.posts import KEEP_POST, KEPT_FOR, KeptPost, PostLine, keep_arguments
    from bot.subscriptions.readers import ReadingPlace, find_readable
    from bot.subscriptions.service import (
        CannotSubscribe,
        ReadableSchedule,
        Subscribed,
        SubscriptionAct,
        SubscriptionProblem,
        Subscriptions,
    )
    from bot.subscriptions.store import SubscribedPage, SubscriptionRef, SubscriptionStore
    from bot.subscriptions.subscription import (
        MOST_OF_PERSON,
        MOST_OF_SCHEDULE,
        Rhythm,
        Subscription,
        make_copy_job,
        mark_of,
        read_subscription_id,
        read_subscription_time,
        rhythm_of,
    )
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "KEEP_POST",
    "KEPT_FOR",
    "MOST_OF_PERSON",
    "MOST_OF_SCHEDULE",
    "CannotSubscribe",
    "CopyFanOut",
    "KeptPost",
    "PostLine",
    "ReadableSchedule",
    "ReadingPlace",
    "Rhythm",
    "Subscribed",
    "SubscribedPage",
    "Subscription",
    "SubscriptionAct",
    "SubscriptionProblem",
    "SubscriptionRef",
    "SubscriptionStore",
    "Subscriptions",
    "find_readable",
    "keep_arguments",
    "make_copy_job",
    "mark_of",
    "read_subscription_id",
    "read_subscription_time",
    "rhythm_of",
]
