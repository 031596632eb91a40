"""The composer's modals while they are open: made, and replaced as someone types or presses in them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from weakref import WeakValueDictionary

from bot.errors import BotError, RedisUnavailable, SlackRefused
from bot.slack import HASH_CONFLICT, Caller, open_view, update_view, user_groups
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.modal import composer_view, describe_time
from bot.ui.composer.shown_preview import ShownPreview
from bot.ui.composer.source_fields import Offer
from bot.workspaces import Workspaces
from scheduler import Closures

logger = logging.getLogger(__name__)

_ATTEMPTS: Final = 6
_TURN: Final = 0.2  # seconds
ZONE_PATIENCE: Final = 1.0  # seconds for someone's zone, before the modal must be open


@dataclass(frozen=True, kw_only=True)
class OpenModals:
    """Shows forms in modals."""

    forms: Forms
    workspaces: Workspaces
    closures: Closures
    offer: Offer
    now: Callable[[], datetime]
    _lanes: WeakValueDictionary[str, asyncio.Lock] = field(
        init=False, default_factory=WeakValueDictionary, repr=False
    )
    _latest: dict[str, object] = field(init=False, default_factory=dict, repr=False)

    def make_view(
        self,
        form: Form,
        *,
        preview: ShownPreview | None = None,
        problem: str = "",
        join: str = "",
        note: str = "",
    ) -> dict[str, Any]:
        return composer_view(
            form,
            now=self.now(),
            closures=self.closures,
            offer=self.offer,
            preview=preview,
            problem=problem,
            join=join,
            note=note,
        )

    async def open_modal(
        self, caller: Caller, form: Form, *, trigger_id: str, over: str | None = None, note: str = ""
    ) -> None:
        """Open it, or put it in the place of the modal `over`. Raises `SlackError` and `RedisUnavailable`."""
        await self.forms.hold_sources(caller.team, form)
        slack = await self.workspaces.slack_of(caller.team)
        view = self.make_view(form, preview=await self.find_preview(caller.team, form), note=note)
        if over is None:
            await open_view(slack, trigger_id, view)
        else:
            await update_view(slack, over, view)

    async def find_preview(self, team: str, form: Form) -> ShownPreview | None:
        """The preview that the form shows; None while Redis does not tell, for it can be made again."""
        try:
            return await self.forms.find_preview(team, form.preview)
        except RedisUnavailable as exc:
            logger.warning("composer.preview_untold: %s", exc)
            return None

    async def show_preview(self, team: str, view_id: str, preview: ShownPreview) -> bool:
        """Show it in a modal, as that looks by now; False if it is not open any more."""
        slack = await self.workspaces.slack_of(team)
        for left in reversed(range(_ATTEMPTS)):
            found = await self.forms.find_open_form(team, view_id)
            if found is None:
                return False
            form, known = found
            try:
                shown = await update_view(
                    slack,
                    view_id,
                    self.make_view(form, preview=preview),
                    known=known if left else None,  # rather in an older shape than not at all
                )
            except SlackRefused as exc:
                if exc.code != HASH_CONFLICT:
                    logger.info("composer.preview_not_shown: %s", exc)  # closed meanwhile, most often
                    return False
                await asyncio.sleep(_TURN)  # whoever has changed it is about to note that
            else:
                await self.forms.keep_open_form(team, view_id, form, view_hash=shown)
                return True
        return False

    async def with_zone(self, caller: Caller, form: Form, *, with_clock: bool = False) -> Form:
        """The form with the person's zone, if Slack has not told it before and does now; or their clock."""
        if form.zone_told and not with_clock:
            return form
        try:
            async with asyncio.timeout(ZONE_PATIENCE):
                slack = await self.workspaces.slack_of(caller.team)
                person = await slack.user_profile(caller.user)
        except (TimeoutError, BotError) as exc:
            logger.warning("composer.zone_untold: %s", str(exc) or "too slow")
            return form
        clocked = replace(form, own_zone=person.zone, twelve_hour=person.is_twelve_hour)
        return clocked if form.zone_told else replace(clocked, zone=person.zone, zone_told=True)

    def is_described(self, view: Mapping[str, Any], form: Form) -> bool:
        """True if a modal says already what the form's words about time mean."""
        shown = next(
            (
                block["text"]["text"]
                for block in view.get("blocks") or ()
                if block.get("block_id") == "understood"
            ),
            None,
        )
        return bool(shown == describe_time(form, now=self.now(), closures=self.closures))

    async def update_modal(
        self,
        caller: Caller,
        shown: Mapping[str, Any],
        form: Form,
        *,
        problem: str = "",
        join: str = "",
        note: str = "",
    ) -> None:
        """Show `form` in the modal `shown`, unless something newer has come from it meanwhile."""
        view_id = str(shown["id"])
        mark = self._latest[view_id] = object()
        try:
            slack = await self.workspaces.slack_of(caller.team)
            form = await self.with_zone(caller, form)
            if form.unfolded and not form.groups:
                form = replace(form, groups=await user_groups(slack))
            async with self._lanes.setdefault(view_id, asyncio.Lock()):
                for known in (shown.get("hash"), None):
                    if self._latest.get(view_id) is not mark:
                        return
                    preview = await self.find_preview(caller.team, form)
                    view = self.make_view(form, preview=preview, problem=problem, join=join, note=note)
                    try:
                        view_hash = await update_view(slack, view_id, view, known=known)
                    except SlackRefused as exc:
                        if exc.code != HASH_CONFLICT:
                            raise
                    else:
                        if preview is not None:
                            await self.forms.keep_open_form(caller.team, view_id, form, view_hash=view_hash)
                        return
        except BotError as exc:
            logger.info("composer.not_updated: %s", exc)  # closed meanwhile, most often
        finally:
            if self._latest.get(view_id) is mark:
                del self._latest[view_id]
