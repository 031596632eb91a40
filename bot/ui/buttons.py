"""The buttons that people press under answers and on the cards of schedules.

Slack is acknowledged first. A card shows the new state in its own place, so a second click finds things as
they are; a press in a message that others read too is answered to the one who pressed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.day import find_variables
from bot.promises import Promises
from bot.readers import encode_consents, hidden_from
from bot.replies.buttons import Press, actions_of, read_press
from bot.replies.commands import needs_review_here
from bot.replies.text import Reply, escape_mrkdwn
from bot.schedules import (
    Consenting,
    NotPublished,
    NotReader,
    Permissions,
    Schedule,
    ScheduleDirectory,
    Schedules,
)
from bot.slack import Caller, caller_of
from bot.sources import Reading, encode_sources
from bot.ui.answering import Answering, Shortfall, veil_refusal
from bot.ui.composer import Form, Forms, Offer, read_sources
from bot.ui.own_posts import PostDeletion
from bot.ui.schedules import BulkChanges, Cards, Dialogs, refused_outcome
from bot.ui.subscriptions import SubscriptionWindow
from bot.ui.threads import AskWindow
from scheduler import Job, PublishError

logger = logging.getLogger(__name__)

REFRESH_EVERY: Final = timedelta(minutes=1)
"""The question under one post may be asked again once in this time, no matter who presses."""


class Opens(Protocol):
    """The composer, as far as buttons need it."""

    async def open_composer(self, caller: Caller, *, trigger_id: str, form: Form | None = None) -> None: ...

    async def edit_schedule(
        self, caller: Caller, schedule: Schedule, *, trigger_id: str, over: str | None = None
    ) -> str | None: ...

    async def copy_schedule(
        self, caller: Caller, schedule: Schedule, *, trigger_id: str, over: str | None = None
    ) -> str | None: ...

    async def try_condition(self, caller: Caller, schedule: Schedule) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Buttons:
    """Does what is pressed in messages."""

    schedules: Schedules
    directory: ScheduleDirectory
    permissions: Permissions
    consenting: Consenting
    cards: Cards
    bulk: BulkChanges
    composer: Opens
    dialogs: Dialogs
    subscription_window: SubscriptionWindow
    ask_window: AskWindow
    post_deletion: PostDeletion
    forms: Forms
    offer: Offer
    promises: Promises
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.action(actions_of("post", "card"))(self.on_press)

    async def on_press(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        channel = (body.get("channel") or {}).get("id")
        caller = caller_of(body, context, channel=channel)
        self.answering.start_answer(
            caller,
            self._do_press(caller, body),
            response_url=str(body.get("response_url") or ""),
            replace=str(body["actions"][0].get("action_id")).startswith("card_"),
        )

    async def _do_press(self, caller: Caller, body: Mapping[str, Any]) -> Reply | Shortfall | None:
        """The reply; None where a window opens instead."""
        press = read_press(body["actions"][0])
        if press is None:
            return Reply(text=replies.button_outdated())
        match press.verb:
            case "refresh":
                return Reply(text=await self._ask_again(caller, press, body.get("container") or {}))
            case "schedule":
                form = await self._form_of_post(caller, press)
                if form is None:
                    return Reply(text=replies.answer_too_old())
                await self.composer.open_composer(caller, trigger_id=str(body["trigger_id"]), form=form)
                return None
            case "ask":
                container = body.get("container") or {}
                await self.ask_window.open_window(caller, container, trigger_id=str(body["trigger_id"]))
                return None
            case "unpost":
                return Reply(text=await self.post_deletion.delete_post(caller, body.get("container") or {}))
            case "deleteall":
                return await self.bulk.change_all(caller, "delete", press.schedules)
            case "pauseall":
                return await self.bulk.change_all(caller, "pause", press.schedules, until=press.until)
            case "keepall":
                return await self.bulk.keep_all(caller, press.schedules)
            case "resumeall":
                return await self.bulk.change_all(caller, "resume", press.schedules)
            case "subscribe":
                return await self.subscription_window.open_window(
                    caller, press.schedule, trigger_id=str(body["trigger_id"])
                )
            case "unsubscribe":
                stopped = await self.subscription_window.subscribing.unsubscribe(caller, press.schedule)
                return Reply(text=stopped) if isinstance(stopped, str) else stopped
            case "history":
                found = await self.directory.find_visible(caller, press.schedule)
                if isinstance(found, Schedule):
                    return await self.cards.show_history(found, caller=caller)
                outcome = refused_outcome(found)
            case "copy":
                found = await self.directory.find_visible(caller, press.schedule)
                if isinstance(found, Schedule):
                    closed = await self.composer.copy_schedule(
                        caller, found, trigger_id=str(body["trigger_id"])
                    )
                    return None if closed is None else Reply(text=closed)
                outcome = refused_outcome(found)
            case "try":
                tried = await self.schedules.find_changeable(caller, press.schedule)
                if isinstance(tried, Schedule):
                    return Reply(text=await self.composer.try_condition(caller, tried))
                outcome = refused_outcome(await veil_refusal(self.permissions, caller, tried))
            case "edit" | "move" | "rename" | "transfer" | "retime" | "snooze":
                changeable = await self.schedules.find_changeable(caller, press.schedule)
                if isinstance(changeable, Schedule):
                    closed = await open_window(
                        press,
                        caller,
                        changeable,
                        composer=self.composer,
                        dialogs=self.dialogs,
                        trigger_id=str(body["trigger_id"]),
                        response_url=str(body.get("response_url") or ""),
                    )
                    return None if closed is None else Reply(text=closed)
                outcome = refused_outcome(await veil_refusal(self.permissions, caller, changeable))
            case _:
                outcome = await self.cards.carry_out(caller, press, answering=self.answering)
        if outcome.schedule is None:
            return outcome.words
        card = self.cards.show_card(outcome.schedule, caller=caller, note=outcome.note)
        if not outcome.note:
            return await card
        return await self.answering.follow_up(card, otherwise=Shortfall(sentence=outcome.note))

    async def _form_of_post(self, caller: Caller, press: Press) -> Form | None:
        """The question that a post has answered; None if that is no longer kept."""
        if press.kept:
            kept = await self.forms.find_form(caller.team, press.kept)
            return None if kept is None else replace(kept, channel=caller.channel, timed=True)
        return Form(prompt=press.query, channel=caller.channel, origin=caller.channel, timed=True)

    async def _ask_again(self, caller: Caller, press: Press, container: Mapping[str, Any]) -> str:
        """Ask again what a post has answered, for everyone: the new answer replaces the old one in the cache.

        It goes to the post's thread, once a minute at most; the deduplication id sees to both clicks of two.
        """
        post = str(container.get("message_ts"))
        asked = caller.asked_at(self.now())
        minute = int(asked.timestamp() // REFRESH_EVERY.total_seconds())
        wish = f"{caller.team} {caller.channel} {post} {minute}"
        name = f"refresh-{hashlib.sha256(wish.encode()).hexdigest()[:20]}"
        thread = str(container.get("thread_ts") or post)
        return await self.ask_another(caller, press, thread, name) or replies.asking_again()

    async def ask_another(self, caller: Caller, press: Press, thread: str, name: str) -> str | None:
        """Publish a run of that `name` that asks the same again, now; or the sentence about why not."""
        job = await self._refresh_job(caller, press, name=name)
        if isinstance(job, str):
            return job
        job = replace(
            job,
            channel=caller.channel,
            user=caller.user,
            thread=thread,
            max_age=timedelta(0),
            asked=caller.asked_at(self.now()),
        )
        try:
            await self.promises.publish_promised(job, deduplication_id=name, wish=caller.wish)
        except PublishError as exc:
            logger.warning("button.not_published: %s", exc)
            return replies.refusal_words(NotPublished(error=exc))
        return None

    async def _refresh_job(self, caller: Caller, press: Press, *, name: str) -> Job | str:
        """The job that asks it again, or why there is none."""
        if press.schedule:
            found = await self.directory.find_visible(caller, press.schedule)
            if not isinstance(found, Schedule):
                return refused_outcome(found).note
            if await hidden_from(self.permissions.slack_of, caller, (found,)):
                return replies.refusal_words(NotReader(schedule=found))
            is_elsewhere = caller.channel not in found.channels  # it was moved since
            if is_elsewhere and self.permissions.policy.requires_review(caller.channel):
                return needs_review_here()
            return replace(found.job_by_hand, id=name, lead=None)
        if self.permissions.policy.requires_review(caller.channel):
            return needs_review_here()
        form = await self._form_of_post(caller, press)
        if form is None:
            return replies.answer_too_old()
        reads = read_sources(form, offer=self.offer, recurs=False)
        if not isinstance(reads, Reading):
            return escape_mrkdwn(" ".join(reads.values()))
        # The one who presses has more read to everyone here, so it must be open to them, too.
        if (unread := await self.permissions.cannot_read(caller, reads.sources)) is not None:
            return replies.refusal_words(unread)
        consents = await self.consenting.find_consents(
            caller, reads.sources, (caller.channel or caller.user,), given=form.consents
        )
        if not isinstance(consents, tuple):
            return replies.refusal_words(consents)
        if reads.sources:
            await self.forms.keep_form(caller.team, form, name=name)
        return Job(
            id=name,
            query=reads.query,
            sources=encode_sources(reads.sources),
            consents=encode_consents(consents),
            team=caller.team,
            asker_zone=await self.directory.zone_of(caller),
            fills_for=(caller.channel or caller.user) if find_variables(reads.query) else None,
        )


async def open_window(
    press: Press,
    caller: Caller,
    schedule: Schedule,
    *,
    composer: Opens,
    dialogs: Dialogs,
    trigger_id: str,
    response_url: str = "",
    over: str | None = None,
) -> str | None:
    """Open the window in which a schedule is changed, moved, renamed, given away or paused;
    or say why not.

    Raises `SlackError`.
    """
    if press.verb in ("move", "rename", "transfer", "retime", "snooze"):
        await dialogs.open_dialog(
            caller, press.verb, schedule, trigger_id=trigger_id, response_url=response_url, over=over
        )
        return None
    return await composer.edit_schedule(caller, schedule, trigger_id=trigger_id, over=over)
