"""The requests that a command text may be, and its parts; values alone, so that the parser may come late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bot.schedules import NamedPlace
from scheduler import QUERY_LIMIT, Changes, Timing

LONGEST: Final = QUERY_LIMIT + 1_000
"""Characters of a prompt with its time; what is longer is not read at all."""

EDGE: Final = " \t\n,;:.–—-"
"""What may stand between the parts of a command."""

Verb = Literal[
    "show", "run", "pause", "resume", "skip", "unskip", "edit", "move", "copy", "delete", "history"
]
"""The acts on one schedule that need nothing but its id or name."""

BulkVerb = Literal["pause", "resume", "delete"]
"""The acts on many schedules, done after a look at their names."""

Topic = Literal["times", "schedules", "sources", "posts"]
Guide = Literal[
    "thanks",
    "presence",
    "nothing",
    "undo",
    "home",
    "settings",
    "timezone",
    "version",
    "follow_up",
    "delete_post",
    "share_post",
]
"""The things that people say to a bot and that are neither a command nor a prompt."""

Scope = Literal["here", "mine", "all"]

ConditionFault = Literal["no_condition", "long_condition", "timed_condition"]


@dataclass(frozen=True, kw_only=True)
class PlacedText:
    """A command without its places, and these."""

    before: str
    after: str
    places: tuple[NamedPlace, ...]

    @property
    def text(self) -> str:
        """The command without its places."""
        return f"{self.before}{self.after}" if self.before else self.after.lstrip(EDGE)

    @property
    def whole(self) -> str:
        """The command with its places, by Slack's ids where it names them so that they are found again."""
        codes = [_code_of(place) if place.id else place.typed for place in self.places]
        return f"{self.before} to {', '.join(codes)}{self.after}".strip()

    def with_places(self, places: tuple[NamedPlace, ...]) -> str:
        """The command with other places."""
        return f"{self.before} to {', '.join(place.typed for place in places)}{self.after}".strip()


def _code_of(place: NamedPlace) -> str:
    return f"<#{place.id}>" if place.kind == "channel" else f"<@{place.id}>"


@dataclass(frozen=True, kw_only=True)
class ReviewedText:
    """A command, and the reviewers that it names."""

    text: str
    """The command without them."""
    reviewers: tuple[str, ...]
    """Each as it was typed: `<@U…>`, `<!subteam^S…>`, `@name` or `me`; none if nobody is named."""


@dataclass(frozen=True, kw_only=True)
class AskRequest:
    """Answer now."""

    query: str
    perhaps: str | None = None
    """Words that end it, and may have been meant as its time."""


@dataclass(frozen=True, kw_only=True)
class ScheduleRequest:
    """Answer at a time, or at times."""

    timing: Timing
    query: str
    other: str | None = None
    """The other time that the words may mean, if they have two usual readings."""
    post_if: str | None = None
    """The condition under which the answer is posted; see `conditions.py`."""
    changes: Changes = "always"
    """What it posts of an answer that may be the same as the last one."""
    said: str = ""
    """The prompt with its condition, as they were typed; "" if it has none."""


@dataclass(frozen=True, kw_only=True)
class RepeatRequest:
    """Ask again, at a time, what the answer in this thread was asked."""

    timing: Timing
    when: str
    """The words of the time."""
    other: str | None = None
    """The other time that the words may mean."""
    placed: PlacedText | None = None
    """The place that the words name, if they do: `send me this …`."""


@dataclass(frozen=True, kw_only=True)
class PreviewRequest:
    """Answer now, to the one who asks alone."""

    query: str


@dataclass(frozen=True, kw_only=True)
class ComposeRequest:
    """Open the composer."""


@dataclass(frozen=True, kw_only=True)
class ListRequest:
    """A wish to see what is scheduled."""

    scope: Scope


@dataclass(frozen=True, kw_only=True)
class ActRequest:
    """Do something with one schedule."""

    verb: Verb
    name: str


@dataclass(frozen=True, kw_only=True)
class PointRequest:
    """Show one schedule to someone who wants of it what no command does in these words."""

    name: str


@dataclass(frozen=True, kw_only=True)
class BulkRequest:
    """Ask whether that is to be done with all of them, by name."""

    verb: BulkVerb
    scope: Scope
    until: str = ""
    """The words for the end of a pause; "" for none."""


@dataclass(frozen=True, kw_only=True)
class PauseRequest:
    """Pause one schedule until a day."""

    name: str
    until: str = ""
    """Its end, in words; "" if none was said."""


@dataclass(frozen=True, kw_only=True)
class RetimeRequest:
    """Give one schedule another time, and change nothing else."""

    name: str
    when: str = ""
    """The words of a time; "" asks for it in a window."""


@dataclass(frozen=True, kw_only=True)
class RenameRequest:
    name: str
    new_name: str


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """Have one schedule post in these places instead of its own, or a copy of it there."""

    verb: Literal["move", "copy"]
    name: str
    places: tuple[NamedPlace, ...]


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    name: str
    user: str
    """As typed: `@grace`, or Slack's `<@U…>`."""


@dataclass(frozen=True, kw_only=True)
class SubscribeRequest:
    """Send me what a schedule posts."""

    name: str
    when: str = ""
    """The words of a time; "" is at the same time as the post."""


@dataclass(frozen=True, kw_only=True)
class UnsubscribeRequest:
    """Send it to me no longer."""

    name: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionsRequest:
    """A wish to see what one is sent."""


@dataclass(frozen=True, kw_only=True)
class StatsRequest:
    """A wish to see what was asked, answered and spent."""


@dataclass(frozen=True, kw_only=True)
class HelpRequest:
    """A wish to see what can be typed."""

    topic: Topic | None = None


@dataclass(frozen=True, kw_only=True)
class GuideRequest:
    """A kind word, or the place where something is found."""

    guide: Guide


@dataclass(frozen=True, kw_only=True)
class UsageError:
    """Nothing that can be done."""

    problem: Literal[
        "no_prompt",
        "too_long",
        "no_id",
        "no_name",
        "no_user",
        "did_you_mean",
        "no_time",
        "perhaps_time",
        "condition_alone",
        "no_condition",
        "long_condition",
        "timed_condition",
        "from_now_on",
    ]
    length: int = 0
    """Of a prompt or a condition that is too long, in characters."""
    word: str = ""
    """The subcommand that lacks something, or that was probably meant; the words of a time or a condition."""


Request = (
    AskRequest
    | ScheduleRequest
    | RepeatRequest
    | PreviewRequest
    | ComposeRequest
    | ListRequest
    | ActRequest
    | PointRequest
    | BulkRequest
    | PauseRequest
    | RetimeRequest
    | RenameRequest
    | MoveRequest
    | TransferRequest
    | SubscribeRequest
    | UnsubscribeRequest
    | SubscriptionsRequest
    | StatsRequest
    | HelpRequest
    | GuideRequest
    | UsageError
)
