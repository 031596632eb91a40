"""Redis: every key, its time to live, and what may be done to it.

Each read-modify-write is one script (`scripts.py`), so any number of copies of this process may run side by
side.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot import scripts
from bot.records import Answer, Busy, Claim, Found, Over, Schedule, Taken, Wait, moment_of, ms_of

RUN_TTL: Final = timedelta(days=7)  # outlives QStash's longest back-off and its dead letters on most plans
ANSWER_TTL: Final = timedelta(days=7)  # how old the last good answer may be when the model is down
TOMBSTONE_TTL: Final = timedelta(days=400)
"""A schedule that QStash has not deleted, or a message on its way, comes at least once a year."""


class Store:
    """All that Precache remembers, under one namespace of one Redis."""

    def __init__(self, redis: Redis, *, namespace: str = "precache") -> None:
        self._redis = redis
        self._namespace = namespace

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

    def _schedule(self, team: str, schedule: str) -> str:
        return self._key("schedule", team, schedule)

    def _schedules(self, team: str) -> str:
        return self._key("schedules", team)

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
        now: datetime,
        lease: timedelta,
    ) -> Claim:
        """Take the run, and look up its answer on the way: one round trip.

        `recent` is an answer that this process still holds, fresh enough; `schedule` is (team, id) of the
        record that may have been paused or deleted since the delivery was published.
        """
        record = self._schedule(*schedule) if schedule else self._key("schedule", "-")
        reply = await self._eval(
            scripts.CLAIM,
            [self._run(run), self._answer(key), record],
            [
                token,
                ms_of(now),
                ms_of(now + lease),
                ms_of(made_after),
                recent.encode() if recent else "",
                int(RUN_TTL.total_seconds()),
                int(TOMBSTONE_TTL.total_seconds()),
            ],
        )
        match reply:
            case ["posted"]:
                return Over(reason="posted")
            case ["off"]:
                return Over(reason="off")
            case ["busy", until]:
                return Busy(left=max(moment_of(until) - now, timedelta(0)))
            case ["taken", pinned, cache, parts, ts, since]:
                return Taken(
                    found=Found(answer=Answer.decode(pinned), cache=cache) if pinned else None,
                    parts=int(parts),
                    ts=ts or None,
                    unsettled_since=moment_of(since) if since else None,
                )
            case _:
                raise AssertionError("the claim script returned something else")

    async def posting(self, run: str, *, token: str, found: Found, now: datetime) -> bool:
        """Pin what will be posted; False if the run is no longer ours."""
        args = [token, found.answer.encode(), found.cache, ms_of(now)]
        return bool(await self._eval(scripts.POSTING, [self._run(run)], args))

    async def part_posted(self, run: str, *, parts: int, ts: str, now: datetime) -> None:
        """So many parts are in the channel; the next one is about to be sent."""
        await self._eval(scripts.PART, [self._run(run)], [parts, ts, ms_of(now)])

    async def posted(self, run: str, *, ts: str) -> None:
        """The whole answer is in the channel. Written whoever holds the run: it is the truth."""
        await self._eval(scripts.POSTED, [self._run(run)], [ts, int(RUN_TTL.total_seconds())])

    async def release(self, run: str, *, token: str, certain: bool) -> None:
        """Give the run up; `certain` says that nothing was posted beyond what is recorded."""
        await self._eval(scripts.RELEASE, [self._run(run)], [token, int(certain)])

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

    async def land_flight(self, key: str, *, token: str, answer: Answer | None) -> None:
        """End a flight, and keep its answer unless a newer one is there."""
        await self._eval(
            scripts.LAND_FLIGHT,
            [self._answer(key), self._flight(key)],
            [
                token,
                answer.encode() if answer else "",
                ms_of(answer.made) if answer else 0,
                int(ANSWER_TTL.total_seconds()),
            ],
        )

    # Schedules: pending → active ⇄ paused → deleted

    async def add_schedule(self, schedule: Schedule, *, now: datetime) -> bool:
        """Write a new record as pending; False if the id is taken."""
        ttl = 0 if schedule.at is None else int((schedule.at - now + RUN_TTL).total_seconds())
        return bool(
            await self._eval(
                scripts.ADD_SCHEDULE,
                [self._schedule(schedule.team, schedule.id), self._schedules(schedule.team)],
                [schedule.encode(), schedule.id, ttl],
            )
        )

    async def confirm_schedule(self, schedule: Schedule) -> bool:
        """QStash has it: pending becomes active; False if it was deleted meanwhile."""
        keys = [self._schedule(schedule.team, schedule.id)]
        return bool(await self._eval(scripts.CONFIRM_SCHEDULE, keys, [schedule.encode()]))

    async def forget_schedule(self, team: str, schedule: str) -> None:
        """Delete the record; a tombstone stops deliveries that are already on their way."""
        await self._eval(
            scripts.FORGET_SCHEDULE,
            [self._schedule(team, schedule), self._schedules(team)],
            [schedule, int(TOMBSTONE_TTL.total_seconds())],
        )

    async def is_deleted(self, team: str, schedule: str) -> bool:
        """Whether there was such a schedule, and it was deleted."""
        return await self._redis.hget(self._schedule(team, schedule), "state") == "deleted"

    async def schedule(self, team: str, schedule: str) -> Schedule | None:
        """The record, unless there is none or it was deleted."""
        return _schedule(await self._redis.hmget(self._schedule(team, schedule), "doc", "state"))

    async def schedules(self, team: str) -> list[Schedule]:
        """All records of a team that were not deleted, by id."""
        ids = sorted(await self._redis.smembers(self._schedules(team)))
        found: list[Schedule] = []
        for start in range(0, len(ids), 100):
            pipeline = self._redis.pipeline()
            for each in ids[start : start + 100]:
                pipeline.hmget(self._schedule(team, each), "doc", "state")
            found += [record for reply in await pipeline.exec() if (record := _schedule(reply))]
        gone = set(ids) - {record.id for record in found}
        if gone:  # one-offs whose record has run out
            await self._redis.srem(self._schedules(team), *gone)
        return found

    async def ping(self) -> None:
        """Raises `RedisUnavailable` if Redis does not answer."""
        await self._redis.ping()


def _schedule(reply: Any) -> Schedule | None:
    doc, state = reply
    if doc is None or state == "deleted":
        return None
    return Schedule.decode(doc, state)
