"""Everything that can go wrong between a signed delivery and a posted answer.

BotError
├── RedisUnavailable     no usable answer from Redis; nothing may be assumed to have happened
│   └── ChangeUnknown    it was told to change something, which it may have done
├── Limited              this minute's model calls are spent; knows when to come back
├── CapReached           the operator's cap has no room for another call before its period ends
├── ModelError
│   ├── ModelUnavailable worth another try: time-out, overload, provider down
│   │   └── Misshapen    it answered, and not in the shape that was asked for
│   ├── ModelRefused     the same question will fail again, and `why` says for what reason
│   └── NoModel          none is configured
├── SourceUnavailable    a source is not reachable now; worth another try
│   └── StillListening   a recording is half written down; the next try goes on from there
├── NewerRecord          a newer copy wrote a record that this one must not guess at; worth another try
├── SealBroken           no key opens a stored token: the operator's to mend, so worth another try
└── SlackError
    ├── SlackUnavailable worth another try, and certainly not posted
    ├── PostUnknown      the request left and no answer came: it may have been posted
    └── SlackRefused     Slack said no and will again: channel gone, bot removed, token revoked
        ├── PostedOutsideThread   the thread is gone, and the message stands in its channel
        └── NotInstalled the team has not installed Precache, or no longer has
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal


class BotError(Exception):
    """Answering failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or ""))


class RedisUnavailable(BotError):
    """Redis did not give a usable answer."""


class ChangeUnknown(RedisUnavailable):
    """Redis did not say whether it has made a change."""


class Limited(BotError):
    """The limit on model calls is reached."""

    def __init__(self, *, retry_after: timedelta) -> None:
        super().__init__(f"limited for {retry_after.total_seconds():.1f} s")
        self.retry_after = retry_after


class CapReached(BotError):
    """A cap leaves no room for what another call may cost."""

    def __init__(
        self,
        *,
        scope: Literal["schedule", "team", "all"],
        period: Literal["day", "month"],
        kind: Literal["money", "calls"],
        most: int,
        ends: datetime,
    ) -> None:
        super().__init__(
            f"the cap on {kind} in a {period} ({scope}) leaves no room until {ends:%Y-%m-%d} UTC"
        )
        self.scope = scope
        self.period = period
        self.kind = kind
        self.most = most
        """Billionths of a dollar, or calls."""
        self.ends = ends
        """The end of the period; the next begins with nothing spent."""


class ModelError(BotError):
    """The model gave no answer."""


class ModelUnavailable(ModelError):
    """The model did not answer this time."""

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Misshapen(ModelUnavailable):
    """The model's answer does not have the shape that was asked for."""


WhyRefused = Literal["refused", "too_long", "no_room", "declined", "empty", "missing", "credit", "key"]
"""The provider says no; the question is too long; its answer does not fit; a filter; nothing in what came; no
such model; no money; the key."""


class ModelRefused(ModelError):
    """The model's provider will not answer this, now or later."""

    def __init__(self, message: str = "", *, why: WhyRefused = "refused") -> None:
        super().__init__(message)
        self.why = why


class NoModel(ModelError):
    """No model is configured."""


class SourceUnavailable(BotError):
    """None of the sources could be reached this time."""

    def __init__(self, problem: str, *, name: str = "", status: int = 0) -> None:
        super().__init__(f"no source could be read: {problem}")
        self.problem = problem
        self.name = name
        """The first source, in mrkdwn."""
        self.status = status
        """The status with which its site answered, if that was an error."""


class StillListening(SourceUnavailable):
    """A recording is not yet written down to its end; the next attempt goes on from there."""

    def __init__(self) -> None:
        super().__init__("slow")


class NewerRecord(BotError):
    """A stored record is of a newer version than this code reads."""

    def __init__(self, kind: str, *, version: int) -> None:
        super().__init__(f"{kind}: a record of version {version}; update this copy of Precache to read it")
        self.kind = kind
        self.version = version


class SealBroken(BotError):
    """No key in PRECACHE_KEY opens a stored token; put back the one it was sealed with, at the end."""


class SlackError(BotError):
    """Slack did not do what was asked."""


class SlackUnavailable(SlackError):
    """Slack did not do it this time, and certainly posted nothing."""

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PostUnknown(SlackError):
    """The post left and no answer came back."""


class SlackRefused(SlackError):
    """Slack refused, and will refuse again."""

    def __init__(self, code: str, *, needed: str = "") -> None:
        lacking = f" (the app needs the scope {needed}: add it, and reinstall the app)" if needed else ""
        super().__init__(f"Slack answered {code}{lacking}")
        self.code = code


class PostedOutsideThread(SlackRefused):
    """The thread is gone, and Slack has posted the message to the channel instead."""

    def __init__(self, ts: str) -> None:
        super().__init__("thread_not_found")
        self.ts = ts


class NotInstalled(SlackRefused):
    """There is no installation for this team."""

    def __init__(self, team: str) -> None:
        super().__init__("not_installed")
        self.team = team
