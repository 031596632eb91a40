"""Refusals of what a person wanted of a schedule: values, which `replies` puts into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.readers import Exposure
from bot.schedules.schedule import Place, Schedule
from scheduler import PublishError


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """No schedule of that name or id that concerns the caller; `near` are some that sound like it."""

    name: str
    near: tuple[str, ...]


PlaceProblem = Literal["unknown", "archived", "gone", "bot", "untold", "no_scope", "refused"]


@dataclass(frozen=True, kw_only=True)
class NoSuchPlace:
    """A place that somebody named, and that nothing can be posted to."""

    name: str
    """As it was typed, or as Slack mentions it."""
    problem: PlaceProblem
    """There is none of that name, it is closed, the person has left, is none, Slack does not tell, does not
    let the bot write to people, or refuses."""


@dataclass(frozen=True, kw_only=True)
class TooManyPlaces:
    """More places than one schedule may have."""

    count: int


@dataclass(frozen=True, kw_only=True)
class _AboutSchedule:
    schedule: Schedule


class Outside(_AboutSchedule):
    """It is the caller's, and belongs to a private channel that they are not in any more."""


class NotYours(_AboutSchedule):
    """Only its owner and the workspace's admins may change it."""


class NotReader(_AboutSchedule):
    """It reads something that the caller may not read, and that nobody has agreed to show to them."""


@dataclass(frozen=True, kw_only=True)
class NotAllowed:
    """The operator lets only some people, or some channels, schedule."""

    what: Literal["channel", "group"]
    channel: str = ""
    """The channel where it was to be answered."""
    user: str | None = None
    """The person whose direct messages that is."""


@dataclass(frozen=True, kw_only=True)
class NotMember:
    """The caller is not in the channel that it would post to."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class MembershipUntold:
    """Slack does not tell if that person is in the channel that it would post to."""

    channel: str
    is_refused: bool
    """True if Slack will refuse to tell it again."""


@dataclass(frozen=True, kw_only=True)
class CannotRead:
    """A source is not open to the caller, to the new owner, or to the bot."""

    channel: str | None
    """The channel of the source; None for a file, and for people who may not know the channel."""
    problem: Literal["not_member", "not_in_channel", "archived", "not_shared", "refused", "untold"]
    """The person is not there, or the bot is not, or it is closed, or Slack refuses, or does not tell."""
    new_owner: bool = False


@dataclass(frozen=True, kw_only=True)
class CannotReview:
    """Someone cannot look at the posts first, or there is no time for it."""

    who: str
    """The person, or the user group; empty where it is about the time."""
    problem: Literal["gone", "no_reader", "unknown", "nobody", "too_often"]
    """They have left, may not read a source, or are not known to Slack; a group has nobody who could; or the
    posts follow one another too closely."""


@dataclass(frozen=True, kw_only=True)
class TooMuchToRead:
    """More sources than one prompt may have."""

    count: int


@dataclass(frozen=True, kw_only=True)
class NeedsConsent:
    """People in its places would see what they could not read, and the caller has to agree to that first."""

    exposures: tuple[Exposure, ...]


@dataclass(frozen=True, kw_only=True)
class BadName:
    """A name that is taken, too long, or looks like something else."""

    name: str
    problem: Literal["taken", "too_long", "empty", "like_an_id"]


@dataclass(frozen=True, kw_only=True)
class CannotPost:
    """The bot may not post there, by Slack's error code."""

    code: str
    channel: str

    @property
    def can_join(self) -> bool:
        """True if the bot may join it by itself: Slack shows it no private channel that it is not in."""
        return self.code == "not_in_channel"


@dataclass(frozen=True, kw_only=True)
class SomePlaces:
    """Of several places these are refused; nothing is done, for the caller may want the others alone."""

    refused: tuple[PlaceRefusal, ...]
    fit: tuple[Place, ...]
    """The places that nothing is in the way of."""


@dataclass(frozen=True, kw_only=True)
class NotPublished:
    error: PublishError
    unsettled: bool = False
    """True if QStash may have done it all the same, or part of it."""


PlaceRefusal = NoSuchPlace | NotAllowed | NotMember | MembershipUntold | CannotPost


class ChangedMeanwhile(_AboutSchedule):
    """Somebody else was faster."""


@dataclass(frozen=True, kw_only=True)
class TooLate:
    """It was deleted more than a minute ago, or is back already."""


PointlessProblem = Literal[
    "over",
    "one_off",
    "paused",
    "not_paused",
    "owner",
    "no_person",
    "guest",
    "not_there",
    "not_allowed",
    "no_place",
    "last_place",
    "skip_one_off",
    "skip_paused",
    "skipped",
    "not_skipped",
    "no_run",
    "starting",
    "pause_over",
    "already_there",
]


@dataclass(frozen=True, kw_only=True)
class Pointless(_AboutSchedule):
    """It is so already, or cannot be: restoring what is over, pausing a one-off, resuming what runs, or a
    new owner who is its owner, is no active person, is a guest, is not in its channel, or may not
    schedule; skipping what has no next run, has one skipped already or starts now; pausing until a moment
    that has passed; taking away a place that it has not, or its only one, or moving it where it is."""

    problem: PointlessProblem


Refusal = (
    Unknown
    | Outside
    | NotYours
    | NotReader
    | NotAllowed
    | NotMember
    | MembershipUntold
    | CannotRead
    | CannotReview
    | TooMuchToRead
    | NeedsConsent
    | BadName
    | CannotPost
    | NoSuchPlace
    | TooManyPlaces
    | SomePlaces
    | NotPublished
    | ChangedMeanwhile
    | Pointless
    | TooLate
)
