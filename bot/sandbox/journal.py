"""Where the workspace is kept: one script per change, before anybody is told that it happened.

The sandbox's keys have no TTL, because they are the workspace; the newest 5,000 messages are kept, which
bounds them. Only what a response_url needs expires.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from redis.asyncio import Redis

from bot.sandbox.workspace import (
    Change,
    Channel,
    ChannelChanged,
    Deleted,
    Edited,
    HomePublished,
    Installation,
    InstallationChanged,
    Message,
    Posted,
    User,
    UserChanged,
)

PREFIX: Final = "sandbox:"
MOST_MESSAGES: Final = 5_000
_INSTALLATION: Final = "installation"


# KEYS users, channels, messages, order, app; ARGV the most messages, then
# (put | cut, where, id, score, record) …
# Answers the ids of the messages that made room.
_KEEP: Final = """
for i = 2, #ARGV, 5 do
  local verb, where, id, score, record = ARGV[i], tonumber(ARGV[i+1]), ARGV[i+2], ARGV[i+3], ARGV[i+4]
  if verb == 'put' then
    redis.call('HSET', KEYS[where], id, record)
    if where == 3 then redis.call('ZADD', KEYS[4], score, id) end
  else
    redis.call('HDEL', KEYS[where], id)
    redis.call('ZREM', KEYS[4], id)
  end
end
local gone = {}
local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[1])
if over > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[4], over)
  for i = 1, #oldest, 2 do
    redis.call('HDEL', KEYS[3], oldest[i])
    gone[#gone+1] = oldest[i]
  end
end
return gone
"""

# KEYS response_url; ARGV uses. Answers the record, or how it failed: false when unknown, 'used' when spent.
_SPEND: Final = """
local record = redis.call('HGET', KEYS[1], 'record')
if not record then return false end
if redis.call('HINCRBY', KEYS[1], 'uses', 1) > tonumber(ARGV[1]) then return 'used' end
return record
"""


class Journal:
    """The workspace's records in Redis; another `prefix` is another workspace."""

    def __init__(self, redis: Redis, prefix: str = PREFIX, *, most_messages: int = MOST_MESSAGES) -> None:
        self._redis = redis
        self._respond = f"{prefix}respond:"
        self._keys = [f"{prefix}{name}" for name in ("users", "channels", "messages", "order", "app")]
        self._most = most_messages
        self._keep = redis.register_script(_KEEP)
        self._spend = redis.register_script(_SPEND)

    async def load(self) -> list[Change]:
        """Everything that was kept; empty at the first start."""
        people, places, said, _, app = self._keys
        users = [User(**record) for record in await self._records(people)]
        channels = [
            Channel(**{**record, "members": tuple(record["members"])})
            for record in await self._records(places)
        ]
        messages = [_message(record) for record in await self._records(said)]
        ours = map(_of_the_app, await self._records(app))
        return [*map(UserChanged, users), *map(ChannelChanged, channels), *map(Posted, messages), *ours]

    async def keep(self, changes: Iterable[Change]) -> list[tuple[str, str]]:
        """Stores the changes as one; gives (channel, ts) of the messages that had to go to make room."""
        arguments = [word for change in changes for word in _words(change)]
        gone = await self._keep(keys=self._keys, args=[self._most, *arguments])
        return [(channel, ts) for channel, _, ts in (_text(each).partition("/") for each in gone)]

    async def keep_response_url(self, token: str, record: Mapping[str, Any], lifetime: timedelta) -> None:
        key = self._respond + token
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(key, mapping={"record": json.dumps(record), "uses": 0})
            pipeline.pexpire(key, lifetime)
            await pipeline.execute()

    async def spend_response_url(self, token: str, uses: int) -> dict[str, Any] | str | None:
        """One use: the record, "used" when there was none left, nothing when it is unknown or too old."""
        record = await self._spend(keys=[self._respond + token], args=[uses])
        if record is None or (text := _text(record)) == "used":
            return None if record is None else "used"
        loaded: dict[str, Any] = json.loads(text)
        return loaded

    async def _records(self, key: str) -> list[dict[str, Any]]:
        return [json.loads(record) for record in await self._redis.hvals(key)]


def _words(change: Change) -> tuple[str | int, ...]:
    match change:
        case Posted(message) | Edited(message):
            record = json.dumps(asdict(message), ensure_ascii=False)
            return ("put", 3, f"{message.channel}/{message.ts}", message.ts, record)
        case Deleted(message):
            return ("cut", 3, f"{message.channel}/{message.ts}", "", "")
        case ChannelChanged(channel):
            return ("put", 2, channel.id, "", json.dumps(asdict(channel)))
        case UserChanged(user):
            return ("put", 1, user.id, "", json.dumps(asdict(user)))
        case InstallationChanged(installation):
            return ("put", 5, _INSTALLATION, "", json.dumps(asdict(installation)))
        case HomePublished(user=whose):
            return ("put", 5, whose, "", json.dumps(asdict(change), ensure_ascii=False))


def _of_the_app(record: dict[str, Any]) -> Change:
    if "token" in record:
        return InstallationChanged(Installation(**record))
    return HomePublished(**record)


def _message(record: dict[str, Any]) -> Message:
    tuples = {
        "blocks": tuple(record["blocks"]),
        "notified": tuple(record["notified"]),
        "reactions": {name: tuple(users) for name, users in record["reactions"].items()},
    }
    return Message(**{**record, **tuples})


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
