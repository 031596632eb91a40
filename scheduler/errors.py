"""What can go wrong between deciding when and being called back.

SchedulerError
├── MalformedJob          bytes that are no job of ours
├── WhenError             a time that cannot be understood or kept (see `when.py`)
│   ├── UnknownZone
│   ├── ImpossibleTime
│   ├── TooFrequent
│   └── PastTime
└── PublishError          QStash did not take what we sent
    ├── Unreachable       no answer, or one that is not QStash's: it may or may not have been taken
    ├── Refused           QStash understood and said no: asking again will not help
    ├── QuotaReached      the plan's number of schedules
    └── DailyLimit        the plan's number of messages for today
"""

from __future__ import annotations


class SchedulerError(Exception):
    """Scheduling failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or ""))


class MalformedJob(SchedulerError):
    """The body is not a Precache job."""


class WhenError(SchedulerError):
    """The time is not one that can be kept."""


class UnknownZone(WhenError):
    """No such time zone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"expected an IANA time zone such as Europe/Berlin, got {name!r}")
        self.name = name


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


class Refused(PublishError):
    """QStash refused the message; sending it again will not help."""


class QuotaReached(PublishError):
    """The QStash plan has no schedule left."""


class DailyLimit(PublishError):
    """The QStash plan has no message left today."""
