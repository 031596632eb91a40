"""The fate of each run, as Redis holds it.

Each read-modify-write is one script (`scripts.py`), so any number of copies may run side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from upstash_redis.asyncio import Redis

from bot.answers import (
    ANSWER_RECORD,
    ANSWER_TTL,
    Answer,
    Found,
    NoAnswer,
    day_suffix,
    withdrawn_key_of,
)
from bot.budget import Later, Pace, PostQueue, hold_call, read_turn, turn_arguments
from bot.errors import NewerRecord
from bot.runs.claims import (
    POSTING_LEASE,
    Begun,
    Busy,
    Claim,
    Ending,
    Lost,
    OpenPost,
    Over,
    Pinned,
    Standing,
    Taken,
    Undecided,
    standing_of,
)
from bot.runs.places.outcome import decode_outcome, encode_outcome
from bot.runs.review.records import ReviewClaim
from bot.runs.review.review_store import review_arguments
from bot.runs.scripts import (
    ClaimRun,
    PinOutcome,
    RecordParts,
    RecordPosted,
    RecordProgress,
    ReleaseRun,
    TakeNextTurn,
)
from bot.schedules import TOMBSTONE_TTL, Schedule, ScheduleRef, decode_schedule, encode_run
from bot.storage import (
    RUN_TTL,
    Retention,
    history_key,
    moment_of,
    ms_of,
    named_values,
    newest_slots_key,
    open_posts_key,
    promised_key,
    read_if_known,
    run_key,
    run_script,
    schedule_key,
    sharers_key,
    stored_answer_key,
    tally_key,
    whole_seconds,
)
from bot.subscriptions import keep_arguments
from scheduler import Script


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
                **_slot_arguments(open_post),
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
        match reply:
            case ["posted", earlier, spread, copies, *untold]:
                return Over(
                    reason="posted",
                    earlier=_decode_open_posts(earlier, open_post),
                    is_spread=bool(spread),
                    copies=tuple(copies.split()),
                    untold=await _decode_record(untold),
                )
            case ["off", progress]:
                return Over(reason="off", progress=Begun.decode_if_told(progress))
            case ["wait", due, *unasked]:
                return Undecided(due=moment_of(due), unasked=await _decode_record(unasked))
            case ["busy", lease_end]:
                return Busy(left=max(moment_of(lease_end) - now, timedelta(0)))
            case ["later", _]:
                later = read_turn(reply, pace=self.pace)
                assert isinstance(later, Later)  # noqa: S101 - as the reply says
                return later
            case ["taken", *pairs]:
                told = named_values(pairs)
                try:
                    return await _decode_taken(told, open_post)
                except NewerRecord:  # for a newer copy, which need not wait for our lease to end
                    await self.release_run(run, token=token, certain=not told["since"], open_post=open_post)
                    raise
            case _:
                raise AssertionError("the claim script returned something else")

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
        call = _pin_script(
            run, token=token, found=found, queue=queue, open_post=open_post, pace=self.pace, now=now
        )
        return _read_pinned(await run_script(self.redis, call), pace=self.pace)

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
                **_slot_arguments(open_post),
                overtakes=line is not None and line.outcome != "skipped",
                ts=ts,
                run_ttl=whole_seconds(RUN_TTL),
                line=encode_run(replace(line, ts=ts or None)) if line and name else None,
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
            **_slot_arguments(open_post),
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


@dataclass(kw_only=True)
class PinOnLanding:
    """Pins an answer in the round trip that stores it, where the run has set its flight off itself."""

    run: str
    token: str
    queue_of: Callable[[Found], PostQueue | None]
    open_post: OpenPost | None
    pace: Pace
    now: Callable[[], datetime]
    found: Found | None = None
    """The answer for which it was done."""
    outcome: Pinned | Later | None = None
    """As `Ledger.pin_outcome` has it."""

    def make_script(self, found: Found) -> Script:
        return _pin_script(
            self.run,
            token=self.token,
            found=found,
            queue=self.queue_of(found),
            open_post=self.open_post,
            pace=self.pace,
            now=self.now(),
        )

    def hear_reply(self, found: Found, reply: Any) -> None:
        self.found, self.outcome = found, _read_pinned(reply, pace=self.pace)


def _pin_script(
    run: str,
    *,
    token: str,
    found: Found | NoAnswer,
    queue: PostQueue | None,
    open_post: OpenPost | None,
    pace: Pace,
    now: datetime,
) -> PinOutcome:
    """The script that writes down what is about to be posted, and takes its turn in `queue`."""
    outcome = encode_outcome(found)
    return PinOutcome(
        run=run_key(run),
        withdrawn=withdrawn_key_of(run),
        token=token,
        outcome=outcome.text,
        cache=outcome.cache,
        now=ms_of(now),
        lease_end=ms_of(now + POSTING_LEASE),
        why=outcome.why,
        **_slot_arguments(open_post),
        run_ttl=whole_seconds(RUN_TTL),
        **turn_arguments(queue, pace=pace),
    )


def _read_pinned(reply: Any, *, pace: Pace) -> Pinned | Later | None:
    """What that script tells; None if the run is no longer ours."""
    if reply in (["lost"], ["withdrawn"]):
        return None
    turn = read_turn(reply, pace=pace)
    return turn if isinstance(turn, Later) else Pinned(turn=turn)


async def _decode_record(told: list[Any]) -> Schedule | None:
    """The schedule that a claim tells of beside; None if there is none to tell of."""
    doc, state, revision = told
    return await decode_schedule((doc, state or None, revision or "0")) if doc else None


async def _decode_taken(told: dict[str, Any], open_post: OpenPost | None) -> Taken:
    """Read what the claim script tells of a run that is ours now; "" stands for nothing."""
    pinned, cache, why = told["pinned"], told["cache"], told["why"]
    return Taken(
        found=decode_outcome(pinned, cache, why) if pinned else None,
        why=read_if_known(NoAnswer.decode, why) if why else None,
        progress=Begun.decode_if_told(told["progress"]),
        ahead=cache == "AHEAD",
        parts=int(told["parts"]),
        ts=told["ts"] or None,
        unsettled_since=moment_of(told["since"]) if told["since"] else None,
        schedule=await decode_schedule((told["doc"] or None, told["state"], told["revision"])),
        checked=moment_of(told["checked"]) if told["checked"] else None,
        shown=moment_of(told["shown"]) if told["shown"] else None,
        warmed=moment_of(told["warmed"]) if told["warmed"] else None,
        out_of=frozenset(told["out"].split()),
        shared=int(told["shared"]),
        preview=told["preview"] or None,
        turn=moment_of(told["turn"]) if told["turn"] else None,
        earlier=_decode_open_posts(told["earlier"], open_post),
        is_overtaken=bool(told["overtaken"]),
        decision=told["decision"],
        decided_by=told["decided_by"],
        decided_read=moment_of(told["decided_read"]) if told["decided_read"] else None,
    )


def _slot_arguments(post: OpenPost | None) -> dict[str, Any]:
    """The arguments of scripts that see to the order of a schedule's slots; None is no slot's post."""
    team, schedule = post.schedule if post else ("", "")
    place = post.place if post else None
    return {
        "open_posts": open_posts_key(team, schedule, place),
        "newest_slots": newest_slots_key(team, schedule, place),
        "open_post": post.encode() if post else None,
        "slot": ms_of(post.slot) if post else None,
    }


def _decode_open_posts(told: str, post: OpenPost | None) -> tuple[OpenPost, ...]:
    if post is None or not told:
        return ()
    return tuple(OpenPost.decode(text, schedule=post.schedule, place=post.place) for text in told.split(";"))
