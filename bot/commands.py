"""/precache: acknowledged at once, then parsed, planned, published, and answered to whoever typed it.

No rules here: `parse` says what was asked, `make_plan` what to publish, `replies` how to say what happened.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import parse, replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError, SlackRefused
from bot.records import Schedule
from bot.slack import Slack
from bot.store import Store
from scheduler import Cron, Job, Once, Publisher, PublishError, Repeat, Send, When, WhenError, make_plan

logger = logging.getLogger(__name__)

DEFAULT_ZONE: Final = "UTC"
_SYLLABLES: Final = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who typed a command, and where."""

    team: str
    channel: str
    user: str


class Commands:
    """Does what a slash command asks for."""

    def __init__(
        self,
        *,
        slack: Slack,
        store: Store,
        publisher: Publisher,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._slack = slack
        self._store = store
        self._publisher = publisher
        self._background = background
        self._now = now

    def register(self, app: AsyncApp) -> None:
        app.command(replies.COMMAND)(self.precache)

    async def precache(self, ack: AsyncAck, command: Mapping[str, Any]) -> None:
        """Slack gets its 200 before anything else is asked of anyone; the rest is told by response_url."""
        await ack()
        self._background.start(self._respond(command), name="command")

    async def _respond(self, command: Mapping[str, Any]) -> None:
        caller = Caller(team=command["team_id"], channel=command["channel_id"], user=command["user_id"])
        try:
            reply = await self.run(caller, command.get("text") or "")
        except RedisUnavailable:
            logger.warning("command.redis_unavailable", exc_info=True)
            reply = replies.memory_down()
        except Exception:
            logger.exception("command.failed")
            reply = replies.broken()
        try:
            await self._slack.respond(command["response_url"], reply)
        except SlackError as exc:
            logger.warning("command.reply_lost: %s", exc)
            await self._slack.tell(caller.user, reply, channel=caller.channel)

    async def run(self, caller: Caller, text: str) -> str:
        """Do what `text` asks for; what to tell the one who typed it."""
        zone = await self._slack.zone(caller.user) if text.strip() else None
        try:
            request = parse.parse(text, now=self._now(), zone=zone or DEFAULT_ZONE)
        except WhenError as exc:
            return replies.bad_time(str(exc))
        match request:
            case parse.Ask(query=query):
                return await self._ask(caller, query)
            case parse.Schedule(when=when, query=query):
                return await self._schedule(caller, when, query, zone_known=zone is not None)
            case parse.List():
                return await self._list(caller)
            case parse.Delete(id=name):
                return await self._delete(caller, name)
            case parse.Help():
                return replies.help_text()
            case parse.UsageError():
                return replies.usage_error(request)

    async def _ask(self, caller: Caller, query: str) -> str:
        if (refusal := await self._refusal(caller)) is not None:
            return refusal
        plan = make_plan(self._job(caller, query, id=secrets.token_hex(8)), None, now=self._now())
        try:
            await self._publish(plan)
        except PublishError as exc:
            return _not_published(exc)
        return replies.on_it()

    async def _schedule(self, caller: Caller, when: When, query: str, *, zone_known: bool) -> str:
        if (refusal := await self._refusal(caller)) is not None:
            return refusal
        # The record comes first, QStash second, the record's confirmation third: whatever is lost on the way
        # leaves a pending record that says what was meant.
        record = await self._record(caller, when, query)
        plan = make_plan(self._job(caller, query, id=record.id), when, now=self._now())
        try:
            record = replace(record, message=await self._publish(plan))
        except PublishError as exc:
            await self._store.forget_schedule(record.team, record.id)
            return _not_published(exc)
        await self._store.confirm_schedule(record)
        logger.info("schedule.created id=%s", record.id)
        known = zone_known or when.zone != DEFAULT_ZONE
        return replies.scheduled(record, when, now=self._now(), zone_known=known)

    async def _record(self, caller: Caller, when: When, query: str) -> Schedule:
        while True:
            record = Schedule(
                id=new_id(),
                team=caller.team,
                channel=caller.channel,
                user=caller.user,
                query=query,
                zone=when.zone,
                cron=when.expression if isinstance(when, Cron) else None,
                at=when.at if isinstance(when, Once) else None,
            )
            if await self._store.add_schedule(record, now=self._now()):
                return record

    async def _publish(self, plan: Send | Repeat) -> str | None:
        match plan:
            case Send(job=job, deduplication_id=deduplication_id, at=at):
                return await self._publisher.publish(job, deduplication_id=deduplication_id, at=at)
            case Repeat(job=job, cron=cron):
                await self._publisher.schedule(job, str(cron))
                return None

    async def _list(self, caller: Caller) -> str:
        now = self._now()
        return replies.listing(
            [
                (record, when_of(record))
                for record in await self._store.schedules(caller.team)
                if _concerns(record, caller) and (record.at is None or record.at > now)
            ],
            now=now,
        )

    async def _delete(self, caller: Caller, name: str) -> str:
        record = await self._store.schedule(caller.team, name)
        if record is None or not _concerns(record, caller):
            return replies.unknown_id(name)
        try:
            if record.cron is not None:
                await self._publisher.delete(record.id)
            elif record.message is not None:
                await self._publisher.cancel(record.message)
        except PublishError as exc:
            logger.warning("schedule.not_deleted id=%s: %s", record.id, exc)
            return replies.not_deleted()
        await self._store.forget_schedule(record.team, record.id)
        logger.info("schedule.deleted id=%s", record.id)
        return replies.deleted(record)

    def _job(self, caller: Caller, query: str, *, id: str) -> Job:  # noqa: A002 - the wire's word
        return Job(
            id=id,
            query=query,
            team=caller.team,
            channel=caller.channel,
            user=caller.user,
            asked=self._now(),
        )

    async def _refusal(self, caller: Caller) -> str | None:
        """Why the bot could not post here; asked now, while someone is there to read it."""
        try:
            await self._slack.check_channel(caller.channel)
        except SlackRefused as exc:
            if exc.code in replies.CHANNEL_CODES:
                return replies.cannot_post(exc.code)
            logger.warning("command.channel_not_checked: %s", exc)
        except BotError as exc:
            logger.warning("command.channel_not_checked: %s", exc)
        return None


def new_id() -> str:
    """Short and speakable, such as "kolu-tane"."""
    syllable = [secrets.choice(_SYLLABLES) for _ in range(4)]
    return f"{syllable[0]}{syllable[1]}-{syllable[2]}{syllable[3]}"


def when_of(record: Schedule) -> When:
    if record.at is not None:
        return Once(at=record.at, zone=record.zone)
    return Cron.parse(record.cron or "", zone=record.zone)


def _concerns(record: Schedule, caller: Caller) -> bool:
    return caller.channel == record.channel or caller.user == record.user


def _not_published(error: PublishError) -> str:
    logger.warning("command.not_published: %s", error)
    return replies.not_published(error)
