"""What people do with schedules: who may do it, what QStash is told, and what is written in the book.

Commands, buttons, the composer and the App Home all come through here. What is expected to go wrong is
returned as a `Refusal`, which `replies` puts into words.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final, Literal, assert_never

from bot.book import NAME_LIMIT, Book, Run, Schedule, State
from bot.errors import RedisUnavailable, SlackError, SlackRefused
from bot.policy import Policy
from bot.reading import MOST, Source, channels_in, files_in, same
from bot.refusals import (
    BadName,
    CannotPost,
    CannotRead,
    ChangedMeanwhile,
    NotAllowed,
    NotMember,
    NotPublished,
    NotYours,
    Pointless,
    Refusal,
    TooMuchToRead,
    Unknown,
)
from bot.slack import Slack
from bot.warming import Warming
from scheduler import (
    Changes,
    Closures,
    Publisher,
    PublishError,
    Repeat,
    Send,
    Timing,
    Unreachable,
    deduplication_id,
    make_plan,
    runs,
)

logger = logging.getLogger(__name__)

_SYLLABLES: Final = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
ID: Final = re.compile(r"[a-z]{4}-[a-z]{4}", re.IGNORECASE)
"""What ids look like; no name may, or it could stand for another schedule."""

_NO_PLACE: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_RUN_EVERY: Final = timedelta(minutes=1)  # how often one schedule may be run by hand


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks for something, and where; no channel where there is none, as in the App Home."""

    team: str
    user: str
    channel: str | None
    thread: str | None = None
    """The first message of the thread they are in."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A schedule before it has an id."""

    query: str
    timing: Timing
    channel: str
    name: str | None = None
    mentions: tuple[str, ...] = ()
    max_age: timedelta | None = None
    sources: tuple[Source, ...] = ()
    attached: tuple[Source, ...] = ()
    """Those of them that the caller has shared with us just now."""
    changes: Changes = "always"
    model: str | None = None
    thread: str | None = None
    preview: str | None = None
    """The preview that showed the answer below."""
    keep: datetime | None = None
    """The answer that was made then, in a preview, is good enough for the first run."""


Scope = Literal["here", "mine", "all"]


class Schedules:
    """Schedules, as people handle them."""

    def __init__(
        self,
        *,
        book: Book,
        publisher: Publisher,
        slack_of: Callable[[str], Awaitable[Slack]],
        policy: Policy,
        warming: Warming,
        closures: Closures,
        now: Callable[[], datetime],
    ) -> None:
        self._book = book
        self._publisher = publisher
        self._warming = warming
        self._slack_of = slack_of
        self._policy = policy
        self._closures = closures
        self._now = now
        self._watchers: list[Callable[[Schedule], None]] = []

    def watch(self, watcher: Callable[[Schedule], None]) -> None:
        """Have `watcher` called with each schedule that was made, changed or deleted here."""
        self._watchers.append(watcher)

    # Looking

    async def find(self, caller: Caller, name: str) -> Schedule | Unknown:
        """By id or name, if it concerns the caller: theirs, or of this channel, or they are an admin."""
        name = name.strip()
        found = await self._book.find(caller.team, name)
        if found is not None and await self._concerns(found, caller):
            return found
        around = await self.listing(caller, "here")
        labels = {label for each in around for label in (each.id, each.name) if label}
        return Unknown(name=name, near=tuple(get_close_matches(name, sorted(labels), n=3)))

    async def listing(self, caller: Caller, scope: Scope) -> list[Schedule]:
        """What is still to come, soonest first: here and one's own, one's own, or for admins all."""
        now = self._now()
        found = []
        admin = scope == "all" and await self.is_admin(caller)
        for each in await self._book.all(caller.team):
            mine = each.user == caller.user
            wanted = mine or (scope != "mine" and (admin or each.channel == caller.channel))
            if wanted and not (each.at is not None and each.at <= now):
                found.append(each)
        return sorted(found, key=lambda each: (self.next_run(each) or _NEVER, each.id))

    def next_run(self, schedule: Schedule) -> datetime | None:
        """When it runs next; None if it is paused, or never runs again."""
        if schedule.state == "paused":
            return None
        return next(iter(self.next_runs(schedule, 1)), None)

    def next_runs(self, schedule: Schedule, count: int) -> list[datetime]:
        """When it would run next, were it not paused."""
        return runs(schedule.timing, after=self._now(), count=count, closures=self._closures)

    async def history(self, schedule: Schedule, *, most: int = 10) -> list[Run]:
        return await self._book.history(schedule.team, schedule.id, most=most)

    async def last_runs(self, schedules: Sequence[Schedule]) -> list[Run | None]:
        return await self._book.last_runs(schedules)

    async def is_admin(self, caller: Caller) -> bool:
        """Whether Slack says so; when it does not tell, nobody is."""
        try:
            return (await (await self._slack_of(caller.team)).person(caller.user)).is_admin
        except SlackError as exc:
            logger.warning("schedule.admin_unknown: %s", exc)
            return False

    # Changing

    async def create(self, caller: Caller, draft: Draft) -> Schedule | Refusal:
        """Write it down, give it to QStash, confirm it: what is lost on the way can be found and ended."""
        if (refusal := await self.cannot_post(caller, draft.channel)) is not None:
            return refusal
        unread = await self.cannot_read(caller, draft.sources, attached=draft.attached)
        if unread is not None:
            return unread
        if (bad := _bad_name(draft.name)) is not None:
            return bad
        while True:
            schedule = Schedule(
                id=new_id(),
                team=caller.team,
                channel=draft.channel,
                user=caller.user,
                query=draft.query,
                zone=draft.timing.when.zone,
                name=draft.name,
                mentions=draft.mentions,
                max_age=draft.max_age,
                model=draft.model,
                sources=draft.sources,
                changes=draft.changes,
                thread=draft.thread,
                created=self._now(),
            ).at_time(draft.timing)
            written = await self._book.add(
                schedule, now=self._now(), keep=draft.keep, preview=draft.preview or ""
            )
            if written != "id_taken":
                break
        if not isinstance(written, Schedule):
            return BadName(name=draft.name or "", problem="taken")
        try:
            confirmed = await self._published(written)
        except PublishError as exc:
            await self._withdraw(written)
            await self._book.forget(written)
            return _not_published(exc)
        logger.info("schedule.created id=%s", schedule.id)
        settled = await self._confirmed(written, confirmed)
        self._changed(written)
        await self._warming.ahead(confirmed)
        return settled

    async def edit(
        self, caller: Caller, name: str, after: Callable[[Schedule], Schedule]
    ) -> Schedule | Refusal:
        """Change what it asks, when, or where.

        QStash gets the whole schedule anew before it loses what it had, so a failure leaves all as it was.
        """
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        wanted = after(before)
        moved = wanted.channel != before.channel
        if moved:
            if (refusal := await self.cannot_post(caller, wanted.channel)) is not None:
                return refusal
            wanted = replace(wanted, thread=None)
        if (unread := await self._cannot_have_read(caller, before, wanted)) is not None:
            return unread
        if wanted.name != before.name and (bad := _bad_name(wanted.name)) is not None:
            return bad
        if wanted.cron is None and wanted.state == "paused":
            wanted = replace(wanted, state="active")  # what runs once has no pause to be in
        written = await self._written(before, wanted)
        if not isinstance(written, Schedule):
            return written
        try:
            confirmed = await self._published(written)
            if before.cron is not None and written.cron is None:
                await self._publisher.delete(before.id)
        except PublishError as exc:
            undone = await self._book.change(written, replace(before, revision=written.revision))
            self._changed(before)
            as_before = not isinstance(undone, Schedule) or await self._put_back(before, written, exc)
            return _not_published(exc, unsettled=not as_before)
        logger.info("schedule.edited id=%s", before.id)
        settled = await self._confirmed(written, confirmed)
        if before.cron is None:
            await self._withdraw(before)
        await self._warming.ahead(confirmed)
        return settled

    async def rename(self, caller: Caller, name: str, new_name: str | None) -> Schedule | Refusal:
        """Give it a name of its own, or none; QStash does not know names."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        new_name = new_name.strip() if new_name else None
        if (bad := _bad_name(new_name)) is not None:
            return bad
        return await self._written(before, replace(before, name=new_name))

    async def transfer(self, caller: Caller, name: str, user: str) -> Schedule | Refusal:
        """Make it someone else's."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.user == user:
            return Pointless(schedule=before, problem="owner")
        person = await (await self._slack_of(caller.team)).person(user)
        if person.is_gone:
            return Pointless(schedule=before, problem="no_person")
        new = Caller(team=caller.team, user=user, channel=None)
        match await self.cannot_post(new, before.channel):
            case NotMember():
                return Pointless(schedule=before, problem="not_there")
            case NotAllowed(what="group"):
                return Pointless(schedule=before, problem="not_allowed")
        if (unread := await self.cannot_read(new, before.sources)) is not None:
            return replace(unread, new_owner=True) if isinstance(unread, CannotRead) else unread
        return await self._written(before, replace(before, user=user))

    async def pause(self, caller: Caller, name: str) -> Schedule | Refusal:
        """No run until it is resumed. The book alone is enough for that; QStash saves the calls."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            return Pointless(schedule=before, problem="one_off")
        if before.state == "paused":
            return Pointless(schedule=before, problem="paused")
        written = await self._written(before, replace(before, state="paused"))
        if isinstance(written, Schedule):
            try:
                await self._publisher.pause(before.id)
            except PublishError as exc:
                logger.warning("schedule.qstash_not_paused id=%s: %s", before.id, exc)
        return written

    async def resume(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Runs again from now on."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.state != "paused":
            return Pointless(schedule=before, problem="not_paused")
        try:
            await self._published(before)  # as a whole: it may have been edited while it was paused
            await self._publisher.resume(before.id)
        except PublishError as exc:
            return _not_published(exc)
        resumed = await self._written(before, replace(before, state="active"))
        if isinstance(resumed, Schedule):
            await self._warming.ahead(resumed)
        return resumed

    async def delete(self, caller: Caller, name: str) -> Schedule | Refusal:
        """End it: first with QStash, so that nothing is left behind there."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            await self._withdraw(before)
        else:
            try:
                await self._publisher.delete(before.id)
            except PublishError as exc:
                return _not_published(exc, unsettled=not await self._put_back(before, before, exc))
        await self._book.forget(before)
        self._changed(before)
        logger.info("schedule.deleted id=%s", before.id)
        return before

    async def run(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Post it now, once more; at most once a minute, whoever asks."""
        schedule = await self.find(caller, name)
        if not isinstance(schedule, Schedule):
            return schedule
        run = f"{schedule.id}-{int(self._now().timestamp() // _RUN_EVERY.total_seconds())}"
        job = replace(schedule.job, id=run, schedule=schedule.id, asked=self._now())
        try:
            await self._publisher.publish(job, deduplication_id=deduplication_id(run))
        except PublishError as exc:
            return _not_published(exc)
        return schedule

    async def settle(self, schedule: Schedule) -> None:
        """Give one that runs to QStash as the book has it, whatever QStash had, and confirm that.

        For what a crash, or a lost answer, has left half done. Raises `PublishError`.
        """
        confirmed = await self._published(schedule)
        if confirmed == schedule:
            return
        settled = await self._confirmed(schedule, confirmed)
        if isinstance(settled, Schedule):
            self._changed(schedule)
            await self._warming.ahead(settled)

    # What happens to them

    async def pause_all(self, team: str, where: Callable[[Schedule], bool]) -> list[Schedule]:
        """Pause the recurring ones that `where` names; those that this call has paused, and no other."""
        found = await self._book.all(team)
        paused = [await self._halt(each, where) for each in found]
        return [each for each in paused if each is not None]

    # Steps

    async def _halt(self, schedule: Schedule, where: Callable[[Schedule], bool]) -> Schedule | None:
        found: Schedule | None = schedule
        while found is not None and found.cron is not None and found.state != "paused" and where(found):
            written = await self._book.change(found, replace(found, state="paused"))
            if isinstance(written, Schedule):
                self._changed(written)
                try:
                    await self._publisher.pause(written.id)
                except PublishError as exc:
                    logger.warning("schedule.qstash_not_paused id=%s: %s", written.id, exc)
                return written
            found = await self._book.find(schedule.team, schedule.id)  # changed meanwhile, or gone
        return None

    async def changeable(self, caller: Caller, name: str) -> Schedule | Unknown | NotYours:
        found = await self.find(caller, name)
        if not isinstance(found, Schedule) or await self.may_change(caller, found):
            return found
        return NotYours(schedule=found)

    async def may_change(self, caller: Caller, schedule: Schedule) -> bool:
        """Whether it is theirs, or they are an admin."""
        return schedule.user == caller.user or await self.is_admin(caller)

    async def _concerns(self, schedule: Schedule, caller: Caller) -> bool:
        if caller.user == schedule.user or caller.channel == schedule.channel:
            return True
        return await self.is_admin(caller)

    def _changed(self, schedule: Schedule) -> None:
        for watcher in self._watchers:
            watcher(schedule)

    async def _written(self, before: Schedule, after: Schedule) -> Schedule | Refusal:
        written = await self._book.change(before, after)
        match written:
            case Schedule():
                self._changed(before)
                if written.user != before.user:
                    self._changed(written)
                return written
            case "gone":
                return Unknown(name=before.label, near=())
            case "name_taken":
                return BadName(name=after.name or "", problem="taken")
            case "changed" | "id_taken":
                return ChangedMeanwhile(schedule=before)
            case _:
                assert_never(written)

    async def cannot_post(self, caller: Caller, channel: str) -> Refusal | None:
        """Why this person's prompt may not be answered there; asked while someone is there to read it."""
        slack = await self._slack_of(caller.team)
        if self._policy.channels and channel not in self._policy.channels:
            return NotAllowed(what="channel")
        if self._policy.groups and not await slack.in_any_group(caller.user, self._policy.groups):
            return NotAllowed(what="group")
        try:
            await slack.check_channel(channel)
            if channel != caller.channel and not await slack.is_member(channel, caller.user):
                return NotMember(channel=channel)
        except SlackError as exc:
            if isinstance(exc, SlackRefused) and exc.code in _NO_PLACE:
                return CannotPost(code=exc.code)
            logger.warning("schedule.channel_not_checked: %s", exc)  # the post itself will tell
        return None

    async def cannot_read(
        self, caller: Caller, sources: Iterable[Source], *, attached: Collection[Source] = ()
    ) -> CannotRead | TooMuchToRead | None:
        """Why this person may not have it read: nobody reads through us what they could not read themselves.

        Unlike a post, which tells by itself that it fails, a read must not be tried: it would succeed. What
        they have `attached` themselves, they can read.
        """
        sources = tuple(sources)
        if len(sources) > MOST:
            return TooMuchToRead(count=len(sources))
        slack = await self._slack_of(caller.team)
        for channel in channels_in(sources):
            if (problem := await self._unreadable(slack, caller, channel)) is not None:
                return CannotRead(channel=channel, problem=problem)
        for file in files_in(each for each in sources if each not in attached):
            if (hidden := await self._unseen(slack, caller, file)) is not None:
                return CannotRead(channel=None, problem=hidden)
        return None

    async def _unreadable(
        self, slack: Slack, caller: Caller, channel: str
    ) -> Literal["not_member", "not_in_channel", "untold"] | None:
        try:
            await slack.check_channel(channel)
            if channel == caller.channel or await slack.is_member(channel, caller.user):
                return None
        except SlackRefused:
            return "not_in_channel"
        except SlackError as exc:
            logger.warning("schedule.reader_not_checked: %s", exc)
            return "untold"
        return "not_member"

    async def _unseen(
        self, slack: Slack, caller: Caller, file: str
    ) -> Literal["not_shared", "untold"] | None:
        try:
            shared = await slack.shared(file)
            if shared.is_public or shared.user == caller.user:
                return None
            for place in shared.places:
                if place == caller.channel or await slack.is_member(place, caller.user):
                    return None
        except SlackRefused:
            return "not_shared"
        except SlackError as exc:
            logger.warning("schedule.reader_not_checked: %s", exc)
            return "untold"
        return "not_shared"

    async def _cannot_have_read(
        self, caller: Caller, before: Schedule, wanted: Schedule
    ) -> CannotRead | TooMuchToRead | None:
        """Of a change: why what it reads may not be read for who makes it, unless that stays what it was.

        Who is not its owner must be a reader too to ask something else of it, or to have it told elsewhere.
        """
        stays = same(before.sources, wanted.sources) and before.channel == wanted.channel
        if stays and (caller.user == before.user or before.query == wanted.query):
            return None
        return await self.cannot_read(caller, wanted.sources)

    async def _published(self, schedule: Schedule) -> Schedule:
        """Give it to QStash; the record as it is once that is done."""
        plan = make_plan(schedule.job, schedule.when, now=self._now())
        state: State = "paused" if schedule.state == "paused" else "active"
        match plan:
            case Send(job=job, deduplication_id=key, at=at):
                # An edited one-off is another message: QStash would take the same id for a repeat.
                name = deduplication_id(key, schedule.revision)
                message = await self._publisher.publish(job, deduplication_id=name, at=at)
                return replace(schedule, state=state, message=message)
            case Repeat(job=job, cron=cron):
                await self._publisher.schedule(job, str(cron))
                return replace(schedule, state=state, message=None)
            case _:
                assert_never(plan)

    async def _confirmed(self, written: Schedule, confirmed: Schedule) -> Schedule | ChangedMeanwhile:
        """Write down that QStash has it. It runs even if that fails, so nobody is told to try again."""
        try:
            settled = await self._book.change(written, confirmed)
        except RedisUnavailable as exc:
            logger.warning("schedule.not_confirmed id=%s: %s", written.id, exc)  # its first run does it
            return confirmed
        if settled == "gone":
            await self._withdraw(confirmed)  # deleted before QStash had it
        return settled if isinstance(settled, Schedule) else ChangedMeanwhile(schedule=written)

    async def _put_back(self, before: Schedule, tried: Schedule, error: PublishError) -> bool:
        """Have QStash as it was before `tried` failed with `error`; False if it may be otherwise."""
        if not isinstance(error, Unreachable):
            return True  # it said no, so it has changed nothing
        try:
            if before.cron is not None:
                await self._published(before)
                if before.state == "paused":
                    await self._publisher.pause(before.id)
            elif tried.cron is not None:
                await self._publisher.delete(tried.id)
        except PublishError as exc:
            logger.warning("schedule.not_put_back id=%s: %s", before.id, exc)
            return False
        return True

    async def _withdraw(self, schedule: Schedule) -> None:
        """Take from QStash what it need not bring: its tombstone, or its ticket, stops what comes anyway."""
        try:
            if schedule.cron is not None:
                await self._publisher.delete(schedule.id)
            elif schedule.message is not None:
                await self._publisher.cancel(schedule.message)
        except PublishError as exc:
            logger.warning("schedule.not_withdrawn id=%s: %s", schedule.id, exc)


def new_id() -> str:
    """Short and speakable, such as "kolu-tane"."""
    syllables = [secrets.choice(_SYLLABLES) for _ in range(4)]
    return f"{syllables[0]}{syllables[1]}-{syllables[2]}{syllables[3]}"


def _bad_name(name: str | None) -> BadName | None:
    if name is None:
        return None
    if not name.strip():
        return BadName(name=name, problem="empty")
    if len(name) > NAME_LIMIT or "\n" in name:
        return BadName(name=name[:NAME_LIMIT], problem="too_long")
    if ID.fullmatch(name.strip()):
        return BadName(name=name, problem="like_an_id")
    return None


def _not_published(error: PublishError, *, unsettled: bool = False) -> NotPublished:
    logger.warning("schedule.not_published: %s", error)
    return NotPublished(error=error, unsettled=unsettled)
