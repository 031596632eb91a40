"""Commands that Slack was told we have, and that are not answered yet: noted before the acknowledgement.

A process that is lost takes the rest of their work with it, and Slack sends no command twice. So every copy
looks for those that nobody has answered, and takes them up. A note is gone once its command is answered.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from upstash_redis.asyncio import Redis

from bot.errors import RedisUnavailable
from bot.slack import Caller
from bot.storage import (
    RecordKind,
    intent_key,
    intents_key,
    ms_of,
    read_if_known,
    run_script,
    whole_seconds,
)
from scheduler import Key, Script

logger = logging.getLogger(__name__)

LOST_AFTER: Final = timedelta(minutes=1)
"""The time after which nobody is at work on a command any more; far longer than one takes."""
INTENT_TTL: Final = timedelta(minutes=30)
"""The time for which Slack takes an answer to a command."""

_PATIENCE: Final = 1  # seconds; Slack waits three for the acknowledgement
_MOST: Final = 50  # taken up at once
_INTENT: Final = RecordKind(name="intent", version=1)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """All that it takes to do a command again."""

    caller: Caller
    text: str = field(repr=False)
    response_url: str = field(repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """Names the run as well, where the command asks a prompt: that is done once, however often begun."""

    @property
    def key(self) -> str:
        return intent_key(self.caller.team, self.id)

    @property
    def member(self) -> str:
        return f"{self.caller.team}:{self.id}"

    def encode(self) -> str:
        caller = self.caller
        return _INTENT.write_record(
            {
                "user": caller.user,
                "channel": caller.channel,
                "text": self.text,
                "response_url": self.response_url,
            }
        )

    @classmethod
    def decode(cls, member: str, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, told = _INTENT.read_record(text)
        team, _, name = member.rpartition(":")
        caller = Caller(team=team, user=told["user"], channel=told["channel"])
        return cls(caller=caller, text=told["text"], response_url=told["response_url"], id=name)


@dataclass(frozen=True, kw_only=True)
class Intents:
    """The notes of all teams."""

    redis: Redis = field(repr=False)
    now: Callable[[], datetime]
    _in_hand: set[str] = field(default_factory=set, init=False, repr=False)
    """The ids of those that this very process is at work on, however long it takes."""

    async def note_intent(self, intent: Intent) -> None:
        """Note it, if Redis answers in time: the acknowledgement waits for nothing longer."""
        self._in_hand.add(intent.id)
        note = NoteIntent(
            record=intent.key,
            intents=intents_key(),
            text=intent.encode(),
            member=intent.member,
            at=ms_of(self.now()),
            ttl=whole_seconds(INTENT_TTL),
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                await run_script(self.redis, note)
        except (RedisUnavailable, TimeoutError) as exc:
            logger.warning("command.not_noted: %s", type(exc).__name__)

    async def end_intent(self, intent: Intent) -> None:
        """Forget it: its command is answered."""
        self._in_hand.discard(intent.id)
        pipeline = self.redis.pipeline()
        pipeline.delete(intent.key)
        pipeline.zrem(intents_key(), intent.member)
        try:
            await pipeline.exec()
        except RedisUnavailable as exc:  # it is taken up, and told twice rather than never
            logger.warning("command.still_noted: %s", exc)

    async def take_lost(self) -> list[Intent]:
        """The ones that nobody has answered in time; no other copy gets them before that time is over again.

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
        if gone:  # too old to be answered, or of a team that has left
            await self.redis.zrem(intents_key(), *gone)
        found = zip(members, texts, strict=True)
        intents = [_read_intent(member, text) for member, text in found if text is not None]
        lost = [intent for intent in intents if intent is not None and intent.id not in self._in_hand]
        self._in_hand.update(intent.id for intent in lost)
        return lost


def _read_intent(member: str, text: str) -> Intent | None:
    return read_if_known(lambda record: Intent.decode(member, record), text)


class NoteIntent(Script):
    """Keep the record, and the moment from which it counts; both end by themselves."""

    record: Key
    intents: Key
    text: str
    member: str
    at: int
    ttl: int
    LUA = """
redis.call('SET', record, text, 'EX', ttl)
redis.call('ZADD', intents, at, member)
return redis.call('EXPIRE', intents, ttl * 2)
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
