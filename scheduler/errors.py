"""The errors between deciding when and being called back.

SchedulerError
├── Unsigned              a request that our QStash did not sign
├── TooLarge              a body over the limit, not read to its end
├── MalformedJob          bytes that are no job of ours
├── WhenError             a time that cannot be understood or kept, by its `TimeFault`
│   ├── ZoneNeeded        where no zone is named and none is known
│   ├── UnknownZone
│   └── UnknownCalendar
└── PublishError          QStash did not take what we sent
    ├── Unreachable       no answer, or one that is not QStash's: it may or may not have been taken
    ├── Refused           QStash understood and said no: asking again will not help
    │   └── NotFound      there is no such schedule or message
    ├── QuotaReached      the plan's number of schedules
    └── DailyLimit        the plan's number of messages for today
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from scheduler.faults import TimeFault


class SchedulerError(Exception):
    """Scheduling failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or ""))


class Unsigned(SchedulerError):
    """The request is not signed by our QStash."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
        """One word for the operator's log, never for the sender."""


class TooLarge(SchedulerError):
    """The body is larger than any job."""


class MalformedJob(SchedulerError):
    """The body is not a Precache job."""


class WhenError(SchedulerError):
    """The time is not one that can be kept."""

    def __init__(
        self, fault: TimeFault, *, said: str = "", detail: str = "", instead: Sequence[str] = ()
    ) -> None:
        words = f": {said[:100]!r}" if said else ""
        super().__init__(f"{fault.value}{words}{f' ({detail})' if detail else ''}")
        self.fault = fault
        self.said = said
        """The words concerned, as they were typed or as they were understood."""
        self.detail = detail
        """The right thing in their place, where the fault has one."""
        self.instead = tuple(instead)
        """The nearest phrases that can be kept, as `read_timing` takes them."""


class ZoneNeeded(WhenError):
    """This time names no time zone, and needs one."""

    def __init__(self) -> None:
        super().__init__(TimeFault.ZONE_NEEDED)


class UnknownZone(WhenError):
    """There is no such time zone, or there are several, or the word may be none.

    `suggestion` comes closest, `choices` may be meant.
    """

    def __init__(self, name: str, *, suggestion: str | None = None, choices: Sequence[str] = ()) -> None:
        fault = (TimeFault.ZONE_UNKNOWN, TimeFault.ZONE_PERHAPS, TimeFault.ZONE_SEVERAL)[min(len(choices), 2)]
        super().__init__(fault, said=name, detail=suggestion or ", ".join(choices))
        self.choices = tuple(choices)


class UnknownCalendar(WhenError):
    """There is no such calendar of public holidays; `phrase` is the time without them."""

    def __init__(self, name: str, *, near: Sequence[str], phrase: str = "every weekday at 09:00") -> None:
        instead = [f"{phrase} except holidays in {calendar}" for calendar in near]
        super().__init__(TimeFault.CALENDAR_UNKNOWN, said=name, instead=instead)
        self.near = tuple(near)
        """Calendars that could be meant, nearest first."""


class PublishError(SchedulerError):
    """QStash did not take the message."""


class Unreachable(PublishError):
    """QStash did not answer in time; the message may or may not have been taken."""

    def __init__(self, message: str = "", *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after
        """The time that QStash asked us to wait, if it did."""


class Refused(PublishError):
    """QStash refused the message; sending it again will not help."""


class NotFound(Refused):
    """QStash has no such schedule or message."""


class QuotaReached(PublishError):
    """The QStash plan has no schedule left."""


class DailyLimit(PublishError):
    """The QStash plan has no message left today."""
