"""The claim of a copy: in one step it is ours, its content is pinned, and it has its turn to be posted.

Its run is (subscription, slot), kept as other runs are, so that what ends and settles those does so here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.answers import IS_WITHDRAWN
from bot.budget import TAKE_TURN, Later, PostQueue, TurnScript, read_turn, turn_arguments
from bot.runs import LEASE, Busy, Ledger, OpenPost, Taken
from bot.runs import Ending as RunEnding
from bot.schedules import Schedule, decode_schedule
from bot.storage import (
    RUN_TTL,
    copied_key,
    moment_of,
    ms_of,
    named_values,
    newest_post_key,
    run_key,
    run_script,
    schedule_key,
    subscribers_key,
    week_posts_key,
    whole_seconds,
    withdrawn_key,
)
from bot.subscriptions import KEPT_FOR, KeptPost, PostLine, Subscription, SubscriptionRef, mark_of
from scheduler import Job, Key, Script

CopyOver = Literal["sent", "ended", "off", "nothing"]
"""It was sent; there is no such subscription any more; its schedule is paused or gone; nothing is new."""


class ClaimCopy(TurnScript):
    """Take the run of a copy until `lease_end`.

    Answers {'over', why}, {'busy', lease_end}, {'later', turn}, or {'taken', …} with pairs of a name and a
    value. What is sent is pinned at the first claim: the newest post, which must be of `wanted_slot` if that
    is given, or the lines of all posts after `since` for what is `weekly`. `mark` is in each record that the
    delivery is for.
    """

    subscribers: Key
    copied: Key
    newest_post: Key
    week_posts: Key
    record: Key
    withdrawn: Key
    user: str
    mark: str
    wanted_slot: str | None
    weekly: bool
    since: int
    token: str
    lease_end: int
    run_ttl: int
    LUA = (
        TAKE_TURN
        + IS_WITHDRAWN
        + """
local seen = redis.call('HMGET', run, 'state', 'until', 'parts', 'ts', 'since', 'answer')
local state, lease, parts, pinned = seen[1], tonumber(seen[2] or '0'), seen[3] or '0', seen[6]
local is_begun = tonumber(parts) > 0 or state == 'posting'
if pinned and not weekly and not is_begun and is_withdrawn(pinned) then pinned = nil end
if state == 'posted' then return {'over', 'sent'} end
if state and state ~= 'waiting' and lease > now then return {'busy', lease} end
local subscription = redis.call('HGET', subscribers, user)
if not subscription or not string.find(subscription, mark, 1, true) then return {'over', 'ended'} end
local known = redis.call('HMGET', record, 'state', 'doc', 'revision')
if not known[2] or known[1] == 'deleted' or known[1] == 'paused' then return {'over', 'off'} end
if not pinned then
  local from = tonumber(redis.call('HGET', copied, user) or '0')
  if weekly then
    from = math.max(from, since)
    local lines = {}
    for _, line in ipairs(redis.call('LRANGE', week_posts, 0, -1)) do
      local is_new = tonumber(string.match(line, '^%d+')) > from
      if is_new and not is_withdrawn(line) then lines[#lines + 1] = line end
    end
    pinned = table.concat(lines, '\\n')
  else
    local post = redis.call('HMGET', newest_post, 'at', 'slot', 'places', 'body')
    local is_wanted = post[4] and tonumber(post[1]) > from and (not wanted_slot or post[2] == wanted_slot)
    is_wanted = is_wanted and not is_withdrawn(post[4])
    pinned = is_wanted and post[3] .. ' ' .. post[4] or ''
  end
  if pinned == '' then return {'over', 'nothing'} end
end
local unsettled = state == 'posting' and seen[5] or ''
local told = take_turn_of_run(tonumber(parts) > 0)
if told[1] == 'later' then
  redis.call('HSET', run, 'answer', pinned)
  let_wait(told[2], unsettled ~= '')
  redis.call('EXPIRE', run, run_ttl)
  return told
end
redis.call('HSET', run, 'token', token, 'until', lease_end, 'state', 'posting', 'answer', pinned)
if unsettled == '' then redis.call('HSET', run, 'since', now) end
redis.call('EXPIRE', run, run_ttl)
return {'taken', 'pinned', pinned, 'subscription', subscription, 'state', known[1] or '', 'doc', known[2],
  'revision', known[3] or '0', 'parts', parts, 'ts', seen[4] or '', 'since', unsettled,
  'turn', told[2] or ''}
"""
    )


class RecordCopied(Script):
    """End the run of a copy; a subscription that is there still has all posts up to `newest`."""

    run: Key
    subscribers: Key
    copied: Key
    user: str
    newest: str | None
    ts: str
    run_ttl: int
    LUA = """
redis.call('DEL', run)
redis.call('HSET', run, 'state', 'posted', 'ts', ts)
redis.call('EXPIRE', run, run_ttl)
if newest and redis.call('HEXISTS', subscribers, user) == 1 then redis.call('HSET', copied, user, newest) end
return 1
"""


@dataclass(frozen=True, kw_only=True)
class TakenCopy:
    """A copy that this delivery may send, and its content."""

    subscription: Subscription
    schedule: Schedule
    post: KeptPost | None
    """The post; None for a digest."""
    lines: tuple[PostLine, ...]
    """The posts of a digest, newest first."""
    run: str
    token: str
    claim: Taken

    @property
    def newest(self) -> datetime:
        """The moment of the newest post in it."""
        return self.post.at if self.post is not None else self.lines[0].at


CopyClaim = TakenCopy | Busy | Later | CopyOver


@dataclass(frozen=True, kw_only=True)
class CopyLedger(Ledger):
    """The ledger for the runs of copies: they have no history, and end with what their person has now."""

    ref: SubscriptionRef = ("", "", "")
    newest: datetime | None = None

    async def record_posted(
        self,
        run: str,
        *,
        ts: str,
        ending: RunEnding = RunEnding(),  # noqa: B008 - frozen
        open_post: OpenPost | None = None,
    ) -> tuple[str, ...]:
        """End it; a copy has no copies of its own."""
        del ending, open_post
        team, schedule, user = self.ref
        call = RecordCopied(
            run=run_key(run),
            subscribers=subscribers_key(team, schedule),
            copied=copied_key(team, schedule),
            user=user,
            newest=str(ms_of(self.newest)) if self.newest else None,
            ts=ts,
            run_ttl=whole_seconds(RUN_TTL),
        )
        await run_script(self.redis, call)
        return ()


@dataclass(frozen=True, kw_only=True)
class CopyClaims:
    """Claims copies; one round trip each."""

    ledger: Ledger = field(repr=False)

    async def claim_copy(
        self, job: Job, ref: SubscriptionRef, *, run: str, slot: datetime, token: str, now: datetime
    ) -> CopyClaim:
        """Take the run of a copy. Raises `NewerRecord`."""
        team, schedule, user = ref
        queue = PostQueue(team=team, channel=user)
        reply: Any = await run_script(
            self.ledger.redis,
            ClaimCopy(
                run=run_key(run),
                subscribers=subscribers_key(team, schedule),
                copied=copied_key(team, schedule),
                newest_post=newest_post_key(team, schedule),
                week_posts=week_posts_key(team, schedule),
                record=schedule_key(team, schedule),
                withdrawn=withdrawn_key(team),
                user=user,
                mark=mark_of(job),
                wanted_slot=str(ms_of(slot)) if job.cron is None else None,
                weekly=job.kind == "digest",
                since=ms_of(now - KEPT_FOR),
                token=token,
                now=ms_of(now),
                lease_end=ms_of(now + LEASE),
                run_ttl=whole_seconds(RUN_TTL),
                **turn_arguments(queue, pace=self.ledger.pace),
            ),
        )
        match reply:
            case ["over", "sent" | "ended" | "off" | "nothing" as why]:
                over: CopyOver = why
                return over
            case ["busy", lease_end]:
                return Busy(left=max(moment_of(lease_end) - now, timedelta(0)))
            case ["later", _]:
                later = read_turn(reply, pace=self.ledger.pace)
                assert isinstance(later, Later)  # noqa: S101 - as the reply says
                return later
            case ["taken", *pairs]:
                return await _read_taken(named_values(pairs), job, ref, run=run, token=token)
            case _:
                raise AssertionError("the claim script returned something else")


async def _read_taken(
    told: dict[str, Any], job: Job, ref: SubscriptionRef, *, run: str, token: str
) -> TakenCopy | CopyOver:
    team, name, user = ref
    schedule = await decode_schedule((told["doc"], told["state"], told["revision"]))
    if schedule is None:
        return "off"
    post, lines = None, tuple[PostLine, ...]()
    if job.kind == "digest":
        lines = tuple(PostLine.decode(line) for line in told["pinned"].split("\n"))
    else:
        post = KeptPost.decode(told["pinned"])
    return TakenCopy(
        subscription=Subscription.decode(told["subscription"], ref=(team, name), user=user),
        schedule=schedule,
        post=post,
        lines=lines,
        run=run,
        token=token,
        claim=Taken(
            found=None,
            parts=int(told["parts"]),
            ts=told["ts"] or None,
            unsettled_since=moment_of(told["since"]) if told["since"] else None,
            turn=moment_of(told["turn"]) if told["turn"] else None,
        ),
    )
