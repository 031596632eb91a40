"""Decides when, and carries jobs through QStash. Knows no Slack and no model."""

from typing import TYPE_CHECKING

import scheduler.zone  # noqa: F401 - first of all: it turns off the zone data of the machine
from scheduler.late import open_door

if TYPE_CHECKING:
    from scheduler.ahead import make_warm, next_warm_hop, warm_job
    from scheduler.batch import SharedRequests, Waiting
    from scheduler.calendar import Closures, are_calendars_loaded, calendar_end, is_free, load_calendars
    from scheduler.chores import Chore, Housekeeping
    from scheduler.cron import Cron
    from scheduler.errors import (
        DailyLimit,
        MalformedJob,
        PublishError,
        QuotaReached,
        Refused,
        SchedulerError,
        TooLarge,
        UnknownCalendar,
        UnknownZone,
        Unreachable,
        Unsigned,
        WhenError,
        ZoneNeeded,
    )
    from scheduler.faults import TimeFault
    from scheduler.job import POST_IF_LIMIT, QUERY_LIMIT, Changes, Job
    from scheduler.language import (
        QUOTES,
        describe_timing,
        find_timing,
        is_own_time,
        may_name_calendar,
        other_reading,
        perhaps_timing,
        read_timing,
        slip_among,
        unquoted,
    )
    from scheduler.lua import LOCKING, Key, Script
    from scheduler.plan import (
        CLOCK_LEEWAY,
        EARLY,
        Plan,
        Repeat,
        Send,
        deduplication_id,
        make_plan,
        next_hop,
        oldest_answer,
        run_of,
        slot_of,
    )
    from scheduler.publish import Publisher, Scheduled
    from scheduler.receive import (
        BODY_LIMIT,
        CHECK,
        FAILED,
        PUBLIC_KEYS,
        Delivery,
        Done,
        Drop,
        Failure,
        Receiver,
        Retry,
        Verdict,
        check_length,
        check_signing_key,
        read_body,
        to_http,
    )
    from scheduler.timing import Once, Rest, Timing, When, last_due, runs_at, upcoming_runs
    from scheduler.zone import ZONE_DATA_VERSION, ZoneInfo, check_zone
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "BODY_LIMIT",
    "CHECK",
    "CLOCK_LEEWAY",
    "EARLY",
    "FAILED",
    "LOCKING",
    "POST_IF_LIMIT",
    "PUBLIC_KEYS",
    "QUERY_LIMIT",
    "QUOTES",
    "ZONE_DATA_VERSION",
    "Changes",
    "Chore",
    "Closures",
    "Cron",
    "DailyLimit",
    "Delivery",
    "Done",
    "Drop",
    "Failure",
    "Housekeeping",
    "Job",
    "Key",
    "MalformedJob",
    "Once",
    "Plan",
    "PublishError",
    "Publisher",
    "QuotaReached",
    "Receiver",
    "Refused",
    "Repeat",
    "Rest",
    "Retry",
    "Scheduled",
    "SchedulerError",
    "Script",
    "Send",
    "SharedRequests",
    "TimeFault",
    "Timing",
    "TooLarge",
    "UnknownCalendar",
    "UnknownZone",
    "Unreachable",
    "Unsigned",
    "Verdict",
    "Waiting",
    "When",
    "WhenError",
    "ZoneInfo",
    "ZoneNeeded",
    "are_calendars_loaded",
    "calendar_end",
    "check_length",
    "check_signing_key",
    "check_zone",
    "deduplication_id",
    "describe_timing",
    "find_timing",
    "is_free",
    "is_own_time",
    "last_due",
    "load_calendars",
    "make_plan",
    "make_warm",
    "may_name_calendar",
    "next_hop",
    "next_warm_hop",
    "oldest_answer",
    "other_reading",
    "perhaps_timing",
    "read_body",
    "read_timing",
    "run_of",
    "runs_at",
    "slip_among",
    "slot_of",
    "to_http",
    "unquoted",
    "upcoming_runs",
    "warm_job",
]
