"""Whatever people, crashes and time do to schedules, in any order: the records, their indexes and QStash are
those of a simple model, and nobody sees or changes what they may not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeVar, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.schedules import (
    BadName,
    Draft,
    NotAllowed,
    NotMember,
    NotPublished,
    NotYours,
    Outside,
    Pointless,
    Policy,
    Schedule,
    TooLate,
    Unknown,
    member_of,
)
from bot.slack import Caller
from bot.storage.keys import (
    deleted_schedule_key,
    folded_name,
    history_key,
    schedule_ids_key,
    schedule_index_key,
    schedule_key,
    schedule_name_key,
    watched_key,
)
from scheduler import Cron, Done, Job, Once, Timing
from tests.bot.schedules.operations.desk import Desk, open_desk
from tests.bot.schedules.operations.model import Kept, Model
from tests.bot.schedules.operations.town import ADA, BEN, CLOSED, EVE, GROUP, OPEN, SIDE, TEAM
from tests.examples import examples

T = TypeVar("T")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANY: Final = st.integers(0, 1_000)
"""One of those that are there, whichever."""
NAMES: Final = st.sampled_from(
    [None, "Morning", "morning", "Evening  news", "evening news", "kolu-tane", " "]
)
QUERIES: Final = st.sampled_from(["What is new?", "Why?", "Who is on call?"])
CHANNELS: Final = st.sampled_from([OPEN, CLOSED, SIDE])
WHEN: Final = st.sampled_from(["daily", "weekdays", "quarters", "ending", "in an hour", "in two days"])
POLICIES: Final = st.sampled_from(
    [
        *[Policy()] * 2,
        Policy(channels=frozenset({OPEN, CLOSED})),
        Policy(groups=frozenset({GROUP})),
    ]
)
Scope = Literal["here", "mine", "all"]


class Operations(RuleBasedStateMachine):
    """One team's schedules."""

    desk: ClassVar[Desk]
    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        self.do(self.desk.forget_everything())
        self.model = Model(town=self.desk.town)
        self.is_down = False

    def do(self, act: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await act

        return self.runner.run(awaited())

    @property
    def now(self) -> Any:
        return self.desk.clock()

    def caller(self, place: int) -> Caller:
        callers = self.desk.town.callers
        return callers[place % len(callers)]

    def one_of(self, place: int) -> Kept:
        return [*self.model.kept.values()][place % len(self.model.kept)]

    def timing(self, when: str) -> Timing:
        match when:
            case "daily":
                return Timing(when=Cron.parse("0 9 * * *", zone="Europe/Berlin"))
            case "weekdays":
                return Timing(when=Cron.parse("30 8 * * 1-5", zone="UTC"))
            case "quarters":
                return Timing(when=Cron.parse("*/15 * * * *", zone="Asia/Kathmandu"))
            case "ending":
                return Timing(
                    when=Cron.parse("0 9 * * *", zone="UTC"), until=self.now.replace(second=0) + 40 * DAY
                )
            case "in an hour":
                return Timing(when=Once(at=self.now + HOUR, zone="Europe/Berlin"))
            case _:
                return Timing(when=Once(at=self.now + 2 * DAY, zone="UTC"))

    async def restart(self) -> None:
        await self.desk.restart(policy=self.model.policy, is_qstash_down=self.is_down)

    # What people do

    def refused_before(self, found: object, caller: Caller, kept: Kept, *, unseen: bool = False) -> bool:
        """Hold what they are told who may not change it; False if they may."""
        outlook = self.model.outlook(caller, kept)
        if outlook == "unknown":
            assert isinstance(found, Unknown), found
        elif outlook == "outside" and not unseen:
            assert isinstance(found, Outside), found
        elif outlook == "sees" and not self.model.may_change(caller, kept):
            assert isinstance(found, NotYours), found
        else:
            return False
        return True

    def refused_place(self, found: object, caller: Caller, channel: str) -> bool:
        if self.model.is_barred(caller.user, channel):
            assert isinstance(found, NotAllowed), found
        elif not self.model.may_post(caller, channel):
            assert isinstance(found, NotMember), found
        else:
            return False
        return True

    def refused_name(self, found: object, name: str | None, *, but: str = "") -> bool:
        if name is not None and (
            not name.strip() or name == "kolu-tane" or self.model.is_taken(tidy(name), but=but)
        ):
            assert isinstance(found, BadName), found
            return True
        return False

    def down(self, found: object) -> bool:
        if self.is_down:
            assert isinstance(found, NotPublished), found
        return self.is_down

    @rule(who=ANY, channel=CHANNELS, when=WHEN, query=QUERIES, name=NAMES)
    def create(self, who: int, channel: str, when: str, query: str, name: str | None) -> None:
        caller, timing = self.caller(who), self.timing(when)
        self._make(caller, Draft(query=query, timing=timing, channel=channel, name=name))

    def _make(self, caller: Caller, draft: Draft) -> None:
        found = self.do(self.desk.schedules.create_schedule(caller, draft))
        if (
            self.refused_place(found, caller, draft.channel)
            or self.refused_name(found, draft.name)
            or self.down(found)
        ):
            return
        assert isinstance(found, Schedule), found
        assert found.state == "active"
        self.model.kept[found.id] = Kept(
            id=found.id,
            user=caller.user,
            channel=draft.channel,
            query=draft.query,
            timing=draft.timing,
            name=tidy(draft.name),
        )

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY)
    def copy(self, who: int, which: int) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        found = self.do(self.desk.schedules.directory.find_visible(caller, kept.id))
        if isinstance(found, Schedule) and kept.is_ahead(self.now):
            self._make(caller, Draft(query=found.query, timing=found.timing, channel=found.channel))

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY, query=QUERIES, when=st.none() | WHEN, channel=st.none() | CHANNELS)
    def edit(self, who: int, which: int, query: str, when: str | None, channel: str | None) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        timing = self.timing(when) if when else kept.timing
        if not when and not kept.is_ahead(self.now):
            return  # the composer asks for a time that is to come

        def after(before: Schedule) -> Schedule:
            return replace(before.at_time(timing), query=query, channel=channel or before.channel)

        found = self.do(self.desk.schedules.edit_schedule(caller, self.label_of(kept, who), after))
        moves = channel is not None and channel != kept.channel
        if (
            self.refused_before(found, caller, kept)
            or (moves and channel and self.refused_place(found, caller, channel))
            or self.down(found)
        ):
            return
        assert isinstance(found, Schedule), found
        edited = self.model.change(kept.id, query=query, timing=timing, channel=channel or kept.channel)
        self.model.change(kept.id, paused=kept.paused and edited.recurs, is_settled=True)

    def label_of(self, kept: Kept, place: int) -> str:
        """Its id or its name, in whatever case."""
        return kept.name.upper() if kept.name and place % 2 else kept.id

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY, name=NAMES)
    def rename(self, who: int, which: int, name: str | None) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        found = self.do(self.desk.schedules.rename_schedule(caller, kept.id, name))
        if self.refused_before(found, caller, kept) or self.refused_name(found, name, but=kept.id):
            return
        assert isinstance(found, Schedule), found
        self.model.change(kept.id, name=tidy(name))

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY, to=st.sampled_from([ADA, BEN, EVE]))
    def transfer(self, who: int, which: int, to: str) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        found = self.do(self.desk.schedules.transfer_schedule(caller, kept.id, to))
        if self.refused_before(found, caller, kept, unseen=True):
            return
        barred = self.model.is_barred(to, kept.channel)
        if kept.user == to or to in self.desk.town.gone or to not in self.desk.town.people_of[kept.channel]:
            if not (barred and self.model.policy.channels):
                assert isinstance(found, Pointless), found
        elif barred and self.model.policy.groups:
            assert isinstance(found, Pointless), found
        else:
            assert isinstance(found, Schedule), found
        if isinstance(found, Schedule):
            self.model.change(kept.id, user=to)

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY)
    def pause(self, who: int, which: int) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        found = self.do(self.desk.schedules.pause_schedule(caller, self.label_of(kept, which)))
        if self.refused_before(found, caller, kept, unseen=True):
            return
        if not kept.recurs or kept.paused:
            assert isinstance(found, Pointless), found
            return
        assert isinstance(found, Schedule), found
        self.model.change(kept.id, paused=True, is_settled=kept.is_settled and not self.is_down)

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY)
    def resume(self, who: int, which: int) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        found = self.do(self.desk.schedules.resume_schedule(caller, kept.id))
        if self.refused_before(found, caller, kept):
            return
        if not kept.paused:
            assert isinstance(found, Pointless), found
        elif not self.down(found):
            assert isinstance(found, Schedule), found
            self.model.change(kept.id, paused=False, is_settled=True)

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY)
    def delete(self, who: int, which: int) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        found = self.do(self.desk.schedules.delete_schedule(caller, self.label_of(kept, who)))
        if self.refused_before(found, caller, kept, unseen=True) or (kept.recurs and self.down(found)):
            return
        assert isinstance(found, Schedule), found
        self.model.deleted[kept.id] = self.model.kept.pop(kept.id)

    @precondition(lambda self: self.model.deleted)
    @rule(who=ANY, which=ANY)
    def undo(self, who: int, which: int) -> None:
        caller = self.caller(who)
        kept = [*self.model.deleted.values()][which % len(self.model.deleted)]
        found = self.do(self.desk.schedules.restore_schedule(caller, kept.id))
        if isinstance(found, TooLate):  # a minute of the machine's own time has passed
            self.model.deleted.pop(kept.id)
            assert not self.do(self.desk.raw.exists(deleted_schedule_key(TEAM, kept.id)))
        elif not self.model.may_change(caller, kept):
            assert isinstance(found, NotYours), found
        elif not kept.is_ahead(self.now):
            assert isinstance(found, Pointless), found
        elif self.model.is_taken(kept.name):
            assert isinstance(found, BadName), found
        elif not self.down(found):
            assert isinstance(found, Schedule), found
            self.model.kept[kept.id] = replace(self.model.deleted.pop(kept.id), is_settled=True)

    @precondition(lambda self: self.model.kept)
    @rule(who=ANY, which=ANY)
    def run_now(self, who: int, which: int) -> None:
        caller, kept = self.caller(who), self.one_of(which)
        before = self.do(self.desk.waiting())
        found = self.do(self.desk.schedules.run_schedule_now(caller, kept.id))
        if self.model.outlook(caller, kept) == "unknown":
            assert isinstance(found, Unknown), found
        elif self.model.outlook(caller, kept) == "outside":
            assert isinstance(found, Outside), found
        elif not self.down(found):
            assert isinstance(found, Schedule), found
            new = {name: job for name, job in self.do(self.desk.waiting()).items() if name not in before}
            assert len(new) <= 1, "once a minute"
            for name, job in new.items():
                assert (job.schedule, job.user, job.cron) == (kept.id, caller.user, None)
                self._bring(name, job, posts=1)

    # What else comes

    @rule(policy=POLICIES)
    def change_policy(self, policy: Policy) -> None:
        self.model.policy = policy
        self.do(self.restart())

    @rule(down=st.booleans())
    def break_qstash(self, down: bool) -> None:
        self.is_down = down
        self.do(self.restart())

    @precondition(lambda self: not self.model.town.gone)
    @rule(user=st.sampled_from([ADA, BEN]))
    def leave(self, user: str) -> None:
        self.desk.town.gone.add(user)
        self.do(self.restart())
        self.do(self.desk.events.pause_of_owner(TEAM, user, "Ada"))
        for kept in [*self.model.kept.values()]:
            if kept.user == user and kept.recurs and not kept.paused:
                self.model.change(kept.id, paused=True, is_settled=kept.is_settled and not self.is_down)

    @rule(who=ANY, channel=CHANNELS, when=WHEN, name=st.sampled_from([None, "Half"]))
    def crash_in_create(self, who: int, channel: str, when: str, name: str | None) -> None:
        """The record is written, and QStash never hears of it."""
        caller, schedule = self.caller(who), f"half-{len(self.model.kept) + len(self.model.deleted):04d}"
        if self.model.is_taken(name) or schedule in {*self.model.kept, *self.model.deleted}:
            return
        record = Schedule(
            id=schedule,
            team=TEAM,
            channel=channel,
            user=caller.user,
            query="Why?",
            zone="UTC",
            cron="0 0 * * *",
            name=name,
            created=self.now,
        )
        record = record.at_time(self.timing(when))
        added = self.do(self.desk.schedule_store.add_record(record, now=self.now))
        assert isinstance(added, Schedule), added
        self.model.kept[schedule] = Kept(
            id=schedule,
            user=caller.user,
            channel=channel,
            query="Why?",
            timing=record.timing,
            name=name,
            is_settled=False,
        )

    @precondition(lambda self: any(kept.recurs for kept in self.model.kept.values()))
    @rule(which=ANY, how=st.sampled_from(["edit", "pause", "resume", "delete"]))
    def crash_in_change(self, which: int, how: str) -> None:
        """A process dies between its two steps."""
        kept = self.one_of(which)
        record = self.do(self.desk.schedule_store.find_record(TEAM, kept.id))
        assert record is not None
        if not kept.recurs or not kept.is_settled or self.is_down:
            return
        publisher, store = self.desk.services.publisher, self.desk.schedule_store
        match how:
            case "edit" if not kept.paused:
                self.do(store.change_record(record, replace(record, query="Half done?")))
                self.model.change(kept.id, query="Half done?")
            case "pause" if not kept.paused:
                self.do(store.change_record(record, replace(record, state="paused")))
                self.model.change(kept.id, paused=True)
            case "resume" if kept.paused:
                self.do(self.desk.schedules.publishing.publish_schedule(record))
                self.do(publisher.resume_schedule(kept.id))
            case "delete":
                self.do(publisher.delete_schedule(kept.id))
            case _:
                return
        self.model.change(kept.id, is_settled=False)

    @precondition(lambda self: not self.is_down)
    @rule()
    def reconcile(self) -> None:
        """Some minutes later, one pass; after it there is nothing left to put right but what is too late."""
        self.desk.clock.now += timedelta(minutes=6)
        self.do(self.desk.make_agree())
        for kept in [*self.model.kept.values()]:
            once = kept.timing.when
            if kept.is_settled or not isinstance(once, Once) or self.now - once.at <= HOUR:
                self.model.change(kept.id, is_settled=True)
        for kept in [*self.model.kept.values()]:
            if kept.user in self.desk.town.gone and kept.recurs:
                self.model.change(kept.id, paused=True)  # it has looked for owners, too

    @rule(span=st.sampled_from([MINUTE, 20 * MINUTE, 3 * HOUR, 2 * DAY]))
    def wait(self, span: timedelta) -> None:
        self.desk.clock.now += span

    @precondition(lambda self: not self.is_down)
    @rule()
    def watch(self) -> None:
        """The watchdog may ask for a slot that was not brought, each once, and for nothing else."""
        before = self.do(self.desk.waiting())
        self.do(self.desk.watch())
        for name, job in self.do(self.desk.waiting()).items():
            if name not in before:
                kept = self.model.kept[job.schedule or ""]
                assert kept.recurs, job
                assert not kept.paused, job
                self._bring(name, job, posts=1)

    @precondition(lambda self: self.model.kept)
    @rule(which=ANY)
    def slot_comes(self, which: int) -> None:
        """QStash brings a slot, twice."""
        kept = self.one_of(which)
        at = kept.next_run(self.now)
        if not kept.is_settled or at is None or not kept.recurs:
            return
        job = self.do(self.desk.held())[kept.id].job
        assert job is not None
        self.desk.clock.now = at + timedelta(seconds=2)
        self._bring(None, job, posts=1)

    @precondition(lambda self: not self.is_down)
    @rule(which=ANY)
    def one_off_comes(self, which: int) -> None:
        """QStash brings what waited, whether or not it is still wanted."""
        waiting = self.do(self.desk.waiting())
        if not waiting:
            return
        name = sorted(waiting)[which % len(waiting)]
        job = waiting[name]
        if job.at is not None:
            self.desk.clock.now = max(self.now, job.at + timedelta(seconds=1))
        kept = self.model.kept.get(job.id or "")
        wanted = kept is not None and kept.timing.when == Once(
            at=job.at or self.now, zone=kept.timing.when.zone
        )
        if wanted and kept is not None:
            wanted = (kept.query, kept.channel) == (job.query, job.channel)
        self._bring(name, job, posts=1 if wanted else 0)
        if wanted and kept is not None:
            self.model.change(kept.id, is_settled=True)

    def _bring(self, message: str | None, job: Job, *, posts: int) -> None:
        """Deliver it twice; it is posted as often as it should be, once at the most."""
        before = len(self.desk.town.posts)
        for _ in range(2):
            verdict = self.do(self.desk.deliver(job))
            assert isinstance(verdict, Done), verdict
        found = [post for post in self.desk.town.posts[before:] if post.get("metadata")]
        assert len(found) == posts, (job, found)
        assert all(post["channel"] == job.channel for post in found)
        if message is not None:
            self.do(self.desk.raw.delete(f"qstash:message:{message}"))

    # What always holds

    @invariant()
    def the_records_are_those_of_the_model(self) -> None:
        records = {record.id: record for record in self.do(self.desk.schedule_store.list_records(TEAM))}
        assert records.keys() == self.model.kept.keys()
        for kept in self.model.kept.values():
            assert kept.agrees_with(records[kept.id]), (kept, records[kept.id])

    @invariant()
    def qstash_has_what_runs_and_nothing_else(self) -> None:
        held = self.do(self.desk.held())
        assert held.keys() <= {
            kept.id for kept in self.model.kept.values() if kept.recurs or not kept.is_settled
        }
        for kept in self.model.kept.values():
            if not kept.is_settled:
                continue
            theirs = held.get(kept.id)
            if kept.recurs and not kept.paused:
                assert theirs is not None, kept
                assert theirs.job is not None
                assert not theirs.paused, kept
                assert Cron.parse(theirs.cron) == kept.timing.when, kept
                assert (theirs.job.query, theirs.job.channel) == (kept.query, kept.channel), kept
            elif kept.recurs:
                assert theirs is None or theirs.paused, kept
        jobs = [job for job in self.do(self.desk.waiting()).values() if job.id in self.model.kept]
        for kept in self.model.kept.values():
            if isinstance(kept.timing.when, Once) and kept.is_settled and kept.is_ahead(self.now):
                mine = [
                    (job.query, job.channel)
                    for job in jobs
                    if job.id == kept.id and job.at == kept.timing.when.at
                ]
                assert (kept.query, kept.channel) in mine, (kept, mine)

    @invariant()
    def the_indexes_agree_with_the_records(self) -> None:
        entries = self.do(self.desk.ground.directory.index.read_entries(TEAM))
        told = {entry.id: (entry.channel, entry.user) for entry in entries.values()}
        assert told == {kept.id: (kept.channel, kept.user) for kept in self.model.kept.values()}
        raw = self.desk.raw
        called = {entry.id: entry.name for entry in entries.values()}
        assert all(called[kept.id] == kept.name for kept in self.model.kept.values() if kept.name is not None)
        named = {folded_name(name): schedule for schedule, name in called.items() if name is not None}
        unnamed = [schedule for schedule, name in called.items() if name is None]
        assert all(schedule.startswith("half-") for schedule in unnamed), "others have a handle of their own"
        assert len(named) + len(unnamed) == len(self.model.kept)
        prefix = schedule_name_key(TEAM, "")
        keys = {key.decode() for key in self.do(raw.keys(f"{prefix}*")) if isinstance(key, bytes)}
        assert keys == {schedule_name_key(TEAM, name) for name in named}
        for name, schedule in named.items():
            assert self.do(raw.get(schedule_name_key(TEAM, name))) == schedule.encode()
        recurring = {kept.id for kept in self.model.kept.values() if kept.recurs and not kept.paused}
        watched = self.do(self.desk.watched())
        assert recurring <= watched
        assert watched <= self.model.kept.keys()

    @invariant()
    def nothing_is_left_of_what_was_deleted_but_what_ends_by_itself(self) -> None:
        raw = self.desk.raw
        for schedule in self.model.deleted:
            assert not self.do(raw.sismember(schedule_ids_key(TEAM), schedule))
            assert not self.do(raw.hexists(schedule_index_key(TEAM), schedule))
            assert self.do(raw.zscore(watched_key(), member_of(TEAM, schedule))) is None
            assert not self.do(raw.exists(history_key(TEAM, schedule)))
            assert self.do(raw.ttl(schedule_key(TEAM, schedule))) > 0
            assert self.do(raw.ttl(deleted_schedule_key(TEAM, schedule))) != -1

    @invariant()
    def everybody_is_shown_what_is_theirs_to_see_in_the_order_in_which_it_runs(self) -> None:
        callers = self.desk.town.callers
        steps = sum(len(kept.id) for kept in self.model.kept.values()) + len(self.model.deleted)
        caller = callers[steps % len(callers)]
        for scope in get_args(Scope):
            listing = self.do(
                self.desk.ground.directory.list_upcoming(
                    caller, scope, most=50, is_admin=self.desk.town.is_admin(caller.user)
                )
            )
            assert {found.id for found in listing.shown} == self.model.listed(caller, scope, self.now)
        for kept in self.model.kept.values():
            found = self.do(self.desk.ground.directory.find_if_named(caller, kept.name or kept.id))
            outlook = self.model.outlook(caller, kept)
            expected = {"sees": Schedule, "outside": Outside, "unknown": type(None)}[outlook]
            assert isinstance(found, expected), (caller, kept, found)
            if isinstance(found, Schedule):
                assert self.desk.ground.directory.next_run(found) == kept.next_run(self.now), kept


def tidy(name: str | None) -> str | None:
    return None if name is None else name.strip()


@pytest.mark.hypothesis
def test_whatever_is_done_to_schedules_they_are_those_of_the_model(valkey_socket: Path) -> None:
    with asyncio.Runner() as runner:
        opened = open_desk(valkey_socket)
        Operations.runner, Operations.desk = runner, runner.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                Operations,
                settings=settings(
                    max_examples=examples(2),
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
