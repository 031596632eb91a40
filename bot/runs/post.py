"""Slack out, exactly once.

`chat.postMessage` has no idempotency key. So each message carries its run and part in its metadata, and where
the fate of a part is unknown the channel's history is asked before anything is posted again. Each part is
sent at its turn; if Slack wants more patience all the same, that counts for the channel in all copies, and
the part takes another turn, behind those that wait: sent between theirs, it would be in the way of the next.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from bot.budget import Later
from bot.errors import PostedOutsideThread, PostUnknown, RedisUnavailable, SlackRefused, SlackUnavailable
from bot.markdown import Part
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import Ending, Lost
from bot.runs.state.taken_run import TakenRun
from bot.slack import Mark, Slack

logger = logging.getLogger(__name__)

UNSETTLED: Final = "unsettled"
"""Beside Slack's own codes in `SlackRefused`: it does not let us find out what became of a post."""

CLOCKS: Final = timedelta(minutes=2)
"""By which Slack's clock, which gives the ts, may differ from ours."""


_LATEST: Final = timedelta(seconds=15)
"""After its turn, up to which a part may be sent. A process that stood still for longer may have lost its run
to another copy, to whose clock the lease has ended."""


class NotBegun(SlackUnavailable):
    """Nothing of the post is there, and nobody wants it any more."""


Sleep = Callable[[float], Awaitable[object]]
"""Wait for so many seconds."""

_TICK: Final = timedelta(milliseconds=1)
"""Turns are kept in milliseconds, so that one which is here may seem to be a part of one away."""


async def post_answer(
    slack: Slack,
    ledger: Ledger,
    taken: TakenRun,
    parts: Sequence[Part],
    *,
    ending: Ending,
    now: Callable[[], datetime],
    sleep: Sleep,
) -> tuple[str, ...]:
    """Post the parts that are not there yet, the first in the channel and the rest in its thread;
    `ending` is recorded with the last one. Returns the people who are sent it at the same time.

    Raises `NotBegun` for an overtaken run without any; else `SlackUnavailable` or `SlackRefused` (nothing
    beyond the record was posted, unless `UNSETTLED`), or `PostUnknown`.
    """
    run, place, claim = taken.run, taken.post_place, taken.claim
    done, first, unsettled = claim.parts, claim.ts, claim.unsettled_since
    turn: datetime | Later | Lost | None = taken.turn
    while done < len(parts):
        thread = place.thread if done == 0 else place.thread or first
        mark = Mark(run=run, part=done, asked=taken.asked_in_thread)
        ts = None
        if unsettled is not None:
            ts = await _find_part(slack, place.channel, mark, since=unsettled - CLOCKS, thread=thread)
            unsettled = None
        if ts is None and done == 0 and taken.is_overtaken:
            raise NotBegun("a later slot is posted")
        if ts is None:
            post = partial(slack.post_message, place.channel, mark=mark, thread=thread)
            send = partial(_post_part, post, parts[done], is_last=done + 1 == len(parts))
            ts = await _post_in_turn(send, ledger, taken, turn, now=now, sleep=sleep)
        first = first or ts
        done += 1
        if done < len(parts):
            turn = await ledger.record_parts(
                run, token=taken.token, parts=done, ts=first, queue=taken.post_queue, now=now()
            )
    return await ledger.record_posted(run, ts=first or "", ending=ending, open_post=taken.open_post)


async def _post_in_turn(
    send: Callable[..., Awaitable[str]],
    ledger: Ledger,
    taken: TakenRun,
    turn: datetime | Later | Lost | None,
    *,
    now: Callable[[], datetime],
    sleep: Sleep,
) -> str:
    """Send at the turn; at another one if it is missed, or if Slack wants a short wait at it."""
    take_next = partial(ledger.take_next_turn, taken.run, token=taken.token, queue=taken.post_queue)
    patience, hold = ledger.pace.patience, partial(_hold_channel, ledger, taken, now=now)
    while True:
        if isinstance(turn, datetime) and ledger.pace.is_missed(turn, now=now()):
            turn = await take_next(now=now())
        await _wait_for_turn(turn, now=now, sleep=sleep)
        is_paced = isinstance(turn, datetime)
        try:
            return await send(
                hold=hold,
                check=partial(_check_turn, turn, now=now),
                patience=timedelta(0) if is_paced else patience,
            )
        except SlackUnavailable as exc:
            if not is_paced or exc.retry_after is None or exc.retry_after > patience:
                raise
        turn = await take_next(now=now())


async def _wait_for_turn(
    turn: datetime | Later | Lost | None, *, now: Callable[[], datetime], sleep: Sleep
) -> None:
    """Raises `SlackUnavailable` where the turn is too far away to wait for it here, or is another copy's."""
    match turn:
        case Lost():
            raise SlackUnavailable("another copy goes on with this run")
        case Later(at=at):
            raise SlackUnavailable("the channel's next turn comes later", retry_after=at - now())
        case datetime() if (wait := turn - now()) >= _TICK:
            await sleep(wait.total_seconds())


def _check_turn(turn: datetime | Later | Lost | None, *, now: Callable[[], datetime]) -> None:
    """Raises `SlackUnavailable` where it is too late to send."""
    if isinstance(turn, datetime) and now() - turn > _LATEST:
        raise SlackUnavailable("the turn to post has long passed")


async def _hold_channel(
    ledger: Ledger, taken: TakenRun, wait: timedelta, *, now: Callable[[], datetime]
) -> None:
    logger.warning("post.limited run=%s after=%.0fs", taken.run, wait.total_seconds())
    try:
        await ledger.hold_channel(taken.post_queue, wait=wait, now=now())
    except RedisUnavailable as exc:  # the others will hear it from Slack
        logger.warning("post.not_held run=%s: %s", taken.run, exc)


async def _post_part(
    post: Callable[..., Awaitable[str]], part: Part, *, is_last: bool, **in_turn: Any
) -> str:
    """Post it; of what Slack has put into the channel instead, only a last part counts as posted."""
    try:
        return await post(text=part.text, blocks=part.blocks, **in_turn)
    except PostedOutsideThread as exc:
        logger.warning("post.outside_thread: %s", exc)
        if not is_last:
            raise
        return exc.ts


async def _find_part(
    slack: Slack, channel: str, mark: Mark, *, since: datetime, thread: str | None
) -> str | None:
    try:
        return await slack.find_post(channel, mark=mark, since=since, thread=thread)
    except SlackUnavailable as exc:
        raise PostUnknown("the channel's history cannot be read now") from exc
    except SlackRefused as exc:
        raise SlackRefused(UNSETTLED) from exc
