"""/precache: acknowledged at once, then parsed, done, and answered to whoever typed it.

No rules here: `parse` says what was asked, `Schedules` does it, `replies` say what happened.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import replies
from bot.background import Background
from bot.commands import (
    ActRequest,
    AskRequest,
    ComposeRequest,
    HelpRequest,
    ListRequest,
    PreviewRequest,
    RenameRequest,
    Request,
    ScheduleRequest,
    StatsRequest,
    TransferRequest,
    UsageError,
    Verb,
    parse_command,
    perhaps_named,
)
from bot.errors import BotError, RedisUnavailable, SlackError
from bot.replies import Reply
from bot.schedules import Draft, NotPublished, Outside, Refusal, Schedule, Schedules
from bot.slack import Caller
from bot.sources import (
    Asked,
    LinksIn,
    Reading,
    Source,
    Thread,
    about_channel,
    asked_about,
    distinct_sources,
    encode_sources,
    read_prompt,
)
from bot.ui.cards import show
from bot.ui.change_owner import give
from bot.ui.composer import Composer, Form, Forms, with_sources
from bot.ui.stats import Stats
from bot.workspaces import Workspaces
from scheduler import Job, Publisher, PublishError, WhenError, ZoneNeeded, deduplication_id

logger = logging.getLogger(__name__)

CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{8,30}", re.ASCII)
"""How an event names a channel; a name has no capital letters."""
DEFAULT_ZONE: Final = "UTC"
"""For people whose profile has none; the reply says so."""


class Commands:
    """Does what a slash command asks for."""

    def __init__(
        self,
        *,
        workspaces: Workspaces,
        schedules: Schedules,
        publisher: Publisher,
        composer: Composer,
        stats: Stats,
        forms: Forms,
        links_in: LinksIn,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._workspaces = workspaces
        self._schedules = schedules
        self._publisher = publisher
        self._composer = composer
        self._stats = stats
        self._forms = forms
        self._links_in = links_in
        self._background = background
        self._now = now

    def register(self, app: AsyncApp) -> None:
        app.command(replies.COMMAND)(self.precache)

    async def precache(self, ack: AsyncAck, command: Mapping[str, Any]) -> None:
        """Slack gets its 200 before anything else is asked of anyone; the rest is told by response_url."""
        await ack()
        if missing := [name for name in ("team_id", "channel_id", "user_id") if not command.get(name)]:
            logger.warning("command.incomplete: without %s", ", ".join(missing))
            return
        self._background.start(self._respond(command), name="command")

    async def _respond(self, command: Mapping[str, Any]) -> None:
        caller = Caller(team=command["team_id"], channel=command["channel_id"], user=command["user_id"])
        try:
            trigger_id = str(command.get("trigger_id") or "")
            reply = await self.run(caller, command.get("text") or "", trigger_id=trigger_id)
        except RedisUnavailable:
            logger.warning("command.redis_unavailable", exc_info=True)
            reply = replies.memory_down()
        except SlackError as exc:
            logger.warning("command.slack_failed: %s", exc)
            reply = replies.slack_down()
        except Exception:
            logger.exception("command.failed")
            reply = replies.broken()
        if reply is None:
            return
        reply = Reply(text=reply) if isinstance(reply, str) else reply
        try:
            await self._workspaces.respond(command.get("response_url") or "", reply.text, reply.blocks)
        except BotError as exc:
            logger.warning("command.reply_lost: %s", exc)
            try:
                slack = await self._workspaces.slack(caller.team)
                await slack.tell(caller.user, reply.text, channel=caller.channel, blocks=reply.blocks)
            except BotError as lost:
                logger.warning("command.not_told: %s", lost)

    async def run(
        self, caller: Caller, text: str, *, trigger_id: str, attached: tuple[Source, ...] = ()
    ) -> Reply | str | None:
        """Do what `text` asks for; what to tell the one who typed it, unless the composer has opened.

        Without a `trigger_id` a button offers the composer. A prompt is about what is `attached`, too.
        """
        try:
            request, zone_known = await self._parsed(caller, text)
        except ZoneNeeded:
            return replies.zone_untold()
        except WhenError as exc:
            return replies.bad_time(exc, typed=text)
        match request:
            case AskRequest(query=query, perhaps=perhaps):
                for each in perhaps_named(query):
                    if (meant := await self._schedules.lookup.meant(caller, each.name)) is not None:
                        name = meant.schedule.id if isinstance(meant, Outside) else meant.id
                        return await self._named(caller, replace(each, name=name), trigger_id=trigger_id)
                return await self.ask(caller, query, attached=attached, perhaps=perhaps)
            case ScheduleRequest():
                return await self._schedule(caller, request, zone_known=zone_known, attached=attached)
            case PreviewRequest(query=query):
                if about_channel(query) is not None:
                    found = await self._reading(caller, query, attached)
                    if isinstance(found, str):
                        return found
                    query, attached = found.query, found.sources
                return await self._composer.preview(caller, query, attached=attached)
            case ComposeRequest():
                await self._composer.open(caller, trigger_id=trigger_id)
                return None
            case StatsRequest():
                return await self._stats.tell(caller)
            case ListRequest(scope=scope):
                listed = await self._schedules.lookup.listing(caller, scope)
                rows = [(each, self._schedules.lookup.next_run(each)) for each in listed]
                some = scope == "all" and not await self._schedules.permissions.is_admin(caller)
                return replies.listing(rows, scope="some" if some else scope)
            case ActRequest() | RenameRequest():
                return await self._named(caller, request, trigger_id=trigger_id)
            case TransferRequest(name=name, user=user):
                return await self._transfer(caller, name, user)
            case HelpRequest(topic=topic):
                return replies.help_text(topic)
            case UsageError():
                return replies.usage_error(request, typed=text)
            case _:
                assert_never(request)

    async def _parsed(self, caller: Caller, text: str) -> tuple[Request, bool]:
        """What is asked for, and false if it is read in UTC because the caller's profile has no zone.

        Slack is asked for the zone only where a time is named, and only a time that needs one fails without.
        """
        now = self._now()
        request: Request | WhenError
        try:
            request = parse_command(text, now=now, zone=None)
        except WhenError as exc:
            request = exc
        if not isinstance(request, ScheduleRequest | WhenError):
            return request, True
        try:
            slack = await self._workspaces.slack(caller.team)
            zone = await slack.zone(caller.user)
        except SlackError as exc:
            logger.warning("command.zone_untold: %s", exc)
            if isinstance(request, WhenError):
                raise request from exc
            return request, True
        return parse_command(text, now=now, zone=zone or DEFAULT_ZONE), zone is not None

    async def _named(
        self, caller: Caller, request: ActRequest | RenameRequest, *, trigger_id: str
    ) -> Reply | str | None:
        match request:
            case ActRequest(verb=verb, name=name):
                return await self.act(caller, verb, name, trigger_id=trigger_id)
            case RenameRequest(name=name, new_name=new_name):
                return self._told(await self._schedules.rename(caller, name, new_name), replies.renamed)
            case _:
                assert_never(request)

    async def act(self, caller: Caller, verb: Verb, name: str, *, trigger_id: str) -> Reply | str | None:
        """Do something with one schedule."""
        schedules = self._schedules
        match verb:
            case "show":
                return await self._show(caller, name)
            case "history":
                found = await schedules.lookup.find(caller, name)
                if not isinstance(found, Schedule):
                    return replies.refusal(found)
                return replies.history(found, await schedules.lookup.history(found))
            case "run":
                return self._told(await schedules.run(caller, name), replies.running)
            case "pause":
                return self._told(await schedules.pause(caller, name), replies.paused)
            case "resume":
                outcome = await schedules.resume(caller, name)
                return self._told(
                    outcome, lambda again: replies.resumed(again, schedules.lookup.next_runs(again, 3))
                )
            case "edit":
                before = await schedules.changeable(caller, name)
                if not isinstance(before, Schedule):
                    return replies.refusal(before)
                await self._composer.edit(caller, before, trigger_id=trigger_id)
                return None
            case "delete":
                return self._told(await schedules.delete(caller, name), replies.deleted)
            case _:
                assert_never(verb)

    async def _show(self, caller: Caller, name: str) -> Reply | str:
        found = await self._schedules.lookup.find(caller, name)
        if not isinstance(found, Schedule):
            return replies.refusal(found)
        return await show(self._schedules, found, caller=caller)

    async def ask(
        self,
        caller: Caller,
        query: str,
        *,
        attached: tuple[Source, ...] = (),
        once: str | None = None,
        perhaps: str | None = None,
    ) -> str:
        """Have it answered where the caller is; what is asked twice with the same `once` is answered once.

        The words `perhaps` end it, and may have been meant as its time.
        """
        found = await self._reading(caller, query, attached)
        if isinstance(found, str):
            return found
        if caller.channel is not None and (
            refusal := await self._schedules.permissions.cannot_post(caller, caller.channel)
        ):
            return replies.refusal(refusal)
        unread = await self._schedules.permissions.cannot_read(caller, found.sources, attached=attached)
        if unread is not None:
            return replies.refusal(unread)
        job = Job(
            id=once or secrets.token_hex(8),
            query=found.query,
            team=caller.team,
            channel=caller.channel,
            user=caller.user,
            thread=caller.thread,
            sources=encode_sources(found.sources),
            asked=self._now(),
        )
        if found.sources:
            await self._forms.keep(caller.team, self._kept(caller, found), name=job.id)
        try:
            await self._publisher.publish_job(job, deduplication_id=deduplication_id(job.id))
        except PublishError as exc:
            logger.warning("command.not_published: %s", exc)
            return replies.refusal(NotPublished(error=exc))
        return replies.on_it(thread=caller.thread is not None, perhaps=perhaps)

    async def _schedule(
        self, caller: Caller, request: ScheduleRequest, *, zone_known: bool, attached: tuple[Source, ...]
    ) -> Reply | str:
        timing = request.timing
        found = await self._reading(caller, request.query, attached)
        if isinstance(found, str):
            return found
        draft = Draft(
            query=found.query,
            timing=timing,
            channel=caller.channel or "",
            sources=found.sources,
            attached=attached,
            thread=caller.thread if asked_about(request.query) else None,
        )
        made = await self._schedules.create(caller, draft)
        if not isinstance(made, Schedule):
            return replies.refusal(made)
        return replies.scheduled(
            made,
            self._schedules.lookup.next_runs(made, 3),
            zone_known=zone_known or timing.when.zone != DEFAULT_ZONE,
        )

    async def _reading(self, caller: Caller, query: str, attached: tuple[Source, ...]) -> Reading | str:
        """What to ask and to read, or why that cannot be."""
        if (named := about_channel(query)) is not None:
            about, name = named
            channel = name if CHANNEL_ID.fullmatch(name) else await self._channel(caller, name)
            if channel is None:
                return replies.no_channel(name)
            source = about.source_in(channel=channel, thread=None)
            if source is None:
                return replies.nothing_to_read(about)
            return Reading(query=about.query, sources=distinct_sources((source, *attached)))
        found = read_prompt(
            query,
            links_in=self._links_in,
            channel=caller.channel,
            thread=caller.thread,
            attached=attached,
        )
        return replies.nothing_to_read(found) if isinstance(found, Asked) else found

    async def _channel(self, caller: Caller, name: str) -> str | None:
        slack = await self._workspaces.slack(caller.team)
        return await slack.find_channel(name, user=caller.user)

    def _kept(self, caller: Caller, found: Reading) -> Form:
        """What the buttons under the answer need: they can carry a prompt, and not what it is to read.

        It is kept as the fields of the composer, so that it can be scheduled too.
        """
        form = Form(prompt=found.query, channel=caller.channel, origin=caller.channel)
        sources = list(found.sources)
        if caller.channel and caller.thread:
            thread = Thread(channel=caller.channel, ts=caller.thread)
            if thread in sources:
                sources.remove(thread)
                form = replace(form, follows=caller.thread)
        return with_sources(form, sources, links_in=self._links_in)

    async def _transfer(self, caller: Caller, name: str, user: str) -> str:
        mention = re.fullmatch(r"<@(\w+)(?:\|[^>]*)?>", user)
        slack = await self._workspaces.slack(caller.team)
        found = mention[1] if mention else await slack.find_person(user.removeprefix("@"))
        if found is None:
            return replies.nobody(user.removeprefix("@"))
        given = await give(self._schedules, self._workspaces, caller, name, found)
        return self._told(given, replies.transferred)

    def _told(self, outcome: Schedule | Refusal, words: Callable[[Schedule], str]) -> str:
        return words(outcome) if isinstance(outcome, Schedule) else replies.refusal(outcome)
