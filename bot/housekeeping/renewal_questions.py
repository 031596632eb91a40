"""The question to an owner whether schedules shall go on that nobody looks at: one at a time for each person.

`asking` until its message is there, `asked` while the owner has time to answer, `telling` once that is over,
until they are told what was paused. Its messages carry a mark by which they are found again, so a copy that
goes on after a crash sends none twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from upstash_redis.asyncio import Redis

from bot.storage import (
    RecordKind,
    moment_of,
    ms_of,
    named_values,
    renewal_key,
    run_script,
    whole_seconds,
)
from scheduler import Key, Script

PATIENCE: Final = timedelta(days=14)
"""The time that an owner has for an answer."""

QuestionState = Literal["asking", "asked", "telling"]

_QUESTION: Final = RecordKind(name="renewal", version=1)
_LEASE: Final = timedelta(minutes=5)
_TTL: Final = PATIENCE + timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One that this copy is at work on."""

    team: str
    user: str
    id: str
    schedules: tuple[str, ...]
    """The ids of those that it is about."""
    begun: datetime
    state: QuestionState
    asked: datetime | None
    """The moment at which the owner was asked."""
    may_be_sent: bool
    """Another try may have sent the message that is due now."""
    token: str

    @property
    def run(self) -> str:
        """The name that its messages carry in their marks: part 0 asks, part 1 is the last word."""
        return f"renewal-{self.id}"


@dataclass(frozen=True, kw_only=True)
class RenewalQuestions:
    """The questions that are open."""

    redis: Redis = field(repr=False)

    async def take_question(
        self, team: str, user: str, *, schedules: Sequence[str], now: datetime
    ) -> Question | None:
        """Take the one that is open, or else a new one about `schedules`; None while another copy has it.

        Raises `NewerRecord`.
        """
        token = secrets.token_hex(8)
        fields = {"id": secrets.token_hex(6), "schedules": list(schedules), "begun": ms_of(now)}
        reply = await run_script(
            self.redis,
            TakeQuestion(
                question=renewal_key(team, user),
                doc=_QUESTION.write_record(fields),
                token=token,
                now=ms_of(now),
                lease_end=ms_of(now + _LEASE),
                ttl=whole_seconds(_TTL),
            ),
        )
        if reply == ["busy"]:
            return None
        told = named_values(reply[1:])
        _, raw = _QUESTION.read_record(told["doc"])
        state = next(known for known in get_args(QuestionState) if known == told["state"])
        return Question(
            team=team,
            user=user,
            id=raw["id"],
            schedules=tuple(raw["schedules"]),
            begun=moment_of(raw["begun"]),
            state=state,
            asked=moment_of(told["asked"]) if told["asked"] else None,
            may_be_sent=bool(told["known"]) and state != "asked",
            token=token,
        )

    async def settle_question(
        self, question: Question, state: QuestionState, *, asked: datetime | None = None, keeps: bool = False
    ) -> bool:
        """Write down how far it is, and let it go unless this copy `keeps` it; False if another has it."""
        return await self._settle_state(question, state=state, asked=asked, keeps=keeps)

    async def close_question(self, question: Question) -> None:
        """Nothing is left to ask or to tell."""
        await self._settle_state(question, state="", asked=None, keeps=False)

    async def _settle_state(
        self, question: Question, *, state: str, asked: datetime | None, keeps: bool
    ) -> bool:
        call = SettleQuestion(
            question=renewal_key(question.team, question.user),
            token=question.token,
            state=state,
            asked=ms_of(asked) if asked else None,
            keeps=keeps,
        )
        return bool(await run_script(self.redis, call))


class TakeQuestion(Script):
    """Take the question that is open, or begin one. Answers {'busy'}, or {'taken', …} with pairs of a name
    and a value; `known` is 1 of one that was there."""

    question: Key
    doc: str
    token: str
    now: int
    lease_end: int
    ttl: int
    LUA = """
local seen = redis.call('HMGET', question, 'doc', 'state', 'asked', 'until')
if tonumber(seen[4] or '0') > now then return {'busy'} end
if not seen[1] then redis.call('HSET', question, 'doc', doc, 'state', 'asking') end
redis.call('HSET', question, 'token', token, 'until', lease_end)
redis.call('EXPIRE', question, ttl)
return {'taken', 'doc', seen[1] or doc, 'state', seen[2] or 'asking', 'asked', seen[3] or '',
  'known', seen[1] and '1' or ''}
"""


class SettleQuestion(Script):
    """Write down the state of a question that is ours; "" ends it. Answers 0 if another copy has it."""

    question: Key
    token: str
    state: str
    asked: int | None
    keeps: bool
    LUA = """
if redis.call('HGET', question, 'token') ~= token then return 0 end
if state == '' then return redis.call('DEL', question) end
redis.call('HSET', question, 'state', state)
if asked then redis.call('HSET', question, 'asked', asked) end
if not keeps then redis.call('HSET', question, 'until', 0) end
return 1
"""
