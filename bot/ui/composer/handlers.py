"""The composer at work: a modal in which a person says what to ask, when and where.

Slack is acknowledged before anyone else is asked, but for a submission: that waits a moment for its outcome.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import PostUnknown, SlackError
from bot.readers import hidden_from
from bot.replies.text import escape_mrkdwn
from bot.replies.views import composer_words, saving_words
from bot.schedules import NotPublished, NotReader, Schedule
from bot.slack import AGAIN, Caller, caller_of
from bot.sources import Source, Thread
from bot.ui.answering import Answering, Shortfall
from bot.ui.composer import modal
from bot.ui.composer.draft import check_form, form_of
from bot.ui.composer.fields import ONLY_ME
from bot.ui.composer.form import DEFAULT_ZONE, Form, spread_prompt
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.open_modals import OpenModals
from bot.ui.composer.pickers.when_picker import PICKED, words_picked
from bot.ui.composer.previews import Previews
from bot.ui.composer.saving import FormProblem, Saving
from bot.ui.composer.source_fields import Offer
from bot.ui.composer.state import read_form
from bot.ui.composer.submission import Joining, Reopening, Submissions

logger = logging.getLogger(__name__)

_TYPED: Final = re.compile(rf"^{modal.WHEN}(?:_[0-9]+)?$", re.ASCII)
_SOURCES: Final = ("links", "channels", "others")
_ASKED: Final = ("prompt", *_SOURCES, "model", "post_if")  # the fields without which nothing can be asked


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Opens the modal, keeps it up to date, and saves what was typed."""

    saving: Saving
    forms: Forms
    previews: Previews
    modals: OpenModals
    answering: Answering
    background: Background
    offer: Offer
    now: Callable[[], datetime]

    @property
    def _reopening(self) -> Reopening:
        return Reopening(forms=self.forms, answering=self.answering)

    def register(self, app: AsyncApp) -> None:
        submissions = Submissions(
            forms=self.forms,
            saving=self.saving,
            modals=self.modals,
            reopening=self._reopening,
            answering=self.answering,
            background=self.background,
            offer=self.offer,
            now=self.now,
        )
        Joining(
            workspaces=self.modals.workspaces,
            modals=self.modals,
            answering=self.answering,
            background=self.background,
        ).register(app)
        app.view(modal.CALLBACK)(submissions.on_submit)
        app.action(_TYPED)(self.on_time_typed)
        app.action(PICKED)(self.on_time_picked)
        app.action(modal.FOLD)(self.on_fold)
        app.action(ONLY_ME)(self.on_only_me)
        app.action(modal.SOURCES)(self.on_add_sources)
        app.action(modal.PREVIEW)(self.on_preview)
        app.action(AGAIN)(self.on_reopen)

    async def open_composer(
        self,
        caller: Caller,
        *,
        trigger_id: str,
        form: Form | None = None,
        over: str | None = None,
        in_its_zone: bool = False,
        note: str = "",
    ) -> None:
        """Show the composer with `form` in it; if Slack does not, say so with a button that does.

        Times are in the zone of the caller, or of a schedule whose times are in it (`in_its_zone`). It takes
        the place of the modal `over`, if there is one.
        """
        form = form or Form()
        if not in_its_zone and not form.editing:
            form = replace(form, zone=None, zone_told=False)
        form = await self.modals.with_zone(caller, form, with_clock=True)
        channel = form.channel or caller.channel
        form = spread_prompt(replace(opened_in(caller.channel, form), channel=channel, unfolded=False))
        if not trigger_id:  # a mention opens nothing by itself
            await self._reopening.offer_form(caller, form, composer_words.OPEN_TO_GO_ON)
            return
        try:
            await self.modals.open_modal(caller, form, trigger_id=trigger_id, over=over, note=note)
        except SlackError as exc:
            logger.warning("composer.not_opened: %s", exc)
            sentence = (
                composer_words.OPEN_TO_GO_ON if isinstance(exc, PostUnknown) else composer_words.TOO_SLOW
            )  # it may have opened
            await self._reopening.offer_form(caller, form, sentence)

    async def edit_schedule(
        self, caller: Caller, schedule: Schedule, *, trigger_id: str, over: str | None = None
    ) -> str | None:
        """Show the composer with a schedule in it; or say why not."""
        if await hidden_from(self.saving.permissions.slack_of, caller, (schedule,)):
            return replies.refusal_words(NotReader(schedule=schedule))
        form = form_of(schedule, links_in=self.offer.links_in)
        if form.only_me and caller.user != schedule.user:  # an admin, to whom that says something else
            form = replace(form, only_me=False, to_people=(schedule.user,))
        await self.open_composer(caller, trigger_id=trigger_id, form=form, over=over)
        return None

    async def copy_schedule(
        self, caller: Caller, schedule: Schedule, *, trigger_id: str, over: str | None = None
    ) -> str | None:
        """Show the composer with all of a schedule but its name in it, to make one of the caller's own.

        Or say why not.
        """
        if await hidden_from(self.saving.permissions.slack_of, caller, (schedule,)):
            return replies.refusal_words(NotReader(schedule=schedule))
        form = form_of(schedule, links_in=self.offer.links_in)
        form = replace(form, editing=None, revision=0, name="", timed=True)
        await self.open_composer(caller, trigger_id=trigger_id, form=form, over=over, in_its_zone=True)
        return None

    async def try_condition(self, caller: Caller, schedule: Schedule) -> str:
        """Have a schedule's condition judged, for the caller alone; what to tell them meanwhile."""
        if schedule.post_if is None:
            return saving_words.NO_CONDITION
        if await hidden_from(self.saving.permissions.slack_of, caller, (schedule,)):
            return replies.refusal_words(NotReader(schedule=schedule))
        form = form_of(schedule, links_in=self.offer.links_in)
        started = await self.previews.start_preview(caller, form)
        return saving_words.TRIAL_STARTED if isinstance(started, str) else _refused_preview(started)

    async def preview_prompt(
        self, caller: Caller, query: str, *, attached: tuple[Source, ...] = ()
    ) -> str | Shortfall:
        """Have `query` answered to the caller alone; what to tell them meanwhile."""
        form = Form(
            prompt=query,
            channel=caller.channel,
            origin=caller.channel,
            follows=caller.thread,
            others=attached,
        )
        started = await self.previews.start_preview(caller, form)
        if isinstance(started, str):
            return saving_words.PREVIEW_STARTED
        return Shortfall(sentence=_refused_preview(started))

    # What Slack sends

    async def on_time_typed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Show what the time that is typed means now."""
        await ack()
        view = body["view"]
        form = read_form(view)
        if not form.zone_told or not self.modals.is_described(view, form):
            self._start_update(body, context, form, name="composer.typed")

    async def on_time_picked(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Write the words of what was picked into *When*."""
        await ack()
        view = body["view"]
        form, action = read_form(view), str(body["actions"][0].get("action_id"))
        zone = form.zone or DEFAULT_ZONE
        words = words_picked(form.when, view, action=action, zone=zone, now=self.now())
        # Pickers of which nothing can be made, as with no day left, are drawn again as the words are.
        form = replace(form, when=form.when if words is None else words, rewritten=form.rewritten + 1)
        self._start_update(body, context, form, name="composer.picked")

    async def on_fold(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        form = read_form(body["view"])
        self._start_update(body, context, replace(form, unfolded=not form.unfolded), name="composer.folded")

    async def on_only_me(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Hide the other places, or show them again."""
        await ack()
        self._start_update(body, context, read_form(body["view"]), name="composer.only_me")

    async def on_add_sources(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        form = read_form(body["view"])
        self._start_update(body, context, replace(form, sourced=True), name="composer.sourced")

    async def on_preview(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.background.start_task(self._preview_form(body, context), name="composer.preview")

    async def on_reopen(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
        self.answering.start_answer(caller, self._reopen_form(caller, body))

    # Doing

    def _start_update(
        self, body: Mapping[str, Any], context: AsyncBoltContext, form: Form, *, name: str
    ) -> None:
        caller = caller_of(body, context, channel=None)
        self.background.start_task(self.modals.update_modal(caller, body["view"], form), name=name)

    async def _preview_form(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        view = body["view"]
        shown = read_form(view)
        caller = caller_of(body, context, channel=shown.origin)
        form = await self.answering.attempt(self.forms.with_held_sources(caller.team, shown))
        if isinstance(form, Shortfall):
            await self.modals.update_modal(caller, view, shown, problem=form.sentence)
            return
        wrong = check_form(form, now=self.now(), offer=self.offer)
        if isinstance(wrong, dict) and (said := [wrong[block] for block in _ASKED if block in wrong]):
            shown = replace(form, sourced=form.sourced or not wrong.keys().isdisjoint(_SOURCES))
            await self.modals.update_modal(caller, view, shown, problem=escape_mrkdwn(" ".join(said)))
            return
        window, window_hash = str(view["id"]), str(view.get("hash") or "")
        starting = self.previews.start_preview(caller, form, window=window, window_hash=window_hash)
        started = await self.answering.attempt(starting)
        if isinstance(started, str):
            await self.modals.update_modal(caller, view, replace(form, preview=started))
        else:
            await self.modals.update_modal(caller, view, form, problem=_refused_preview(started))

    async def _reopen_form(self, caller: Caller, body: Mapping[str, Any]) -> None:
        name = str(body["actions"][0].get("value") or "")
        form = await self.forms.find_form(caller.team, name) if name else Form()
        if form is None:
            await self.open_composer(caller, trigger_id=body["trigger_id"], note=composer_words.DRAFT_GONE)
        else:
            shown = replace(form, window=None)
            if form.keep:  # of a preview that was seen, to be scheduled
                shown = replace(shown, preview=name, timed=True)
            await self.open_composer(caller, trigger_id=body["trigger_id"], form=shown)


def _refused_preview(why: FormProblem | Shortfall | NotPublished) -> str:
    """The reply to someone who asks for a preview and gets none."""
    return why.sentence if isinstance(why, FormProblem | Shortfall) else replies.refusal_words(why)


def opened_in(channel: str | None, form: Form) -> Form:
    """The form, opened in `channel`; a thread of another one is read as any other source is."""
    if form.origin and form.follows and form.origin != channel:
        others = (*form.others, Thread(channel=form.origin, ts=form.follows))
        form = replace(form, follows=None, others=others)
    return replace(form, origin=channel)
