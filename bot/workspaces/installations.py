"""Installations of Precache: a record in Redis for each workspace, or for a whole Enterprise organisation.

An installation lives until it is uninstalled, so its record has no time to live. The teams of an organisation
point to it; Slack names the organisation in everything it sends, QStash brings the team alone.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.errors import NewerRecord, RedisUnavailable, SealBroken
from bot.storage import (
    RecordKind,
    enterprise_teams_key,
    install_state_key,
    installation_key,
    moment_of,
    ms_of,
    run_script,
    whole_seconds,
)
from bot.workspaces.token_encryption import Vault
from scheduler import Key, Script

logger = logging.getLogger(__name__)

_INSTALLATION: Final = RecordKind(name="installation", version=1)
"""Of an installation, whose token is sealed together with its owner, and of a team that belongs to one."""

STATE_TTL: Final = timedelta(minutes=10)
"""As long as Slack's code, which comes back with it, can be exchanged."""


class ReplaceRecord(Script):
    """Put `new` in the place of a record that is still as it was read, or delete it; 0 if it has changed."""

    record: Key
    old: str
    new: str | None
    LUA = """
if redis.call('GET', record) ~= old then return 0 end
if new then redis.call('SET', record, new) else redis.call('DEL', record) end
return 1
"""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Slack's grant when someone pressed Allow; `team` is None if it is for a whole organisation."""

    team: str | None
    enterprise: str | None
    name: str
    token: str = field(repr=False)
    bot_user: str
    app: str
    scopes: tuple[str, ...]
    installer: str
    installed: datetime

    def __post_init__(self) -> None:
        if not (self.team or self.enterprise):
            raise ValueError("expected a team or an enterprise")

    @property
    def owner(self) -> str:
        """The team's id, or the enterprise's."""
        return self.team or self.enterprise or ""


class Installations:
    """The records, with their tokens sealed."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault

    # An installation under way

    async def begin_install(self, state: str, *, browser: str) -> None:
        """Remember which browser was sent to Slack."""
        await self._redis.set(install_state_key(state), browser, ex=whole_seconds(STATE_TTL))

    async def end_install(self, state: str) -> str | None:
        """The browser that was sent to Slack with this; each is told once."""
        return await self._redis.getdel(install_state_key(state))

    # Installations

    async def save_installation(self, installation: Installation) -> None:
        """Keep it, in place of an earlier one."""
        await self._vault.load_ciphers()
        await self._redis.set(installation_key(installation.owner), self._encode_installation(installation))

    async def find_installation(self, team: str) -> Installation | None:
        """The one for this team, or for its organisation. Raises `NewerRecord` or `SealBroken`."""
        raw = await self._redis.get(installation_key(team))
        if raw is not None and (enterprise := _read_fields(raw).get("belongs_to")):
            team, raw = enterprise, await self._redis.get(installation_key(enterprise))
        return None if raw is None else await self._decode_installation(team, raw)

    async def join_enterprise(self, team: str, *, enterprise: str) -> bool:
        """This team is one of an organisation; False if that has not installed Precache."""
        if not await self._redis.exists(installation_key(enterprise)):
            return False
        pipeline = self._redis.multi()
        pipeline.set(installation_key(team), _INSTALLATION.write_record({"belongs_to": enterprise}))
        pipeline.sadd(enterprise_teams_key(enterprise), team)
        await pipeline.exec()
        return True

    async def list_members(self, enterprise: str) -> list[str]:
        """The teams of an organisation that have used Precache."""
        return sorted(await self._redis.smembers(enterprise_teams_key(enterprise)))

    async def remove_installation(self, owner: str, *, before: datetime) -> bool:
        """False if it was installed again at or after `before`: then the record stays."""
        key = installation_key(owner)
        raw = await self._redis.get(key)
        if raw is None:
            return True
        installed = _read_fields(raw).get("installed")
        if installed is not None and moment_of(installed) >= before:
            return False
        if not await self._replace_record(key, raw, None):
            return False  # installed again in this very moment
        await self._redis.delete(enterprise_teams_key(owner))
        return True

    async def reseal_tokens(self) -> int:
        """Seal every token with the newest key, and return how many were sealed with an older one."""
        count = 0
        await self._vault.load_ciphers()
        async for key in self._scan_keys():
            raw = await self._redis.get(key)
            if raw is None or "token" not in (record := _read_fields(raw)):
                continue
            owner = record["team"] or record["enterprise"]
            opened = self._vault.open_secret(record["token"], owner=owner)
            if opened.outdated:
                count += await self._reseal_record(owner, raw, opened.secret)
        return count

    async def reseal_at_start(self) -> None:
        """Seal all tokens again while there are older keys, which can go afterwards; failures are logged."""
        if not self._vault.rotating:
            return
        try:
            count = await self.reseal_tokens()
        except (RedisUnavailable, SealBroken, NewerRecord) as exc:
            logger.warning("vault.not_resealed: %s", exc)
        else:
            logger.info("vault.resealed count=%d", count)

    async def _scan_keys(self) -> AsyncIterator[str]:
        cursor: int | str = 0
        while True:
            cursor, keys = await self._redis.scan(int(cursor), match=installation_key("*"), count=1_000)
            for key in keys:
                yield key
            if int(cursor) == 0:
                return

    def _encode_installation(self, installation: Installation) -> str:
        return _INSTALLATION.write_record(
            {
                "team": installation.team,
                "enterprise": installation.enterprise,
                "name": installation.name,
                "token": self._vault.seal_secret(installation.token, owner=installation.owner),
                "bot_user": installation.bot_user,
                "app": installation.app,
                "scopes": installation.scopes,
                "installer": installation.installer,
                "installed": ms_of(installation.installed),
            }
        )

    async def _decode_installation(self, owner: str, raw: str) -> Installation:
        await self._vault.load_ciphers()
        record = _read_fields(raw)
        opened = self._vault.open_secret(record["token"], owner=owner)
        if opened.outdated:
            await self._reseal_record(owner, raw, opened.secret)
        return Installation(
            team=record["team"],
            enterprise=record["enterprise"],
            name=record["name"],
            token=opened.secret,
            bot_user=record["bot_user"],
            app=record["app"],
            scopes=tuple(record["scopes"]),
            installer=record["installer"],
            installed=moment_of(record["installed"]),
        )

    async def _reseal_record(self, owner: str, raw: str, token: str) -> bool:
        record = _read_fields(raw) | {"token": self._vault.seal_secret(token, owner=owner)}
        sealed = _INSTALLATION.write_record(record)
        return await self._replace_record(installation_key(owner), raw, sealed)

    async def _replace_record(self, key: str, old: str, new: str | None) -> bool:
        return bool(await run_script(self._redis, ReplaceRecord(record=key, old=old, new=new)))


def _read_fields(raw: str) -> dict[str, Any]:
    _, fields = _INSTALLATION.read_record(raw)
    return dict(fields)
