"""From a prompt to a job: what it asks and reads, and whether that is answered where its author is."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.day import find_variables
from bot.errors import SlackError
from bot.promises import Promises
from bot.readers import encode_consents
from bot.replies.commands import (
    answered_alone,
    no_channel,
    not_read,
    nothing_to_read,
    too_many_questions,
    working_on_it,
)
from bot.schedules import Consenting, NotPublished, Permissions
from bot.slack import Caller, answer_thread, find_channel, is_direct
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
    find_unread,
    is_talk,
    read_prompt,
)
from bot.tracing import Attributes, stage
from bot.ui.agent import LookingAt
from bot.ui.answering import Shortfall
from bot.ui.composer import Form, Forms, with_sources
from bot.ui.threads import QuestionLimit
from bot.workspaces import Workspaces
from scheduler import Job, PublishError, deduplication_id

logger = logging.getLogger(__name__)

_PUBLISH: Final[Attributes] = {
    "messaging.system": "qstash",
    "messaging.operation.type": "send",
    "messaging.destination.name": "announce",
}

CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9]{8,30}", re.ASCII)
"""A channel as an event names it; a name has no capital letters."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Understands prompts, and has them answered."""

    workspaces: Workspaces
    permissions: Permissions
    consenting: Consenting
    promises: Promises
    forms: Forms
    limit: QuestionLimit
    links_in: LinksIn
    looking_at: LookingAt
    now: Callable[[], datetime]

    async def ask_prompt(
        self,
        caller: Caller,
        query: str,
        *,
        attached: tuple[Source, ...] = (),
        once: str | None = None,
        about: str | None = None,
        perhaps: str | None = None,
        agreed: str = "",
        alone: bool = False,
    ) -> str | Shortfall | None:
        """Have it answered where the caller is, or to them `alone`; the same `once`, or wish, is once.

        `agreed` as for a draft. In a thread it is about what was said there, and `about` a post of it. The
        words `perhaps` end it, and may have been meant as its time. None where the run itself says that it is
        at work: in direct messages, in the place of the answer.
        """
        said = caller.said or f"{caller.asked_at(self.now()).timestamp():.6f}"
        found = await self.read_query(caller, query, attached, before=said, talks_about=about)
        if isinstance(found, Shortfall):
            return found
        if caller.channel is not None and (
            refusal := await self.permissions.cannot_post(caller, caller.channel)
        ):
            return Shortfall.of_refusal(refusal)
        unread = await self.permissions.cannot_read(caller, found.sources, attached=attached)
        if unread is not None:
            return Shortfall.of_refusal(unread)
        name = once or (caller.wish.id if caller.wish else secrets.token_hex(8))
        if alone or self.is_looked_at_first(caller):
            return await self._answer_alone(caller, found, name, perhaps=perhaps)
        places = () if caller.channel is None else (caller.channel,)
        consents = await self.consenting.find_consents(
            caller, found.sources, places, agreed=agreed, attached=attached
        )
        if not isinstance(consents, tuple):
            return Shortfall.of_refusal(consents)
        if not await self._may_ask_here(caller, name):
            return Shortfall(sentence=too_many_questions())
        job = replace(await self._job_of(caller, found, name), consents=encode_consents(consents))
        if found.sources and not is_talk(job.sources):  # what is asked in a talk is not asked again
            form = replace(self._form_of(caller, found), consents=consents)
            await self.forms.keep_form(caller.team, form, name=name)
        if (unpublished := await self._publish(job, caller)) is not None:
            return unpublished
        if perhaps is None and is_direct(caller.channel):
            return None
        return working_on_it(thread=caller.thread is not None, perhaps=perhaps)

    def is_looked_at_first(self, caller: Caller) -> bool:
        """True where somebody looks at each post: what is asked there at once comes to the asker alone."""
        return self.permissions.policy.requires_review(caller.channel)

    async def _answer_alone(
        self, caller: Caller, found: Reading, name: str, *, perhaps: str | None
    ) -> str | Shortfall:
        """Have it answered to the asker, with the button that has the answer posted, or looked at first."""
        if not await self._may_ask_here(caller, name):
            return Shortfall(sentence=too_many_questions())
        await self.forms.keep_form(caller.team, self._form_of(caller, found), name=name)
        job = replace(await self._job_of(caller, found, name), kind="preview")
        return await self._publish(job, caller) or answered_alone(
            is_reviewed=self.is_looked_at_first(caller), perhaps=perhaps
        )

    async def _job_of(self, caller: Caller, found: Reading, name: str) -> Job:
        """The job that answers a prompt where the caller is."""
        return Job(
            id=name,
            query=found.query,
            team=caller.team,
            channel=caller.channel,
            user=caller.user,
            thread=await answer_thread(await self.workspaces.slack_of(caller.team), caller),
            sources=encode_sources(found.sources),
            asked=self.now(),
            asker_zone=await self.zone_of(caller),
            fills_for=(caller.channel or caller.user) if find_variables(found.query) else None,
        )

    async def _publish(self, job: Job, caller: Caller) -> Shortfall | None:
        """Publish it; or say why not."""
        try:
            with stage("publish", span="publish announce", kind="producer", attributes=_PUBLISH):
                name = deduplication_id(job.id)
                await self.promises.publish_promised(job, deduplication_id=name, wish=caller.wish)
        except PublishError as exc:
            logger.warning("command.not_published: %s", exc)
            return Shortfall.of_refusal(NotPublished(error=exc))
        return None

    async def zone_of(self, caller: Caller) -> str | None:
        """The zone whose date they mean; None where Slack does not tell it."""
        try:
            return await (await self.workspaces.slack_of(caller.team)).time_zone(caller.user)
        except SlackError as exc:
            logger.warning("command.zone_untold: %s", exc)
            return None

    async def _may_ask_here(self, caller: Caller, name: str) -> bool:
        if caller.channel is None or caller.thread is None:
            return True
        return await self.limit.may_ask(caller.team, caller.channel, caller.thread, question=name)

    async def read_query(
        self,
        caller: Caller,
        query: str,
        attached: tuple[Source, ...],
        *,
        before: str | None = None,
        talks_about: str | None = None,
    ) -> Reading | Shortfall:
        """The prompt and its sources, or why it cannot be asked; the rest is as for `read_prompt`."""
        if (named := about_channel(query)) is not None:
            about, name = named
            channel = await self._find_channel(caller, name)
            if isinstance(channel, Shortfall):
                return channel
            source = about.source_in(channel=channel, thread=None)
            if source is None:
                return Shortfall(sentence=nothing_to_read(about))
            return Reading(query=about.query, sources=distinct_sources((source, *attached)))
        if is_direct(caller.channel) and (seen := await self._read_seen(caller, query, attached)) is not None:
            return seen
        found = read_prompt(
            query,
            links_in=self.links_in,
            channel=caller.channel,
            thread=caller.thread,
            before=before,
            talks_about=talks_about,
            attached=attached,
        )
        if isinstance(found, Asked):
            return Shortfall(sentence=nothing_to_read(found))
        if not found.sources and (unread := find_unread(query)) is not None:
            return Shortfall(sentence=not_read(unread))
        return found

    async def _read_seen(self, caller: Caller, query: str, attached: tuple[Source, ...]) -> Reading | None:
        """Take "this channel", in the Messages tab, for the one that they look at beside it."""
        about = asked_about(query)
        if about is None or about.over is None:
            return None
        channel = await self.looking_at.find_channel(caller.team, caller.user)
        source = None if channel is None else about.source_in(channel=channel, thread=None)
        if source is None:
            return None
        return Reading(query=about.query, sources=distinct_sources((source, *attached)))

    async def _find_channel(self, caller: Caller, name: str) -> str | Shortfall:
        """The id of the channel that is called `name`, or has it as its id."""
        if CHANNEL_ID.fullmatch(name):
            return name
        slack = await self.workspaces.slack_of(caller.team)
        found = await find_channel(slack, name, user=caller.user)
        if found is None or found.is_archived:
            return Shortfall(sentence=no_channel(name, archived=found is not None))
        return found.id

    def _form_of(self, caller: Caller, found: Reading) -> Form:
        """The prompt as the composer's fields, for the buttons under its answer, which cannot carry sources.

        Thus it can be scheduled too.
        """
        form = Form(prompt=found.query, channel=caller.channel, origin=caller.channel)
        sources = list(found.sources)
        if caller.channel and caller.thread:
            thread = Thread(channel=caller.channel, ts=caller.thread)
            if thread in sources:
                sources.remove(thread)
                form = replace(form, follows=caller.thread)
        return with_sources(form, sources, links_in=self.links_in)
