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

    def encode(self) -> str:
        """All that is the same in each place."""
        return _POST.write_record(
            {
                "at": ms_of(self.at),
                "slot": ms_of(self.slot) if self.slot else None,
                "query": self.query,
                "answer": self.answer.encode(),
                **_own_id(self.answer),
            }
        )

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

    @property
    def line(self) -> str:
        """As much of it as a digest needs."""
        return _LINE.write_record({"text": self.answer.text[:_FIRST_LINES], **_own_id(self.answer)})


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


def _own_id(answer: Answer) -> dict[str, str]:
    """By which it is let go of once it is withdrawn."""
    return {"id": answer.id} if answer.id else {}


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

-- Keep a post for subscribers, if there are any. Answers those who are sent it at once, parted by blanks:
-- each with the post in the channel where they subscribed, or else in the first place.
local function keep_post(ts)
  local all = redis.call('HGETALL', subscribers)
  if not kept or ts == '' or #all == 0 then return '' end
  local known, place = redis.call('HMGET', newest_post, 'at', 'slot'), kept_channel .. '=' .. ts
  local is_same = kept_slot and known[2] == kept_slot
  if not is_same and kept_at >= tonumber(known[1] or '0') then
    redis.call('DEL', newest_post)
    redis.call('HSET', newest_post, 'at', kept_at, 'slot', kept_slot or '', 'body', kept)
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
        "kept": kept.encode() if kept else None,
        "kept_line": kept.line if kept else None,
        "kept_at": ms_of(kept.at) if kept else None,
        "kept_slot": str(ms_of(kept.slot)) if kept and kept.slot else None,
        "kept_channel": kept.channel if kept else "",
        "is_further": kept is not None and kept.is_further,
        "kept_others": kept.others if kept else (),
        "kept_ttl": whole_seconds(min(KEPT_FOR, retention.history)),
    }
