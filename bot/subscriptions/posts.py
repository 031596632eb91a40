"""Posts of schedules, kept for people who get them later: the newest one, and a week's first lines.

It is kept only for schedules that somebody has subscribed to, in the step that ends a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from bot.answers import Answer
from bot.schedules import ScheduleRef
from bot.storage import (
    RecordKind,
    Retention,
    moment_of,
    ms_of,
    newest_post_key,
    subscribers_key,
    week_posts_key,
    whole_seconds,
)
from bot.subscriptions.subscription import AT_ONCE

KEPT_FOR: Final = timedelta(days=8)
"""A week, and a day for a digest that comes late."""
_MOST_OF_WEEK: Final = 100
_LOOKED_AT: Final = 10
"""Lines among which one post is looked for in its other places."""
_FIRST_LINES: Final = 400
"""Characters of an answer that a digest may show."""

_POST: Final = RecordKind(name="posted_answer", version=1)
_LINE: Final = RecordKind(name="posted_line", version=1)


Places = Mapping[str, str]
"""The channels in which a post stands, each with Slack's timestamp of its first message there."""


@dataclass(frozen=True, kw_only=True)
class KeptPost:
    """An answer as it was posted."""

    at: datetime
    slot: datetime | None
    """None for one that a person ran by hand."""
    query: str
    answer: Answer
    channel: str = ""
    """The place in which it has just been posted."""
    is_further: bool = False
    """That is a further place of its schedule, and not the first."""
    others: tuple[str, ...] = ()
    """The further places of its schedule, whose posts are others."""
    places: Places = field(default_factory=dict)
    """The places in which it stands, once it is kept."""

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read what a claim has pinned: the places, and the record. Raises `NewerRecord`."""
        places, record = text.split(" ", 1)
        _, raw = _POST.read_record(record)
        return cls(
            at=moment_of(raw["at"]),
            slot=moment_of(raw["slot"]) if raw["slot"] else None,
            query=raw["query"],
            answer=Answer.decode(raw["answer"]),
            places=_read_places(places),
        )


@dataclass(frozen=True, kw_only=True)
class PostLine:
    """A post as a digest tells of it."""

    at: datetime
    text: str
    """The first characters of its Markdown."""
    places: Places

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read a line of the list: the moment, the slot, the places, the record. Raises `NewerRecord`."""
        at, _, places, record = text.split(" ", 3)
        _, raw = _LINE.read_record(record)
        return cls(at=moment_of(at), text=raw["text"], places=_read_places(places))


def _read_places(text: str) -> Places:
    return dict(place.split("=", 1) for place in text.split(","))


KEEP_POST: Final = f"""
-- The line of a week's posts that tells of this one already, by its slot or its message.
local function find_line(place)
  for number = 0, {_LOOKED_AT - 1} do
    local line = redis.call('LINDEX', week_posts, number)
    if not line then return nil end
    local at, slot, places, record = string.match(line, '^(%d+) (%S+) (%S+) (.*)$')
    if slot == kept_slot then return number, at, places, record end
    if string.find(',' .. places .. ',', ',' .. place .. ',', 1, true) then
      return number, at, places, record
    end
  end
  return nil
end

-- The record of a post with its answer, a record itself, which has no other signs to quote.
local function with_answer(post, answer)
  return string.sub(post, 1, -2) .. ',"answer":"' .. string.gsub(answer, '[\\\\"]', '\\\\%0') .. '"}}'
end

-- Keep a post for subscribers, if there are any; `answer` is the one that its run has pinned. Answers those
-- who are sent it at once, parted by blanks: each with the post in the channel where they subscribed, or else
-- in the first place.
local function keep_post(ts, answer)
  local all = redis.call('HGETALL', subscribers)
  if not kept or ts == '' or not answer or #all == 0 then return '' end
  local known, place = redis.call('HMGET', newest_post, 'at', 'slot'), kept_channel .. '=' .. ts
  local is_same = kept_slot and known[2] == kept_slot
  if not is_same and kept_at >= tonumber(known[1] or '0') then
    redis.call('DEL', newest_post)
    redis.call('HSET', newest_post, 'at', kept_at, 'slot', kept_slot or '', 'body', with_answer(kept, answer))
    is_same = true
  end
  if is_same then
    local there = redis.call('HGET', newest_post, 'places')
    if not there then
      redis.call('HSET', newest_post, 'places', place)
    elseif not string.find(',' .. there .. ',', ',' .. place .. ',', 1, true) then
      redis.call('HSET', newest_post, 'places', there .. ',' .. place)
    end
    redis.call('EXPIRE', newest_post, kept_ttl)
  end
  local number, at, places, record = find_line(place)
  if not number then
    local head = string.format('%.0f', kept_at) .. ' ' .. (kept_slot or '-')
    redis.call('LPUSH', week_posts, head .. ' ' .. place .. ' ' .. kept_line)
    redis.call('LTRIM', week_posts, 0, {_MOST_OF_WEEK - 1})
  elseif not string.find(',' .. places .. ',', ',' .. place .. ',', 1, true) then
    local head = at .. ' ' .. (kept_slot or '-') .. ' ' .. places
    redis.call('LSET', week_posts, number, head .. ',' .. place .. ' ' .. record)
  end
  redis.call('EXPIRE', week_posts, kept_ttl)
  if not kept_slot then return '' end
  local due = {{}}
  for item = 1, #all, 2 do
    local subscription = all[item + 1]
    local is_due = string.find(subscription, '{AT_ONCE}', 1, true) ~= nil
    if is_further then
      is_due = is_due and string.find(subscription, '"channel":"' .. kept_channel .. '"', 1, true) ~= nil
    else
      for _, other in ipairs(kept_others) do
        is_due = is_due and not string.find(subscription, '"channel":"' .. other .. '"', 1, true)
      end
    end
    if is_due then due[#due + 1] = all[item] end
  end
  return table.concat(due, ' ')
end
"""
"""For scripts that name the arguments of `keep_arguments`."""


def keep_arguments(kept: KeptPost | None, ref: ScheduleRef, retention: Retention) -> dict[str, Any]:
    """The arguments of scripts that keep a post; None keeps nothing."""
    return {
        "subscribers": subscribers_key(*ref),
        "newest_post": newest_post_key(*ref),
        "week_posts": week_posts_key(*ref),
        "kept_ttl": whole_seconds(min(KEPT_FOR, retention.history)),
        **(_NOTHING_KEPT if kept is None else _arguments_of(kept)),
    }


_NOTHING_KEPT: Final[Mapping[str, Any]] = {
    "kept": None,
    "kept_line": None,
    "kept_at": None,
    "kept_slot": None,
    "kept_channel": "",
    "is_further": False,
    "kept_others": (),
}


def _arguments_of(kept: KeptPost) -> dict[str, Any]:
    """The arguments about a post: its record, without the answer, which its run has pinned in Redis; as much
    of it as a digest needs; and what is not the same in each place.
    """
    answer, at = kept.answer, ms_of(kept.at)
    slot = ms_of(kept.slot) if kept.slot else None
    own_id = {"id": answer.id} if answer.id else {}  # by which it is let go of once it is withdrawn
    return {
        "kept": _POST.write_record({"at": at, "slot": slot, "query": kept.query, **own_id}),
        "kept_line": _LINE.write_record({"text": answer.text[:_FIRST_LINES], **own_id}),
        "kept_at": at,
        "kept_slot": None if slot is None else str(slot),
        "kept_channel": kept.channel,
        "is_further": kept.is_further,
        "kept_others": kept.others,
    }
