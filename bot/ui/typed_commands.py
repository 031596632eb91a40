"""Does what somebody has typed, at any door: a command, a mention, an order in a thread.

No rules here: `parse_command` says what was asked, `Schedules` does it, `replies` say what happened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot import replies
from bot.commands import (
    ActRequest,
    AskRequest,
    BulkRequest,
    ComposeRequest,
    GuideRequest,
    HelpRequest,
    ListRequest,
    MoveRequest,
    PauseRequest,
    PlacedText,
    PointRequest,
    PreviewRequest,
    RenameRequest,
    RepeatRequest,
    Request,
    RetimeRequest,
    ScheduleRequest,
    StatsRequest,
    SubscribeRequest,
    SubscriptionsRequest,
    TransferRequest,
    UnsubscribeRequest,
    UsageError,
    halted_name,
    parse_command,
    perhaps_named,
    read_moving,
    split_places,
    split_scheduled,
    with_reviewers,
)
from bot.errors import SlackError
from bot.readers import ticket_of
from bot.replies.commands import (
    guide_text,
    help_text,
    no_schedule_called,
    nothing_to_repeat,
    usage_error,
    which_schedule,
)
from bot.replies.readers import consent_question
from bot.replies.text import Reply
from bot.schedules import Outside, ScheduleDirectory
from bot.slack import Caller, is_direct
from bot.sources import Source, about_channel
from bot.ui.answering import Shortfall
from bot.ui.composer import Composer, Form
from bot.ui.schedules import BulkChanges, ScheduleActs
from bot.ui.stats import Stats
from bot.ui.subscriptions import Subscribing
from bot.ui.threads import ThreadOrders
from bot.ui.typed import (
    DEFAULT_ZONE,
    Asking,
    TypedSchedules,
    holds_codes,
    typed_time,
    words_of_command,
    words_to_name,
)
from bot.workspaces import Workspaces
from scheduler import Once, WhenError, ZoneNeeded

logger = logging.getLogger(__name__)

OfOne = ActRequest | RenameRequest | PauseRequest | RetimeRequest | PointRequest
Meant = OfOne | MoveRequest | SubscribeRequest | UnsubscribeRequest


@dataclass(frozen=True, kw_only=True)
class TypedCommands:
    """Does what a command asks for."""

    asking: Asking
    typed_schedules: TypedSchedules
    directory: ScheduleDirectory
    acts: ScheduleActs
    bulk: BulkChanges
    composer: Composer
    stats: Stats
    subscribing: Subscribing
    thread_orders: ThreadOrders
    workspaces: Workspaces
    now: Callable[[], datetime]

    async def run_typed(
        self,
        caller: Caller,
        typed: str,
        *,
        trigger_id: str,
        attached: tuple[Source, ...] = (),
        agreed: str = "",
    ) -> Reply | Shortfall | str | None:
        """As `run_command`, for words in which Slack's codes, places and reviewers are still to be found."""
        reviewed = split_scheduled(typed, now=self.now())
        placed = split_places(reviewed.text, now=self.now())
        text = await self._read_typed(caller, reviewed.text if placed is None else placed.text)
        return await self.run_command(
            caller,
            text,
            trigger_id=trigger_id,
            attached=attached,
            placed=placed,
            reviewers=reviewed.reviewers,
            agreed=agreed,
        )

    async def _read_typed(self, caller: Caller, text: str) -> str:
        """The text with the names that stand behind Slack's codes."""
        if not holds_codes(text) or text.lower().startswith("transfer "):  # there the id is the new owner
            return text
        if read_moving(text) is not None:  # there ids are places
            return text
        return await words_of_command(await self.workspaces.slack_of(caller.team), text)

    async def is_order(self, caller: Caller, text: str) -> bool:
        """True of what is said in a thread and is to be done: with its schedule, with all, or at a time."""
        if await self.thread_orders.name_schedule(caller, text) != text:
            return True
        reviewed = split_scheduled(text, now=self.now())
        placed = split_places(reviewed.text, now=self.now())
        try:
            request, _ = await self.parse_text(caller, reviewed.text if placed is None else placed.text)
        except (WhenError, ZoneNeeded):
            return True
        return isinstance(request, ScheduleRequest | RepeatRequest | BulkRequest)

    async def run_command(
        self,
        caller: Caller,
        text: str,
        *,
        trigger_id: str,
        attached: tuple[Source, ...] = (),
        placed: PlacedText | None = None,
        reviewers: Sequence[str] = (),
        agreed: str = "",
    ) -> Reply | Shortfall | str | None:
        """Do what `text` asks for; what to tell the one who typed it, unless the composer has opened.

        The places of a schedule are those that were `placed` in it, or else the channel of the caller; its
        `reviewers` are as they were typed. Without a `trigger_id` a button offers the composer. A prompt is
        about what is `attached`, too. What would be seen by people who may not read it is asked about, unless
        that was `agreed` to.
        """
        if not attached and placed is None:
            text = await self.thread_orders.name_schedule(caller, text)
        outcome = await self._do_request(
            caller,
            text,
            trigger_id=trigger_id,
            attached=attached,
            placed=placed,
            reviewers=reviewers,
            agreed=agreed,
        )
        if not isinstance(outcome, Shortfall) or not outcome.exposures:
            return outcome
        form = Form(
            prompt=with_reviewers(text if placed is None else placed.whole, reviewers),
            origin=caller.channel,
            follows=caller.thread,
            others=attached,
            agreed=ticket_of(outcome.exposures),
        )
        kept = await self.asking.forms.keep_form(caller.team, form)
        return consent_question(outcome.exposures, kept=kept, once=outcome.is_once)

    async def _do_request(
        self,
        caller: Caller,
        text: str,
        *,
        trigger_id: str,
        attached: tuple[Source, ...],
        placed: PlacedText | None,
        reviewers: Sequence[str],
        agreed: str,
    ) -> Reply | Shortfall | str | None:
        try:
            request, zone_known = await self.parse_text(caller, text)
        except ZoneNeeded:
            return Shortfall(sentence=replies.zone_untold())
        except WhenError as exc:
            return replies.bad_time(exc, typed=text)
        if attached and isinstance(request, GuideRequest):
            request = AskRequest(query=text)  # `shorter` is about the file
        match request:
            case AskRequest(query=query, perhaps=perhaps):
                if (meant := await self.find_meant(caller, text)) is not None:
                    return await self._do_meant(caller, meant, trigger_id=trigger_id, agreed=agreed)
                if not attached and caller.thread is None and (name := halted_name(text)):
                    return Shortfall(sentence=no_schedule_called(name))
                asked = await self.asking.ask_prompt(
                    caller, query, attached=attached, perhaps=perhaps, agreed=agreed
                )
                return replace(asked, is_once=True) if isinstance(asked, Shortfall) else asked
            case ScheduleRequest():
                named = words_to_name(request, text)
                if (meant := await self.find_meant(caller, named, scheduled=True)) is not None:
                    if not isinstance(meant, ActRequest | RenameRequest | PointRequest):
                        return await self._do_meant(caller, meant, trigger_id=trigger_id)
                    pointed = PointRequest(name=meant.name)
                    return await self.acts.do_act(caller, pointed, trigger_id=trigger_id)
                is_sent = request.query.lower().startswith("subscribe ")  # its hour may come again
                is_order = named and (is_sent or isinstance(request.timing.when, Once))
                if is_order and (name := halted_name(request.query, at_a_time=True)):
                    return Shortfall(sentence=no_schedule_called(name))
                return await self.typed_schedules.schedule_prompt(
                    caller,
                    request,
                    zone_known=zone_known,
                    attached=attached,
                    placed=placed,
                    reviewers=reviewers,
                    typed=typed_time(text, request.said or request.query),
                    agreed=agreed,
                )
            case RepeatRequest():
                recurs = not isinstance(request.timing.when, Once)
                above = await self.thread_orders.find_repeated(caller, recurs=recurs)
                if isinstance(above, str):
                    return await self.acts.do_act(caller, PointRequest(name=above), trigger_id=trigger_id)
                if above is None:
                    return nothing_to_repeat(request.when)
                return await self.typed_schedules.schedule_prompt(
                    caller,
                    ScheduleRequest(timing=request.timing, query=above.query, other=request.other),
                    zone_known=zone_known,
                    attached=(),
                    placed=placed or request.placed,
                    reviewers=reviewers,
                    typed=request.when,
                    agreed=agreed,
                    reads=above,
                )
            case PreviewRequest(query=query):
                return await self.preview_prompt(caller, query, attached)
            case ComposeRequest():
                await self.composer.open_composer(caller, trigger_id=trigger_id)
                return None
            case StatsRequest():
                return await self.stats.statistics_reply(caller)
            case ListRequest():
                return await self.acts.list_schedules(caller, request)
            case ActRequest() | RenameRequest() | PauseRequest() | RetimeRequest() | PointRequest():
                return await self.acts.do_act(caller, request, trigger_id=trigger_id)
            case BulkRequest():
                return await self.bulk.ask_about_all(caller, request)
            case SubscribeRequest() | UnsubscribeRequest() | MoveRequest():
                return await self._do_meant(caller, request, trigger_id=trigger_id, agreed=agreed)
            case SubscriptionsRequest():
                return await self.subscribing.list_subscriptions(caller)
            case TransferRequest(name=name, user=user):
                return await self.acts.transfer_schedule(caller, name, user)
            case HelpRequest(topic=topic):
                return help_text(topic)
            case GuideRequest(guide=guide):
                return guide_text(guide)
            case UsageError():
                if request.problem == "no_id" and (meant := await self.find_meant(caller, text)) is not None:
                    return await self._do_meant(caller, meant, trigger_id=trigger_id)
                if request.problem == "no_id":
                    listed = await self.acts.list_schedules(caller, ListRequest(scope="here"))
                    return which_schedule(request, listed)
                return usage_error(request, typed=text)
            case _:
                assert_never(request)

    async def parse_text(self, caller: Caller, text: str) -> tuple[Request, bool]:
        """The request, and false if it is read in UTC because the caller's profile has no zone.

        Slack is asked for the zone only where a time is named, and only a time that needs one fails without.
        """
        now, in_thread = self.now(), caller.thread is not None
        request: Request | WhenError
        try:
            request = parse_command(text, now=now, zone=None, in_thread=in_thread)
        except WhenError as exc:
            request = exc
        if not isinstance(request, ScheduleRequest | RepeatRequest | WhenError):
            return request, True
        try:
            slack = await self.workspaces.slack_of(caller.team)
            zone = await slack.time_zone(caller.user)
        except SlackError as exc:
            logger.warning("command.zone_untold: %s", exc)
            if isinstance(request, WhenError):
                raise request from exc
            return request, True
        zone_or_default = zone or DEFAULT_ZONE
        return parse_command(text, now=now, zone=zone_or_default, in_thread=in_thread), zone is not None

    async def _do_meant(
        self, caller: Caller, meant: Meant, *, trigger_id: str, agreed: str = ""
    ) -> Reply | Shortfall | str | None:
        """Do something with one schedule, or with one's subscription to it."""
        match meant:
            case MoveRequest():
                return await self.acts.move_or_copy(caller, meant, agreed=agreed)
            case SubscribeRequest():
                return await self.subscribing.subscribe_typed(caller, meant)
            case UnsubscribeRequest(name=name):
                return await self.subscribing.unsubscribe(caller, name)
            case _:
                return await self.acts.do_act(caller, meant, trigger_id=trigger_id)

    async def find_meant(self, caller: Caller, typed: str, *, scheduled: bool = False) -> Meant | None:
        """The request about a schedule that a text turns out to be, because a schedule has that name."""
        for request in perhaps_named(typed, scheduled=scheduled):
            if (meant := await self.directory.find_if_named(caller, request.name)) is not None:
                return replace(request, name=meant.schedule.id if isinstance(meant, Outside) else meant.id)
        return None

    async def preview_prompt(
        self, caller: Caller, query: str, attached: tuple[Source, ...]
    ) -> str | Shortfall | None:
        """Have it answered to the caller alone; what to tell them meanwhile."""
        if caller.thread is not None:
            alone = not is_direct(caller.channel)
            return await self.asking.ask_prompt(caller, query, attached=attached, alone=alone)
        if about_channel(query) is not None:
            found = await self.asking.read_query(caller, query, attached)
            if isinstance(found, Shortfall):
                return found
            query, attached = found.query, found.sources
        return await self.composer.preview_prompt(caller, query, attached=attached)
