"""The answer that a question in a thread is about, as material: its prompt, its moment, what it was made of.

Its sources go no further than their readers: a person who asks is told of them again only if they could
read it themselves, and only where all who read there may, or somebody who may has agreed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from upstash_redis.asyncio import Redis

from bot import replies
from bot.answers import AnswerBasis, Answers
from bot.errors import SlackUnavailable
from bot.readers import Consented, Open, ReaderCheck, Untold, decode_consents
from bot.schedules import CannotRead, Permissions, ScheduleStore
from bot.slack import Caller, find_names
from bot.sources import (
    Everyone,
    Material,
    Piece,
    codes_to_name,
    decode_sources,
    plain_text,
)
from bot.storage import read_if_known, run_key
from bot.workspaces import Workspaces
from scheduler import Job

logger = logging.getLogger(__name__)

TALK: Final = """\
This is asked in a Slack thread, and goes on from what was said there: "it", "this" and orders such as
"shorter" or "in German" are about the newest answer of the bot in it, or about what the thread is about. The
thread is in the material, the bot's own answers too; what an earlier answer was made of may be as well, and
then says more than the answer. Answer only what is asked now."""
"""The situation, for the model."""

_PATIENCE: Final = timedelta(minutes=1)
"""The time for which a question waits for the end of the post that it is about."""
_SOON: Final = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class EarlierAnswers:
    """Finds what is kept of answers that were posted."""

    redis: Redis = field(repr=False)
    answers: Answers
    store: ScheduleStore
    permissions: Permissions
    readers: ReaderCheck
    workspaces: Workspaces = field(repr=False)
    now: Callable[[], datetime]

    async def find_answered(self, job: Job, material: Material) -> AnswerBasis | None:
        """The answer that the talk in `material` is about; None if there is none, or it is not kept.

        Raises `SlackUnavailable` while it is being posted.
        """
        run = next((piece.about for piece in material.pieces if piece.about), "")
        if not run.startswith(f"{job.team or ''}:"):
            return None
        posted = await find_basis(self.redis, run)
        if posted == "posting":
            if job.asked is not None and self.now() - job.asked < _PATIENCE:
                raise SlackUnavailable("the answer that is asked about is being posted", retry_after=_SOON)
            return None
        return posted

    async def add_earlier(self, job: Job, posted: AnswerBasis, material: Material) -> Material:
        """The material with that of the earlier answer before it. Raises `SlackUnavailable`."""
        inside, note = "", ""
        if posted.material_of:
            if not await self._may_retell(job, posted):
                note = (
                    "(What it was made of is not for everyone here, so it is left out. Say so if it matters.)"
                )
            elif not (inside := await self.answers.find_material(posted.material_of)):
                note = "(What it was made of is not kept any more. Say so if it matters.)"
        piece = Piece(
            title="An earlier answer of the bot, which is asked about: what it was asked and made of",
            name=replies.earlier_answer_name(posted.slot or posted.made, withheld=bool(note) and not inside),
            text="\n".join(filter(None, (await self._describe_posted(job, posted), inside))),
            left_out=note,
        )
        return Material(pieces=(piece, *material.pieces), unread=material.unread)

    async def _describe_posted(self, job: Job, posted: AnswerBasis) -> str:
        if not posted.credit:
            return posted.describe("")
        names = await find_names(await self.workspaces.slack_of(job.team or ""), codes_to_name(posted.credit))
        return posted.describe(plain_text(posted.credit, names, keep_links=True))

    async def _may_retell(self, job: Job, posted: AnswerBasis) -> bool:
        """True if its basis may be told here, to the person who asks. Raises `SlackUnavailable`."""
        sources = [
            source for source in decode_sources(posted.sources) if not isinstance(source.readers, Everyone)
        ]
        if not sources:
            return True
        team, channel = job.team or "", job.channel or ""
        asker = Caller(team=team, user=job.user or "", channel=channel)
        match await self.permissions.cannot_read(asker, sources):
            case None:
                pass
            case CannotRead(problem="untold"):
                raise SlackUnavailable("Slack does not tell who may read what is asked about")
            case _:
                return False
        found = await self.store.read_records([(team, posted.schedule)]) if posted.schedule else [None]
        consents = decode_consents(posted.consents) if found[0] is None else found[0].consents
        match await self.readers.may_show(team, sources, channel, consents):
            case Open() | Consented():
                return True
            case Untold(is_refused=False):
                raise SlackUnavailable("Slack does not tell who reads here")
            case _:
                return False


async def find_basis(redis: Redis, run: str) -> AnswerBasis | Literal["posting"] | None:
    """The basis of a run's answer; "posting" while it is on its way, None where nothing is kept."""
    state, basis = await redis.hmget(run_key(run), "state", "basis")
    if state not in (None, "posted"):
        return "posting"
    return read_if_known(AnswerBasis.decode, basis) if basis else None
