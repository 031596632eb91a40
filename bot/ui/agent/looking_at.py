"""The channel that a person looks at beside the Messages tab: "this channel", where it is said there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.storage import RecordKind, looking_at_key, read_if_known, whole_seconds

LASTS: Final = timedelta(hours=12)
"""As long as a page may stay open without a word of what is looked at."""

_SEEN: Final = RecordKind(name="looking_at", version=1)
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{4,30}", re.ASCII)
_CHANNEL_ENTITY: Final = "slack#/types/channel_id"
_MESSAGE_ENTITY: Final = "slack#/types/message_context"


@dataclass(frozen=True, kw_only=True)
class LookingAt:
    """Remembers it for each person."""

    redis: Redis = field(repr=False)

    async def note_channel(self, team: str, user: str, channel: str | None) -> None:
        """Note that they look at this one now, or at none. Raises `RedisUnavailable`."""
        key = looking_at_key(team, user)
        if channel is None:
            await self.redis.delete(key)
        else:
            record = _SEEN.write_record({"channel": channel})
            await self.redis.set(key, record, ex=whole_seconds(LASTS))

    async def find_channel(self, team: str, user: str) -> str | None:
        """Find the one that they look at. Raises `RedisUnavailable`."""
        text = await self.redis.get(looking_at_key(team, user))
        return None if text is None else read_if_known(_decode_channel, text)


def _decode_channel(text: str) -> str:
    _, raw = _SEEN.read_record(text)
    return str(raw["channel"])


def channel_in(context: object) -> str | None:
    """The first channel of an event's context, which Slack orders by relevance; an odd one has none."""
    entities = context.get("entities") if isinstance(context, Mapping) else None
    for entity in entities if isinstance(entities, Sequence) and not isinstance(entities, str) else ():
        if isinstance(entity, Mapping) and (channel := _channel_of(entity)):
            return channel
    return None


def _channel_of(entity: Mapping[str, Any]) -> str | None:
    value = entity.get("value")
    if entity.get("type") == _MESSAGE_ENTITY and isinstance(value, Mapping):
        value = value.get("channel_id")
    elif entity.get("type") != _CHANNEL_ENTITY:
        return None
    return value if isinstance(value, str) and _CHANNEL.fullmatch(value) else None
