"""A run's turn to post, taken in the script that makes it ready to post, and so shared by all copies.

A channel and a workspace each keep the moment of the next free turn. A turn that is near is taken, and the
process waits for it. One that is far away holds nothing: QStash keeps the run, and brings it back shortly
before its turn should come. The tail is the moment at which the last run that QStash keeps should have its
turn: new runs wait behind it. A run that is back takes the next free turn, so that one that comes late, or
never, leaves no gap.

A person who asks goes before those who wait, as far as there are few such; their turn in the channel stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from bot.budget.pace import Pace
from bot.storage import channel_turns_key, moment_of, ms_of, team_turns_key
from scheduler import Key, Script

GRACE: Final = timedelta(minutes=2)
"""So long after its turn should have come, a run that waits for it counts as in hand."""

_KEPT: Final = timedelta(minutes=1)  # turns are of no use once they are over
_LONGEST_HOLD: Final = timedelta(hours=1)
_LONGEST_TAIL: Final = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class PostQueue:
    """The posts to a channel, among which a run has its turn."""

    team: str
    channel: str
    in_person: bool = False
    """A person waits for it."""
    silent: bool = False
    """Nothing is posted where there is nothing new."""


@dataclass(frozen=True, kw_only=True)
class Later:
    """The turn is far away: QStash is to bring the run back at `at`."""

    at: datetime


class TurnScript(Script):
    """The names that scripts share in which a turn is taken; `paced` says if one is to be."""

    run: Key
    channel_turns: Key
    team_turns: Key
    now: int
    paced: bool
    in_person: bool
    channel_step: int
    channel_burst: int
    team_step: float
    team_burst: float
    person_step: float
    person_burst: float
    patience: int
    lead: int
    grace: int


TAKE_TURN: Final = f"""
local function moment_or_now(text, longest)
  local at = tonumber(text or '0')
  if at > now + longest then return now end  -- of a copy whose clock is wrong
  return at
end

local function keep_turns(key, ...)
  redis.call('HSET', key, ...)
  local last = now
  for _, value in ipairs(redis.call('HVALS', key)) do last = math.max(last, tonumber(value)) end
  redis.call('PEXPIRE', key, math.ceil(math.min(last - now, {_LONGEST_TAIL // timedelta(milliseconds=1)})) + {
    _KEPT // timedelta(milliseconds=1)
})
end

-- The moment of the turn; or nil, and the moment at which it should come. `back` is what was said before, and
-- `goes_on` says that parts of the post are there already.
local function take_turn(back, goes_on)
  if back and back > now + patience then return nil, back end
  local channel = redis.call('HMGET', channel_turns, 'next', 'tail', 'held')
  local team = redis.call('HMGET', team_turns, 'next', 'tail', 'person')
  local near = patience + channel_burst + 2 * channel_step
  local channel_next = moment_or_now(channel[1], near)
  local channel_tail = moment_or_now(channel[2], {_LONGEST_TAIL // timedelta(milliseconds=1)})
  local held = moment_or_now(channel[3], {_LONGEST_HOLD // timedelta(milliseconds=1)})
  local team_next = moment_or_now(team[1], patience + team_burst + person_burst + 2 * person_step)
  local team_tail = moment_or_now(team[2], {_LONGEST_TAIL // timedelta(milliseconds=1)})
  local burst = (in_person or goes_on) and channel_burst or 0
  channel_next = math.max(channel_next, held)
  local channel_at = math.max(now, held, channel_next - burst)
  local team_at = math.max(now, team_next - team_burst)
  local queued = not (back or goes_on) and math.max(channel_tail, team_tail) > now + lead
  if in_person and not (back or goes_on) and (queued or team_at > channel_at) then
    local person = moment_or_now(team[3], person_burst + 2 * person_step)
    if person - person_burst <= now then
      keep_turns(team_turns, 'person', math.max(person, now) + person_step)
      queued, team_at = false, now
    end
  end
  local at = math.max(channel_at, team_at)
  if not queued and at <= now + patience then
    keep_turns(channel_turns, 'next', math.max(channel_next, at) + channel_step)
    -- By the moment of its order, not of its turn: who waits for a channel must hold no other one up.
    keep_turns(team_turns, 'next', math.max(team_next, now) + team_step)
    return math.ceil(at)
  end
  local in_channel = math.max(now, channel_next, channel_tail)
  local in_team = math.max(team_at, team_tail)
  keep_turns(channel_turns, 'tail', in_channel + channel_step)
  -- A run that waits much longer for its channel than others for the workspace holds none of them up.
  local nearly = in_team > now and in_channel <= in_team + patience
  if in_team >= in_channel or nearly then keep_turns(team_turns, 'tail', in_team + team_step) end
  return nil, math.ceil(math.max(in_channel, in_team))
end

-- Takes the turn of this run, and keeps it with the run: {{'turn', at}}, {{'later', at}} or {{'none'}}.
local function take_turn_of_run(goes_on)
  if not paced then return {{'none'}} end
  local at, later = take_turn(tonumber(redis.call('HGET', run, 'turn') or ''), goes_on)
  redis.call('HSET', run, 'turn', at or later)
  return {{at and 'turn' or 'later', at or later}}
end

-- Lets go of a run whose turn is far away; where a part of it may have been posted, that stays to be settled.
local function let_wait(later, is_unsettled)
  redis.call('HSET', run, 'until', is_unsettled and 0 or later + grace)
  if not is_unsettled then redis.call('HSET', run, 'state', 'waiting') end
end
"""


def read_turn(reply: Any, *, pace: Pace) -> datetime | Later | None:
    """The turn in the words of a script: `{'turn', ms}`, `{'later', ms}`, or `{'none'}`."""
    match reply:
        case ["turn", at]:
            return moment_of(at)
        case ["later", at]:
            return Later(at=moment_of(at) - pace.lead)
        case _:
            return None


class HoldChannel(Script):
    """Slack wants no post in a channel until then, from whichever copy."""

    channel_turns: Key
    now: int
    held: int
    LUA = f"""
local known = tonumber(redis.call('HGET', channel_turns, 'held') or '0')
redis.call('HSET', channel_turns, 'held', math.max(held, known))
local left = math.max(redis.call('PTTL', channel_turns), held - now + {_KEPT // timedelta(milliseconds=1)})
redis.call('PEXPIRE', channel_turns, math.min(left, {(_LONGEST_TAIL + _KEPT) // timedelta(milliseconds=1)}))
return 1
"""


def turn_arguments(queue: PostQueue | None, *, pace: Pace) -> dict[str, Any]:
    """The arguments of a `TurnScript`, save the run and the time; None takes no turn."""
    known = queue or PostQueue(team="", channel="")
    return {
        "channel_turns": channel_turns_key(known.team, known.channel),
        "team_turns": team_turns_key(known.team),
        "paced": queue is not None,
        "in_person": known.in_person,
        **_pace_arguments(pace),
    }


@lru_cache(maxsize=8)  # a process has one
def _pace_arguments(pace: Pace) -> Mapping[str, float]:
    """The arguments that are the same at each turn."""
    return {
        "channel_step": _whole_ms(pace.channel),
        "channel_burst": _whole_ms(pace.channel_burst),
        "team_step": pace.step / timedelta(milliseconds=1),
        "team_burst": pace.step_burst / timedelta(milliseconds=1),
        "person_step": pace.person_step / timedelta(milliseconds=1),
        "person_burst": pace.person_burst / timedelta(milliseconds=1),
        "patience": _whole_ms(pace.patience),
        "lead": _whole_ms(pace.lead),
        "grace": _whole_ms(GRACE),
    }


def hold_call(queue: PostQueue, *, now: datetime, wait: timedelta) -> HoldChannel:
    return HoldChannel(
        channel_turns=channel_turns_key(queue.team, queue.channel),
        now=ms_of(now),
        held=ms_of(now + min(wait, _LONGEST_HOLD)),
    )


def _whole_ms(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)
