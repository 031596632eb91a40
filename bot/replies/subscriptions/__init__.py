"""Subscriptions in words: the window, the copies that people get, and messages about both."""

from bot.replies.subscriptions.copies import MOST_IN_DIGEST, copy_parts, digest_part, welcome_reply
from bot.replies.subscriptions.subscription_form import (
    DAY_FIELD,
    HOUR_FIELD,
    RHYTHM_FIELD,
    SUBSCRIPTION_WINDOW,
    subscription_window,
)
from bot.replies.subscriptions.subscription_words import (
    cannot_subscribe,
    copies_deleted,
    copies_left,
    copies_not_readable,
    copies_paused,
    not_reached,
    subscribed_words,
    subscription_line,
    subscription_list,
    unsubscribed_words,
)

__all__ = [
    "DAY_FIELD",
    "HOUR_FIELD",
    "MOST_IN_DIGEST",
    "RHYTHM_FIELD",
    "SUBSCRIPTION_WINDOW",
    "cannot_subscribe",
    "copies_deleted",
    "copies_left",
    "copies_not_readable",
    "copies_paused",
    "copy_parts",
    "digest_part",
    "not_reached",
    "subscribed_words",
    "subscription_line",
    "subscription_list",
    "subscription_window",
    "unsubscribed_words",
    "welcome_reply",
]
