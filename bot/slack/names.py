"""The names behind Slack's codes: of people, channels and user groups."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Final

from bot.errors import SlackRefused
from bot.slack.client import Slack
from bot.slack.views import user_groups

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 8
_MOST_CHANNELS: Final = 50
"""Channels that are asked for by name at a time; the ids of others stay."""


async def find_names(slack: Slack, codes: Collection[str]) -> dict[str, str]:
    """Names by id. A person without one is "someone"; a channel or group without one is left out.

    Raises `SlackUnavailable`, but for groups.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def name_of(code: str) -> str:
        async with turns:
            try:
                if code[0] in "UW":
                    return (await slack.user_profile(code)).name
                return await slack.channel_name(code)
            except SlackRefused as exc:  # of another workspace, or gone without a trace
                logger.info("slack.name_unknown: %s", exc)
                return ""

    people = sorted(code for code in codes if code[:1] in ("U", "W"))
    channels = sorted(code for code in codes if code[:1] in ("C", "G"))[:_MOST_CHANNELS]
    asked = [*people, *channels]
    names = dict(zip(asked, await asyncio.gather(*map(name_of, asked)), strict=True))
    names |= {person: "someone" for person in people if not names[person]}
    groups = {code for code in codes if code.startswith("S")}
    if groups:
        names |= {group: handle for group, handle in await user_groups(slack) if group in groups}
    return {code: name for code, name in names.items() if name}
