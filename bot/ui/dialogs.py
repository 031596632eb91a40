"""Rename and transfer by a click: a window that asks for one thing, and says at its field what is wrong.

Slack waits three seconds for a submission, so what takes longer is told afterwards. The card from which the
window was opened is shown anew in its place.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError
from bot.replies import FIELD, INPUT, Asks, Reply, callback_id, dialog, section
from bot.schedules import Refusal, Schedule, Schedules
from bot.slack import Caller, caller_of, open_view, update_view
from bot.ui.cards import show
from bot.ui.change_owner import give
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_PATIENCE: Final = 2.2  # seconds a submission waits for its outcome; Slack waits 3
_LONGEST_URL: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Which schedule a window is about, and where it was opened."""

    schedule: str
    channel: str | None = None
    url: str = ""
    """The `response_url` of the card that is to be shown anew."""
    at_home: bool = False
    """The App Home shows what becomes of it, so nothing is said."""

    def encode(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def decode(cls, text: object) -> Origin | None:
        """What a window carries; None if it is none of ours."""
        try:
            raw = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(raw, dict) or not isinstance(raw.get("schedule"), str):
            return None
        channel, url = raw.get("channel"), raw.get("url")
        return cls(
            schedule=raw["schedule"],
            channel=channel if isinstance(channel, str) else None,
            url=url if isinstance(url, str) else "",
            at_home=raw.get("at_home") is True,
        )


class Dialogs:
    """Asks for a new name or a new owner."""

    def __init__(self, *, schedules: Schedules, workspaces: Workspaces, background: Background) -> None:
        self._schedules = schedules
        self._workspaces = workspaces
        self._background = background

    def register(self, app: AsyncApp) -> None:
        app.view(callback_id("rename"))(self.renamed)
        app.view(callback_id("transfer"))(self.transferred)

    async def open(
        self,
        caller: Caller,
        asks: Asks,
        schedule: Schedule,
        *,
        trigger_id: str,
        response_url: str = "",
        over: str | None = None,
    ) -> None:
        """Ask; over the App Home in the place of the view `over`. Raises `SlackError`."""
        url = response_url if len(response_url) <= _LONGEST_URL else ""
        origin = Origin(schedule=schedule.id, channel=caller.channel, url=url, at_home=over is not None)
        view = dialog(asks, schedule, metadata=origin.encode())
        slack = await self._workspaces.slack(caller.team)
        if over is None:
            await open_view(slack, trigger_id, view)
        else:
            await update_view(slack, over, view)

    # What Slack sends

    async def renamed(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._submitted(ack, body, view, context, "rename")

    async def transferred(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._submitted(ack, body, view, context, "transfer")

    # Doing

    async def _submitted(
        self,
        ack: AsyncAck,
        body: Mapping[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
        asks: Asks,
    ) -> None:
        origin = Origin.decode(view.get("private_metadata"))
        if origin is None:
            await ack(response_action="errors", errors={FIELD[asks]: replies.stale()})
            return
        caller = caller_of(body, context, channel=origin.channel)
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        said = _said(view, FIELD[asks])
        self._background.start(self._settle(caller, origin, asks, said, outcome), name=f"dialog.{asks}")
        await asyncio.wait({outcome}, timeout=_PATIENCE)
        if not outcome.done():
            outcome.cancel()
            await ack()
        elif problem := outcome.result():
            await ack(response_action="errors", errors={FIELD[asks]: replies.unmarked(problem)})
        else:
            await ack()

    async def _settle(
        self, caller: Caller, origin: Origin, asks: Asks, said: str, outcome: asyncio.Future[str]
    ) -> None:
        """Do it; why not goes to the window if that still waits, or else to the person."""
        done: Schedule | None = None
        try:
            result = await self._done(caller, origin.schedule, asks, said)
            if isinstance(result, Schedule):
                done, told = result, ""
            else:
                told = result if isinstance(result, str) else replies.refusal(result)
        except RedisUnavailable:
            logger.warning("dialog.redis_unavailable", exc_info=True)
            told = replies.memory_down()
        except SlackError as exc:
            logger.warning("dialog.slack_failed: %s", exc)
            told = replies.slack_down()
        except Exception:
            logger.exception("dialog.failed")
            told = replies.broken()
        if not outcome.done():
            outcome.set_result(told)
        elif told:
            await self._tell(caller, Reply(text=told), "")
        if done is not None and not origin.at_home:
            words = replies.renamed if asks == "rename" else replies.transferred
            await self._show(caller, done, origin, note=words(done))

    async def _done(self, caller: Caller, name: str, asks: Asks, said: str) -> Schedule | Refusal | str:
        if asks == "rename":
            return await self._schedules.rename(caller, name, said or None)
        if not said:
            return replies.no_owner()
        return await give(self._schedules, self._workspaces, caller, name, said)

    async def _show(self, caller: Caller, schedule: Schedule, origin: Origin, *, note: str) -> None:
        """The card as of now, for whoever has changed it; a new owner may make it none of their business."""
        try:
            found = await self._schedules.lookup.find(caller, schedule.id)
            told = Reply(text=note)
            if isinstance(found, Schedule):
                told = await show(self._schedules, found, caller=caller, note=note)
        except BotError as exc:
            logger.warning("dialog.card_not_shown: %s", exc)
            told = Reply(text=note)
        await self._tell(caller, told, origin.url)

    async def _tell(self, caller: Caller, told: Reply, url: str) -> None:
        blocks = told.blocks or (section(told.text),)
        try:
            if url:
                try:
                    await self._workspaces.respond(url, told.text, blocks, replace=True)
                except SlackError as exc:
                    logger.info("dialog.card_gone: %s", exc)  # its address lives for half an hour
                else:
                    return
            slack = await self._workspaces.slack(caller.team)
            await slack.tell(caller.user, told.text, blocks=blocks, channel=caller.channel)
        except BotError as exc:
            logger.warning("dialog.not_told: %s", exc)


def _said(view: Mapping[str, Any], block: str) -> str:
    """What stands in the field; empty for whatever is missing or odd."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, dict) else None
    field = values.get(block) if isinstance(values, dict) else None
    element = field.get(INPUT) if isinstance(field, dict) else None
    if not isinstance(element, dict):
        return ""
    said = element.get("value") or element.get("selected_user")
    return said.encode("utf-8", "replace").decode().strip() if isinstance(said, str) else ""
