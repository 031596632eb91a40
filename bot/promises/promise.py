"""A promise: the job of a run that somebody waits for, as its record has it, and the scripts that keep it.

It stands in the hash of its run, which `RecordPosted` replaces as a whole: so what is over is promised no
more, in the very step that says so, and no key is left behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from bot.storage import RecordKind, moment_of, ms_of
from scheduler import Job, Key, Script, run_of

_PROMISE: Final = RecordKind(name="promise", version=1)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A run, or a preview, that was published because somebody asked for it at once."""

    job: Job
    at: datetime
    """The moment from which somebody waits for it."""

    @property
    def run(self) -> str | None:
        """The name of the run; None for a job that comes to nobody."""
        return run_of(self.job, slot=None)

    def encode(self) -> str:
        return _PROMISE.write_record({"job": self.job.encode().decode(), "at": ms_of(self.at)})

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`, and `MalformedJob` for a job that this version does not take."""
        _, raw = _PROMISE.read_record(text)
        return cls(job=Job.decode(raw["job"].encode()), at=moment_of(raw["at"]))


class KeepPromise(Script):
    """Have a run looked after from the moment `at` on, unless it is over. The first promise of it counts."""

    run: Key
    promised: Key
    name: str
    promise: str
    at: int
    ttl: int
    LUA = """
local seen = redis.call('HMGET', run, 'state', 'spread')
if seen[1] == 'posted' and not seen[2] then return 0 end
redis.call('HSETNX', run, 'promise', promise)
redis.call('EXPIRE', run, ttl)
redis.call('ZADD', promised, 'NX', at, name)
redis.call('EXPIRE', promised, ttl)
return 1
"""


class SettlePreview(Script):
    """A preview was shown, or its asker told that there is none: a promise that comes later is not kept."""

    run: Key
    promised: Key
    name: str
    ttl: int
    LUA = """
redis.call('DEL', run)
redis.call('HSET', run, 'state', 'posted')
redis.call('EXPIRE', run, ttl)
return redis.call('ZREM', promised, name)
"""
