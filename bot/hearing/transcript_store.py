"""Transcripts in Redis, stretch by stretch, and the right to go on with one.

A transcript is found by its content's fingerprint, which only who has the content can make, or by the source
that it came from, which is asked first if it may still be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.hearing.transcript import Heard, Transcript
from bot.storage import (
    RecordKind,
    heard_source_key,
    ms_of,
    named_values,
    run_script,
    transcript_key,
    whole_seconds,
)
from scheduler import Key, Script

TTL: Final = timedelta(days=30)
"""For which a transcript is kept after it was last used."""
LEASE: Final = timedelta(seconds=100)
"""For which one copy alone goes on with a transcript, after the last stretch it has kept."""

_RECORD: Final = RecordKind(name="transcript", version=1)
_SOURCE: Final = RecordKind(name="heard source", version=1)
_STRETCH: Final = "stretch:"


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A transcript that is ours to go on with, and the stretches that are there."""

    known: Mapping[int, Heard]


@dataclass(frozen=True, kw_only=True)
class TakenByAnother:
    """Another run is at it."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class TranscriptStore:
    """The transcripts of all teams."""

    redis: Redis = field(repr=False)

    async def find_by_source(self, team: str, source: str) -> Transcript | None:
        """The transcript of what a source held; one round trip where nothing is known of it."""
        known = await self.redis.get(heard_source_key(team, source))
        if known is None:
            return None
        _, fields = _SOURCE.read_record(known)
        whole = await self.redis.hgetall(transcript_key(team, fields["content"]))
        return _read_whole(whole)

    async def take(
        self, team: str, content: str, *, token: str, now: datetime
    ) -> Transcript | Begun | TakenByAnother:
        """Read all of it, or take the right to go on with it."""
        call = TakeTranscript(
            transcript=transcript_key(team, content),
            token=token,
            now=ms_of(now),
            lease_end=ms_of(now + LEASE),
            ttl=whole_seconds(TTL),
        )
        reply = await run_script(self.redis, call)
        if len(reply) == 2 and reply[0] == "busy":
            return TakenByAnother(left=timedelta(milliseconds=max(0, int(reply[1]))))
        values = named_values(reply)
        whole = _read_whole(values)
        return whole or Begun(known=_read_stretches(values))

    async def keep_stretch(
        self, team: str, content: str, *, token: str, index: int, heard: Heard, now: datetime
    ) -> None:
        call = KeepStretch(
            transcript=transcript_key(team, content),
            token=token,
            field=f"{_STRETCH}{index}",
            heard=heard.encode(),
            lease_end=ms_of(now + LEASE),
            ttl=whole_seconds(TTL),
        )
        await run_script(self.redis, call)

    async def keep_whole(
        self, team: str, content: str, *, seconds: float, broken_off: bool, token: str
    ) -> None:
        """All stretches are there."""
        whole = _RECORD.write_record({"seconds": seconds, "broken_off": broken_off})
        call = EndTranscript(
            transcript=transcript_key(team, content), token=token, whole=whole, ttl=whole_seconds(TTL)
        )
        await run_script(self.redis, call)

    async def give_back(self, team: str, content: str, *, token: str) -> None:
        """Let others go on with it."""
        call = EndTranscript(
            transcript=transcript_key(team, content), token=token, whole=None, ttl=whole_seconds(TTL)
        )
        await run_script(self.redis, call)

    async def note_source(self, team: str, source: str, content: str) -> None:
        """Note what a source held, so that it need not be fetched again to know."""
        record = _SOURCE.write_record({"content": content})
        await self.redis.set(heard_source_key(team, source), record, ex=whole_seconds(TTL))


def _read_whole(values: Mapping[str, Any]) -> Transcript | None:
    told = values.get("whole")
    if told is None:
        return None
    _, whole = _RECORD.read_record(str(told))
    heard = _read_stretches(values)
    return Transcript(
        seconds=float(whole["seconds"]),
        heard=tuple(heard[index] for index in sorted(heard)),
        broken_off=bool(whole["broken_off"]),
    )


def _read_stretches(values: Mapping[str, Any]) -> dict[int, Heard]:
    return {
        int(name.removeprefix(_STRETCH)): Heard.decode(json_text)
        for name, json_text in values.items()
        if name.startswith(_STRETCH)
    }


class TakeTranscript(Script):
    """Answers with all fields, or {'busy', ms} while another run goes on with it."""

    transcript: Key
    token: str
    now: int
    lease_end: int
    ttl: int
    LUA = """
local held = redis.call('HMGET', transcript, 'whole', 'token', 'until')
local ends = tonumber(held[3] or '0')
if not held[1] then
  if held[2] and held[2] ~= token and ends > now then
    return {'busy', string.format('%.0f', ends - now)}
  end
  redis.call('HSET', transcript, 'token', token, 'until', lease_end)
end
redis.call('EXPIRE', transcript, ttl)
return redis.call('HGETALL', transcript)
"""


class KeepStretch(Script):
    """Keep a stretch that was heard, no matter which run goes on; that run keeps its turn."""

    transcript: Key
    token: str
    field: str
    heard: str
    lease_end: int
    ttl: int
    LUA = """
redis.call('HSET', transcript, field, heard)
if redis.call('HGET', transcript, 'token') == token then
  redis.call('HSET', transcript, 'until', lease_end)
end
redis.call('EXPIRE', transcript, ttl)
"""


class EndTranscript(Script):
    """End a turn, with `whole` if nothing is missing."""

    transcript: Key
    token: str
    whole: str | None
    ttl: int
    LUA = """
if whole then redis.call('HSET', transcript, 'whole', whole) end
if whole or redis.call('HGET', transcript, 'token') == token then
  redis.call('HDEL', transcript, 'token', 'until')
end
if redis.call('EXISTS', transcript) == 1 then redis.call('EXPIRE', transcript, ttl) end
"""
