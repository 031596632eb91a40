"""A subscription: the posts of one schedule, sent to one person as well.

They come at the same time as the post, at the person's own hour, or once a week as a digest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self

from bot.schedules import ScheduleRef
from bot.storage import RecordKind, moment_of, ms_of
from scheduler import Cron, Job, Timing, read_timing

Rhythm = Literal["at_once", "daily", "weekly"]
"""At the same time as the post; at an hour of some days or all; once a week, as a digest."""

MOST_OF_PERSON: Final = 50
"""Subscriptions that one person may have."""
MOST_OF_SCHEDULE: Final = 200
"""Subscriptions that one schedule may have: their copies are sent with each of its posts."""

_SUBSCRIPTION: Final = RecordKind(name="subscription", version=1)
_ID: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,39})\.([A-Z0-9]{2,30})", re.ASCII)
_WORD: Final = "copy"
"""Every job has a prompt; no model is asked the prompt of a copy."""


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A person's wish to be sent what a schedule posts."""

    team: str
    schedule: str
    """The id of the schedule."""
    user: str
    rhythm: Rhythm
    channel: str
    """The place of the schedule with whose post it comes, as long as that is one."""
    direct: str
    """The conversation of the person with the app; the person's id as long as there is none."""
    title: str
    """The name of the schedule, or the first words of its prompt, for when it is gone."""
    since: datetime
    cron: str | None = None
    zone: str | None = None
    """With `cron` the time of what does not come at once."""
    is_pending: bool = False
    """QStash is not known to have it yet."""
    told_paused: bool = False
    """The person knows that the schedule is paused."""

    @property
    def id(self) -> str:
        """The id of its schedule at QStash, and of all that is sent for it."""
        return subscription_id(self.schedule, self.user)

    @property
    def member(self) -> str:
        """Its place among all subscriptions."""
        return f"{self.team}:{self.id}"

    @property
    def message(self) -> None:
        """No message of QStash's waits for it: what recurs there has its `id`."""
        return

    @property
    def ref(self) -> ScheduleRef:
        """The schedule to which the person has subscribed."""
        return self.team, self.schedule

    @property
    def timing(self) -> Timing | None:
        """The time at which it comes; None for one that comes at once."""
        if self.cron is None or self.zone is None:
            return None
        return Timing(when=Cron.parse(self.cron, zone=self.zone))

    @property
    def slot_job(self) -> Job | None:
        """The job that QStash delivers at each of its times; None for one that comes at once."""
        if self.cron is None or self.zone is None:
            return None
        return Job(
            kind="digest" if self.rhythm == "weekly" else "copy",
            query=_WORD,
            team=self.team,
            schedule=self.id,
            user=self.user,
            cron=self.cron,
            zone=self.zone,
        )

    def encode(self) -> str:
        """The form that `decode` reads; its key names the team, the schedule and the person."""
        return _SUBSCRIPTION.write_record(
            {
                "rhythm": self.rhythm,
                **({"cron": self.cron, "zone": self.zone} if self.cron else {}),
                "channel": self.channel,
                "direct": self.direct,
                "title": self.title,
                "since": ms_of(self.since),
                **({"pending": True} if self.is_pending else {}),
                **({"told_paused": True} if self.told_paused else {}),
            }
        )

    @classmethod
    def decode(cls, text: str, *, ref: ScheduleRef, user: str) -> Self:
        """Raises `NewerRecord`."""
        _, raw = _SUBSCRIPTION.read_record(text)
        return cls(
            team=ref[0],
            schedule=ref[1],
            user=user,
            rhythm=raw["rhythm"],
            channel=raw["channel"],
            direct=raw["direct"],
            title=raw["title"],
            since=moment_of(raw["since"]),
            cron=raw.get("cron"),
            zone=raw.get("zone"),
            is_pending=raw.get("pending", False),
            told_paused=raw.get("told_paused", False),
        )


AT_ONCE: Final = '"rhythm":"at_once"'
"""The text by which scripts know a record whose copies come together with the post."""


def mark_of(job: Job) -> str:
    """The words of the record that `job` is for, so that one from before a change sends nothing."""
    if job.cron is None:
        return AT_ONCE
    rhythm: Rhythm = "weekly" if job.kind == "digest" else "daily"
    return f'"rhythm":"{rhythm}","cron":"{job.cron}","zone":"{job.zone}"'


def subscription_id(schedule: str, user: str) -> str:
    return f"{schedule}.{user}"


def read_subscription_id(text: str | None) -> tuple[str, str] | None:
    """The schedule and the person of an id; None if it is no subscription's."""
    found = _ID.fullmatch(text or "")
    return (found[1], found[2]) if found else None


def make_copy_job(ref: ScheduleRef, user: str, *, slot: datetime) -> Job:
    """The job that sends one person what was posted for a `slot`, at once."""
    team, schedule = ref
    return Job(
        kind="copy",
        query=_WORD,
        id=subscription_id(schedule, user),
        team=team,
        schedule=schedule,
        user=user,
        at=slot,
    )


def read_subscription_time(words: str, *, now: datetime, zone: str | None) -> Timing | None:
    """The time that was typed, such as `at 8` or `every friday at 4pm`; None if it is none.

    An hour alone is one of every day. Raises `WhenError`, `ZoneNeeded` without a `zone`.
    """
    daily = (
        (f"every day at {words}",) if words[:1].isdigit() else (f"every day {words}", f"every day at {words}")
    )
    for text in (words, *daily):
        timing = read_timing(text, now=now, zone=zone)
        if timing is not None and isinstance(timing.when, Cron):
            return timing
    return None


def rhythm_of(timing: Timing) -> Rhythm | None:
    """The rhythm that a time means: weekly on one day of the week; None for one that no subscription has."""
    cron = timing.when
    if not isinstance(cron, Cron) or timing != Timing(when=cron):
        return None
    minute, hour, day, month, _ = cron.expression.split()
    if (day, month) != ("*", "*") or not (minute.isdigit() and hour.isdigit()):
        return None
    return "weekly" if len(cron.fields.weekdays) == 1 else "daily"
