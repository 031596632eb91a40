"""The answers to the question who may see what: under what was typed, and in an owner's direct messages.

The question names what would be seen by whom, and its button agrees to just that: where it has changed since,
it is asked once more. Only people who may read the sources can agree.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.promises import Promises
from bot.readers import ticket_of
from bot.replies.readers import (
    AGREE,
    ALLOW,
    DROP,
    HALT,
    ONLY_ME,
    consent_dropped,
    consent_kept,
    consent_stale,
)
from bot.replies.text import Reply
from bot.schedules import NeedsConsent, Schedule, ScheduleDirectory, Schedules
from bot.slack import Caller
from bot.ui.answering import Answering, Shortfall, veil_refusal, veil_schedule
from bot.ui.composer import Form, Forms
from bot.ui.typed_commands import TypedCommands
from scheduler import PublishError, deduplication_id

logger = logging.getLogger(__name__)

ASKS_CONSENT: Final = "asks_consent"
"""The word in a schedule's history for a run that waits for a consent."""

_CURRENT: Final = timedelta(days=1)
"""The age up to which a run that waits is made up for."""


@dataclass(frozen=True, kw_only=True)
class Consents:
    """Does what is pressed under such a question."""

    commands: TypedCommands
    schedules: Schedules
    directory: ScheduleDirectory
    forms: Forms
    promises: Promises
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.action(AGREE)(self.on_agree)
        app.action(ONLY_ME)(self.on_only_me)
        app.action(DROP)(self.on_drop)
        app.action(ALLOW)(self.on_allow)
        app.action(HALT)(self.on_halt)

    async def on_agree(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Do what was typed, and post it there."""
        await ack()
        self.answering.answer_press(body, context, self._do_kept, replace=True)

    async def on_only_me(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Have what was typed answered to the one who presses."""
        await ack()
        self.answering.answer_press(body, context, self._preview_kept, replace=True)

    async def on_drop(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.answering.answer_press(body, context, self._drop_kept, replace=True)

    async def on_allow(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Keep an owner's consent, and post the run that waited for it."""
        await ack()
        self.answering.answer_press(body, context, self._allow_showing, replace=True)

    async def on_halt(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.answering.answer_press(body, context, self._pause_schedule, replace=True)

    async def _do_kept(self, caller: Caller, body: Mapping[str, Any]) -> Reply | Shortfall | str | None:
        name = _value_of(body)
        kept = await self._find_kept(caller, name)
        if kept is None:
            return Shortfall(sentence=replies.button_outdated())
        once, done = f"agree-{name}", False
        if await self.forms.begin_submission(caller, once) != "ours":
            return None  # a double click, or a second press of what was done
        try:
            outcome = await self.commands.run_typed(
                replace(caller, thread=kept.follows),
                kept.prompt,
                trigger_id=str(body.get("trigger_id") or ""),
                attached=kept.others,
                agreed=kept.agreed,
            )
            done = not isinstance(outcome, Shortfall)
        finally:
            await self.forms.end_submission(caller, once, saved=done)
        return outcome

    async def _preview_kept(self, caller: Caller, body: Mapping[str, Any]) -> str | Shortfall | None:
        kept = await self._find_kept(caller, _value_of(body))
        if kept is None:
            return Shortfall(sentence=replies.button_outdated())
        asker = replace(caller, thread=kept.follows)
        return await self.commands.preview_prompt(asker, kept.prompt, kept.others)

    async def _drop_kept(self, caller: Caller, body: Mapping[str, Any]) -> str:
        return consent_dropped()

    async def _find_kept(self, caller: Caller, name: str) -> Form | None:
        """What was typed where the button is pressed; nothing that was typed elsewhere."""
        kept = await self.forms.find_form(caller.team, name) if name else None
        return kept if kept is not None and kept.agreed and kept.origin == caller.channel else None

    async def _allow_showing(self, caller: Caller, body: Mapping[str, Any]) -> Reply | Shortfall | str:
        name, _, ticket = _value_of(body).partition(" ")
        found = await self.schedules.agree_to_show(caller, name, ticket)
        if isinstance(found, NeedsConsent):
            schedule = await self.directory.find_visible(caller, name)
            if isinstance(schedule, Schedule):
                exposures = found.exposures
                return consent_stale(schedule, exposures, ticket=ticket_of(exposures))
        if not isinstance(found, Schedule):
            return Shortfall.of_refusal(await veil_refusal(self.directory.permissions, caller, found))
        ran = await self.answering.follow_up(self._run_waiting(caller, found), otherwise=False)
        return consent_kept(found, runs_now=ran)

    async def _pause_schedule(self, caller: Caller, body: Mapping[str, Any]) -> Reply | Shortfall | str:
        found = await self.schedules.pause_schedule(caller, _value_of(body))
        if not isinstance(found, Schedule):
            return Shortfall.of_refusal(await veil_refusal(self.directory.permissions, caller, found))
        return replies.schedule_paused(await veil_schedule(self.directory.permissions, caller, found))

    async def _run_waiting(self, caller: Caller, schedule: Schedule) -> bool:
        """Post the newest run of each place that waits for the consent, unless it is too old by now."""
        lines = await self.directory.read_history(schedule, most=2 * len(schedule.places))
        waiting = []
        for place in schedule.places:
            there = (line for line in lines if line.channel in (None, place.channel))
            newest = next(there, None)
            if newest is not None and newest.detail == ASKS_CONSENT and self.now() - newest.at < _CURRENT:
                waiting.append((place, newest))
        for place, line in waiting:
            run = f"{schedule.id}-{place.channel}-{int(line.at.timestamp())}"
            job = replace(
                schedule.job,
                id=run,
                schedule=schedule.id,
                channel=place.channel,
                thread=place.thread,
                also=(),
                user=caller.user,
                asked=caller.asked_at(self.now()),
            )
            try:
                await self.promises.publish_promised(
                    job, deduplication_id=deduplication_id(run), wish=caller.wish
                )
            except PublishError as exc:
                logger.warning("consent.not_published: %s", exc)
                return False
        return bool(waiting)


def _value_of(body: Mapping[str, Any]) -> str:
    value = body["actions"][0].get("value")
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
