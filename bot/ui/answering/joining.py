"""The bot joins a public channel, for somebody who is in it."""

from __future__ import annotations

import logging

from bot.errors import SlackRefused
from bot.replies import refusal_words
from bot.replies.commands import cannot_join
from bot.schedules import NotMember
from bot.slack import Slack, is_channel_member
from bot.ui.answering.answering import Shortfall

logger = logging.getLogger(__name__)


async def join_channel(slack: Slack, channel: str, *, user: str, is_there: bool = False) -> Shortfall | None:
    """Join it for this person, or say why not; `is_there` where it is known that they are in it.

    Raises `SlackError`.
    """
    if not is_there and not await is_channel_member(slack, channel, user):
        return Shortfall(sentence=refusal_words(NotMember(channel=channel)))
    try:
        await slack.join_channel(channel)
    except SlackRefused as exc:
        logger.warning("channel.not_joined: %s", exc)
        return Shortfall(sentence=cannot_join())
    return None
