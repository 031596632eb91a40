"""Readers in words: the question to people who may read a source, and what stands in for hidden words."""

from bot.replies.readers.consents import (
    AGREE,
    AGREE_LABEL,
    ALLOW,
    DROP,
    HALT,
    ONLY_ME,
    agree_to_post,
    consent_dropped,
    consent_kept,
    consent_question,
    consent_stale,
    not_shown,
    owner_asked,
)
from bot.replies.readers.veiled import veiled_schedule

__all__ = [
    "AGREE",
    "AGREE_LABEL",
    "ALLOW",
    "DROP",
    "HALT",
    "ONLY_ME",
    "agree_to_post",
    "consent_dropped",
    "consent_kept",
    "consent_question",
    "consent_stale",
    "not_shown",
    "owner_asked",
    "veiled_schedule",
]
