"""The message that says how far a long reading is, posted where its answer will be, or an agent's status.

One message, changed as it goes on and taken away at the end. Its place is written down with the run, so that
whichever attempt goes on with the run goes on with the message too, or takes it away. It is written down
before it is sent, and looked for where nobody knows whether it arrived, so that none stays behind. Telling is
an extra: where Slack refuses it, nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from bot import replies
from bot.errors import PostUnknown, RedisUnavailable, SlackError, SlackRefused
from bot.replies.views import agent_words
from bot.runs.ledger.ledger import Ledger
from bot.runs.post import CLOCKS
from bot.runs.state.claims import Begun
from bot.schedules import Place
from bot.slack import Mark, Slack, is_direct, show_status, write_call

logger = logging.getLogger(__name__)

EVERY: Final = 2.0  # seconds between two changes of the message: Slack takes about one a second
EVENT_TYPE: Final = "precache_progress"


class Located(Protocol):
    """A run whose place is known."""

    @property
    def run(self) -> str: ...
    @property
    def post_place(self) -> Place: ...


class Progress:
    """The message about one run; `begun` if an earlier attempt has begun it."""

    def __init__(
        self,
        slack: Slack,
        ledger: Ledger,
        wanted: Located,
        *,
        begun: Begun | None,
        now: Callable[[], datetime],
    ) -> None:
        self._slack = slack
        self._ledger = ledger
        self._run = wanted.run
        self._place = wanted.post_place
        self._begun = begun
        self._now = now
        self._next = 0.0
        self._turn = asyncio.Lock()
        self._has_status = False

    async def show_beginning(self) -> None:
        """Show that the bot is at work."""
        await self._show_words(replies.at_work(), status=agent_words.status_thinking())

    async def show_progress(self, done: int, total: int) -> None:
        """Show how many parts are read, unless something was shown a moment ago."""
        status = agent_words.status_reading(done, total)
        await self._show_words(replies.reading_progress(done, total), status=status)

    async def _show_words(self, text: str, *, status: str) -> None:
        async with self._turn:
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + EVERY
            if await self._show_status(status):
                return
            try:
                await (
                    self._begin_message(text)
                    if self._begun is None
                    else self._change_message(self._begun, text)
                )
            except (SlackError, RedisUnavailable) as exc:
                logger.info("progress.not_told run=%s: %s", self._run, exc)

    async def _show_status(self, words: str) -> bool:
        """Where a conversation with an agent is a thread, Slack shows what it does; no message is needed."""
        thread = self._place.thread
        if self._begun is not None or thread is None or not is_direct(self._place.channel):
            return False
        if await show_status(self._slack, self._place.channel, thread, words):
            self._has_status = True
        return self._has_status

    async def take_away(self) -> None:
        """Take the message away; where that fails, it may be tried again."""
        async with self._turn:
            if self._has_status and self._place.thread is not None:
                self._has_status = False
                await show_status(self._slack, self._place.channel, self._place.thread, "")
            if self._begun is None:
                return
            try:
                ts = self._begun.ts or await self._find_message(self._begun)
                if ts is not None:
                    await write_call(self._slack.client.chat_delete(channel=self._place.channel, ts=ts))
            except SlackRefused as exc:  # it is gone, or out of our reach
                logger.info("progress.gone run=%s: %s", self._run, exc)
            except SlackError as exc:
                logger.warning("progress.not_ended run=%s: %s", self._run, exc)
                return
            self._begun = None

    async def _begin_message(self, text: str) -> None:
        begun = Begun(at=self._now())
        await self._ledger.record_progress(self._run, begun)
        try:
            posted = await write_call(
                self._slack.client.chat_postMessage(
                    channel=self._place.channel,
                    text=text,
                    thread_ts=self._place.thread,
                    metadata=self._message_mark.metadata(),
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )
        except PostUnknown:
            self._begun = begun
            raise
        self._begun = Begun(at=begun.at, ts=str(posted["ts"]))
        await self._ledger.record_progress(self._run, self._begun)

    async def _change_message(self, begun: Begun, text: str) -> None:
        if begun.ts is None:  # looked for at the end; another one beside it helps nobody
            return
        await write_call(
            self._slack.client.chat_update(channel=self._place.channel, ts=begun.ts, text=text, parse="none")
        )

    async def _find_message(self, begun: Begun) -> str | None:
        return await self._slack.find_post(
            self._place.channel, mark=self._message_mark, since=begun.at - CLOCKS, thread=self._place.thread
        )

    @property
    def _message_mark(self) -> Mark:
        return Mark(run=self._run, part=0, event=EVENT_TYPE)
