"""The token and signing keys of this machine's QStash: made once at random, never a public default."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio

from scheduler.embedded.storage import keys
from scheduler.embedded.storage.scripts import run_script
from scheduler.lua import Script


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A client needs `token`, a receiver `current` and `next`."""

    token: str = field(repr=False)
    current: str = field(repr=False)
    next: str = field(repr=False)


async def load_credentials(redis: redis.asyncio.Redis) -> Credentials:
    """The credentials in this Redis, made now if there are none; every process gets the same ones."""
    made = Credentials(token=secrets.token_urlsafe(32), current=_make_signing_key(), next=_make_signing_key())
    return await keep_credentials(redis, made)


async def keep_credentials(redis: redis.asyncio.Redis, credentials: Credentials) -> Credentials:
    """The credentials in this Redis, which are these if there were none."""
    return _parse_credentials(
        await run_script(
            redis,
            _KeepCredentials(
                token=credentials.token, current_key=credentials.current, next_key=credentials.next
            ),
        )
    )


async def rotate_keys(redis: redis.asyncio.Redis) -> Credentials:
    """The next signing key becomes the current one, and a new one is next."""
    return _parse_credentials(await run_script(redis, _RotateKeys(new_key=_make_signing_key())))


async def read_credentials(redis: redis.asyncio.Redis) -> Credentials:
    """The credentials as they are now; another process may have rotated the keys."""
    client: Any = redis  # typed for clients that decode and that do not
    return _parse_credentials(await client.hmget(keys.CREDENTIALS, ["token", "current", "next"]))


def _make_signing_key() -> str:
    return f"sig_{secrets.token_urlsafe(32)}"


def _parse_credentials(found: list[bytes]) -> Credentials:
    token, current, following = (value.decode() for value in found)
    return Credentials(token=token, current=current, next=following)


class _KeepCredentials(Script):
    token: str
    current_key: str
    next_key: str
    LUA = f"""{keys.NAMES}
if redis.call('EXISTS', CREDENTIALS) == 0 then
  redis.call('HSET', CREDENTIALS, 'token', token, 'current', current_key, 'next', next_key)
end
return redis.call('HMGET', CREDENTIALS, 'token', 'current', 'next')
"""


class _RotateKeys(Script):
    new_key: str
    LUA = f"""{keys.NAMES}
redis.call('HSET', CREDENTIALS, 'current', redis.call('HGET', CREDENTIALS, 'next'), 'next', new_key)
return redis.call('HMGET', CREDENTIALS, 'token', 'current', 'next')
"""
