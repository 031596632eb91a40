"""/precache stats: the words at once, and a picture of them when Slack has it.

The picture is an extra: what keeps it away is logged, said in one sentence, and costs nobody the words.
A person who asks again within a minute is shown the same one, from any process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from upstash_redis.asyncio import Redis

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackRefused
from bot.replies import DRAWING, NO_PICTURE, Reply, statistics_window
from bot.schedules import Schedule
from bot.slack import Caller, Slack, update_view, write
from bot.stats import Picture, Statistics, UsageOfMonth, draw_chart
from bot.storage import read_if_known, usage_picture_key
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

PICTURE_TTL: Final = timedelta(minutes=1)
PATIENCE: Final = timedelta(seconds=60)
"""For drawing and uploading, or for another process that does so."""

_CLAIM_TTL: Final = PATIENCE + timedelta(seconds=30)  # so who holds a claim has ended before it does
_CLAIMED: Final = "-"
_LOOK: Final = 0.5  # seconds

Show = Callable[[Picture | None], Awaitable[None]]


class Upload(Protocol):
    """Gives Slack a file, and waits until an `image` block can show it."""

    async def __call__(self, slack: Slack, *, name: str, content: bytes, title: str, alt: str) -> str:
        """The file's id. Raises `SlackError`."""


@dataclass(frozen=True, kw_only=True)
class Stats:
    """Tells what was used."""

    usage: UsageOfMonth
    concerning: Callable[[Caller, Sequence[Schedule]], Awaitable[Sequence[Schedule]]]
    upload: Upload
    workspaces: Workspaces
    background: Background
    redis: Redis = field(repr=False)

    async def statistics_reply(self, caller: Caller) -> Reply:
        """The words, with the picture where there is one; else it follows by itself."""
        statistics = await self._statistics_for(caller)
        if statistics is None or statistics.usage.is_empty:
            return replies.usage_reply(statistics)
        picture = await self._kept_picture(caller)

        async def show_picture(picture: Picture | None) -> None:
            told = replies.picture_follows(picture)
            slack = await self.workspaces.slack(caller.team)
            await slack.tell(
                caller.user, told.text, channel=caller.channel, thread=caller.thread, blocks=told.blocks
            )

        if picture is None:
            self._show_later(caller, statistics, show_picture)
        return replies.usage_reply(statistics, picture=picture)

    async def open_statistics(self, caller: Caller, *, trigger_id: str) -> str | None:
        """The same in a window; what to say if it cannot be opened. Raises `SlackError`."""
        statistics = await self._statistics_for(caller)
        if statistics is None or statistics.usage.is_empty:
            return replies.usage_reply(statistics).text
        picture = await self._kept_picture(caller)
        slack = await self.workspaces.slack(caller.team)
        view = statistics_window(statistics, picture=picture, note="" if picture else DRAWING)
        opened = await write(slack.client.views_open(trigger_id=trigger_id, view=view))

        async def show_picture(picture: Picture | None) -> None:
            told = statistics_window(statistics, picture=picture, note="" if picture else NO_PICTURE)
            await update_view(slack, str(opened["view"]["id"]), told)

        if picture is None:
            self._show_later(caller, statistics, show_picture)
        return None

    async def _statistics_for(self, caller: Caller) -> Statistics | None:
        return await self.usage.statistics_for(caller.team, concerning=partial(self.concerning, caller))

    def _show_later(self, caller: Caller, statistics: Statistics, show_picture: Show) -> None:
        work = self._draw_and_show(caller, statistics, show_picture)
        self.background.start(work, name="stats.picture")

    async def _draw_and_show(self, caller: Caller, statistics: Statistics, show_picture: Show) -> None:
        picture = await self._make_or_wait(caller, statistics)
        try:
            await show_picture(picture)
        except SlackRefused as exc:
            logger.warning("stats.picture_refused: %s", exc)
            if picture is not None:
                await self._show_without(show_picture)
        except BotError as exc:
            logger.warning("stats.picture_not_shown: %s", exc)

    async def _show_without(self, show_picture: Show) -> None:
        try:
            await show_picture(None)
        except BotError as exc:  # the window was closed, or Slack is down: the words were there
            logger.warning("stats.picture_not_excused: %s", exc)

    async def _make_or_wait(self, caller: Caller, statistics: Statistics) -> Picture | None:
        """Made here, or by the process that was asked a moment earlier; None if it could not be made."""
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                ttl = int(_CLAIM_TTL.total_seconds())
                if not await self.redis.set(
                    usage_picture_key(caller.team, caller.user, caller.channel or "home"),
                    _CLAIMED,
                    nx=True,
                    ex=ttl,
                ):
                    return await self._picture_of_other(caller)
                return await self._make_picture(caller, statistics)
        except (BotError, TimeoutError) as exc:
            logger.warning("stats.no_picture: %s", str(exc) or "not in time")
        except Exception:
            logger.exception("stats.no_picture")
        return None

    async def _make_picture(self, caller: Caller, statistics: Statistics) -> Picture:
        key = usage_picture_key(caller.team, caller.user, caller.channel or "home")
        try:
            slack = await self.workspaces.slack(caller.team)
            content = await asyncio.to_thread(draw_chart, statistics, replies.chart_words(statistics))
            month, alt = statistics.usage.month, replies.chart_alt(statistics)
            file = await self.upload(
                slack,
                name=f"precache-{month:%Y-%m}.png",
                content=content,
                title=replies.chart_title(statistics.usage),
                alt=alt,
            )
            made = Picture(file=file, alt=alt)
            await self.redis.set(key, made.encode(), ex=int(PICTURE_TTL.total_seconds()))
        except BaseException:
            await self._release_claim(key)
            raise
        return made

    async def _release_claim(self, key: str) -> None:
        """The next one who asks may try again at once."""
        try:
            await self.redis.delete(key)
        except RedisUnavailable as exc:
            logger.warning("stats.claim_kept: %s", exc)  # it ends by itself

    async def _picture_of_other(self, caller: Caller) -> Picture | None:
        while (
            text := await self.redis.get(
                usage_picture_key(caller.team, caller.user, caller.channel or "home")
            )
        ) is not None:
            if text != _CLAIMED:
                return read_if_known(Picture.decode, text)
            await asyncio.sleep(_LOOK)
        return None

    async def _kept_picture(self, caller: Caller) -> Picture | None:
        text = await self.redis.get(usage_picture_key(caller.team, caller.user, caller.channel or "home"))
        return None if text in (None, _CLAIMED) else read_if_known(Picture.decode, str(text))
