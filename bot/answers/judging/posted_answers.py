"""The latest answers that a schedule has posted, to try a condition on; they end with its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from upstash_redis.asyncio import Redis

from bot.storage import RecordKind, Retention, moment_of, ms_of, read_if_known, schedule_key

MOST_POSTED: Final = 5
"""Answers that are kept of one schedule."""
POSTED_FIELD: Final = "posted"
"""The field of a schedule's record that counts them; theirs have this name and a number."""
_LONGEST: Final = 4_000
"""Characters of one that are kept."""
_POSTED: Final = RecordKind(name="posted_answer", version=1)

KEEP_POSTED: Final = f"""
-- Each takes the place of the oldest; the same one is posted in several places, and kept once.
local function keep_posted(record, answer)
  local count = tonumber(redis.call('HGET', record, '{POSTED_FIELD}') or '0')
  if redis.call('HGET', record, '{POSTED_FIELD}' .. count % {MOST_POSTED}) == answer then return end
  count = count + 1
  redis.call('HSET', record, '{POSTED_FIELD}', count, '{POSTED_FIELD}' .. count % {MOST_POSTED}, answer)
end
"""

FORGET_POSTED: Final = f"""
local function forget_posted(record)
  redis.call('HDEL', record, '{POSTED_FIELD}')
  for place = 0, {MOST_POSTED} - 1 do redis.call('HDEL', record, '{POSTED_FIELD}' .. place) end
end
"""


@dataclass(frozen=True, kw_only=True)
class PostedAnswer:
    """An answer that a schedule has posted."""

    text: str
    made: datetime
    id: str = ""
    """The answer's own."""

    def encode(self) -> str:
        own = {"id": self.id} if self.id else {}
        return _POSTED.write_record({"text": self.text[:_LONGEST], "made": ms_of(self.made), **own})

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = _POSTED.read_record(text)
        return cls(text=raw["text"], made=moment_of(raw["made"]), id=raw.get("id", ""))


@dataclass(frozen=True, kw_only=True)
class PostedAnswers:
    """Reads what schedules have posted."""

    redis: Redis = field(repr=False)
    retention: Retention = field(default_factory=Retention)

    async def read_latest(self, team: str, schedule: str, *, now: datetime) -> list[PostedAnswer]:
        """Newest first; none that is older than a history is kept. Raises `RedisUnavailable`."""
        places = [f"{POSTED_FIELD}{place}" for place in range(MOST_POSTED)]
        count, *found = await self.redis.hmget(schedule_key(team, schedule), POSTED_FIELD, *places)
        newest = int(count or 0)
        texts = [found[(newest - back) % MOST_POSTED] for back in range(min(newest, MOST_POSTED))]
        posted = [read_if_known(PostedAnswer.decode, str(text)) for text in texts if text]
        since = now - self.retention.history
        return [answer for answer in posted if answer is not None and answer.made >= since]
