"""What people press under answers and on the cards of schedules.

Slack is acknowledged first. A card shows the new state in its own place, so a second click finds things as
they are; whatever is pressed in a message that others read too is answered to the one who pressed it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError
from bot.replies import Press, Reply, actions_of, read_press, section
from bot.schedules import NotPublished, Schedule, Schedules
from bot.slack import Caller, caller_of
from bot.sources import Reading, encode_sources
from bot.ui.cards import carry_out, refused, show
from bot.ui.composer import Form, Forms, Offer, read_sources
from bot.ui.dialogs import Dialogs
from bot.workspaces import Workspaces
from scheduler import Job, Publisher, PublishError

logger = logging.getLogger(__name__)

REFRESH_EVERY: Final = timedelta(minutes=1)
"""How often the question under one post may be asked anew, whoever presses."""


class Opens(Protocol):
    """The composer, as far as buttons need it."""

    async def open(self, caller: Caller, *, trigger_id: str, form: Form | None = None) -> None: ...

    async def edit(self, caller: Caller, schedule: Schedule, *, trigger_id: str) -> None: ...


class Buttons:
    """Does what is pressed in messages."""

    def __init__(
        self,
        *,
        schedules: Schedules,
        composer: Opens,
        dialogs: Dialogs,
        forms: Forms,
        offer: Offer,
        publisher: Publisher,
        workspaces: Workspaces,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._schedules = schedules
        self._composer = composer
        self._dialogs = dialogs
        self._forms = forms
        self._offer = offer
        self._publisher = publisher
        self._workspaces = workspaces
        self._background = background
        self._now = now

    def register(self, app: AsyncApp) -> None:
        app.action(actions_of("post", "card"))(self.pressed)

    async def pressed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._background.start(self._respond(body, context), name="button")

    async def _respond(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        channel = (body.get("channel") or {}).get("id")
        caller = caller_of(body, context, channel=channel)
        action = body["actions"][0]
        on_card = str(action.get("action_id")).startswith("card_")
        try:
            press = read_press(action)
            told = await self._done(caller, press, body) if press else Reply(text=replies.stale())
        except RedisUnavailable:
            logger.warning("button.redis_unavailable", exc_info=True)
            told, on_card = Reply(text=replies.memory_down()), False
        except SlackError as exc:
            logger.warning("button.slack_failed: %s", exc)
            told, on_card = Reply(text=replies.not_opened()), False
        except Exception:
            logger.exception("button.failed")
            told, on_card = Reply(text=replies.broken()), False
        if told is not None:
            await self._tell(caller, told, str(body.get("response_url") or ""), replace=on_card)

    async def _done(self, caller: Caller, press: Press, body: Mapping[str, Any]) -> Reply | None:
        """What to tell; None where a window opens instead."""
        match press.verb:
            case "refresh":
                return Reply(text=await self._refresh(caller, press, body.get("container") or {}))
            case "schedule":
                form = await self._asked(caller, press)
                if form is None:
                    return Reply(text=replies.too_old())
                await self._composer.open(caller, trigger_id=str(body["trigger_id"]), form=form)
                return None
            case "edit":
                found = await self._schedules.changeable(caller, press.schedule)
                if isinstance(found, Schedule):
                    await self._composer.edit(caller, found, trigger_id=str(body["trigger_id"]))
                    return None
                carried = refused(found)
            case "rename" | "transfer":
                found = await self._schedules.changeable(caller, press.schedule)
                if isinstance(found, Schedule):
                    await self._dialogs.open(
                        caller,
                        press.verb,
                        found,
                        trigger_id=str(body["trigger_id"]),
                        response_url=str(body.get("response_url") or ""),
                    )
                    return None
                carried = refused(found)
            case "history":
                found = await self._schedules.lookup.find(caller, press.schedule)
                if isinstance(found, Schedule):
                    return replies.history(found, await self._schedules.lookup.history(found))
                carried = refused(found)
            case _:
                carried = await carry_out(self._schedules, caller, press)
        if carried.schedule is None:
            return Reply(text=carried.note)
        return await show(self._schedules, carried.schedule, caller=caller, note=carried.note)

    async def _asked(self, caller: Caller, press: Press) -> Form | None:
        """What a post has answered; None if that is no longer kept."""
        if press.kept:
            kept = await self._forms.find(caller.team, press.kept)
            return None if kept is None else replace(kept, channel=caller.channel)
        return Form(prompt=press.query, channel=caller.channel, origin=caller.channel)

    async def _refresh(self, caller: Caller, press: Press, container: Mapping[str, Any]) -> str:
        """Ask anew what a post has answered, for everyone: the new answer replaces the old one in the cache.

        It goes to the post's thread, once a minute at most; the deduplication id sees to both clicks of two.
        """
        post = str(container.get("message_ts"))
        minute = int(self._now().timestamp() // REFRESH_EVERY.total_seconds())
        wish = f"{caller.team} {caller.channel} {post} {minute}"
        name = f"refresh-{hashlib.sha256(wish.encode()).hexdigest()[:20]}"
        if press.schedule:
            found = await self._schedules.lookup.find(caller, press.schedule)
            if not isinstance(found, Schedule):
                return refused(found).note
            job = replace(found.job, id=name, schedule=found.id, lead=None)
        else:
            form = await self._asked(caller, press)
            if form is None:
                return replies.too_old()
            reads = read_sources(form, offer=self._offer, recurs=False)
            if not isinstance(reads, Reading):
                return replies.escape(" ".join(reads.values()))
            # Whoever presses has more read to everyone here, so it must be open to them, too.
            if (unread := await self._schedules.permissions.cannot_read(caller, reads.sources)) is not None:
                return replies.refusal(unread)
            if reads.sources:
                await self._forms.keep(caller.team, form, name=name)
            job = Job(id=name, query=reads.query, sources=encode_sources(reads.sources), team=caller.team)
        job = replace(
            job,
            channel=caller.channel,
            user=caller.user,
            thread=str(container.get("thread_ts") or post),
            max_age=timedelta(0),
            asked=self._now(),
        )
        try:
            await self._publisher.publish_job(job, deduplication_id=name)
        except PublishError as exc:
            logger.warning("button.not_published: %s", exc)
            return replies.refusal(NotPublished(error=exc))
        return replies.refreshing()

    async def _tell(self, caller: Caller, told: Reply, response_url: str, *, replace: bool) -> None:
        blocks = told.blocks or (section(told.text),)
        try:
            await self._workspaces.respond(response_url, told.text, blocks, replace=replace)
        except BotError as exc:
            logger.warning("button.reply_lost: %s", exc)
            try:
                slack = await self._workspaces.slack(caller.team)
                await slack.tell(caller.user, told.text, blocks=blocks, channel=caller.channel)
            except BotError as lost:
                logger.warning("button.not_told: %s", lost)
