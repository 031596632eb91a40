"""What there should be, told as simply as can be: schedules in a dictionary, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

from bot.schedules import Policy, Schedule
from bot.slack import Caller
from scheduler import Cron, Once, Timing, ZoneInfo
from tests.bot.schedules.operations.town import Town

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A schedule, as the people who use it think of it."""

    id: str
    user: str
    channel: str
    query: str
    timing: Timing
    name: str | None = None
    paused: bool = False
    is_settled: bool = True
    """False after a crash, until QStash and the record are made to agree."""

    @property
    def recurs(self) -> bool:
        return isinstance(self.timing.when, Cron)

    def is_ahead(self, now: datetime) -> bool:
        """False of what has run once."""
        return not isinstance(self.timing.when, Once) or self.timing.when.at > now

    def next_run(self, now: datetime) -> datetime | None:
        return None if self.paused else next_slot(self.timing, now.replace(microsecond=0))

    def agrees_with(self, record: Schedule) -> bool:
        """The record says the same."""
        told = (record.user, record.channel, record.query, record.timing, record.name)
        same = told == (self.user, self.channel, self.query, self.timing, self.name)
        states = {"paused"} if self.paused else {"active"} if self.is_settled else {"active", "pending"}
        return same and record.state in states


@lru_cache(maxsize=2_000)
def next_slot(timing: Timing, now: datetime) -> datetime | None:
    """The next minute that a person would name, looked for one by one."""
    if isinstance(timing.when, Once):
        return timing.when.at if timing.when.at > now else None
    minutes, hours, _, _, weekdays = timing.when.expression.split()
    zone = ZoneInfo(timing.when.zone)
    at = now.replace(second=0) + _MINUTE
    for _ in range(8 * 24 * 60):
        wall = at.astimezone(zone)
        is_minute = wall.minute % 15 == 0 if minutes == "*/15" else wall.minute == int(minutes)
        is_hour = hours == "*" or wall.hour == int(hours)
        is_day = weekdays == "*" or wall.isoweekday() <= 5
        if is_minute and is_hour and is_day:
            return None if timing.until is not None and at > timing.until else at
        at += _MINUTE
    raise AssertionError("no such minute in a week")


def _spoken(name: str) -> str:
    """As people take two names for one."""
    return " ".join(name.casefold().split())


Outlook = Literal["sees", "outside", "unknown"]


@dataclass(kw_only=True)
class Model:
    """All schedules of a team, by id; those that were deleted can be had back."""

    town: Town
    kept: dict[str, Kept] = field(default_factory=dict)
    deleted: dict[str, Kept] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    def is_taken(self, name: str | None, *, but: str = "") -> bool:
        """Another one has this name, in whatever case."""
        return name is not None and any(
            kept.name is not None and _spoken(kept.name) == _spoken(name)
            for kept in self.kept.values()
            if kept.id != but
        )

    def outlook(self, caller: Caller, kept: Kept) -> Outlook:
        """A schedule is for those in its channel, for its owner while they can read it, and for admins."""
        mine = caller.user == kept.user
        if (
            caller.channel == kept.channel
            or (mine and self.town.may_read(caller.user, kept.channel))
            or self.town.is_admin(caller.user)
        ):
            return "sees"
        return "outside" if mine else "unknown"

    def may_change(self, caller: Caller, kept: Kept) -> bool:
        return caller.user == kept.user or self.town.is_admin(caller.user)

    def is_barred(self, user: str, channel: str) -> bool:
        """The operator's policy lets them ask nothing there."""
        channels, groups = self.policy.channels, self.policy.groups
        return bool(channels and channel not in channels) or bool(groups and user not in self.town.group)

    def may_post(self, caller: Caller, channel: str) -> bool:
        return not self.is_barred(caller.user, channel) and (
            channel == caller.channel or caller.user in self.town.people_of[channel]
        )

    def listed(self, caller: Caller, scope: Literal["here", "mine", "all"], now: datetime) -> set[str]:
        """The ids in a list."""
        everything = scope == "all" and self.town.is_admin(caller.user)
        return {
            kept.id
            for kept in self.kept.values()
            if kept.is_ahead(now)
            and (
                everything
                or (
                    (kept.user == caller.user or (scope != "mine" and kept.channel == caller.channel))
                    and (kept.channel == caller.channel or self.town.may_read(caller.user, kept.channel))
                )
            )
        }

    def change(self, schedule: str, **fields: object) -> Kept:
        self.kept[schedule] = changed = replace(self.kept[schedule], **fields)  # type: ignore[arg-type]  # by name
        return changed
