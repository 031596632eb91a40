"""The fate of each run, as Redis holds it.

Each read-modify-write is one script (`scripts.py`), so any number of copies may run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from upstash_redis.asyncio import Redis

from bot.answers import ANSWER_RECORD, ANSWER_TTL, Answer, Found, NoAnswer, day_suffix, withdrawn_key_of
from bot.budget import Later, Pace, PostQueue, hold_call, read_turn, turn_arguments
from bot.errors import NewerRecord
from bot.runs.ledger.claim_replies import read_taken, read_untaken
from bot.runs.ledger.claim_script import ClaimRun
from bot.runs.ledger.pinning import make_pin, read_pinned
from bot.runs.ledger.scripts import RecordParts, RecordPosted, RecordProgress, ReleaseRun, TakeNextTurn
from bot.runs.ledger.slots import slot_arguments
from bot.runs.review.records import ReviewClaim
from bot.runs.review.review_store import review_arguments
from bot.runs.state.claims import (
    POSTING_LEASE,
    Begun,
    Claim,
    Ending,
    Lost,
    OpenPost,
    Pinned,
    Standing,
    standing_of,
)
from bot.schedules import TOMBSTONE_TTL, ScheduleRef, encode_run
from bot.storage import (
    RUN_TTL,
    Retention,
    history_key,
    ms_of,
    named_values,
    promised_key,
    run_key,
    run_script,
    schedule_key,
    sharers_key,
    stored_answer_key,
    tally_key,
    whole_seconds,
)
from bot.subscriptions import keep_arguments


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The state of each run: claimed (lease) → posting → posted."""

    redis: Redis = field(repr=False)
    pace: Pace = field(default_factory=Pace)
    retention: Retention = field(default_factory=Retention)

    async def claim_run(
        self,
        run: str,
        *,
        token: str,
        key: str,
        made_after: datetime,
        day: date | None = None,
        recent: Answer | None,
        schedule: ScheduleRef | None,
        recurring: bool = False,
        ticket: str = "",
        by_hand: bool = False,
        open_post: OpenPost | None = None,
        queue: PostQueue | None = None,
        review: ReviewClaim | None = None,
        now: datetime,
        lease: timedelta,
    ) -> Claim:
        """Take the run, and look up its answer and take its turn in `queue` on the way: one round trip.

        `recent` is an answer that this process still holds, fresh enough; `schedule` is (team, id) of the
        record that may have been paused, deleted or changed, so that its `ticket` is another, since the
        delivery was published. A run `by_hand` may be of a paused one.
        """
        team, name = schedule or ("", "")
        reply = await run_script(
            self.redis,
            ClaimRun(
                run=run_key(run),
                answer=stored_answer_key(key),
                withdrawn=withdrawn_key_of(key),
                record=schedule_key(team, name),
                sharers=sharers_key(key),
                **slot_arguments(open_post),
                token=token,
                now=ms_of(now),
                lease_end=ms_of(now + lease),
                made_after=ms_of(made_after),
                day=day_suffix(day),
                recent=recent.encode() if recent else None,
                run_ttl=whole_seconds(RUN_TTL),
                tombstone_ttl=whole_seconds(TOMBSTONE_TTL),
                answer_ttl=whole_seconds(ANSWER_TTL),
                sharer=name if recurring else None,
                ticket=ticket,
                by_hand=by_hand,
                newest=ANSWER_RECORD.version,
                silent=queue is not None and queue.silent,
                **review_arguments(review),
                **turn_arguments(queue, pace=self.pace),
            ),
        )
        if reply[0] != "taken":
            return await read_untaken(reply, open_post=open_post, pace=self.pace, now=now)
        told = named_values(reply[1:])
        try:
            return await read_taken(told, open_post=open_post)
        except NewerRecord:  # for a newer copy, which need not wait for our lease to end
            await self.release_run(run, token=token, certain=not told["since"], open_post=open_post)
            raise

    async def pin_outcome(
        self,
        run: str,
        *,
        token: str,
        found: Found | NoAnswer,
        queue: PostQueue | None = None,
        open_post: OpenPost | None = None,
        now: datetime,
    ) -> Pinned | Later | None:
        """Pin what will be posted, and take its turn in `queue`; None if the run is no longer ours."""
        call = make_pin(
            run, token=token, found=found, queue=queue, open_post=open_post, pace=self.pace, now=now
        )
        return read_pinned(await run_script(self.redis, call), pace=self.pace)

    async def record_parts(
        self, run: str, *, token: str, parts: int, ts: str, queue: PostQueue | None = None, now: datetime
    ) -> datetime | Later | Lost | None:
        """So many parts are in the channel; the turn of the next one, which is about to be sent."""
        call = RecordParts(
            run=run_key(run),
            token=token,
            lease_end=ms_of(now + POSTING_LEASE),
            parts=parts,
            ts=ts,
            now=ms_of(now),
            **turn_arguments(queue, pace=self.pace),
        )
        return self._read_next_turn(await run_script(self.redis, call))

    async def take_next_turn(
        self, run: str, *, token: str, queue: PostQueue, now: datetime
    ) -> datetime | Later | Lost | None:
        """Another turn for a run that has missed its own, as this process was too busy."""
        call = TakeNextTurn(
            run=run_key(run),
            token=token,
            lease_end=ms_of(now + POSTING_LEASE),
            now=ms_of(now),
            **turn_arguments(queue, pace=self.pace),
        )
        return self._read_next_turn(await run_script(self.redis, call))

    def _read_next_turn(self, reply: Any) -> datetime | Later | Lost | None:
        return Lost() if reply == ["lost"] else read_turn(reply, pace=self.pace)

    async def hold_channel(self, queue: PostQueue, *, wait: timedelta, now: datetime) -> None:
        """Slack wants no post in this channel for so long: the next turns, in all copies, come after that."""
        await run_script(self.redis, hold_call(queue, now=now, wait=wait))

    async def record_posted(
        self,
        run: str,
        *,
        ts: str,
        ending: Ending = Ending(),  # noqa: B008 - frozen
        open_post: OpenPost | None = None,
    ) -> tuple[str, ...]:
        """The whole answer is in the channel, and `ending` is written down in the same step.

        It is the truth, so it counts even if another copy holds the run by now. Returns the people who are
        sent it at the same time.
        """
        (team, name), line = ending.schedule or ("", ""), ending.line
        day = (line.at if line else datetime.now(UTC)).date()
        copies = await run_script(
            self.redis,
            RecordPosted(
                run=run_key(run),
                record=schedule_key(team, name),
                history=history_key(team, name),
                tally=tally_key(team, day),
                promised=promised_key(),
                promise=run if open_post is None else None,
                **slot_arguments(open_post),
                overtakes=line is not None and line.outcome != "skipped",
                ts=ts,
                run_ttl=whole_seconds(RUN_TTL),
                line=encode_run(line, ts=ts) if line and name else None,
                history_ttl=whole_seconds(self.retention.history),
                history_length=self.retention.runs * ending.places,
                tally_ttl=whole_seconds(self.retention.usage),
                read=ms_of(ending.read) if ending.read else None,
                last=ending.last,
                basis=ending.basis or None,
                spread=ending.is_spread,
                reopened=ending.reopened,
                **keep_arguments(ending.kept, (team, name), self.retention),
                posted=ending.posted,
                counted=tuple(ending.tally),
                counts=tuple(ending.tally.values()),
            ),
        )
        return tuple(str(copies).split())

    async def release_run(
        self,
        run: str,
        *,
        token: str,
        certain: bool,
        why: NoAnswer | None = None,
        open_post: OpenPost | None = None,
    ) -> None:
        """Give the run up; `certain` says that nothing was posted beyond what is recorded."""
        call = ReleaseRun(
            run=run_key(run),
            token=token,
            certain=certain,
            why=why.encode() if why else None,
            **slot_arguments(open_post),
        )
        await run_script(self.redis, call)

    async def read_standings(self, runs: Sequence[str], *, now: datetime) -> list[Standing]:
        """The state of each of these runs so far, in one round trip."""
        pipeline = self.redis.pipeline()
        for run in runs:
            pipeline.hmget(run_key(run), "state", "until", "parts", "spread")
        found: list[Any] = await pipeline.exec() if runs else []
        return [standing_of(*told, now=now) for told in found]

    async def record_progress(self, run: str, begun: Begun) -> None:
        """A message tells how far the run is, or is about to."""
        await run_script(self.redis, RecordProgress(run=run_key(run), progress=begun.encode()))
