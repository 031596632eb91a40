"""Reading what was said in a channel or a thread.

A short wait that Slack wants is kept. Where it wants a long one, what came is used, and the reader learns
that more may be there; or the reading fails, if all can be had by reading again a little later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence, Sized
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import SlackUnavailable
from bot.slack.calls import pages, read
from bot.slack.client import Slack
from bot.slack.kept_threads import KeptThread
from bot.slack.mark import EVENT_TYPE

logger = logging.getLogger(__name__)

_PAGES: Final = 50
_THREAD_PAGES: Final = 10
_PATIENCE: Final = timedelta(seconds=30)
"""For all waits of one reading; the model needs the rest of a delivery's time."""
_SMALL_PAGE: Final = 15
"""Messages on a page for some apps, which may have one a minute: reading again would come no farther."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Messages as Slack gives them, oldest first, and whether there are or may be more."""

    messages: Sequence[Mapping[str, Any]]
    has_more: bool


async def read_history(
    slack: Slack, channel: str, since: datetime, *, most: int, in_part: bool = True
) -> Said:
    """The newest messages of a channel, replies in threads aside.

    Raises `SlackUnavailable` where Slack gives some of them, unless they may be read `in_part` or the app
    would never get more. Where a part was used, Slack is not asked again while it wants no call: the part is
    used once more, and what must be whole waits.
    """
    if (wait := slack.kept_channels.wait) is not None:
        kept = slack.kept_channels.find_messages(channel, since) if in_part else ()
        _use_what_came(SlackUnavailable("Slack limits the rate", retry_after=wait), kept)
        return Said(messages=kept[:most][::-1], has_more=True)
    found: list[Mapping[str, Any]] = []
    more = False
    messages = pages(
        slack.client.conversations_history,
        most=_PAGES,
        patience=_PATIENCE,
        channel=channel,
        oldest=f"{since.timestamp():.6f}",
        include_all_metadata=True,
    )
    try:
        async with aclosing(messages):
            async for page in messages:
                came = page.told.get("messages") or ()
                found += came
                more = page.more
                in_part = in_part or len(came) == _SMALL_PAGE
                if len(found) >= most:
                    break
    except SlackUnavailable as exc:
        if exc.retry_after is not None and in_part and found:
            slack.kept_channels.hold_calls(exc.retry_after, channel, found)
        _use_what_came(exc, found if in_part else ())
    return Said(messages=found[:most][::-1], has_more=more or len(found) > most)


async def read_thread(slack: Slack, channel: str, ts: str) -> Said:
    """The first message of a thread and its replies, as far as Slack gives them now, the oldest first."""
    thread = slack.kept_threads.thread_of(channel, ts)
    async with thread.turn:
        if (wait := slack.kept_threads.wait) is None:
            await _top_up(slack, channel, ts, thread)
        else:
            thread.has_more = True
            _use_what_came(SlackUnavailable("Slack limits the rate", retry_after=wait), thread.messages)
        found = sorted(thread.messages.items(), key=lambda told: float(told[0]))
        return Said(messages=[message for _, message in found], has_more=thread.has_more)


async def _top_up(slack: Slack, channel: str, ts: str, thread: KeptThread) -> None:
    """Read on after the newest message that is kept."""
    after = {"oldest": max(thread.messages, key=float)} if thread.messages else {}
    replies = pages(
        slack.client.conversations_replies,
        most=_THREAD_PAGES,
        patience=_PATIENCE,
        channel=channel,
        ts=ts,
        include_all_metadata=True,
        **after,
    )
    try:
        async with aclosing(replies):
            async for page in replies:  # the first message may come with every page
                thread.messages |= {str(reply["ts"]): reply for reply in page.told.get("messages") or ()}
                thread.has_more = page.more
    except SlackUnavailable as exc:
        thread.has_more = True
        if exc.retry_after is not None:
            slack.kept_threads.hold_calls(exc.retry_after)
        _use_what_came(exc, thread.messages)
    slack.kept_threads.keep_on(thread)


def _use_what_came(exc: SlackUnavailable, found: Sized) -> None:
    """Go on with the messages that came where Slack wants a wait before the next, or raise `exc`.

    Some apps get fifteen messages a minute: another try would come no farther.
    """
    if exc.retry_after is None or not found:
        raise exc
    logger.warning("slack.pages_left_out: %s", exc)


async def marked_run(slack: Slack, channel: str, ts: str) -> str | None:
    """The run whose answer the message of the bot at `ts` is; None for any other message of it."""
    reply = await read(
        slack.client.conversations_history(
            channel=channel, oldest=ts, latest=ts, inclusive=True, limit=1, include_all_metadata=True
        )
    )
    for message in reply.get("messages") or ():
        metadata = message.get("metadata") or {}
        if message.get("ts") == ts and metadata.get("event_type") == EVENT_TYPE:
            return str((metadata.get("event_payload") or {}).get("run") or "") or None
    return None
