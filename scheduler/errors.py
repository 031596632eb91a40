"""What can go wrong between deciding when and being called back.

SchedulerError
├── Unsigned              a request that our QStash did not sign
├── TooLarge              a body over the limit, not read to its end
├── MalformedJob          bytes that are no job of ours
├── WhenError             a time that cannot be understood or kept (see `language`)
│   ├── UnknownZone
│   ├── ZoneNeeded
│   ├── UnknownCalendar
│   ├── ImpossibleTime
│   ├── TooFrequent
│   └── PastTime
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


class SchedulerError(Exception):
    """Scheduling failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or ""))


class Unsigned(SchedulerError):
    """The request is not signed by our QStash."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
        """One word for the operator's log: what did not fit. Never for the one who asked."""


class TooLarge(SchedulerError):
    """The body is larger than any job."""


class MalformedJob(SchedulerError):
    """The body is not a Precache job."""


class WhenError(SchedulerError):
    """The time is not one that can be kept.

    The message is a sentence for the person who typed it; `instead` holds phrases that `read_timing` takes.
    """

    def __init__(self, message: str = "", *, instead: Sequence[str] = ()) -> None:
        choices = " or ".join(f"`{phrase}`" for phrase in instead)
        super().__init__(f"{message} Type {choices} instead." if choices else message)
        self.problem = message
        """The sentence alone, for those to whom the phrases mean nothing."""
        self.instead = tuple(instead)


class UnknownZone(WhenError):
    """No such time zone."""

    def __init__(self, name: str, *, suggestion: str | None = None) -> None:
        hint = f"Did you mean {suggestion}?" if suggestion else "Type one such as Europe/Berlin or UTC."
        super().__init__(f"There is no time zone {name[:60]!r}. {hint}")
        self.name = name
        self.suggestion = suggestion


class ZoneNeeded(WhenError):
    """This time needs a time zone: add one, such as `in Europe/Berlin`."""


class UnknownCalendar(WhenError):
    """No such calendar of public holidays."""

    def __init__(self, name: str, *, near: Sequence[str], said: str = "every weekday at 09:00") -> None:
        instead = [f"{said} except holidays in {calendar}" for calendar in near]
        super().__init__(f"There is no calendar of holidays for {name[:60]!r}.", instead=instead)
        self.name = name
        self.near = tuple(near)
        """Calendars that could be meant, nearest first."""


class ImpossibleTime(WhenError):
    """A time that never comes, such as 30 February."""


class TooFrequent(WhenError):
    """More often than once a minute."""


class PastTime(WhenError):
    """A moment that has passed."""


class PublishError(SchedulerError):
    """QStash did not take the message."""


class Unreachable(PublishError):
    """QStash did not answer in time; the message may or may not have been taken."""

    def __init__(self, message: str = "", *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after
        """How long QStash asked us to wait, if it did."""


class Refused(PublishError):
    """QStash refused the message; sending it again will not help."""


class NotFound(Refused):
    """QStash has no such schedule or message."""


class QuotaReached(PublishError):
    """The QStash plan has no schedule left."""


class DailyLimit(PublishError):
    """The QStash plan has no message left today."""
