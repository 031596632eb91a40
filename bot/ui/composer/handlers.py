"""The composer at work: a modal in which a person says what to ask, when and where.

Slack is acknowledged before anyone else is asked, but for a submission: that waits a moment for its outcome,
so that what is refused is said in the modal, at its field. What is refused later comes as a message with a
button that opens the composer as it was left, so nothing typed is ever lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError, SlackRefused
from bot.replies import escape, section
from bot.schedules import Draft, NotPublished, Schedule
from bot.slack import AGAIN, HASH_CONFLICT, Caller, Slack, caller_of, open_view, update_view, user_groups
from bot.sources import THREAD, Source, Thread, asked_about
from bot.ui.composer import fields, modal
from bot.ui.composer.draft import check_form, form_of
from bot.ui.composer.form import Form, fitted
from bot.ui.composer.forms import Forms
from bot.ui.composer.modal import composer_view
from bot.ui.composer.previews import Previews
from bot.ui.composer.reads import Offer
from bot.ui.composer.saving import Problem, Saved, Saving
from bot.ui.composer.state import read_form
from bot.workspaces import Workspaces
from scheduler import Closures

logger = logging.getLogger(__name__)

_PATIENCE: Final = 1.8  # seconds a submission waits for its outcome; Slack waits 3
_ZONE_PATIENCE: Final = 1.0  # seconds for someone's zone, before the modal must be open

_SOURCES: Final = ("links", "channels", "others")
_ASKED: Final = ("prompt", *_SOURCES, "model")  # the fields without which nothing can be asked

_GONE: Final = "What you typed is kept for a day, and that day is over."
_ON_ITS_WAY: Final = "On its way: only you will see it."
_NO_TRIGGER: Final = "The composer is one click away:"
_TOO_SLOW: Final = "Slack did not open the composer in time. It is one click away:"


class Composer:
    """Opens the modal, keeps it up to date, and saves what was typed."""

    def __init__(
        self,
        *,
        saving: Saving,
        forms: Forms,
        previews: Previews,
        workspaces: Workspaces,
        background: Background,
        closures: Closures,
        offer: Offer,
        now: Callable[[], datetime],
    ) -> None:
        self._saving = saving
        self._forms = forms
        self._previews = previews
        self._workspaces = workspaces
        self._background = background
        self._closures = closures
        self._on_offer = offer
        self._now = now
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._latest: dict[str, object] = {}

    def register(self, app: AsyncApp) -> None:
        app.view(modal.CALLBACK)(self.submitted)
        app.action(modal.WHEN)(self.typed)
        app.action(modal.FOLD)(self.folded)
        app.action(modal.SOURCES)(self.sourced)
        app.action(modal.PREVIEW)(self.previewed)
        app.action(AGAIN)(self.again)

    async def open(
        self, caller: Caller, *, trigger_id: str, form: Form | None = None, note: str = ""
    ) -> None:
        """Show the composer with `form` in it; if Slack does not, say so with a button that does."""
        form = form or Form()
        slack = await self._workspaces.slack(caller.team)
        if not form.editing:
            form = await _zoned(slack, caller.user, replace(form, zone=None, zone_told=False))
        channel = form.channel or caller.channel
        form = fitted(replace(here(form, caller.channel), channel=channel, unfolded=False))
        if not trigger_id:  # what is said by name opens nothing by itself
            await self._offer(caller, form, _NO_TRIGGER)
            return
        try:
            await open_view(slack, trigger_id, self._view(form, note=note))
        except SlackError as exc:
            logger.warning("composer.not_opened: %s", exc)
            await self._offer(caller, form, _TOO_SLOW)

    async def edit(self, caller: Caller, schedule: Schedule, *, trigger_id: str) -> None:
        """Show the composer with a schedule in it."""
        await self.open(
            caller, trigger_id=trigger_id, form=form_of(schedule, links_in=self._on_offer.links_in)
        )

    async def preview(self, caller: Caller, query: str, *, attached: tuple[Source, ...] = ()) -> str:
        """Have `query` answered to the caller alone; what to tell them meanwhile."""
        form = Form(
            prompt=query,
            channel=caller.channel,
            origin=caller.channel,
            follows=caller.thread if asked_about(query) == THREAD else None,
            others=attached,
        )
        return _outcome(await self._previews.start(caller, form))

    # What Slack sends

    async def submitted(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        form = read_form(view)
        caller = caller_of(body, context, channel=form.origin)
        patience = _PATIENCE
        if not form.zone_told:
            patience -= _ZONE_PATIENCE
            form = await _zoned(await self._workspaces.slack(caller.team), caller.user, form)
        checked = check_form(form, now=self._now(), offer=self._on_offer)
        if isinstance(checked, dict):
            await self._show(ack, form, checked, view, problem=escape(" ".join(checked.values())))
            return
        outcome: asyncio.Future[Problem | None] = asyncio.get_running_loop().create_future()
        self._background.start(
            self._save(caller, form, checked, str(view.get("id")), outcome), name="composer.save"
        )
        await asyncio.wait({outcome}, timeout=patience)
        if not outcome.done():
            outcome.cancel()
            await ack()
        elif (problem := outcome.result()) is None:
            await ack()
        elif problem.block is not None:
            wrong = {problem.block: problem.sentence}
            await self._show(ack, problem.form, wrong, view, problem=problem.sentence)
        else:
            await ack(response_action="update", view=self._view(problem.form, problem=problem.sentence))

    async def typed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """The time was typed at: show what it means now."""
        await ack()
        form = read_form(body["view"])
        if not form.zone_told or _understood(body["view"]) != modal.understood(
            form, now=self._now(), closures=self._closures
        ):
            self._background.start(self._update(body, context, form), name="composer.typed")

    async def folded(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        form = read_form(body["view"])
        turned = replace(form, unfolded=not form.unfolded)
        self._background.start(self._update(body, context, turned), name="composer.folded")

    async def sourced(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        form = replace(read_form(body["view"]), sourced=True)
        self._background.start(self._update(body, context, form), name="composer.sourced")

    async def previewed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._background.start(self._preview(body, context), name="composer.preview")

    async def again(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._background.start(self._reopen(body, context), name="composer.again")

    # Saving

    async def _save(
        self,
        caller: Caller,
        form: Form,
        draft: Draft,
        view: str,
        outcome: asyncio.Future[Problem | None],
    ) -> None:
        try:
            saved = await self._saving.save(caller, form, draft, once=view)
        except RedisUnavailable:
            logger.warning("composer.redis_unavailable", exc_info=True)
            saved = Problem(sentence=replies.memory_down(), form=form)
        except SlackError as exc:
            logger.warning("composer.slack_failed: %s", exc)
            saved = Problem(sentence=replies.slack_down(), form=form)
        except Exception:
            logger.exception("composer.failed")
            saved = Problem(sentence=replies.broken(), form=form)
        problem = saved if isinstance(saved, Problem) else None
        if not outcome.done():
            outcome.set_result(problem)
        elif problem is not None:
            await self._offer(caller, problem.form, problem.sentence)
        if isinstance(saved, Saved) and saved.confirmation is not None:
            await self._tell(caller, saved.confirmation)

    # Showing

    async def _show(
        self,
        ack: AsyncAck,
        form: Form,
        wrong: Mapping[str, str],
        shown: Mapping[str, Any],
        *,
        problem: str,
    ) -> None:
        """Each sentence at its field; where a field is folded away, it is unfolded."""
        names = {block.get("block_id") for block in shown.get("blocks") or ()}
        if not wrong.keys() <= names:
            view = self._view(replace(form, unfolded=True, sourced=True), problem=problem)
            await ack(response_action="update", view=view)
        else:
            await ack(
                response_action="errors",
                errors={block: replies.unmarked(text) for block, text in wrong.items()},
            )

    def _view(self, form: Form, *, problem: str = "", note: str = "") -> dict[str, Any]:
        return composer_view(
            form, now=self._now(), closures=self._closures, offer=self._on_offer, problem=problem, note=note
        )

    async def _update(
        self,
        body: Mapping[str, Any],
        context: AsyncBoltContext,
        form: Form,
        *,
        problem: str = "",
        note: str = "",
    ) -> None:
        """Show `form` in the modal that sent `body`, unless something newer has come from it meanwhile."""
        view_id = str(body["view"]["id"])
        mark = self._latest[view_id] = object()
        try:
            caller = caller_of(body, context, channel=None)
            slack = await self._workspaces.slack(caller.team)
            form = await _zoned(slack, caller.user, form)
            if form.unfolded and not form.groups:
                form = replace(form, groups=await user_groups(slack))
            view = self._view(form, problem=problem, note=note)
            async with self._lanes.setdefault(view_id, asyncio.Lock()):
                for known in (body["view"].get("hash"), None):
                    if self._latest.get(view_id) is not mark:
                        return
                    try:
                        await update_view(slack, view_id, view, known=known)
                    except SlackRefused as exc:
                        if exc.code != HASH_CONFLICT:
                            raise
                    else:
                        return
        except BotError as exc:
            logger.info("composer.not_updated: %s", exc)  # closed meanwhile, most often
        finally:
            if self._latest.get(view_id) is mark:
                del self._latest[view_id]

    async def _preview(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        form = read_form(body["view"])
        caller = caller_of(body, context, channel=form.origin)
        wrong = check_form(form, now=self._now(), offer=self._on_offer)
        if isinstance(wrong, dict) and (said := [wrong[each] for each in _ASKED if each in wrong]):
            shown = replace(form, sourced=form.sourced or not wrong.keys().isdisjoint(_SOURCES))
            await self._update(body, context, shown, problem=escape(" ".join(said)))
            return
        try:
            started = await self._previews.start(caller, form)
        except RedisUnavailable:
            await self._update(body, context, form, problem=replies.memory_down())
            return
        except SlackError as exc:
            logger.warning("composer.slack_failed: %s", exc)
            await self._update(body, context, form, problem=replies.slack_down())
            return
        if isinstance(started, str):
            await self._update(body, context, replace(form, preview=started), note=_ON_ITS_WAY)
        else:
            await self._update(body, context, form, problem=_outcome(started))

    async def _reopen(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
        name = str(body["actions"][0].get("value") or "")
        try:
            form = await self._forms.find(caller.team, name) if name else Form()
        except RedisUnavailable:
            await self._tell(caller, replies.memory_down())
            return
        if form is None:
            await self.open(caller, trigger_id=body["trigger_id"], note=_GONE)
        else:
            shown = replace(form, preview=name) if form.keep else form
            await self.open(caller, trigger_id=body["trigger_id"], form=shown)

    async def _offer(self, caller: Caller, form: Form, sentence: str) -> None:
        """Say `sentence`, with a button that opens the composer as `form` is."""
        try:
            name = await self._forms.keep(caller.team, form)
        except RedisUnavailable:
            name = None
        blocks: list[dict[str, Any]] = [section(sentence)]
        if name is not None:
            button = {**fields.button("Open the composer", AGAIN), "value": name, "style": "primary"}
            blocks.append({"type": "actions", "elements": [button]})
        else:  # what was typed, to copy
            blocks += fields.quoted(form.query)
        await self._tell(caller, sentence, blocks)

    async def _tell(self, caller: Caller, text: str, blocks: list[dict[str, Any]] | None = None) -> None:
        try:
            slack = await self._workspaces.slack(caller.team)
            await slack.tell(caller.user, text, blocks=blocks or [section(text)], channel=caller.channel)
        except BotError as exc:
            logger.warning("composer.not_told: %s", exc)


async def _zoned(slack: Slack, user: str, form: Form) -> Form:
    """The form with the person's zone, if Slack has not told it before and does now."""
    if form.zone_told:
        return form
    try:
        async with asyncio.timeout(_ZONE_PATIENCE):
            return replace(form, zone=await slack.zone(user), zone_told=True)
    except (TimeoutError, SlackError) as exc:
        logger.warning("composer.zone_untold: %s", str(exc) or "too slow")
        return form


def _outcome(started: str | Problem | NotPublished) -> str:
    """What came of asking for a preview."""
    if isinstance(started, Problem):
        return started.sentence
    return _ON_ITS_WAY if isinstance(started, str) else replies.refusal(started)


def here(form: Form, channel: str | None) -> Form:
    """The form, opened in `channel`; a thread of another one is read as any other source is."""
    if form.origin and form.follows and form.origin != channel:
        others = (*form.others, Thread(channel=form.origin, ts=form.follows))
        form = replace(form, follows=None, others=others)
    return replace(form, origin=channel)


def _understood(view: Mapping[str, Any]) -> str | None:
    for block in view.get("blocks") or ():
        if block.get("block_id") == "understood":
            text: str = block["text"]["text"]
            return text
    return None
