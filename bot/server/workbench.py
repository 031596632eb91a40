"""What an operator's act works with: the records, QStash where it can be reached, and names from Slack.

Nothing serves here and nothing is delivered. Where QStash is embedded, it is that of the copy that serves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiohttp

from bot.errors import RedisUnavailable, SealBroken, SlackError
from bot.operating import Applying, Carrier, Pausing
from bot.schedules import Publishing, ScheduleStore, Warming
from bot.server.connect.clock import real_time
from bot.server.connect.failure import CannotStart
from bot.server.connect.qstash import read_credentials
from bot.server.connect.reach import Reach, reach_slack
from bot.server.connect.redis import open_own_redis, open_redis
from bot.settings import Embedded, Settings
from bot.slack import find_names
from bot.storage import CountedRedis
from scheduler import Closures, Publisher

_WITHIN: Final = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """The parts, as far as they can be reached."""

    redis: CountedRedis
    schedule_store: ScheduleStore
    applying: Applying
    pausing: Pausing
    closures: Closures
    models: tuple[str, ...]
    """The ones that schedules may name; none where the demo's answers."""
    reach: Reach | None
    """None where Slack is embedded: it is inside the process that serves."""

    async def find_names(self, team: str, codes: Collection[str]) -> dict[str, str]:
        """Names of people and channels by id, as far as Slack tells them."""
        if self.reach is None:
            return {}
        try:
            return await find_names(await self.reach.workspaces.slack_of(team), codes)
        except (SlackError, SealBroken):
            return {}

    async def tell_person(self, team: str, user: str, text: str) -> bool:
        """Tell them in a direct message; False if Slack is embedded, or did not take it."""
        if self.reach is None:
            return False
        try:
            await (await self.reach.workspaces.slack_of(team)).tell_person(user, text)
        except (SlackError, SealBroken):
            return False
        return True


@asynccontextmanager
async def open_workbench(settings: Settings) -> AsyncIterator[Workbench]:
    """Open what there is. Raises `CannotStart`."""
    async with AsyncExitStack() as stack:
        try:
            own = await open_own_redis(stack, settings)
            redis, _ = await open_redis(stack, settings, own)
            await redis.ping()
        except (RedisUnavailable, OSError) as exc:
            raise CannotStart(f"Redis does not answer: {exc}") from exc
        store = ScheduleStore(redis=redis, retention=settings.retention)
        publisher = await _open_publisher(stack, settings)
        carrier = None if publisher is None else _make_carrier(settings, store, publisher)
        applying = Applying(schedule_store=store, carrier=carrier, now=real_time)
        yield Workbench(
            redis=redis,
            schedule_store=store,
            applying=applying,
            pausing=Pausing(redis=redis, schedule_store=store, carrier=carrier),
            closures=settings.closures,
            models=_name_models(settings),
            reach=await _reach_hosted_slack(stack, settings, redis),
        )


def _name_models(settings: Settings) -> tuple[str, ...]:
    if isinstance(settings.models, Embedded):
        return ()
    return tuple(model.name for model in (settings.models.usual, *settings.models.others))


def _make_carrier(settings: Settings, store: ScheduleStore, publisher: Publisher) -> Carrier:
    return Carrier(
        publisher=publisher,
        publishing=Publishing(schedule_store=store, publisher=publisher, now=real_time),
        warming=Warming(
            schedule_store=store,
            publisher=publisher,
            closures=settings.closures,
            lead=settings.freshness.lead,
            now=real_time,
            policy=settings.policy,
        ),
    )


async def _open_publisher(stack: AsyncExitStack, settings: Settings) -> Publisher | None:
    qstash = settings.qstash
    if isinstance(qstash, Embedded):
        found = read_credentials(settings)
        if found is None or not await _is_served(settings):
            return None
        qstash = found
    return await stack.enter_async_context(
        Publisher.connect(token=qstash.token, base_url=qstash.url, announce_url=settings.announce_url)
    )


async def _is_served(settings: Settings) -> bool:
    timeout = aiohttp.ClientTimeout(total=_WITHIN.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{settings.own_url}/healthz") as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _reach_hosted_slack(stack: AsyncExitStack, settings: Settings, redis: CountedRedis) -> Reach | None:
    if isinstance(settings.slack, Embedded):
        return None
    return await stack.enter_async_context(
        reach_slack(settings.slack, redis=redis, public_url=settings.public_url, now=real_time)
    )
