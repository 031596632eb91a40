"""How far a long reading is, told where its answer will be, for those who wait for it.

One message, changed as it goes on and taken away at the end. Its place is written down with the run, so that
whichever attempt goes on with the run goes on with the message too. Telling is an extra: where Slack refuses
it, nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from bot.errors import RedisUnavailable, SlackError, SlackRefused
from bot.post import Place
from bot.slack import Slack, write
from bot.store import Store

logger = logging.getLogger(__name__)

EVERY: Final = 2.0  # seconds between two changes of the message: Slack takes about one a second


class Progress:
    """The message about one run."""

    def __init__(self, slack: Slack, store: Store, *, run: str, place: Place) -> None:
        self._slack = slack
        self._store = store
        self._run = run
        self._place = place
        self._ts: str | None = None
        self._asked = False
        self._next = 0.0
        self._turn = asyncio.Lock()

    async def tell(self, text: str) -> None:
        """Show `text`, unless something was shown a moment ago."""
        async with self._turn:
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + EVERY
            try:
                await self._show(text)
            except (SlackError, RedisUnavailable) as exc:
                logger.info("progress.not_told run=%s: %s", self._run, exc)

    async def end(self) -> None:
        """Take the message away; its run is over."""
        async with self._turn:
            try:
                ts = await self._known()
                if ts is not None:
                    await write(self._slack.client.chat_delete(channel=self._place.channel, ts=ts))
            except (SlackError, RedisUnavailable) as exc:
                logger.warning("progress.not_ended run=%s: %s", self._run, exc)

    async def _show(self, text: str) -> None:
        ts = await self._known()
        if ts is not None:
            try:
                await write(
                    self._slack.client.chat_update(
                        channel=self._place.channel, ts=ts, text=text, parse="none"
                    )
                )
            except SlackRefused:  # somebody has deleted it
                logger.info("progress.gone run=%s", self._run)
            return
        posted = await write(
            self._slack.client.chat_postMessage(
                channel=self._place.channel,
                text=text,
                thread_ts=self._place.thread,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        self._ts = str(posted["ts"])
        await self._store.keep_progress(self._run, ts=self._ts)

    async def _known(self) -> str | None:
        if self._ts is None and not self._asked:
            self._ts, self._asked = await self._store.progress_of(self._run), True
        return self._ts
