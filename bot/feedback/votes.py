"""Votes: one of each person about each answer, counted by schedule; the last one counts.

They are kept as long as a schedule's history, and at most the newest few hundred. Who has voted is known only
so that nobody votes twice: nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from upstash_redis.asyncio import Redis

from bot.feedback.target import Target
from bot.storage import (
    RecordKind,
    Retention,
    moment_of,
    ms_of,
    read_if_known,
    run_script,
    tally_key,
    votes_key,
    whole_seconds,
)
from scheduler import Key, Script

Thumb = Literal["up", "down"]
Recorded = Literal["new", "changed", "same"]
"""A person's first vote about an answer, another one than before, or the same again."""

REASON_LIMIT: Final = 300
"""Characters of a reason."""
LATELY: Final = timedelta(days=30)
MOST_REASONS: Final = 3
"""Reasons that are told."""
_MOST: Final = 500
_VOTE: Final = RecordKind(name="vote", version=1)


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One person's vote on one answer."""

    thumb: Thumb
    at: datetime
    reason: str = ""

    def encode(self) -> str:
        reason = {"reason": self.reason[:REASON_LIMIT]} if self.reason else {}
        return _VOTE.write_record({"at": ms_of(self.at), "thumb": self.thumb, **reason})

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = _VOTE.read_record(text)
        return cls(
            thumb="up" if raw["thumb"] == "up" else "down",
            at=moment_of(raw["at"]),
            reason=str(raw.get("reason", "")),
        )


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """The latest votes on a schedule's answers."""

    up: int = 0
    down: int = 0
    reasons: tuple[str, ...] = ()
    """The newest first."""


class RecordVote(Script):
    """Keep a person's vote about an answer in the place of their last one: 'new', 'changed' or 'same'.

    The same again keeps its reason, unless another one comes with it. What is older than `oldest` goes, and
    of more than `most` the oldest.
    """

    votes: Key
    tally: Key
    voter: str
    vote: str
    thumb: str
    has_reason: bool
    oldest: int
    most: int
    ttl: int
    tally_ttl: int
    LUA = """
local function thumb_of(record) return string.match(record, '"thumb":"(%a+)"') end
local function moment_of(record) return tonumber(string.match(record, '"at":(%d+)') or '0') end
local known = redis.call('HGET', votes, voter)
local told = 'new'
if known then told = thumb_of(known) == thumb and 'same' or 'changed' end
if told ~= 'same' or has_reason then redis.call('HSET', votes, voter, vote) end
if told ~= 'same' then
  redis.call('HINCRBY', tally, 'vote_' .. thumb, 1)
  if known then redis.call('HINCRBY', tally, 'vote_' .. thumb_of(known), -1) end
  redis.call('EXPIRE', tally, tally_ttl)
end
local kept = {}
local all = redis.call('HGETALL', votes)
for item = 1, #all, 2 do
  local at = moment_of(all[item + 1])
  if at < oldest then redis.call('HDEL', votes, all[item]) else kept[#kept + 1] = {at, all[item]} end
end
if #kept > most then
  table.sort(kept, function(one, other) return one[1] < other[1] end)
  for place = 1, #kept - most do redis.call('HDEL', votes, kept[place][2]) end
end
redis.call('EXPIRE', votes, ttl)
return told
"""


@dataclass(frozen=True, kw_only=True)
class Votes:
    """Keeps votes, and counts them."""

    redis: Redis = field(repr=False)
    retention: Retention
    now: Callable[[], datetime]
    most: int = _MOST
    """Votes that are kept of one schedule, or of one answer that was asked for at once."""

    async def record_vote(
        self, team: str, target: Target, user: str, thumb: Thumb, *, reason: str = ""
    ) -> Recorded:
        """Keep a person's vote. Raises `RedisUnavailable`."""
        now = self.now()
        call = RecordVote(
            votes=votes_key(team, target.subject),
            tally=tally_key(team, now.date()),
            voter=f"{target.answer} {user}",
            vote=Vote(thumb=thumb, at=now, reason=reason).encode(),
            thumb=thumb,
            has_reason=bool(reason),
            oldest=ms_of(now - self.retention.history),
            most=self.most,
            ttl=whole_seconds(self.retention.history),
            tally_ttl=whole_seconds(self.retention.usage),
        )
        recorded: Recorded = await run_script(self.redis, call)
        return recorded

    async def read_feedback(self, team: str, subject: str) -> Feedback:
        """Read its latest votes; `subject` as in `Target`. Raises `RedisUnavailable`."""
        raw = await self.redis.hgetall(votes_key(team, subject))
        since = self.now() - min(LATELY, self.retention.history)
        found = [read_if_known(Vote.decode, str(text)) for text in (raw or {}).values()]
        votes = sorted(
            (vote for vote in found if vote is not None and vote.at >= since),
            key=lambda vote: vote.at,
            reverse=True,
        )
        reasons = [vote.reason for vote in votes if vote.reason and vote.thumb == "down"]
        return Feedback(
            up=sum(vote.thumb == "up" for vote in votes),
            down=sum(vote.thumb == "down" for vote in votes),
            reasons=tuple(reasons[:MOST_REASONS]),
        )
