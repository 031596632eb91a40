"""What became of each run, as Redis holds it.

Each read-modify-write is one script (`scripts.py`), so any number of copies of this process may run side by
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.answers import ANSWER_TTL, Answer, Cache, Found, NoAnswer
from bot.budget import TALLY_TTL
from bot.runs import scripts
from bot.runs.claims import Begun, Busy, Claim, Ending, Over, Standing, Taken
from bot.schedules import HISTORY_LENGTH, HISTORY_TTL, TOMBSTONE_TTL, encode_run
from bot.schedules import decode as decode_schedule
from bot.storage import (
    LOCKING,
    history_key,
    moment_of,
    ms_of,
    run_key,
    schedule_key,
    sharers_key,
    stored_answer_key,
    tally_key,
)

RUN_TTL: Final = timedelta(days=7)  # outlives QStash's longest back-off and its dead letters on most plans


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What became of each run: claimed (lease) → posting → posted."""

    redis: Redis = field(repr=False)

    async def _eval(self, script: str, keys: list[str], args: list[Any]) -> Any:
        return await self.redis.eval(LOCKING + script, keys, args)

    async def claim(
        self,
        run: str,
        *,
        token: str,
        key: str,
        made_after: datetime,
        recent: Answer | None,
        schedule: tuple[str, str] | None,
        recurring: bool = False,
        ticket: str = "",
        by_hand: bool = False,
        now: datetime,
        lease: timedelta,
    ) -> Claim:
        """Take the run, and look up its answer on the way: one round trip.

        `recent` is an answer that this process still holds, fresh enough; `schedule` is (team, id) of the
        record that may have been paused, deleted or changed, so that its `ticket` is another, since the
        delivery was published. A run `by_hand` may be of a paused one.
        """
        team, name = schedule or ("", "")
        reply = await self._eval(
            scripts.CLAIM,
            [run_key(run), stored_answer_key(key), schedule_key(team, name), sharers_key(key)],
            [
                token,
                ms_of(now),
                ms_of(now + lease),
                ms_of(made_after),
                recent.encode() if recent else "",
                int(RUN_TTL.total_seconds()),
                int(TOMBSTONE_TTL.total_seconds()),
                int(ANSWER_TTL.total_seconds()),
                name if recurring else "",
                ticket,
                int(by_hand),
            ],
        )
        match reply:
            case ["posted"]:
                return Over(reason="posted")
            case ["off", progress]:
                return Over(reason="off", progress=_begun(progress))
            case ["busy", until]:
                return Busy(left=max(moment_of(until) - now, timedelta(0)))
            case [
                "taken",
                [pinned, cache, parts, ts, since, progress, why],
                [doc, state, revision, shared, checked, preview],
            ]:
                return Taken(
                    found=_pinned(pinned, cache, why) if pinned else None,
                    why=NoAnswer.decode(why) if why else None,
                    progress=_begun(progress),
                    ahead=cache == _AHEAD,
                    parts=int(parts),
                    ts=ts or None,
                    unsettled_since=moment_of(since) if since else None,
                    schedule=decode_schedule((doc or None, state, revision)),
                    checked=moment_of(checked) if checked else None,
                    shared=int(shared),
                    preview=preview or None,
                )
            case _:
                raise AssertionError("the claim script returned something else")

    async def posting(self, run: str, *, token: str, found: Found | NoAnswer, now: datetime) -> bool:
        """Pin what will be posted; False if the run is no longer ours."""
        if isinstance(found, NoAnswer):
            pinned = [found.encode(), _NONE, ms_of(now), ""]
        else:
            why = NoAnswer(reason=found.why).encode() if found.why else ""
            pinned = [found.answer.encode(), found.cache, ms_of(now), why]
        args = [token, *pinned]
        return bool(await self._eval(scripts.POSTING, [run_key(run)], args))

    async def part_posted(self, run: str, *, parts: int, ts: str, now: datetime) -> None:
        """So many parts are in the channel; the next one is about to be sent."""
        await self._eval(scripts.PART, [run_key(run)], [parts, ts, ms_of(now)])

    async def posted(self, run: str, *, ts: str, ending: Ending = Ending()) -> None:  # noqa: B008 - frozen
        """The whole answer is in the channel, and `ending` is written down in the same step.

        Whoever holds the run: it is the truth.
        """
        (team, name), line = ending.schedule or ("", ""), ending.line
        day = (line.at if line else datetime.now(UTC)).date()
        counts = [part for pair in ending.tally.items() for part in pair]
        await self._eval(
            scripts.POSTED,
            [
                run_key(run),
                schedule_key(team, name),
                history_key(team, name),
                tally_key(team, day),
            ],
            [
                ts,
                int(RUN_TTL.total_seconds()),
                encode_run(replace(line, ts=ts or None)) if line and name else "",
                int(HISTORY_TTL.total_seconds()),
                HISTORY_LENGTH,
                int(TALLY_TTL.total_seconds()),
                ms_of(ending.read) if ending.read else "",
                ending.last,
                *counts,
            ],
        )

    async def release(self, run: str, *, token: str, certain: bool, why: NoAnswer | None = None) -> None:
        """Give the run up; `certain` says that nothing was posted beyond what is recorded."""
        args = [token, int(certain), why.encode() if why else ""]
        await self._eval(scripts.RELEASE, [run_key(run)], args)

    async def standing(self, runs: Sequence[str], *, now: datetime) -> list[Standing]:
        """What has become of each of these runs so far, in one round trip."""
        pipeline = self.redis.pipeline()
        for run in runs:
            pipeline.hmget(run_key(run), "state", "until")
        found: list[Any] = await pipeline.exec() if runs else []
        return [_standing(*each, now=now) for each in found]

    async def in_hand(self, run: str, *, now: datetime) -> bool:
        """Whether the run is posted, or someone is at work on it."""
        state, until = await self.redis.hmget(run_key(run), "state", "until")
        return state == "posted" or int(until or 0) > ms_of(now)

    async def keep_progress(self, run: str, begun: Begun) -> None:
        """A message tells how far the run is, or is about to."""
        await self._eval(scripts.PROGRESS, [run_key(run)], [begun.encode()])


_AHEAD: Final = "AHEAD"
"""How the claim calls an answer that was made ahead for a slot, at its first use."""
_NONE: Final = "NONE"
"""How it calls what is said in place of an answer."""


def _pinned(pinned: str, cache: str, why: str) -> Found | NoAnswer:
    if cache == _NONE:
        return NoAnswer.decode(pinned)
    found: Cache = "STALE" if cache == "STALE" else "MISS" if cache == "MISS" else "HIT"
    reason = NoAnswer.decode(why).reason if why and found == "STALE" else ""
    return Found(answer=Answer.decode(pinned), cache=found, why=reason)


def _begun(progress: str) -> Begun | None:
    return Begun.decode(progress) if progress else None


def _standing(state: str | None, until: str | None, *, now: datetime) -> Standing:
    if state is None:
        return "unknown"
    if state == "posted":
        return "over"
    return "in_hand" if int(until or 0) > ms_of(now) else "tried"
