"""/precache: acknowledged at once, then parsed, done, and answered to the one who typed it.

No rules here: `parse_command` says what was asked, `Schedules` does it, `replies` say what happened.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar, assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.commands import (
    ActRequest,
    AskRequest,
    BulkRequest,
    ComposeRequest,
    GuideRequest,
    HelpRequest,
    ListRequest,
    PointRequest,
    PreviewRequest,
    RenameRequest,
    Request,
    ScheduleRequest,
    StatsRequest,
    TransferRequest,
    UsageError,
    parse_command,
    perhaps_named,
)
from bot.errors import SlackError
from bot.replies import Reply
from bot.schedules import (
    Draft,
    NotYours,
    Outside,
    Permissions,
    Refusal,
    Schedule,
    ScheduleDirectory,
    Schedules,
)
from bot.slack import JOIN, WISH, Caller, caller_of, find_person
from bot.sources import Source, about_channel, speaks_of_here
from bot.ui.answering import Answering, Shortfall
from bot.ui.asking import Asking
from bot.ui.bulk import BulkChanges
from bot.ui.cards import Cards
from bot.ui.change_owner import hand_over
from bot.ui.composer import Composer, Form
from bot.ui.stats import Stats
from bot.ui.typed_words import holds_codes, words_of_command, words_to_name
from bot.workspaces import Workspaces
from scheduler import WhenError, ZoneNeeded

logger = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_ZONE: Final = "UTC"
"""For people whose profile has none; the reply says so."""


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Does what a slash command asks for."""

    asking: Asking
    schedules: Schedules
    directory: ScheduleDirectory
    permissions: Permissions
    cards: Cards
    bulk: BulkChanges
    composer: Composer
    stats: Stats
    workspaces: Workspaces
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.command(replies.COMMAND)(self.on_command)
        app.action(JOIN)(self.on_join)

    async def on_command(self, ack: AsyncAck, command: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Slack gets its 200 at once, as the command is noted; the rest is told by response_url."""
        if missing := [name for name in ("team_id", "channel_id", "user_id") if not command.get(name)]:
            await ack()
            logger.warning("command.incomplete: without %s", ", ".join(missing))
            return
        caller = Caller(
            team=command["team_id"],
            channel=command["channel_id"],
            user=command["user_id"],
            wish=context.get(WISH),
        )
        text, trigger_id = str(command.get("text") or ""), str(command.get("trigger_id") or "")
        await ack()
        self.answering.start_answer(
            caller,
            self._run_or_offer_to_join(caller, text, trigger_id=trigger_id),
            response_url=str(command.get("response_url") or ""),
            typed=text,
        )

    async def on_join(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Join the channel, and do what was typed there."""
        await ack()
        caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
        self.answering.start_answer(
            caller,
            self._join_and_run(caller, body),
            response_url=str(body.get("response_url") or ""),
            replace=True,
        )

    async def _run_or_offer_to_join(
        self, caller: Caller, text: str, *, trigger_id: str
    ) -> Reply | Shortfall | str | None:
        text = await self._read_typed(caller, text)
        outcome = await self.run_command(caller, text, trigger_id=trigger_id)
        if not isinstance(outcome, Shortfall) or not outcome.join or outcome.join != caller.channel:
            return outcome
        kept = await self.asking.forms.keep_form(caller.team, Form(prompt=text))
        reply = replies.with_typed_text(outcome.sentence, text)
        return Reply(text=reply.text, blocks=(*(reply.blocks or ()), replies.join_button(kept)))

    async def _join_and_run(self, caller: Caller, body: Mapping[str, Any]) -> Reply | Shortfall | str | None:
        forms, name = self.asking.forms, str(body["actions"][0].get("value") or "")
        kept = await forms.find_form(caller.team, name)
        if kept is None or caller.channel is None:
            return Shortfall(sentence=replies.button_outdated())
        once, done = f"join-{name}", False
        if await forms.begin_submission(caller, once) != "ours":
            return None  # a double click, or a second press of what was done
        try:
            outcome = await self.asking.join_channel(caller.channel, caller.team) or await self.run_command(
                caller, kept.prompt, trigger_id=str(body.get("trigger_id") or "")
            )
            done = not isinstance(outcome, Shortfall)
        finally:
            await forms.end_submission(caller, once, saved=done)
        if isinstance(outcome, Shortfall):
            return replies.with_typed_text(outcome.sentence, kept.prompt)
        return outcome

    async def _read_typed(self, caller: Caller, text: str) -> str:
        """The text with the names that stand behind Slack's codes."""
        if not holds_codes(text) or text.lower().startswith("transfer "):  # there the id is the new owner
            return text
        return await words_of_command(await self.workspaces.slack(caller.team), text)

    async def run_command(
        self,
        caller: Caller,
        text: str,
        *,
        trigger_id: str,
        attached: tuple[Source, ...] = (),
    ) -> Reply | Shortfall | str | None:
        """Do what `text` asks for; what to tell the one who typed it, unless the composer has opened.

        Without a `trigger_id` a button offers the composer. A prompt is about what is `attached`, too.
        """
        try:
            request, zone_known = await self.parse_text(caller, text)
        except ZoneNeeded:
            return Shortfall(sentence=replies.zone_untold())
        except WhenError as exc:
            return replies.bad_time(exc, typed=text)
        match request:
            case AskRequest(query=query, perhaps=perhaps):
                if (meant := await self.find_meant(caller, text)) is not None:
                    return await self._act_on(caller, meant, trigger_id=trigger_id)
                return await self.asking.ask_prompt(caller, query, attached=attached, perhaps=perhaps)
            case ScheduleRequest():
                if (
                    meant := await self.find_meant(caller, words_to_name(request, text), scheduled=True)
                ) is not None:
                    pointed = PointRequest(name=meant.name)
                    return await self._act_on(caller, pointed, trigger_id=trigger_id)
                return await self._schedule_prompt(caller, request, zone_known=zone_known, attached=attached)
            case PreviewRequest(query=query):
                return await self._preview_prompt(caller, query, attached)
            case ComposeRequest():
                await self.composer.open_composer(caller, trigger_id=trigger_id)
                return None
            case StatsRequest():
                return await self.stats.statistics_reply(caller)
            case ListRequest():
                return await self._list_schedules(caller, request)
            case ActRequest() | RenameRequest() | PointRequest():
                return await self._act_on(caller, request, trigger_id=trigger_id)
            case BulkRequest():
                return await self.bulk.ask_about_all(caller, request)
            case TransferRequest(name=name, user=user):
                return await self._transfer_schedule(caller, name, user)
            case HelpRequest(topic=topic):
                return replies.help_text(topic)
            case GuideRequest(guide=guide):
                return replies.guide_text(guide)
            case UsageError():
                if request.problem == "no_id" and (meant := await self.find_meant(caller, text)) is not None:
                    return await self._act_on(caller, meant, trigger_id=trigger_id)
                return replies.usage_error(request, typed=text)
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
        if not isinstance(request, ScheduleRequest | WhenError):
            return request, True
        try:
            slack = await self.workspaces.slack(caller.team)
            zone = await slack.zone(caller.user)
        except SlackError as exc:
            logger.warning("command.zone_untold: %s", exc)
            if isinstance(request, WhenError):
                raise request from exc
            return request, True
        zone_or_default = zone or DEFAULT_ZONE
        return parse_command(text, now=now, zone=zone_or_default, in_thread=in_thread), zone is not None

    # Prompts

    async def find_meant(
        self, caller: Caller, typed: str, *, scheduled: bool = False
    ) -> ActRequest | RenameRequest | PointRequest | None:
        """The request about a schedule that a text turns out to be, because a schedule has that name."""
        for request in perhaps_named(typed, scheduled=scheduled):
            if (meant := await self.directory.find_if_named(caller, request.name)) is not None:
                return replace(request, name=meant.schedule.id if isinstance(meant, Outside) else meant.id)
        return None

    async def _preview_prompt(
        self, caller: Caller, query: str, attached: tuple[Source, ...]
    ) -> str | Shortfall:
        if about_channel(query) is not None:
            found = await self.asking.read_query(caller, query, attached)
            if isinstance(found, Shortfall):
                return found
            query, attached = found.query, found.sources
        return await self.composer.preview_prompt(caller, query, attached=attached)

    async def _schedule_prompt(
        self, caller: Caller, request: ScheduleRequest, *, zone_known: bool, attached: tuple[Source, ...]
    ) -> Reply | Shortfall:
        timing = request.timing
        follows = caller.thread if speaks_of_here(request.query) else None
        found = await self.asking.read_query(replace(caller, thread=follows), request.query, attached)
        if isinstance(found, Shortfall):
            return found
        draft = Draft(
            query=found.query,
            timing=timing,
            channel=caller.channel or "",
            sources=found.sources,
            attached=attached,
            thread=follows,
        )
        made = await self.schedules.create_schedule(caller, draft)
        if not isinstance(made, Schedule):
            return Shortfall.of_refusal(made)
        return replies.schedule_made(
            made,
            self.directory.next_runs(made, 3),
            zone_known=zone_known or timing.when.zone != DEFAULT_ZONE,
            now=self.directory.now(),
            reader=await self.directory.zone_of(caller),
            other=request.other,
        )

    # Schedules

    async def _list_schedules(self, caller: Caller, request: ListRequest) -> Reply | str:
        is_admin = await self.permissions.is_admin(caller)
        listed = await self.directory.list_upcoming(
            caller, request.scope, most=replies.MOST_LISTED, is_admin=is_admin
        )
        rows = [(schedule, self.directory.next_run(schedule)) for schedule in listed.shown]
        some = request.scope == "all" and not is_admin
        return replies.schedule_list(
            rows,
            scope="some" if some else request.scope,
            changeable=lambda schedule: is_admin or schedule.user == caller.user,
            now=self.directory.now(),
            reader=await self.directory.zone_of(caller),
            more=listed.more,
        )

    async def _point_at(self, caller: Caller, name: str) -> Reply | Refusal:
        """Show a schedule to someone who wants of it what no command does."""
        found = await self.directory.find_visible(caller, name)
        if not isinstance(found, Schedule):
            return found
        return await self.cards.show_card(found, caller=caller, note=replies.not_a_command())

    async def _act_on(
        self, caller: Caller, request: ActRequest | RenameRequest | PointRequest, *, trigger_id: str
    ) -> Reply | Shortfall | str | None:
        """Do something with one schedule."""
        outcome = await self._do_act(caller, request, trigger_id=trigger_id)
        match outcome:
            case NotYours(schedule=schedule):  # with buttons for what they can do
                refusal = replies.refusal_words(outcome)
                card = self.cards.show_card(schedule, caller=caller, note=refusal)
                return await self.answering.follow_up(card, otherwise=Shortfall(sentence=refusal))
            case Reply() | str() | None:
                return outcome
            case refused:
                return Shortfall.of_refusal(refused)

    async def _do_act(
        self, caller: Caller, request: ActRequest | RenameRequest | PointRequest, *, trigger_id: str
    ) -> Reply | Refusal | str | None:
        schedules, name = self.schedules, request.name
        if isinstance(request, PointRequest):
            return await self._point_at(caller, name)
        if isinstance(request, RenameRequest):
            renamed = await schedules.rename_schedule(caller, name, request.new_name)
            return _if_done(renamed, replies.schedule_renamed)
        match request.verb:
            case "show":
                found = await self.directory.find_visible(caller, name)
                if not isinstance(found, Schedule):
                    return found
                return await self.cards.show_card(found, caller=caller)
            case "history":
                found = await self.directory.find_visible(caller, name)
                if not isinstance(found, Schedule):
                    return found
                return replies.run_history(
                    found,
                    await self.directory.read_history(found),
                    now=self.directory.now(),
                    reader=await self.directory.zone_of(caller),
                )
            case "run":
                return _if_done(await schedules.run_schedule_now(caller, name), replies.running_now)
            case "pause":
                return _if_done(await schedules.pause_schedule(caller, name), replies.schedule_paused)
            case "resume":
                again = await schedules.resume_schedule(caller, name)
                if not isinstance(again, Schedule):
                    return again
                coming, reader = self.directory.next_runs(again, 3), await self.directory.zone_of(caller)
                return replies.schedule_resumed(again, coming, now=self.directory.now(), reader=reader)
            case "edit":
                before = await schedules.find_changeable(caller, name)
                if not isinstance(before, Schedule):
                    return before
                await self.composer.edit_schedule(caller, before, trigger_id=trigger_id)
                return None
            case "delete":
                return _if_done(await schedules.delete_schedule(caller, name), replies.deleted_reply)
            case _:
                assert_never(request.verb)

    async def _transfer_schedule(self, caller: Caller, name: str, user: str) -> str | Shortfall:
        mention = re.fullmatch(r"<@(\w+)(?:\|[^>]*)?>", user)
        slack = await self.workspaces.slack(caller.team)
        found = mention[1] if mention else await find_person(slack, user.removeprefix("@"))
        if found is None:
            return Shortfall(sentence=replies.unknown_person(user.removeprefix("@")))
        given = await hand_over(
            self.schedules, self.directory, self.workspaces, self.answering.telling, caller, name, found
        )
        if not isinstance(given, Schedule):
            return Shortfall.of_refusal(given)
        return replies.schedule_transferred(given)


def _if_done(outcome: Schedule | Refusal, words: Callable[[Schedule], T]) -> T | Refusal:
    """The words about what was done; or why it was not."""
    return words(outcome) if isinstance(outcome, Schedule) else outcome
