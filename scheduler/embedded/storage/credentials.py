"""The token and signing keys of this machine's QStash: made once at random, never a public default."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio

from scheduler.embedded.storage import keys


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a client needs (`token`) and what a receiver needs (`current` and `next`)."""

    token: str = field(repr=False)
    current: str = field(repr=False)
    next: str = field(repr=False)


async def load_credentials(redis: redis.asyncio.Redis) -> Credentials:
    """The credentials in this Redis, made now if there are none; every process gets the same ones."""
    return await keep_credentials(
        redis, Credentials(token=secrets.token_urlsafe(32), current=_signing_key(), next=_signing_key())
    )


async def keep_credentials(redis: redis.asyncio.Redis, credentials: Credentials) -> Credentials:
    """The credentials in this Redis, which are these if there were none."""
    return _read(
        await redis.register_script(_KEEP)(args=[credentials.token, credentials.current, credentials.next])
    )


async def rotate(redis: redis.asyncio.Redis) -> Credentials:
    """The next signing key becomes the current one, and a new one is next."""
    return _read(await redis.register_script(_ROTATE)(args=[_signing_key()]))


async def read_credentials(redis: redis.asyncio.Redis) -> Credentials:
    """The credentials as they are now; another process may have rotated the keys."""
    client: Any = redis  # typed for clients that decode and that do not
    return _read(await client.hmget(keys.CREDENTIALS, ["token", "current", "next"]))


def _signing_key() -> str:
    return f"sig_{secrets.token_urlsafe(32)}"


def _read(found: list[bytes]) -> Credentials:
    token, current, following = (each.decode() for each in found)
    return Credentials(token=token, current=current, next=following)


_KEEP = f"""{keys.NAMES}
if redis.call('EXISTS', CREDENTIALS) == 0 then
  redis.call('HSET', CREDENTIALS, 'token', ARGV[1], 'current', ARGV[2], 'next', ARGV[3])
end
return redis.call('HMGET', CREDENTIALS, 'token', 'current', 'next')
"""

_ROTATE = f"""{keys.NAMES}
redis.call('HSET', CREDENTIALS, 'current', redis.call('HGET', CREDENTIALS, 'next'), 'next', ARGV[1])
return redis.call('HMGET', CREDENTIALS, 'token', 'current', 'next')
"""
