"""A line of history whose post somebody has deleted."""

from __future__ import annotations

from dataclasses import replace

from upstash_redis.asyncio import Redis

from bot.schedules.history.run import decode_run, encode_run
from bot.storage import history_key, read_if_known, run_script
from scheduler import Key, Script


async def mark_deleted_post(
    redis: Redis, team: str, schedule: str, *, channel: str, ts: str, by: str
) -> None:
    """Have the history say who has deleted a post. Raises `RedisUnavailable`."""
    key = history_key(team, schedule)
    for line in await redis.lrange(key, 0, -1):
        run = read_if_known(decode_run, line)
        if run is not None and run.ts == ts and run.channel in (None, channel):
            new = encode_run(replace(run, deleted_by=by))
            await run_script(redis, ReplaceLine(history=key, old=str(line), new=new))
            return


class ReplaceLine(Script):
    """Write another line of history in the place of one that still stands there. Answers 1 if it was."""

    history: Key
    old: str
    new: str
    LUA = """
for place, line in ipairs(redis.call('LRANGE', history, 0, -1)) do
  if line == old then
    redis.call('LSET', history, place - 1, new)
    return 1
  end
end
return 0
"""
