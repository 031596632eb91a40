"""The newest answer to each question, and the right to make a newer one, as Redis holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.answers.basis import unpack_material
from bot.answers.records import ANSWER_RECORD, Answer
from bot.answers.withdrawals import IS_WITHDRAWN, withdrawn_key_of
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
_DAYS_KEPT: Final = timedelta(days=2)
"""Between the first and the last zone there are three dates at a time."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Another process is asking the model this very question."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class AnswerCache:
    """Answers by their question's key, shared by all copies."""

    redis: Redis = field(repr=False)

    async def find_answer(
        self, key: str, *, made_after: datetime | None = None, day: date | None = None
    ) -> Answer | None:
        """The newest stored answer, or that of a `day`; None if it was made before `made_after`."""
        call = FindAnswer(
            stored=stored_answer_key(key), withdrawn=withdrawn_key_of(key), field=f"body{day_suffix(day)}"
        )
        body = await run_script(self.redis, call)
        if body is None:
            return None
        answer = read_if_known(Answer.decode, body)
        return answer if made_after is None or (answer and answer.made >= made_after) else None

    async def find_material(self, key: str) -> str:
        """The material of the answer to a question, as the model got it; empty where none is kept."""
        packed = await self.redis.hget(stored_answer_key(key), "material")
        return unpack_material(packed) if packed else ""

    async def take_flight(
        self, key: str, *, token: str, made_after: datetime, lease: timedelta, day: date | None = None
    ) -> Answer | Wait | None:
        """The right to make the answer (None), or why there is no need to: one round trip."""
        fields = _fields_of_flight(key, token=token, made_after=made_after, lease=lease, day=day)
        reply = await run_script(self.redis, TakeFlight(**fields))
        return None if reply == ["taken"] else _read_hindrance(reply)

    async def take_paid_flight(
        self,
        key: str,
        *,
        token: str,
        made_after: datetime,
        lease: timedelta,
        admission: Admission,
        day: date | None = None,
    ) -> Answer | Wait | Reservation:
        """The right to ask the model, its first call let through; or why there is no need to: one round trip.

        Raises `Limited` or `CapReached`; then nothing is taken.
        """
        fields = _fields_of_flight(key, token=token, made_after=made_after, lease=lease, day=day)
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
        material: str | None = None,
        day: date | None = None,
        ahead: bool = False,
        before: Sequence[Script] = (),
        after: Sequence[Script] = (),
    ) -> list[Any]:
        """End a flight, and keep its answer unless a newer one is there; the replies of what runs `after` it.

        That of a `day` is kept as the newest of all and as that of its date, for a few dates. Its
        `material`, packed, is kept beside it. The first run that claims an answer made `ahead` of its slot is
        told so.
        """
        call = LandFlight(
            stored=stored_answer_key(key),
            flight=flight_key(key, day),
            token=token,
            day=day_suffix(day),
            oldest_day=day_suffix(day and day - _DAYS_KEPT),
            answer=answer.encode() if answer else None,
            as_of=ms_of(answer.as_of) if answer else 0,
            material=material,
            ttl=whole_seconds(ANSWER_TTL),
            ahead=ahead,
        )
        return (await run_scripts(self.redis, [*before, call, *after]))[len(before) + 1 :]


def day_suffix(day: date | None) -> str:
    """The end of the names of the fields that hold the answer of one date; "" for the newest of all."""
    return "" if day is None else f"@{day.isoformat()}"


def _fields_of_flight(
    key: str, *, token: str, made_after: datetime, lease: timedelta, day: date | None
) -> dict[str, Any]:
    return {
        "stored": stored_answer_key(key),
        "flight": flight_key(key, day),
        "withdrawn": withdrawn_key_of(key),
        "day": day_suffix(day),
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
local known = redis.call('HMGET', stored, 'made' .. day, 'body' .. day)
local made, body = known[1], known[2]
local is_good = made and tonumber(made) >= made_after and version_of(body) <= newest
if is_good and not is_withdrawn(body) then return {'answer', body} end
if redis.call('EXISTS', flight) == 1 then return {'wait', redis.call('PTTL', flight)} end
"""


class FindAnswer(Script):
    """The stored answer in this field; nil where there is none, or it is withdrawn."""

    stored: Key
    withdrawn: Key
    field: str
    LUA = (
        IS_WITHDRAWN
        + """
local body = redis.call('HGET', stored, field)
if not body or is_withdrawn(body) then return nil end
return body
"""
    )


class TakeFlight(Script):
    """Answers {'answer', body} if one is fresh enough, {'taken'}, or {'wait', ms} while another asks.

    An answer of a newer version than `newest` is as good as not there, and one that is withdrawn, too.
    """

    stored: Key
    flight: Key
    withdrawn: Key
    token: str
    day: str
    made_after: int
    lease: int
    newest: int
    LUA = (
        VERSION_OF
        + IS_WITHDRAWN
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
        + IS_WITHDRAWN
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

    The answer of a `day` has fields of its own beside those of the newest; dates before `oldest_day` go. Of
    one made for a slot `ahead` of it, the first use finds it paid for.
    """

    stored: Key
    flight: Key
    token: str
    day: str
    oldest_day: str
    answer: str | None
    material: str | None
    as_of: int
    ttl: int
    ahead: bool
    LUA = """
if redis.call('GET', flight) == token then redis.call('DEL', flight) end
if not answer then return 0 end
if material then redis.call('HSET', stored, 'material', material) end
local function keep_newest(of)
  if tonumber(redis.call('HGET', stored, 'made' .. of) or '0') > as_of then return 0 end
  redis.call('HSET', stored, 'made' .. of, as_of, 'body' .. of, answer)
  if ahead and of == day then
    redis.call('HSET', stored, 'ahead' .. of, '1')
  else
    redis.call('HDEL', stored, 'ahead' .. of)
  end
  redis.call('EXPIRE', stored, ttl)
  return 1
end
if day == '' then return keep_newest('') end
for _, field in ipairs(redis.call('HKEYS', stored)) do
  local of = string.match(field, '@.*')
  if of and of < oldest_day then redis.call('HDEL', stored, field) end
end
keep_newest('')
return keep_newest(day)
"""
