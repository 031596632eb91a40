"""A line of history whose post somebody has deleted."""

from __future__ import annotations

from dataclasses import replace

from upstash_redis.asyncio import Redis

from bot.schedules.history.run import decode_run, encode_run
from bot.schedules.schedule_scripts import ReplaceLine
from bot.storage import history_key, read_if_known, run_script


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
