"""A team removes Precache: all that was kept for it is deleted, with QStash and in Redis.

The team is written down first and struck off last, so a crash, or a QStash that is down, delays it and loses
nothing: `finish_leaving` goes on where it was left. Slack may be late with the news; a team that has
installed again meanwhile keeps what it has.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from slack_bolt.async_app import AsyncApp
from upstash_redis.asyncio import Redis

from bot.background import Background
from bot.errors import RedisUnavailable
from bot.storage import installation_key, leaving_key, moment_of, ms_of, team_keys_pattern
from bot.workspaces.installations import Installations
from bot.workspaces.teams import Workspaces
from scheduler import Publisher, PublishError

logger = logging.getLogger(__name__)

_PAUSES: Final = (5.0, 30.0, 120.0)  # seconds; after that, the next start of the process goes on
_BATCH: Final = 1_000
_ID: Final = re.compile(r"[A-Z][A-Z0-9]+")


class Scheduled(Protocol):
    """A schedule that QStash may hold something for: a schedule of the same id, or a message that waits."""

    @property
    def id(self) -> str: ...
    @property
    def cron(self) -> str | None: ...
    @property
    def message(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Leave:
    """Hears of teams that leave, and forgets them.

    `scheduled` gives all that a team has scheduled; `unwatch` takes it out of what is watched for all teams.
    """

    redis: Redis = field(repr=False)
    scheduled: Callable[[str], Awaitable[Sequence[Scheduled]]]
    unwatch: Callable[[str], Awaitable[None]]
    publisher: Publisher
    workspaces: Workspaces
    installations: Installations | None
    background: Background
    pauses: Sequence[float] = _PAUSES

    def register(self, app: AsyncApp) -> None:
        app.event("app_uninstalled")(self.on_uninstall)
        app.event("tokens_revoked")(self.on_revoked_tokens)
        app.event("team_access_revoked")(self.on_revoked_access)

    async def on_uninstall(self, body: Mapping[str, Any]) -> None:
        await self._begin_leaving(_installed_owner(body), body)

    async def on_revoked_tokens(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await self._begin_leaving(_installed_owner(body), body)

    async def on_revoked_access(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """An organisation takes some of its workspaces out."""
        for team in event.get("team_ids") or ():
            await self._begin_leaving(team, body)

    async def _begin_leaving(self, owner: str | None, body: Mapping[str, Any]) -> None:
        if owner:
            # In whole seconds, rounded down: what was installed within that second came before.
            at = datetime.fromtimestamp(int(body["event_time"]) + 1, UTC)
            await self.note_leaving(owner, at=at)
            self.background.start_task(self.forget_after_leaving(owner, at=at), name="leave")

    async def note_leaving(self, owner: str, *, at: datetime) -> None:
        """Write it down, before Slack is told that we have heard it: if that fails, Slack says it again.

        Raises `RedisUnavailable`.
        """
        if not _ID.fullmatch(owner):  # it becomes part of a pattern
            raise ValueError("owner: expected an id as Slack gives it")
        await self.redis.hset(leaving_key(), owner, ms_of(at))

    async def forget_after_leaving(self, owner: str, *, at: datetime) -> None:
        """Forget a team, or an organisation with all its teams, that is noted to have left at this moment."""
        for pause in (*self.pauses, None):
            try:
                await self._forget_owner(owner, at=at)
            except (RedisUnavailable, PublishError) as exc:
                logger.warning("leave.delayed owner=%s: %s", owner, exc)
                if pause is not None:
                    await asyncio.sleep(pause)
            else:
                return
        logger.error("leave.unfinished owner=%s; the next start goes on", owner)

    async def finish_leaving(self) -> None:
        """Finish forgetting the workspaces and organisations that have left."""
        for owner, ms in (await self._read_unfinished()).items():
            await self.forget_after_leaving(owner, at=moment_of(ms))

    async def _read_unfinished(self) -> Mapping[str, str]:
        """The teams that are leaving; none that are known of, if Redis stays away."""
        for number, pause in enumerate((*self.pauses, None)):
            try:
                return await self.redis.hgetall(leaving_key())
            except RedisUnavailable as exc:
                if number == 0:
                    logger.warning("leave.unknown: %s; asked again later", exc)
                if pause is not None:
                    await asyncio.sleep(pause)
        logger.error("leave.unknown; the next start goes on")
        return {}

    async def forget_team(self, team: str) -> None:
        """Delete every key that names `team`, and what QStash holds for it; its installation is not touched.

        Keys made by deliveries that are under way at this moment have a time to live.
        """
        for schedule in await self.scheduled(team):
            if schedule.cron is not None:
                await self.publisher.delete_schedule(schedule.id)
            elif schedule.message is not None:
                await self.publisher.cancel_message(schedule.message)
        await self.unwatch(team)
        keep = installation_key(team) if self.installations else None
        count, cursor = 0, 0
        while True:
            after, keys = await self.redis.scan(cursor, match=team_keys_pattern(team), count=_BATCH)
            doomed = [key for key in keys if team in key.split(":") and key != keep]
            if doomed:
                count += await self.redis.delete(*doomed)
            if (cursor := int(after)) == 0:
                break
        logger.info("leave.forgotten team=%s keys=%d", team, count)

    async def _forget_owner(self, owner: str, *, at: datetime) -> None:
        self.workspaces.forget_token(owner)
        teams = [owner]
        if self.installations is not None:
            members = await self.installations.list_members(owner)
            if not await self.installations.remove_installation(owner, before=at):
                await self.redis.hdel(leaving_key(), owner)
                return
            for member in members:
                self.workspaces.forget_token(member)
                await self.installations.remove_installation(member, before=at)
            teams += members
        for team in teams:
            await self.forget_team(team)
        await self.redis.hdel(leaving_key(), owner)


def _installed_owner(body: Mapping[str, Any]) -> str | None:
    """The team that had installed it, or the organisation of all teams."""
    granted = (body.get("authorizations") or [body])[0]
    for_all = str(granted.get("is_enterprise_install")).lower() == "true"
    found = body.get("enterprise_id") if for_all else body.get("team_id") or body.get("enterprise_id")
    return found or None
