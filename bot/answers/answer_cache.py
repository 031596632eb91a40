"""The newest answer to each question, and the right to make a newer one, as Redis holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.answers.records import ANSWER_RECORD, Answer
from bot.budget import ADMIT_CALL, Admission, AdmitCall, Reservation
from bot.storage import (
    VERSION_OF,
    flight_key,
    ms_of,
    read_if_known,
    run_script,
    run_scripts,
    stored_answer_key,
    whole_seconds,
)
from scheduler import Key, Script

ANSWER_TTL: Final = timedelta(days=7)  # how old the last good answer may be when the model is down


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Another process is asking the model this very question."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class AnswerCache:
    """Answers by their question's key, shared by all copies."""

    redis: Redis = field(repr=False)

    async def find_answer(self, key: str, *, made_after: datetime | None = None) -> Answer | None:
        """The newest stored answer; None if it was made before `made_after`."""
        body = await self.redis.hget(stored_answer_key(key), "body")
        if body is None:
            return None
        answer = read_if_known(Answer.decode, body)
        return answer if made_after is None or (answer and answer.made >= made_after) else None

    async def take_flight(
        self, key: str, *, token: str, made_after: datetime, lease: timedelta
    ) -> Answer | Wait | None:
        """The right to make the answer (None), or why there is no need to: one round trip."""
        fields = _fields_of_flight(key, token=token, made_after=made_after, lease=lease)
        reply = await run_script(self.redis, TakeFlight(**fields))
        return None if reply == ["taken"] else _read_hindrance(reply)

    async def take_paid_flight(
        self, key: str, *, token: str, made_after: datetime, lease: timedelta, admission: Admission
    ) -> Answer | Wait | Reservation:
        """The right to ask the model, its first call let through; or why there is no need to: one round trip.

        Raises `Limited` or `CapReached`; then nothing is taken.
        """
        fields = _fields_of_flight(key, token=token, made_after=made_after, lease=lease)
        reply = await admission.run_script(TakePaidFlight, **fields, blocked=admission.block is not None)
        match reply:
            case ["answer", _] | ["wait", _]:
                return _read_hindrance(reply)
            case ["blocked"]:
                raise admission.refuse_blocked()
            case _:
                return admission.read_reply(reply)

    async def land_flight(
        self,
        key: str,
        *,
        token: str,
        answer: Answer | None,
        ahead: bool = False,
        before: Sequence[Script] = (),
        after: Sequence[Script] = (),
    ) -> list[Any]:
        """End a flight, and keep its answer unless a newer one is there; the replies of what runs `after` it.

        The first run that claims an answer made `ahead` of its slot is told so.
        """
        call = LandFlight(
            stored=stored_answer_key(key),
            flight=flight_key(key),
            token=token,
            answer=answer.encode() if answer else None,
            as_of=ms_of(answer.as_of) if answer else 0,
            ttl=whole_seconds(ANSWER_TTL),
            ahead=ahead,
        )
        return (await run_scripts(self.redis, [*before, call, *after]))[len(before) + 1 :]


def _fields_of_flight(key: str, *, token: str, made_after: datetime, lease: timedelta) -> dict[str, Any]:
    return {
        "stored": stored_answer_key(key),
        "flight": flight_key(key),
        "token": token,
        "made_after": ms_of(made_after),
        "lease": int(lease / timedelta(milliseconds=1)),
        "newest": ANSWER_RECORD.version,
    }


def _read_hindrance(reply: Any) -> Answer | Wait:
    match reply:
        case ["answer", body]:
            return Answer.decode(body)
        case ["wait", left]:
            return Wait(left=timedelta(milliseconds=max(int(left), 0)))
        case _:
            raise AssertionError("the flight script returned something else")


_FIND_OR_WAIT: Final = """
local known = redis.call('HMGET', stored, 'made', 'body')
local made, body = known[1], known[2]
if made and tonumber(made) >= made_after and version_of(body) <= newest then return {'answer', body} end
if redis.call('EXISTS', flight) == 1 then return {'wait', redis.call('PTTL', flight)} end
"""


class TakeFlight(Script):
    """Answers {'answer', body} if one is fresh enough, {'taken'}, or {'wait', ms} while another asks.

    An answer of a newer version than `newest` is as good as not there.
    """

    stored: Key
    flight: Key
    token: str
    made_after: int
    lease: int
    newest: int
    LUA = (
        VERSION_OF
        + _FIND_OR_WAIT
        + """
redis.call('SET', flight, token, 'PX', lease)
return {'taken'}
"""
    )


class TakePaidFlight(TakeFlight, AdmitCall):
    """Take the flight and let its first call through, or neither.

    Answers as `TakeFlight` what is in the way, or else as `AdmitCall`; {'blocked'} where no call may be made.
    """

    blocked: bool
    LUA = (
        VERSION_OF
        + ADMIT_CALL
        + _FIND_OR_WAIT
        + """
if blocked then return {'blocked'} end
local reply = admit_call()
if reply[1] == 'counted' then redis.call('SET', flight, token, 'PX', lease) end
return reply
"""
    )


class LandFlight(Script):
    """End a flight, and store its answer unless a newer one is there; 1 if it was stored.

    Of one made for a slot `ahead` of it, the first use finds it paid for.
    """

    stored: Key
    flight: Key
    token: str
    answer: str | None
    as_of: int
    ttl: int
    ahead: bool
    LUA = """
if redis.call('GET', flight) == token then redis.call('DEL', flight) end
if not answer then return 0 end
if tonumber(redis.call('HGET', stored, 'made') or '0') > as_of then return 0 end
redis.call('HSET', stored, 'made', as_of, 'body', answer)
if ahead then redis.call('HSET', stored, 'ahead', '1') else redis.call('HDEL', stored, 'ahead') end
redis.call('EXPIRE', stored, ttl)
return 1
"""
