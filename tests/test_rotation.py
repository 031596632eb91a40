"""Each secret is changed as docs/operating.md says, and what is signed or sealed meanwhile is taken.

Tokens of services are theirs to accept; here are those that this side checks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis

from bot.errors import RedisUnavailable
from bot.settings.known_names import NAMES
from bot.storage import socket_redis
from scheduler import Receiver, Unsigned
from tests.signing import CURRENT_KEY, NEXT_KEY, sign

URL = "https://bot.example.com/api/announce"
NEWEST_KEY = "sig_newest_0123456789abcdefghijk"
BODY = b'{"query":"hi"}'


def opens(receiver: Receiver, key: str) -> bool:
    now = datetime.now(UTC)
    try:
        receiver.open_delivery({"upstash-signature": sign(BODY, URL, key, now=now)}, BODY, now=now)
    except Unsigned:
        return False
    return True


def test_keys_that_are_rolled_once_are_taken_before_and_after_the_copies_have_the_new_ones() -> None:
    old = Receiver(current_key=CURRENT_KEY, next_key=NEXT_KEY, url=URL)
    new = Receiver(current_key=NEXT_KEY, next_key=NEWEST_KEY, url=URL)
    assert opens(old, CURRENT_KEY), "before the roll"
    assert opens(old, NEXT_KEY), "after it, by a copy that has not been told"
    assert opens(new, NEXT_KEY), "after it, by one that has"
    assert not opens(old, NEWEST_KEY), "rolled twice before that, as nobody should"
    assert not opens(new, CURRENT_KEY), "the old one is worth nothing any more"


async def test_a_second_password_of_redis_lets_old_and_new_copies_in_until_the_first_is_taken_away(
    valkey_socket: Path, redis_raw: RawRedis
) -> None:
    acl: Any = redis_raw

    async def is_let_in(password: str) -> bool:
        url = f"unix://ada:{password}@{valkey_socket}"
        async with socket_redis(url, within=timedelta(seconds=30)) as redis:
            try:
                await redis.ping()
            except RedisUnavailable:
                return False
        return True

    await acl.execute_command("ACL", "SETUSER", "ada", "on", ">old", "~*", "&*", "+@all")
    try:
        assert await is_let_in("old")
        await acl.execute_command("ACL", "SETUSER", "ada", ">new")
        assert await is_let_in("old")
        assert await is_let_in("new")
        await acl.execute_command("ACL", "SETUSER", "ada", "<old")
        assert await is_let_in("new")
        assert not await is_let_in("old")
    finally:
        await acl.execute_command("ACL", "DELUSER", "ada")


SECRETS = sorted(name for name in NAMES if name.endswith(("_TOKEN", "_SECRET", "_KEY")))


@pytest.mark.parametrize("secret", SECRETS)
def test_each_secret_has_its_line_in_the_table_of_changes(secret: str) -> None:
    page = (Path(__file__).parents[1] / "docs" / "operating.md").read_text()
    table = page.partition("## Changing secrets")[2].partition("\n## ")[0]
    assert f"`{secret}`" in table
