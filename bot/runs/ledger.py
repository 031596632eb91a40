"""Redis: every key, its time to live, and what may be done to it.

Each read-modify-write is one script (`scripts.py`), so any number of copies of this process may run side by
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.answers.records import Answer, Cache, Found, NoAnswer, moment_of, ms_of
from bot.budget import TALLY_TTL, tally_key
from bot.runs import scripts
from bot.runs.claims import Begun, Busy, Claim, Ending, Over, Standing, Taken, Wait
from bot.schedules.schedule import Schedule, encode_run
from bot.schedules.schedule import decode as decode_schedule
from bot.schedules.schedule_store import HISTORY_LENGTH, HISTORY_TTL, TOMBSTONE_TTL, Book

RUN_TTL: Final = timedelta(days=7)  # outlives QStash's longest back-off and its dead letters on most plans
ANSWER_TTL: Final = timedelta(days=7)  # how old the last good answer may be when the model is down


class Store:
    """All that Precache remembers, under one namespace of one Redis."""

    def __init__(self, redis: Redis, *, namespace: str = "precache") -> None:
        self._redis = redis
        self._namespace = namespace
        self._book = Book(redis=redis, namespace=namespace)

    @property
    def limit_prefix(self) -> str:
        """Under which `limit.py` counts; its keys end by themselves."""
        return self._key("limit")

    def _key(self, *parts: str) -> str:
        return ":".join((self._namespace, *parts))

    def _run(self, run: str) -> str:
        return self._key("run", run)

    def _answer(self, key: str) -> str:
        return self._key("answer", key)

    def _flight(self, key: str) -> str:
        return self._key("flight", key)

    def _sharers(self, key: str) -> str:
        return self._key("sharers", key)

    async def _eval(self, script: str, keys: list[str], args: list[Any]) -> Any:
        return await self._redis.eval(scripts.LOCKING + script, keys, args)

    # Runs: claimed (lease) → posting → posted

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
            [self._run(run), self._answer(key), self._book.record_key(team, name), self._sharers(key)],
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
        return bool(await self._eval(scripts.POSTING, [self._run(run)], args))

    async def part_posted(self, run: str, *, parts: int, ts: str, now: datetime) -> None:
        """So many parts are in the channel; the next one is about to be sent."""
        await self._eval(scripts.PART, [self._run(run)], [parts, ts, ms_of(now)])

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
                self._run(run),
                self._book.record_key(team, name),
                self._book.history_key(team, name),
                tally_key(self._namespace, team, day),
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

    async def tally(self, team: str, days: Sequence[date]) -> list[dict[str, int]]:
        """What was counted for a team on each of `days`: runs by how their answer was come by, and tokens."""
        pipeline = self._redis.pipeline()
        for day in days:
            pipeline.hgetall(tally_key(self._namespace, team, day))
        found: list[Any] = await pipeline.exec() if days else []
        return [{name: int(number) for name, number in each.items()} for each in found]

    async def release(self, run: str, *, token: str, certain: bool, why: NoAnswer | None = None) -> None:
        """Give the run up; `certain` says that nothing was posted beyond what is recorded."""
        args = [token, int(certain), why.encode() if why else ""]
        await self._eval(scripts.RELEASE, [self._run(run)], args)

    async def standing(self, runs: Sequence[str], *, now: datetime) -> list[Standing]:
        """What has become of each of these runs so far, in one round trip."""
        pipeline = self._redis.pipeline()
        for run in runs:
            pipeline.hmget(self._run(run), "state", "until")
        found: list[Any] = await pipeline.exec() if runs else []
        return [_standing(*each, now=now) for each in found]

    async def in_hand(self, run: str, *, now: datetime) -> bool:
        """Whether the run is posted, or someone is at work on it."""
        state, until = await self._redis.hmget(self._run(run), "state", "until")
        return state == "posted" or int(until or 0) > ms_of(now)

    # Answers and flights

    async def find_answer(self, key: str, *, made_after: datetime | None = None) -> Answer | None:
        """The newest stored answer; None if it was made before `made_after`."""
        body = await self._redis.hget(self._answer(key), "body")
        if body is None:
            return None
        answer = Answer.decode(body)
        return answer if made_after is None or answer.made >= made_after else None

    async def take_flight(
        self, key: str, *, token: str, made_after: datetime, lease: timedelta
    ) -> Answer | Wait | None:
        """The right to ask the model (None), or why there is no need to: one round trip."""
        reply = await self._eval(
            scripts.TAKE_FLIGHT,
            [self._answer(key), self._flight(key)],
            [token, ms_of(made_after), int(lease / timedelta(milliseconds=1))],
        )
        match reply:
            case ["answer", body]:
                return Answer.decode(body)
            case ["wait", left]:
                return Wait(left=timedelta(milliseconds=max(int(left), 0)))
            case ["taken"]:
                return None
            case _:
                raise AssertionError("the flight script returned something else")

    async def land_flight(self, key: str, *, token: str, answer: Answer | None, ahead: bool = False) -> None:
        """End a flight, and keep its answer unless a newer one is there.

        Made `ahead` for a slot to come: whoever claims it first is told so.
        """
        await self._eval(
            scripts.LAND_FLIGHT,
            [self._answer(key), self._flight(key)],
            [
                token,
                answer.encode() if answer else "",
                ms_of(answer.as_of) if answer else 0,
                int(ANSWER_TTL.total_seconds()),
                int(ahead),
            ],
        )

    async def last_run(self, team: str, schedule: str) -> tuple[datetime | None, str]:
        """Until when a schedule has read its sources, and what it has posted; None and "" before it has."""
        read, last = await self._redis.hmget(self._book.record_key(team, schedule), "read", "last")
        return moment_of(read) if read else None, str(last or "")

    async def checked(self, schedule: Schedule, *, now: datetime) -> None:
        """The owner of a schedule was seen in its channels; nothing is written if it has changed since."""
        key = self._book.record_key(schedule.team, schedule.id)
        await self._eval(scripts.CHECKED, [key], [ms_of(now), schedule.revision])

    async def keep_progress(self, run: str, begun: Begun) -> None:
        """A message tells how far the run is, or is about to."""
        await self._eval(scripts.PROGRESS, [self._run(run)], [begun.encode()])

    async def is_deleted(self, team: str, schedule: str) -> bool:
        """Whether there was such a schedule, and it was deleted."""
        return await self._redis.hget(self._book.record_key(team, schedule), "state") == "deleted"

    async def ping(self) -> None:
        """Raises `RedisUnavailable` if Redis does not answer."""
        await self._redis.ping()


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
