"""All services, opened in the order in which one needs another.

The clients are the same for a real service and its stand-in; only addresses and credentials differ. Nothing
here asks a service of someone else's: that is for the checks, which run when the process listens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot import VERSION
from bot.documents import Documents, Media, open_documents, open_media
from bot.errors import RedisUnavailable
from bot.fetch import Fetcher, open_fetcher, user_agent
from bot.hearing import Transcriber
from bot.model import Models
from bot.server.connect.clock import real_time
from bot.server.connect.failure import CannotStart
from bot.server.connect.hearing import open_transcriber
from bot.server.connect.models import open_models
from bot.server.connect.qstash import open_qstash
from bot.server.connect.reach import Reach, reach_slack
from bot.server.connect.redis import open_own_redis, open_redis, valkey_rows
from bot.server.connect.slack import choose_slack
from bot.server.connect.stand_ins import StandIns
from bot.server.connect.table import Row
from bot.server.connect.telemetry import open_tracer
from bot.settings import Settings
from bot.storage import CountedRedis
from bot.tracing import Tracer, current_traceparent
from scheduler import Publisher, Receiver


@dataclass(frozen=True, kw_only=True)
class Services:
    """All that the process is connected to."""

    redis: CountedRedis
    publisher: Publisher
    receiver: Receiver
    slack: Reach
    models: Models
    fetcher: Fetcher
    documents: Documents
    media: Media
    stand_ins: StandIns
    table: Sequence[Row]
    transcriber: Transcriber | None = None
    tracer: Tracer | None = None


@asynccontextmanager
async def connect_services(settings: Settings) -> AsyncIterator[Services]:
    """Open every service in `settings`, and a stand-in for one that is not set."""
    async with AsyncExitStack() as stack:
        try:
            services = await _open_services(stack, settings)
        except (RedisUnavailable, OSError) as exc:
            raise CannotStart(f"cannot start: {exc}") from exc
        yield services


async def _open_services(stack: AsyncExitStack, settings: Settings) -> Services:
    stand_ins = StandIns()
    own = await open_own_redis(stack, settings)
    store, redis_row = await open_redis(stack, settings, own)
    qstash, qstash_row = await open_qstash(stack, settings, own, stand_ins)
    slack, slack_row = await choose_slack(stack, settings, own, stand_ins)
    models, model_row = await open_models(stack, settings)
    transcriber, transcriber_row = await open_transcriber(stack, settings)
    return Services(
        redis=store,
        publisher=await stack.enter_async_context(
            Publisher.connect(
                token=qstash.token,
                base_url=qstash.url,
                announce_url=settings.announce_url,
                trace_of=current_traceparent,
            )
        ),
        receiver=Receiver(
            current_key=qstash.current_key, next_key=qstash.next_key, url=settings.announce_url
        ),
        slack=await stack.enter_async_context(
            reach_slack(slack, redis=store, public_url=settings.public_url, now=real_time)
        ),
        models=models,
        fetcher=await stack.enter_async_context(
            open_fetcher(
                agent=user_agent(version=VERSION, public_url=settings.public_url),
                networks=settings.networks,
            )
        ),
        documents=await stack.enter_async_context(open_documents()),
        media=await stack.enter_async_context(open_media()),
        transcriber=transcriber,
        stand_ins=stand_ins,
        tracer=await stack.enter_async_context(open_tracer(wanted=settings.traces)),
        table=(redis_row, *valkey_rows(settings, own), qstash_row, slack_row, model_row, transcriber_row),
    )
