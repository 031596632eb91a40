"""Schedules that nobody looks at for a long time: their owner is asked once whether they shall go on.

Reading is no look, for Slack does not tell of it. So nothing is paused whose owner was not asked, and had two
weeks to answer; any look at a schedule meanwhile, by whomever, is an answer. All schedules of one owner are
asked about in one message, and the owners each on a day of their own, so that a Precache that begins to count
does not ask everyone at once. What belongs to someone who has left is for `Events`: its channels are told.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot import replies
from bot.errors import NewerRecord, PostUnknown, SealBroken, SlackError, SlackRefused, SlackUnavailable
from bot.housekeeping.renewal_questions import PATIENCE, Question, RenewalQuestions
from bot.housekeeping.watch_list import WatchList
from bot.replies.buttons import Press
from bot.replies.text import Reply
from bot.schedules import Looks, Schedule, ScheduleRef, Upkeep
from bot.slack import Mark, Slack, find_direct_channel
from bot.stats import Renewed
from bot.ui import load_reader
from bot.workspaces import Workspaces
from scheduler import Chore

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)

_WITHIN: Final = timedelta(minutes=30)
_FIRST: Final = timedelta(minutes=10)
_EVENT: Final = "precache_renewal"
_CLOCKS: Final = timedelta(minutes=2)
_MOST: Final = 100
"""Schedules of one question: more do not fit on its buttons, and come after them."""
_LONGEST_SPREAD: Final = timedelta(days=14)
_LONGEST_ADVANCE: Final = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A schedule at which nobody has looked since then, as far as it was counted."""

    schedule: Schedule
    since: datetime


def day_to_ask(team: str, user: str, since: datetime, *, period: timedelta) -> datetime:
    """The moment at which an owner is asked about what nobody has looked at `since`: after the period, and up
    to a quarter of it or two weeks later, by a share that is the owner's own. Pure."""
    digest = hashlib.sha256(f"{team}\n{user}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return since + period + min(period / 4, _LONGEST_SPREAD) * share


def choose_unseen(
    unseen: Sequence[Unseen], *, team: str, user: str, period: timedelta, now: datetime
) -> list[Unseen]:
    """Those of one owner to ask about now: none before it is time for one of them, and then those too whose
    time comes soon, so that one message will do. Longest unseen first. Pure."""
    times = [(day_to_ask(team, user, unseen_one.since, period=period), unseen_one) for unseen_one in unseen]
    if not any(at <= now for at, _ in times):
        return []
    soon = now + min(period / 4, _LONGEST_ADVANCE)
    chosen = [unseen_one for at, unseen_one in times if at <= soon]
    return sorted(chosen, key=lambda unseen_one: (unseen_one.since, unseen_one.schedule.id))


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """Asks owners, and pauses what nobody wants any more."""

    period: timedelta
    looks: Looks
    questions: RenewalQuestions
    watch_list: WatchList
    upkeep: Upkeep
    workspaces: Workspaces
    now: Callable[[], datetime]
    count_renewed: Callable[[Renewed], None] = lambda _: None

    @property
    def chore(self) -> Chore:
        return Chore(name="renewal", work=self.ask_owners, every=EVERY, within=_WITHIN, first=_FIRST)

    async def ask_owners(self) -> None:
        """One pass. Raises `RedisUnavailable`; the next one goes on from there."""
        for (team, user), unseen in (await self._find_unseen()).items():
            try:
                await self._see_to_owner(team, user, unseen)
            except (PostUnknown, SlackUnavailable) as exc:
                logger.warning("renewal.not_told_yet team=%s: %s", team, exc)
            except (SlackError, SealBroken, NewerRecord) as exc:
                logger.warning("renewal.not_told team=%s: %s", team, exc)

    async def _find_unseen(self) -> Mapping[tuple[str, str], list[Unseen]]:
        """All that may be asked about, by team and owner; what was never looked at counts from now on."""
        found, now = defaultdict[tuple[str, str], list[Unseen]](list), self.now()
        async with aclosing(self.watch_list.list_watched_pages()) as pages:
            async for page in pages:
                refs = [entry.ref for entry in page if not entry.is_unsettled]
                unknown: list[ScheduleRef] = []
                for schedule, looked in await self.looks.read_looks(refs):
                    if schedule is None or schedule.cron is None or schedule.state == "paused":
                        continue
                    if looked is None:
                        unknown.append((schedule.team, schedule.id))
                    elif now - looked >= self.period / 2:
                        found[schedule.team, schedule.user].append(Unseen(schedule=schedule, since=looked))
                await self.looks.begin_counting(unknown)
        return found

    async def _see_to_owner(self, team: str, user: str, unseen: Sequence[Unseen]) -> None:
        now = self.now()
        due = choose_unseen(unseen, team=team, user=user, period=self.period, now=now)
        if not due:
            return
        slack = await self.workspaces.slack_of(team)
        if (await slack.user_profile(user)).is_gone:
            return
        await load_reader()  # which words the times, too
        names = _that_fit([unseen_one.schedule.id for unseen_one in due])
        while True:
            question = await self.questions.take_question(team, user, schedules=names, now=now)
            if question is None:
                return
            if meant := _still_unseen(question, due):
                break
            # Somebody has looked at all that it was about, or that is gone: it is over, and the next begins.
            await self.questions.close_question(question)
        if question.state == "asking":
            await self._ask_owner(slack, question, meant)
        elif question.state == "asked" and now - (question.asked or question.begun) < PATIENCE:
            await self.questions.settle_question(question, "asked")
        else:
            await self._tell_and_pause(slack, question, meant)

    async def _ask_owner(self, slack: Slack, question: Question, meant: Sequence[Unseen]) -> None:
        now = self.now()
        rows = [(unseen_one.schedule, unseen_one.since) for unseen_one in meant]
        text = replies.ask_to_renew(
            rows, until=now + PATIENCE, now=now, reader=await slack.reader_clock(question.user)
        )
        try:
            await self._send_once(slack, question, text, part=0, since=question.begun)
        except SlackRefused:  # who was not asked cannot answer, so nothing is paused
            await self.questions.close_question(question)
            raise
        if await self.questions.settle_question(question, "asked", asked=self.now()):
            logger.info("renewal.asked team=%s schedules=%d", question.team, len(meant))
            for _ in meant:
                self.count_renewed("asked")

    async def _tell_and_pause(self, slack: Slack, question: Question, meant: Sequence[Unseen]) -> None:
        """Tell first, for what is paused comes here no more."""
        if question.state == "asked" and not await self.questions.settle_question(
            question, "telling", keeps=True
        ):
            return
        rows = [(unseen_one.schedule, unseen_one.since) for unseen_one in meant]
        text = replies.paused_unseen(rows, now=self.now(), reader=await slack.reader_clock(question.user))
        try:
            since = (question.asked or question.begun) + PATIENCE
            await self._send_once(slack, question, text, part=1, since=since)
        except SlackRefused as exc:
            logger.warning("renewal.last_word_refused team=%s: %s", question.team, exc)
        for unseen_one in meant:
            if await self._pause_unseen(unseen_one):
                logger.info("renewal.paused id=%s", unseen_one.schedule.id)
                self.count_renewed("paused")
        await self.questions.close_question(question)

    async def _pause_unseen(self, unseen: Unseen) -> bool:
        """Pause it, unless it was changed or deleted meanwhile."""
        read = unseen.schedule
        paused = await self.upkeep.pause_while(read, lambda record: record == read, unseen_since=unseen.since)
        return paused is not None

    async def _send_once(
        self, slack: Slack, question: Question, words: Reply, *, part: int, since: datetime
    ) -> None:
        """Send the owner a message, unless an earlier try has. Raises `SlackError`."""
        mark = Mark(run=question.run, part=part, event=_EVENT)
        if question.may_be_sent:
            channel = await find_direct_channel(slack, question.user)
            if channel is not None and await slack.find_post(channel, mark=mark, since=since - _CLOCKS):
                return
        await slack.post_message(question.user, text=words.text, blocks=words.blocks or (), mark=mark)


def _still_unseen(question: Question, due: Sequence[Unseen]) -> list[Unseen]:
    """Those that the question is about, and at which nobody has looked since it was asked."""
    return [
        unseen_one
        for unseen_one in due
        if unseen_one.schedule.id in question.schedules
        and (question.asked is None or unseen_one.since < question.asked)
    ]


def _that_fit(names: Sequence[str]) -> tuple[str, ...]:
    """As many as a button carries."""
    taken = tuple(names[:_MOST])
    while not Press(verb="keepall", schedules=taken).fits:
        taken = taken[:-1]
    return taken
