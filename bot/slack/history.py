"""Reading what was said in a channel or a thread.

A short wait that Slack wants is kept. Where it wants a long one, what came is used, and the reader learns
that more may be there; or the reading fails, if all can be had by reading again a little later.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence, Sized
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import SlackUnavailable
from bot.slack.calls import PAGE, read_call, read_pages
from bot.slack.client import Slack
from bot.slack.kept_threads import KeptThread
from bot.slack.mark import EVENT_TYPE

logger = logging.getLogger(__name__)

_PAGES: Final = 50
_THREAD_PAGES: Final = 10
_PATIENCE: Final = timedelta(seconds=30)
"""For all waits of one reading; the model needs the rest of a delivery's time."""
_LOOKS_BACK: Final = tuple(timedelta(hours=hours) for hours in (1, 12, 24 * 7, 24 * 60))
_MOST_HALVINGS: Final = 14
_ENOUGH: Final = 20
"""Messages of which a conversation can be told."""
_TS: Final = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)
_SMALL_PAGE: Final = 15
"""Messages on a page for some apps, which may have one a minute: reading again would come no farther."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Messages as Slack gives them, oldest first, and whether there are or may be more."""

    messages: Sequence[Mapping[str, Any]]
    has_more: bool
    is_long: bool = False
    """It is more than can be read: some from its beginning, and the newest."""


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
    messages = read_pages(
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


async def read_thread(slack: Slack, channel: str, ts: str, *, before: str | None = None) -> Said:
    """The first message of a thread and its replies, as far as Slack gives them now, the oldest first.

    Of a thread that is longer than can be read, the newest replies, or those `before` a message.
    """
    thread = slack.kept_threads.thread_of(channel, ts)
    async with thread.turn:
        if (wait := slack.kept_threads.wait) is None:
            await _top_up(slack, channel, ts, thread, before=before)
        else:
            thread.has_more = True
            _use_what_came(SlackUnavailable("Slack limits the rate", retry_after=wait), thread.messages)
        found = sorted(thread.messages.items(), key=lambda told: float(told[0]))
        messages = [message for _, message in found]
        return Said(messages=messages, has_more=thread.has_more, is_long=thread.is_long)


async def _top_up(slack: Slack, channel: str, ts: str, thread: KeptThread, *, before: str | None) -> None:
    """Read on after the newest message that is kept; Slack lists the oldest first."""
    after = {"oldest": max(thread.messages, key=float)} if thread.messages else {}
    replies = read_pages(
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
                root = thread.messages.get(ts)
                if _is_too_long(root) and (end := _end_of(root, before=before)):
                    await _read_newest(slack, channel, ts, thread, before=end)
                    break
    except SlackUnavailable as exc:
        thread.has_more = True
        if exc.retry_after is not None:
            slack.kept_threads.hold_calls(exc.retry_after)
        _use_what_came(exc, thread.messages)
    slack.kept_threads.keep_on(thread)


def _is_too_long(root: Mapping[str, Any] | None) -> bool:
    count = 0 if root is None else root.get("reply_count")
    return isinstance(count, int) and count > _THREAD_PAGES * PAGE


def _end_of(root: Mapping[str, Any] | None, *, before: str | None) -> str | None:
    """A moment after the newest reply that counts; None where Slack does not tell that."""
    newest = str((root or {}).get("latest_reply") or "")
    ends = [before] if before else []
    if _TS.fullmatch(newest):
        ends.append(f"{float(newest) + 1:.6f}")
    return min(ends, key=float, default=None)


async def _read_newest(slack: Slack, channel: str, ts: str, thread: KeptThread, *, before: str) -> None:
    """Look back from a message, farther and farther, until enough of a very long thread is there.

    Slack lists the oldest of a time first, so one that holds more than a page is halved until it does not.
    """
    thread.has_more, thread.is_long = True, True
    near, far = 0.0, 0.0
    for back in _LOOKS_BACK:
        near, far = far, back.total_seconds()
        came, is_cut = await _read_back(slack, channel, ts, thread, before=before, seconds=far)
        if is_cut:
            break
        if came >= _ENOUGH:
            return
    for _ in range(_MOST_HALVINGS):
        middle = (near + far) / 2
        came, is_cut = await _read_back(slack, channel, ts, thread, before=before, seconds=middle)
        if not is_cut and came >= _ENOUGH:
            return
        near, far = (near, middle) if is_cut else (middle, far)


async def _read_back(
    slack: Slack, channel: str, ts: str, thread: KeptThread, *, before: str, seconds: float
) -> tuple[int, bool]:
    """Read what was said in that time before a message; how much came, and if a full page holds less."""
    oldest = f"{float(before) - seconds:.6f}"
    page = await read_call(
        slack.client.conversations_replies(
            channel=channel, ts=ts, oldest=oldest, latest=before, limit=PAGE, include_all_metadata=True
        )
    )
    came = {str(reply["ts"]): reply for reply in page.get("messages") or ()}
    is_cut = bool(page.get("has_more")) and len(came) >= PAGE
    if not is_cut:
        thread.messages |= came
    return len(came), is_cut


def _use_what_came(exc: SlackUnavailable, found: Sized) -> None:
    """Go on with the messages that came where Slack wants a wait before the next, or raise `exc`.

    Some apps get fifteen messages a minute: another try would come no farther.
    """
    if exc.retry_after is None or not found:
        raise exc
    logger.warning("slack.pages_left_out: %s", exc)


async def find_marked_run(slack: Slack, channel: str, ts: str) -> str | None:
    """The run whose answer the message of the bot at `ts` is; None for any other message of it."""
    reply = await read_call(
        slack.client.conversations_history(
            channel=channel, oldest=ts, latest=ts, inclusive=True, limit=1, include_all_metadata=True
        )
    )
    for message in reply.get("messages") or ():
        metadata = message.get("metadata") or {}
        if message.get("ts") == ts and metadata.get("event_type") == EVENT_TYPE:
            return str((metadata.get("event_payload") or {}).get("run") or "") or None
    return None
