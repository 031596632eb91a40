"""Jobs that people ask for at once: published, and promised in the request that ends what they asked for.

Until then the note of their wish stands for them (`bot/ui/intents`): if this process is lost before, another
copy begins the wish again, and promises the same. So a promise costs no request, and none is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from upstash_redis.asyncio import Redis

from bot.promises.promise import KeepPromise, Promise, SettlePreview
from bot.slack import Wish
from bot.storage import RUN_TTL, ms_of, promised_key, run_key, run_script, whole_seconds
from scheduler import Job, Publisher, Script, run_of

_PREVIEW_TTL: Final = timedelta(days=1)
"""The time within which a promise may come after its preview: wishes are taken up for so long."""


@dataclass(frozen=True, kw_only=True)
class Promises:
    """Publishes what is promised, and remembers it until the wish ends."""

    redis: Redis = field(repr=False)
    publisher: Publisher = field(repr=False)
    now: Callable[[], datetime]
    _by_wish: dict[str, list[Promise]] = field(default_factory=dict, init=False, repr=False)
    """By the ids of the wishes that this process is at work on."""

    def open_wish(self, wish: str) -> None:
        """From now on, what is published for this wish is remembered."""
        self._by_wish.setdefault(wish, [])

    def close_wish(self, wish: str) -> Sequence[Script]:
        """Forget the wish; the scripts that keep what was promised for it."""
        return [
            KeepPromise(
                run=run_key(promise.run),
                promised=promised_key(),
                name=promise.run,
                promise=promise.encode(),
                at=ms_of(promise.at),
                ttl=whole_seconds(RUN_TTL),
            )
            for promise in self._by_wish.pop(wish, ())
            if promise.run is not None
        ]

    async def publish_promised(self, job: Job, *, deduplication_id: str, wish: Wish | None) -> None:
        """Publish a job that is due at once. Raises `PublishError`, and then promises nothing.

        Without a wish nothing is promised: its asker sees by themselves what becomes of it.
        """
        await self.publisher.publish_job(job, deduplication_id=deduplication_id)
        if wish is not None and wish.id in self._by_wish:
            self._by_wish[wish.id].append(Promise(job=job, at=job.asked or self.now()))

    async def forget_team(self, team: str) -> None:
        """Owe nothing to this team any more. Raises `RedisUnavailable`."""
        cursor = 0
        while True:
            cursor, found = await self.redis.zscan(promised_key(), cursor, match=f"{team}:*", count=1_000)
            if found:
                await self.redis.zrem(promised_key(), *(run for run, _ in found))
            if cursor == 0:
                return

    async def settle_preview(self, job: Job) -> None:
        """Nobody waits for this preview any more. Raises `RedisUnavailable`."""
        run = run_of(job, slot=None)
        if run is not None:
            call = SettlePreview(
                run=run_key(run), promised=promised_key(), name=run, ttl=whole_seconds(_PREVIEW_TTL)
            )
            await run_script(self.redis, call)
