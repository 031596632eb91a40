"""The most questions in one thread within a day: each is about all that was said, so each costs more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from upstash_redis.asyncio import Redis

from bot.storage import run_script, thread_questions_key, whole_seconds
from scheduler import Key, Script

_DAY: Final = timedelta(days=1)


class CountQuestion(Script):
    """Count a question by its id, unless `most` others were asked; 1 if it may be asked, however often."""

    asked: Key
    question: str
    most: int
    ttl: int
    LUA = """
if redis.call('SISMEMBER', asked, question) == 1 then return 1 end
local count = redis.call('SCARD', asked)
if count >= most then return 0 end
redis.call('SADD', asked, question)
if count == 0 then redis.call('EXPIRE', asked, ttl) end
return 1
"""


@dataclass(frozen=True, kw_only=True)
class QuestionLimit:
    """Counts the questions in each thread, from the first of a day on."""

    redis: Redis = field(repr=False)
    most: int

    async def may_ask(self, team: str, channel: str, thread: str, *, question: str) -> bool:
        """False if too many were asked there; the same `question` counts once. Raises `RedisUnavailable`."""
        call = CountQuestion(
            asked=thread_questions_key(team, channel, thread),
            question=question,
            most=self.most,
            ttl=whole_seconds(_DAY),
        )
        return bool(await run_script(self.redis, call))
