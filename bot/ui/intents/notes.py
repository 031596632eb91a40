"""The notes of intents in Redis, each written before Slack's acknowledgement and gone once it is answered.

A process that is lost takes the rest of its work with it, and Slack sends hardly anything twice. So every
copy looks for the notes that nobody has ended in time. The request that ends one promises what was published
for it, and housekeeping looks after that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.background import Background
from bot.errors import RedisUnavailable
from bot.promises import Promises
from bot.replies.text import Reply
from bot.slack import Caller
from bot.storage import (
    heard_event_key,
    intent_key,
    intents_key,
    ms_of,
    queue_script,
    read_if_known,
    run_script,
    run_script_at_once,
    whole_seconds,
)
from bot.ui.answering import TO_NOTE
from bot.ui.intents.intent import Intent, Owed
from bot.ui.mentions import HEARD_TTL
from scheduler import Key, Script

logger = logging.getLogger(__name__)

LOST_AFTER: Final = timedelta(minutes=1)
"""The time after which nobody is at work on it any more, for who is says so again before."""
INTENT_TTL: Final = timedelta(days=1)
"""The time for which a person is told of what was lost with all copies; as long as forms are kept."""

_MOST: Final = 50  # taken up at once


@dataclass(frozen=True, kw_only=True)
class Intents:
    """The notes of all teams."""

    redis: Redis = field(repr=False)
    background: Background = field(repr=False)
    promises: Promises = field(repr=False)
    now: Callable[[], datetime]
    renewed_after: timedelta = LOST_AFTER / 2
    _in_hand: dict[str, asyncio.TimerHandle] = field(default_factory=dict, init=False, repr=False)
    """The ids of those that this very process is at work on, and when it says so next."""

    async def note_intent(self, intent: Intent, *, event: str = "") -> bool:
        """Note it, if Redis answers in time: the acknowledgement waits for nothing longer.

        False if Slack has sent this `event` before: then it was noted, and is looked after.
        """
        self._take_in_hand(intent)
        try:
            async with asyncio.timeout(TO_NOTE):
                is_new = await self._write_note(intent, at=self.now(), event=event)
        except (RedisUnavailable, TimeoutError) as exc:
            logger.warning("intent.not_noted: %s", type(exc).__name__)
            return True
        except BaseException:
            self._let_go(intent)  # nobody will be at work on it, or end it
            raise
        if not is_new:
            self._let_go(intent)
        return is_new

    async def owe_reply(self, caller: Caller, reply: Reply, wait: timedelta) -> None:
        """Note that the work is done, and that the reply is tried again after `wait`, by any copy."""
        if caller.wish is None:
            return
        intent = Intent(team=caller.team, wish=caller.wish, owed=Owed.of_reply(caller, reply))
        try:
            await self._write_note(intent, at=self.now() + wait)
        except RedisUnavailable as exc:  # the work is begun again instead
            logger.warning("intent.not_owed: %s", exc)

    async def end_intent(self, intent: Intent) -> None:
        """Forget it: it is answered, or what was published for it is promised."""
        promised = self._let_go(intent)
        pipeline = self.redis.pipeline()
        for promise in promised:  # before the note goes that stands for it
            queue_script(pipeline, promise)
        pipeline.delete(intent.key)
        pipeline.zrem(intents_key(), intent.member)
        try:
            await pipeline.exec()
        except RedisUnavailable as exc:  # it is taken up, and told twice rather than never
            logger.warning("intent.still_noted: %s", exc)

    async def take_lost(self) -> list[Intent]:
        """Those that nobody has ended in time; no other copy gets them before that time is over again.

        Raises `RedisUnavailable`.
        """
        now = self.now()
        take = TakeLost(intents=intents_key(), before=ms_of(now - LOST_AFTER), now=ms_of(now), most=_MOST)
        members: list[str] = await run_script(self.redis, take)
        if not members:
            return []
        pipeline = self.redis.pipeline()
        for member in members:
            pipeline.get(intent_key(*member.rsplit(":", 1)))
        texts: list[Any] = await pipeline.exec()
        gone = [member for member, text in zip(members, texts, strict=True) if text is None]
        if gone:  # too old, or of a team that has left
            await self.redis.zrem(intents_key(), *gone)
        found = zip(members, texts, strict=True)
        intents = [_read_intent(member, text) for member, text in found if text is not None]
        lost = [intent for intent in intents if intent is not None and intent.wish.id not in self._in_hand]
        for intent in lost:
            self._take_in_hand(intent)
        return [intent.taken_up for intent in lost]

    def _take_in_hand(self, intent: Intent) -> None:
        self.promises.open_wish(intent.wish.id)
        seconds = self.renewed_after.total_seconds()
        loop = asyncio.get_running_loop()
        self._in_hand[intent.wish.id] = loop.call_later(seconds, self._renew_later, intent)

    def _let_go(self, intent: Intent) -> Sequence[Script]:
        """Be at work on it no more; the scripts that keep what was promised for it."""
        if (timer := self._in_hand.pop(intent.wish.id, None)) is not None:
            timer.cancel()
        return self.promises.close_wish(intent.wish.id)

    def _renew_later(self, intent: Intent) -> None:
        self._take_in_hand(intent)
        self.background.start_task(self._renew_note(intent), name="intent", resumable=True)

    async def _renew_note(self, intent: Intent) -> None:
        """It takes its time, but no other copy need take it up."""
        try:
            await self.redis.zadd(intents_key(), {intent.member: ms_of(self.now())}, xx=True, gt=True)
        except RedisUnavailable as exc:
            logger.warning("intent.not_renewed: %s", exc)

    async def _write_note(self, intent: Intent, *, at: datetime, event: str = "") -> bool:
        note = NoteIntent(
            record=intent.key,
            intents=intents_key(),
            heard=heard_event_key(intent.team, event or intent.wish.id),
            heard_ttl=whole_seconds(HEARD_TTL) if event else None,
            text=intent.encode(),
            member=intent.member,
            at=ms_of(at),
            ttl=max(whole_seconds(intent.wish.at + INTENT_TTL - self.now()), 1),
            set_ttl=2 * whole_seconds(INTENT_TTL),
        )
        return bool(await run_script_at_once(self.redis, note))


def _read_intent(member: str, text: str) -> Intent | None:
    """None for one that this version cannot read, which keeps none of the others; it ends by itself."""
    try:
        return read_if_known(lambda record: Intent.decode(member, record), text)
    except (AttributeError, KeyError, TypeError, ValueError):
        logger.exception("intent.unreadable")
        return None


class NoteIntent(Script):
    """Keep the record, and the moment from which it counts; both end by themselves.

    Answers 0, and keeps nothing, if it was heard less than `heard_ttl` ago.
    """

    record: Key
    intents: Key
    heard: Key
    text: str
    member: str
    at: int
    ttl: int
    set_ttl: int
    heard_ttl: int | None
    LUA = """
if heard_ttl and not redis.call('SET', heard, '1', 'NX', 'EX', heard_ttl) then return 0 end
redis.call('SET', record, text, 'EX', ttl)
redis.call('ZADD', intents, at, member)
redis.call('EXPIRE', intents, set_ttl)
return 1
"""


class TakeLost(Script):
    """The members from `before` that moment, at most so many; from `now` on they count afresh."""

    intents: Key
    before: int
    now: int
    most: int
    LUA = """
local lost = redis.call('ZRANGEBYSCORE', intents, '-inf', before, 'LIMIT', 0, most)
for _, member in ipairs(lost) do redis.call('ZADD', intents, now, member) end
return lost
"""
