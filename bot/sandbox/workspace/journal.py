"""The journal of the workspace: one script per change, before anybody is told that it happened.

The sandbox's keys have no TTL, because they are the workspace; the newest 5,000 messages and 200 files are
kept, which bounds them. Only what a response_url needs expires, and uploads that nobody completes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from redis.asyncio import Redis

from bot.sandbox.workspace.changes import (
    Change,
    ChannelChanged,
    Deleted,
    Edited,
    FileKept,
    HomePublished,
    InstallationChanged,
    Posted,
    UserChanged,
)
from bot.sandbox.workspace.records import Channel, File, Installation, Message, User

PREFIX: Final = "sandbox:"
MOST_MESSAGES: Final = 5_000
MOST_FILES: Final = 200
_INSTALLATION: Final = "installation"


# KEYS users, channels, messages, order, app, files, contents, filed; ARGV the most messages, the most files,
# then (put | cut, where, id, score, record) …
# Answers the ids of the messages and of the files that made room.
_KEEP: Final = """
local order = {[3] = 4, [6] = 8}
for i = 3, #ARGV, 5 do
  local verb, where, id, score, record = ARGV[i], tonumber(ARGV[i+1]), ARGV[i+2], ARGV[i+3], ARGV[i+4]
  if verb == 'put' then
    redis.call('HSET', KEYS[where], id, record)
    if order[where] then redis.call('ZADD', KEYS[order[where]], score, id) end
  else
    redis.call('HDEL', KEYS[where], id)
    redis.call('ZREM', KEYS[4], id)
  end
end
local function make_room(most, ordered, ...)
  local gone = {}
  local over = redis.call('ZCARD', ordered) - tonumber(most)
  if over > 0 then
    local oldest = redis.call('ZPOPMIN', ordered, over)
    for i = 1, #oldest, 2 do
      for _, key in ipairs({...}) do redis.call('HDEL', key, oldest[i]) end
      gone[#gone+1] = oldest[i]
    end
  end
  return gone
end
return {make_room(ARGV[1], KEYS[4], KEYS[3]), make_room(ARGV[2], KEYS[8], KEYS[6], KEYS[7])}
"""

# KEYS response_url; ARGV uses. Answers the record, or how it failed: false when unknown, 'used' when spent.
_SPEND: Final = """
local record = redis.call('HGET', KEYS[1], 'record')
if not record then return false end
if redis.call('HINCRBY', KEYS[1], 'uses', 1) > tonumber(ARGV[1]) then return 'used' end
return record
"""


_KEYS: Final = ("users", "channels", "messages", "order", "app", "files", "contents", "filed")


@dataclass(frozen=True, kw_only=True)
class Gone:
    """The records that had to make room: (channel, ts) of messages, and ids of files."""

    messages: list[tuple[str, str]]
    files: list[str]


class Journal:
    """The workspace's records in Redis; another `prefix` is another workspace."""

    def __init__(
        self,
        redis: Redis,
        prefix: str = PREFIX,
        *,
        most_messages: int = MOST_MESSAGES,
        most_files: int = MOST_FILES,
    ) -> None:
        self._redis = redis
        self._respond = f"{prefix}respond:"
        self._upload = f"{prefix}upload:"
        self._keys = [f"{prefix}{name}" for name in _KEYS]
        self._contents = f"{prefix}contents"
        self._most = (most_messages, most_files)
        self._keep = redis.register_script(_KEEP)
        self._spend = redis.register_script(_SPEND)

    async def load_changes(self) -> list[Change]:
        """Everything that was kept; empty at the first start."""
        people, places, said, _, app, shared, *_ = self._keys
        users = [User(**record) for record in await self._read_records(people)]
        channels = [
            Channel(**{**record, "members": tuple(record["members"])})
            for record in await self._read_records(places)
        ]
        messages = [_load_message(record) for record in await self._read_records(said)]
        files = [FileKept(File(**record)) for record in await self._read_records(shared)]
        ours = map(_of_the_app, await self._read_records(app))
        return [
            *map(UserChanged, users),
            *map(ChannelChanged, channels),
            *files,
            *map(Posted, messages),
            *ours,
        ]

    async def keep_changes(self, changes: Iterable[Change]) -> Gone:
        """Stores the changes as one."""
        arguments = [word for change in changes for word in _script_words(change)]
        messages, files = await self._keep(keys=self._keys, args=[*self._most, *arguments])
        ids = (_as_text(message).partition("/") for message in messages)
        return Gone(
            messages=[(channel, ts) for channel, _, ts in ids], files=[_as_text(file) for file in files]
        )

    async def file_content(self, file: str) -> bytes | None:
        """The bytes of a file, while it is kept."""
        return _as_bytes(await self._redis.hget(self._contents, file))

    async def keep_upload(self, file: str, record: Mapping[str, Any], lifetime: timedelta) -> None:
        """Keeps the announcement of a file that is still to come."""
        announced, _ = self._upload_keys(file)
        await self._redis.set(announced, json.dumps(record, ensure_ascii=False), px=lifetime)

    async def find_upload(self, file: str) -> dict[str, Any] | None:
        announced, _ = self._upload_keys(file)
        text = await self._redis.get(announced)
        loaded: dict[str, Any] | None = None if text is None else json.loads(text)
        return loaded

    async def keep_uploaded(self, file: str, content: bytes, lifetime: timedelta) -> None:
        """A file's bytes, until its upload is completed or given up."""
        _, brought = self._upload_keys(file)
        await self._redis.set(brought, content, px=lifetime)

    async def read_upload(self, file: str) -> bytes | None:
        _, brought = self._upload_keys(file)
        return _as_bytes(await self._redis.get(brought))

    async def forget_upload(self, file: str) -> None:
        await self._redis.delete(*self._upload_keys(file))

    def _upload_keys(self, file: str) -> tuple[str, str]:
        """The keys of the announcement and of the bytes."""
        return f"{self._upload}{file}", f"{self._upload}{file}:content"

    async def keep_response_url(self, token: str, record: Mapping[str, Any], lifetime: timedelta) -> None:
        key = self._respond + token
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(key, mapping={"record": json.dumps(record), "uses": 0})
            pipeline.pexpire(key, lifetime)
            await pipeline.execute()

    async def spend_response_url(self, token: str, uses: int) -> dict[str, Any] | str | None:
        """One use: the record, "used" when there was none left, nothing when it is unknown or too old."""
        record = await self._spend(keys=[self._respond + token], args=[uses])
        if record is None or (text := _as_text(record)) == "used":
            return None if record is None else "used"
        loaded: dict[str, Any] = json.loads(text)
        return loaded

    async def _read_records(self, key: str) -> list[dict[str, Any]]:
        return [json.loads(record) for record in await self._redis.hvals(key)]


def _script_words(change: Change) -> tuple[str | int | bytes, ...]:
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
        case FileKept(file, content):
            record = json.dumps(asdict(file), ensure_ascii=False)
            bytes_too = () if content is None else ("put", 7, file.id, "", content)
            return ("put", 6, file.id, str(file.created), record, *bytes_too)


def _of_the_app(record: dict[str, Any]) -> Change:
    if "token" in record:
        return InstallationChanged(Installation(**record))
    return HomePublished(**record)


def _load_message(record: dict[str, Any]) -> Message:
    tuples = {
        "blocks": tuple(record["blocks"]),
        "attachments": tuple(record.get("attachments", ())),  # absent in what older versions kept
        "notified": tuple(record["notified"]),
        "files": tuple(record.get("files", ())),  # absent in what was kept before there were files
        "reactions": {name: tuple(users) for name, users in record["reactions"].items()},
    }
    return Message(**{**record, **tuples})


def _as_bytes(value: bytes | str | None) -> bytes | None:
    if isinstance(value, str):
        raise TypeError("expected a client of Redis that does not decode")
    return value


def _as_text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
