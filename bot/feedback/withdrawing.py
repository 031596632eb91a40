"""Withdraws an answer: in one step, with all that its schedule keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from upstash_redis.asyncio import Redis

from bot.answers import MOST_POSTED, POSTED_FIELD, WITHDRAW, WithdrawScript, withdraw_arguments
from bot.feedback.target import Target
from bot.storage import newest_post_key, run_script, schedule_key, week_posts_key
from scheduler import Key


class WithdrawAnswer(WithdrawScript):
    """Withdraw it: 1, or 0 if it was withdrawn before.

    The schedule's next answer is compared with nothing then, no condition is tried on this one, and no
    subscriber is sent it. The lists' own marks are escaped within the texts that they hold.
    """

    record: Key
    newest_post: Key
    week_posts: Key
    posted_field: str
    most_posted: int
    LUA = (
        WITHDRAW
        + """
local is_new = withdraw()
local function is_of_it(text)
  return text and string.find(text, '"id":"' .. name .. '"', 1, true) ~= nil
end
local function let_go(key, field)
  if is_of_it(redis.call('HGET', key, field)) then redis.call('HDEL', key, field) end
end
let_go(record, 'last')
for place = 0, most_posted - 1 do let_go(record, posted_field .. place) end
if is_of_it(redis.call('HGET', newest_post, 'body')) then redis.call('DEL', newest_post) end
for _, line in ipairs(redis.call('LRANGE', week_posts, 0, -1)) do
  if is_of_it(line) then redis.call('LREM', week_posts, 0, line) end
end
return is_new and 1 or 0
"""
    )


@dataclass(frozen=True, kw_only=True)
class Withdrawing:
    """Withdraws answers; once it has told, no copy shows them for more than two seconds."""

    redis: Redis = field(repr=False)
    now: Callable[[], datetime]

    async def withdraw_answer(self, team: str, target: Target) -> bool:
        """False if it was withdrawn before. Raises `RedisUnavailable`."""
        ref = (team, target.schedule)
        call = WithdrawAnswer(
            **withdraw_arguments("" if target.is_teamless else team, target.answer, now=self.now()),
            record=schedule_key(*ref),
            newest_post=newest_post_key(*ref),
            week_posts=week_posts_key(*ref),
            posted_field=POSTED_FIELD,
            most_posted=MOST_POSTED,
        )
        return bool(await run_script(self.redis, call))
