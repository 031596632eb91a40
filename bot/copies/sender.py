"""Sends a copy, from its claim to its post, if the person may read it and the post is still there.

Each subscription and slot has exactly one, and it ends as other runs do. Nothing that the person may not read
is shown: where Slack says so the subscription ends, and where it does not tell nothing is sent.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, assert_never

from bot.answers import Question, Renderings
from bot.budget import Later
from bot.copies.claim import CopyClaims, CopyLedger, TakenCopy
from bot.errors import PostUnknown, RedisUnavailable, SlackRefused, SlackUnavailable
from bot.markdown import Part
from bot.readers import hidden_from
from bot.replies.subscriptions import MOST_IN_DIGEST, copies_not_readable, copy_parts, digest_part
from bot.runs import SOON, Busy, Ending, Ledger, Sleep, TakenRun, is_nothing_posted, post_answer
from bot.slack import Caller, Slack, find_direct_channel
from bot.stats import Copied
from bot.subscriptions import (
    PostLine,
    ReadingPlace,
    SubscriptionRef,
    Subscriptions,
    find_readable,
    read_subscription_id,
)
from bot.tracing import stage
from bot.workspaces import Workspaces
from scheduler import Done, Drop, Job, Retry, Verdict

logger = logging.getLogger(__name__)

_SHUT: Final = frozenset({"cannot_dm_bot", "channel_not_found", "messages_tab_disabled", "user_disabled"})
"""Slack's words for a person to whom nobody can write."""

_Stop = Literal["ended", "unseen"]


@dataclass(frozen=True, kw_only=True)
class CopySender:
    """Sends copies."""

    ledger: Ledger = field(repr=False)
    subscriptions: Subscriptions
    renderings: Renderings
    workspaces: Workspaces
    count: Callable[[Copied], None]
    now: Callable[[], datetime]
    sleep: Sleep

    async def send_copy(self, job: Job, slot: datetime | None) -> Verdict:
        """Send what a job of the kinds `copy` and `digest` asks for. Raises `BotError`."""
        named = read_subscription_id(job.schedule if job.cron is not None else job.id)
        slot = slot or job.at
        if named is None or slot is None or not job.team:
            return Drop(reason="copy")
        ref: SubscriptionRef = (job.team, *named)
        run = f"{job.team}:{named[0]}.{named[1]}:{job.kind}:{int(slot.timestamp())}"
        token = secrets.token_hex(8)
        with stage("claim"):
            claims = CopyClaims(ledger=self.ledger)
            claim = await claims.claim_copy(job, ref, run=run, slot=slot, token=token, now=self.now())
        match claim:
            case str():
                if claim == "nothing":
                    self.count("nothing")
                return Done(text=f"nothing to do: {claim}")
            case Busy(left=left):
                return Retry(after=left + SOON, reason="another delivery is on this copy")
            case Later(at=at):
                return Retry(after=at - self.now(), queued=True, reason="its turn comes later")
            case TakenCopy():
                await self._finish_claimed(claim, job, slot)
                return Done(text="")
            case _:
                assert_never(claim)

    async def _finish_claimed(self, taken: TakenCopy, job: Job, slot: datetime) -> None:
        """Send what was claimed, or give it back."""
        try:
            await self._send_or_end(taken, job, slot)
        except BaseException as exc:
            certain = is_nothing_posted(exc) and taken.claim.unsettled_since is None
            try:
                await self.ledger.release_run(taken.run, token=taken.token, certain=certain)
            except RedisUnavailable as lost:
                logger.warning("copy.not_released run=%s: %s", taken.run, lost)  # its lease ends by itself
            raise

    async def _send_or_end(self, taken: TakenCopy, job: Job, slot: datetime) -> None:
        slack = await self.workspaces.slack_of(taken.subscription.team)
        made = await (
            self._make_digest(slack, taken) if taken.post is None else self._make_copy(slack, taken)
        )
        if not isinstance(made, tuple):
            await self._ledger_of(taken, is_sent=False).record_posted(taken.run, ts="")
            self.count(made)
            return
        try:
            with stage("post", kind="client"):
                await post_answer(
                    slack,
                    self._ledger_of(taken),
                    await self._run_of(slack, taken, job, slot),
                    made,
                    ending=Ending(),
                    now=self.now,
                    sleep=self.sleep,
                )
        except SlackRefused as exc:
            if exc.code in _SHUT:
                logger.warning("copy.person_shut run=%s: %s", taken.run, exc)
                await self._end_subscription(taken)
            if is_nothing_posted(exc):
                await self._ledger_of(taken, is_sent=False).record_posted(taken.run, ts="")
            self.count("failed")
            raise
        self.count("sent")
        logger.info("copy.sent run=%s", taken.run)

    async def _make_copy(self, slack: Slack, taken: TakenCopy) -> tuple[Part, ...] | _Stop:
        """The messages of a copy, or the reason why it may not be shown."""
        post = taken.post
        assert post is not None  # noqa: S101 - a digest is made otherwise
        if taken.subscription.direct in post.places and taken.subscription.rhythm == "at_once":
            return "unseen"  # it stands there itself
        place = await self._find_place(slack, taken, post.places)
        if place.may != "yes":
            return await self._end_for_reader(slack, taken, place)
        link = await _find_link(slack, place.channel, post.places[place.channel])
        if link is None:
            return "unseen"
        return copy_parts(
            post,
            taken.schedule,
            channel=place.channel,
            link=link,
            now=self.now(),
            body=await self.renderings.render_answer(post.answer),
        )

    async def _make_digest(self, slack: Slack, taken: TakenCopy) -> tuple[Part, ...] | _Stop:
        """The message of a digest: the posts that are still there, in channels that they may read."""
        shown: list[tuple[PostLine, str]] = []
        found: dict[frozenset[str], ReadingPlace] = {}
        for line in taken.lines[:MOST_IN_DIGEST]:
            channels = frozenset(line.places)
            if channels not in found:
                found[channels] = await self._find_place(slack, taken, line.places)
            place = found[channels]
            if place.may != "yes":
                continue
            link = await _find_link(slack, place.channel, line.places[place.channel])
            if link is not None:
                shown.append((line, link))
        if not shown:
            newest = found[frozenset(taken.lines[0].places)]
            return "unseen" if newest.may == "yes" else await self._end_for_reader(slack, taken, newest)
        more = max(len(taken.lines) - MOST_IN_DIGEST, 0)
        known_as = await self._find_known_title(taken)
        return (digest_part(shown, taken.schedule, more=more, known_as=known_as),)

    async def _find_known_title(self, taken: TakenCopy) -> str:
        """The title by which they knew the schedule, if its words now are not for them; else nothing."""
        own = taken.subscription
        reader = Caller(team=own.team, user=own.user, channel=None)
        is_hidden = await hidden_from(self.workspaces.slack_of, reader, (taken.schedule,))
        return own.title if is_hidden else ""

    async def _find_place(self, slack: Slack, taken: TakenCopy, channels: Iterable[str]) -> ReadingPlace:
        """A place of the post that they may read, first of all the one that they have chosen."""
        subscription = taken.subscription
        ordered = sorted(channels, key=lambda channel: (channel != subscription.channel, channel))
        return await find_readable(slack, subscription.user, ordered, direct=subscription.direct)

    async def _end_for_reader(self, slack: Slack, taken: TakenCopy, place: ReadingPlace) -> _Stop:
        """End a subscription whose person may not read the post; where Slack refuses to tell, it stays."""
        if place.may == "refused":
            logger.warning("copy.reader_untold run=%s", taken.run)
            return "unseen"
        if place.may == "no":
            to_come = await self._find_place(slack, taken, [its.channel for its in taken.schedule.places])
            if to_come.may in ("yes", "refused"):
                return "unseen"  # it is not posted there, or not yet
            # First, for what has ended comes here no more.
            await _tell_surely(
                slack.tell_person(taken.subscription.user, copies_not_readable(taken.subscription))
            )
        await self._end_subscription(taken)
        return "ended"

    async def _end_subscription(self, taken: TakenCopy) -> None:
        subscription = taken.subscription
        await self.subscriptions.end_subscription(
            (subscription.team, subscription.schedule, subscription.user)
        )

    def _ledger_of(self, taken: TakenCopy, *, is_sent: bool = True) -> CopyLedger:
        subscription = taken.subscription
        return CopyLedger(
            redis=self.ledger.redis,
            pace=self.ledger.pace,
            retention=self.ledger.retention,
            ref=(subscription.team, subscription.schedule, subscription.user),
            newest=taken.newest if is_sent else None,
        )

    async def _run_of(self, slack: Slack, taken: TakenCopy, job: Job, slot: datetime) -> TakenRun:
        """The run as posting knows it: one part after the other, in the person's conversation with us."""
        subscription = taken.subscription
        direct = subscription.direct
        if direct == subscription.user and (known := await find_direct_channel(slack, direct)) is not None:
            direct = (await self.subscriptions.note_direct(subscription, known)).direct
        return TakenRun(
            job=replace(job, channel=direct, at=slot),
            run=taken.run,
            slot=slot,
            question=Question(key="", query=job.query, team=subscription.team, made_after=slot),
            claim=taken.claim,
            token=taken.token,
            turn=taken.claim.turn,
        )


async def _find_link(slack: Slack, channel: str, ts: str) -> str | None:
    """The address of a post; None if it is gone, or nobody says that it is there."""
    try:
        return await slack.get_permalink(channel, ts)
    except SlackRefused as exc:
        logger.info("copy.post_unseen: %s", exc)
        return None


async def _tell_surely(telling: Awaitable[None]) -> None:
    """Tell someone. Raises `SlackUnavailable` where it is not certain that they have heard it."""
    try:
        await telling
    except PostUnknown as exc:
        raise SlackUnavailable(f"perhaps they were not told: {exc}") from exc
    except SlackRefused as exc:
        logger.warning("copy.not_told: %s", exc)
