"""The way of Slack's requests to Bolt, over HTTP and Socket Mode alike: what must not be lost is noted first.

What is taken up from a lost process goes the same way once more, so it is understood by the same rules. Its
wish has the same id, under which no answer is posted twice, and no schedule made twice.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.background import Background, Bundle
from bot.loading import load_calendars_for
from bot.replies.commands import not_finished
from bot.replies.text import Reply, with_typed_text
from bot.slack import WISH, Caller, Wish
from bot.storage import moment_of, ms_of
from bot.tracing import Attributes, Tracer, begin_work
from bot.ui.answering import Answering, begin_to_load_reader, load_reader
from bot.ui.intents.asks import event_of, is_believed_done, kind_of
from bot.ui.intents.intent import Intent, typed_in
from bot.ui.intents.notes import Intents
from scheduler import Chore

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=1)
AGAIN_WITHIN: Final = timedelta(minutes=10)
"""A wish that is older is not begun again: by now, it may surprise more than help."""

_FIRST: Final = timedelta(seconds=5)  # after the start: the process before may have been the only one
_WITHIN: Final = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Hands requests to Bolt, and takes up what other copies, or earlier processes, have left."""

    app: AsyncApp
    intents: Intents
    answering: Answering
    background: Background
    now: Callable[[], datetime]
    tracer: Tracer | None = None

    @property
    def chore(self) -> Chore:
        return Chore(name="intents", work=self.take_up_lost, every=EVERY, within=_WITHIN, first=_FIRST)

    async def async_dispatch(self, request: AsyncBoltRequest, /) -> BoltResponse:
        """Bolt's answer, which is the acknowledgement."""
        await _get_ready_to_read(request.body)
        attributes: Attributes = {"messaging.system": "slack", "precache.request": kind_of(request.body)}
        with begin_work(self.tracer, "receive slack", kind="server", attributes=attributes):
            return await self._note_and_dispatch(request)

    async def _note_and_dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        if not is_believed_done(request.body):
            return await self.app.async_dispatch(request)
        wish = Wish(id=secrets.token_hex(8), at=moment_of(ms_of(self.now())))
        intent = Intent(team=_team_of(request), wish=wish, body=request.body)
        if not await self.intents.note_intent(intent, event=event_of(request.body)):
            return BoltResponse(status=200)
        with self._bundle_of(intent).collect_tasks():
            return await self._dispatch_intent(intent, request)

    async def take_up_lost(self) -> None:
        """Begin all of it; it is answered beside this. Raises `RedisUnavailable`."""
        for intent in await self.intents.take_lost():
            logger.warning("intent.taken_up")
            with self._bundle_of(intent).collect_tasks():
                self.background.start_task(self._take_up(intent), name="intent")

    async def _take_up(self, intent: Intent) -> None:
        if intent.owed is not None:
            caller = intent.owed.caller_in(intent.team, intent.wish)
            await self.answering.tell_caller(caller, intent.owed.reply)
            return
        request = AsyncBoltRequest(mode="socket_mode", body=dict(intent.body))
        if self.now() - intent.wish.at <= AGAIN_WITHIN:
            await _get_ready_to_read(intent.body)
            if (await self._dispatch_intent(intent, request)).status < 400:
                return
        typed, sentence = typed_in(intent.body), not_finished()
        reply = with_typed_text(sentence, typed) if typed else Reply(text=sentence)
        await self.answering.tell_caller(_caller_in(request, intent), reply)

    async def _dispatch_intent(self, intent: Intent, request: AsyncBoltRequest) -> BoltResponse:
        request.context[WISH] = intent.wish
        return await self.app.async_dispatch(request)

    def _bundle_of(self, intent: Intent) -> Bundle:
        """All that is begun for an intent; it is forgotten once that is done."""
        return Bundle(lambda: self.background.start_task(self.intents.end_intent(intent), name="intent"))


async def _get_ready_to_read(body: Mapping[str, Any]) -> None:
    """Load what it takes to read what a person says, before Bolt has it.

    Commands and messages are acknowledged before they are read; what answers them waits.
    """
    if "command" in body or "event" in body:
        begin_to_load_reader()
    else:
        await load_reader()
    await load_calendars_for(body)


def _team_of(request: AsyncBoltRequest) -> str:
    return request.context.team_id or request.context.enterprise_id or ""


def _caller_in(request: AsyncBoltRequest, intent: Intent) -> Caller:
    user, channel = request.context.user_id or "", request.context.channel_id
    return Caller(team=intent.team, user=user, channel=channel, wish=intent.wish)
