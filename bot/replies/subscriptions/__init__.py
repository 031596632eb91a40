"""Words about subscriptions: the copies that people are sent, and what is said about them."""

from bot.replies.subscriptions.copies import MOST_IN_DIGEST, copy_parts, digest_part, welcome_reply
from bot.replies.subscriptions.subscription_words import (
    cannot_subscribe,
    copies_deleted,
    copies_left,
    copies_not_readable,
    copies_paused,
    not_reached,
    subscribed_words,
    subscription_list,
    unsubscribed_words,
)

__all__ = [
    "MOST_IN_DIGEST",
    "cannot_subscribe",
    "copies_deleted",
    "copies_left",
    "copies_not_readable",
    "copies_paused",
    "copy_parts",
    "digest_part",
    "not_reached",
    "subscribed_words",
    "subscription_list",
    "unsubscribed_words",
    "welcome_reply",
]
