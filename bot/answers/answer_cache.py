"""The newest answer to each question, and the right to make a newer one, as Redis holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.answers.records import Answer
from bot.storage import LOCKING, flight_key, ms_of, stored_answer_key

ANSWER_TTL: Final = timedelta(days=7)  # how old the last good answer may be when the model is down


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Another process is asking the model this very question."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class AnswerCache:
    """Answers by their question's key, shared by all copies."""

    redis: Redis = field(repr=False)

    async def find_answer(self, key: str, *, made_after: datetime | None = None) -> Answer | None:
        """The newest stored answer; None if it was made before `made_after`."""
        body = await self.redis.hget(stored_answer_key(key), "body")
        if body is None:
            return None
        answer = Answer.decode(body)
        return answer if made_after is None or answer.made >= made_after else None

    async def take_flight(
        self, key: str, *, token: str, made_after: datetime, lease: timedelta
    ) -> Answer | Wait | None:
        """The right to ask the model (None), or why there is no need to: one round trip."""
        args: list[Any] = [token, ms_of(made_after), int(lease / timedelta(milliseconds=1))]
        reply = await self.redis.eval(LOCKING + _TAKE_FLIGHT, [stored_answer_key(key), flight_key(key)], args)
        match reply:
            case ["answer", body]:
                return Answer.decode(body)
            case ["wait", left]:
                return Wait(left=timedelta(milliseconds=max(int(left), 0)))
            case ["taken"]:
                return None
            case _:
                raise AssertionError("the flight script returned something else")

    async def land_flight(self, key: str, *, token: str, answer: Answer | None, ahead: bool = False) -> None:
        """End a flight, and keep its answer unless a newer one is there.

        The first run that claims an answer made `ahead` of its slot is told so.
        """
        args: list[Any] = [
            token,
            answer.encode() if answer else "",
            ms_of(answer.as_of) if answer else 0,
            int(ANSWER_TTL.total_seconds()),
            int(ahead),
        ]
        await self.redis.eval(LOCKING + _LAND_FLIGHT, [stored_answer_key(key), flight_key(key)], args)


# KEYS answer, flight. ARGV token, made_after, lease in ms.
_TAKE_FLIGHT: Final = """
local stored = redis.call('HMGET', KEYS[1], 'made', 'body')
if stored[1] and tonumber(stored[1]) >= tonumber(ARGV[2]) then return {'answer', stored[2]} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3]) then return {'taken'} end
return {'wait', redis.call('PTTL', KEYS[2])}
"""

# KEYS answer, flight. ARGV token, answer or "", as of when it is, ttl in s, 1 if it was made for a slot ahead
# of it: whoever uses it first has had it paid for.
_LAND_FLIGHT: Final = """
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
if ARGV[2] == '' then return 0 end
if tonumber(redis.call('HGET', KEYS[1], 'made') or '0') > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'made', ARGV[3], 'body', ARGV[2])
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], 'ahead', '1')
else
  redis.call('HDEL', KEYS[1], 'ahead')
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""
