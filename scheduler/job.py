"""A job, and its bytes: the contract between the one who publishes and the one who is called back.

The body is the whole job because QStash signs the body and the URL and nothing else. Fields that this
version does not know are kept and sent on, so two versions can run side by side during a deploy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, Literal, Self, get_args

import orjson

from scheduler.errors import MalformedJob

VERSION: Final = 1
PLACE_VERSION: Final = 2
"""Of jobs for a further place: code that knows of one place only would take it for the first one's run."""
QUERY_LIMIT: Final = 4_000
"""Characters of a prompt; what a person types, and well under every model's window."""
POST_IF_LIMIT: Final = 500
"""Characters of the condition under which an answer is posted: a sentence."""

Kind = Literal["post", "warm", "preview", "review", "copy", "digest"]
_KINDS: Final = get_args(Kind)
Changes = Literal["always", "only", "difference"]
"""The part of an answer to post: always all of it, all of it only if something has changed, or the change."""
_CHANGES: Final = get_args(Changes)

_TEXTS: Final = (
    *("id", "team", "channel", "user", "thread", "schedule", "cron", "zone", "model"),
    *("post_if", "place", "ticket", "review", "asker_zone", "fills_for", "traceparent"),
)
_texts_of: Final = attrgetter(*_TEXTS)
_SECONDS: Final = ("max_age", "lead")
_MOMENTS: Final = ("at", "asked")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One prompt to answer, and where the answer goes.

    `{"query": "…"}` alone is a valid job: it answers in the response body and posts nowhere. A job with a
    channel names its run, by `id` (a one-off, not before `at`) or by `schedule` with `cron` and `zone`. With
    both `id` and `schedule` it is a run by hand of that schedule, and no slot of it. A run whose answer goes
    to several places names the others in `also`; each of those gets a job of its own; see `for_place`.
    """

    query: str
    id: str | None = None
    kind: Kind = "post"
    team: str | None = None
    channel: str | None = None
    user: str | None = None
    thread: str | None = None
    schedule: str | None = None
    cron: str | None = None
    zone: str | None = None
    sources: tuple[Mapping[str, Any], ...] = ()
    consents: tuple[Mapping[str, Any], ...] = ()
    """To its answer being seen by people who may not read the sources, where no record holds them."""
    max_age: timedelta | None = None
    lead: timedelta | None = None
    model: str | None = None
    changes: Changes = "always"
    post_if: str | None = None
    """The condition, in plain words, under which the answer is posted; a model judges it."""
    at: datetime | None = None
    asked: datetime | None = None
    also: tuple[str, ...] = ()
    """The channels of the further places that its answer goes to."""
    place: str | None = None
    """The further place that this job is for, by its channel; None for the first."""
    ticket: str | None = None
    """The ticket of the job that this one for a further place comes from."""
    asker_zone: str | None = None
    """The zone whose date counts for a prompt that has no `zone` of its own: that of the person who asks."""
    fills_for: str | None = None
    """The channel for which the variables in the prompt are filled; without it, braces are braces."""
    review: str | None = None
    """The review whose decision it carries out, where that is not its own run's; or what a job of the kind
    `review` has to look at once more."""
    traceparent: str | None = None
    """The trace of what asked for it, as https://www.w3.org/TR/trace-context/ writes it down."""
    hop: int = 0
    """The number of times that it was sent on its way again, because it came before its time."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise MalformedJob("query: expected a prompt, got an empty string")
        if len(self.query) > QUERY_LIMIT:
            raise MalformedJob(f"query: expected at most {QUERY_LIMIT:,} characters, got {len(self.query):,}")
        if self.id and self.schedule and (self.cron or self.zone):
            raise MalformedJob("a job is a run of its own (id) or a slot (cron and zone), not both")
        if self.schedule and not self.id and not (self.cron and self.zone):
            raise MalformedJob("schedule: expected cron and zone beside it, to name the slot")
        if self.channel and not (self.id or self.schedule):
            raise MalformedJob("channel: expected id or schedule beside it, so that the run is posted once")
        if self.post_if is not None and not (self.id or self.schedule):
            raise MalformedJob("post_if: expected id or schedule beside it, to name what is posted")
        if len(self.post_if or "") > POST_IF_LIMIT:
            raise MalformedJob(f"post_if: expected at most {POST_IF_LIMIT} characters")
        texts = _texts_of(self)
        if "" in texts:
            raise MalformedJob(f"{_TEXTS[texts.index('')]}: expected a string that is not empty")
        for name in _SECONDS:
            duration = getattr(self, name)
            if duration is not None and not timedelta(0) <= duration <= _LONGEST:
                raise MalformedJob(f"{name}: expected 0 to {int(_LONGEST.total_seconds())} seconds")
        if (self.place or self.also) and not self.channel:
            raise MalformedJob("place, also: expected channel beside them")
        if "" in self.also:
            raise MalformedJob("also: expected strings that are not empty")
        if self.hop < 0:
            raise MalformedJob("hop: expected a number from 0")
        try:
            "".join((self.query, *filter(None, texts), *self.also)).encode()
            if self.sources or self.consents or self.extra:
                self.encode()
        except UnicodeEncodeError as exc:
            raise MalformedJob("expected text, got half of a surrogate pair") from exc

    @property
    def is_selective(self) -> bool:
        """Tell if it keeps some of its answers to itself, so that its readers take silence for an answer."""
        return self.changes != "always" or self.post_if is not None

    def for_place(self, channel: str, *, slot: datetime | None, ticket: str) -> Self:
        """The job for one of its further places, at the same `slot`; its run is another.

        `ticket` is that of this job, which names all places and so can be told from it alone.
        """
        at = self.at if slot is None else slot
        return replace(
            self, channel=channel, place=channel, thread=None, also=(), at=at, ticket=ticket or None, hop=0
        )

    def encode(self) -> bytes:
        """UTF-8 JSON, fields in a fixed order, absent ones left out."""
        return self._encoded

    @cached_property
    def _encoded(self) -> bytes:
        body: dict[str, Any] = {"v": PLACE_VERSION if self.place else VERSION, "query": self.query}
        for name in _TEXTS:
            if (text := getattr(self, name)) is not None:
                body[name] = text
        if self.kind != "post":
            body["kind"] = self.kind
        if self.changes != "always":
            body["changes"] = self.changes
        for name in _SECONDS:
            if (duration := getattr(self, name)) is not None:
                seconds = duration.total_seconds()
                body[name] = int(seconds) if seconds.is_integer() else seconds
        for name in _MOMENTS:
            if (moment := getattr(self, name)) is not None:
                body[name] = int(moment.timestamp())
        if self.hop:
            body["hop"] = self.hop
        if self.also:
            body["also"] = self.also
        if self.sources:
            body["sources"] = [dict(source) for source in self.sources]
        if self.consents:
            body["consents"] = [dict(consent) for consent in self.consents]
        return _write_json({**self.extra, **body}).encode()

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """The job in `body`; raises `MalformedJob`, which names the field and never its content."""
        try:
            raw = orjson.loads(body)
        except ValueError as exc:
            raise MalformedJob("expected a JSON object in UTF-8") from exc
        if not isinstance(raw, dict):
            raise MalformedJob(f"expected a JSON object, got {type(raw).__name__}")
        version = raw.pop("v", VERSION)
        if type(version) is not int or version not in (VERSION, PLACE_VERSION):
            raise MalformedJob(f"v: expected {VERSION} or {PLACE_VERSION}")
        if not isinstance(raw.get("query"), str):
            raise MalformedJob("query: expected a string")
        values: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for name, value in raw.items():
            if (read := _READERS.get(name)) is None:
                extra[name] = value
            elif value is not None:
                values[name] = read(name, value)
        return cls(**values, extra=extra)


_LONGEST: Final = timedelta(days=366)
_write_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: `json.dumps` makes an encoder each time."""


def _read_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise MalformedJob(f"{name}: expected a string that is not empty")
    return value


def _read_kind(name: str, value: object) -> object:
    if value not in _KINDS:
        raise MalformedJob(f"{name}: expected {' or '.join(_KINDS)}")
    return value


def _read_changes(name: str, value: object) -> object:
    if value not in _CHANGES:
        raise MalformedJob(f"{name}: expected {' or '.join(_CHANGES)}")
    return value


def _read_sources(name: str, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list) or not all(
        isinstance(source, dict) and isinstance(source.get("type"), str) for source in value
    ):
        raise MalformedJob(f"{name}: expected a list of objects with a type")
    return tuple(value)


def _read_consents(name: str, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list) or not all(isinstance(consent, dict) for consent in value):
        raise MalformedJob(f"{name}: expected a list of objects")
    return tuple(value)


def _read_channels(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(channel, str) for channel in value):
        raise MalformedJob(f"{name}: expected a list of strings")
    return tuple(value)


def _read_duration(name: str, value: object) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedJob(f"{name}: expected a number of seconds")
    try:
        return timedelta(seconds=value)
    except (ValueError, OverflowError) as exc:  # NaN and the infinities, which json reads
        raise MalformedJob(f"{name}: expected a number of seconds") from exc


def _read_moment(name: str, value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedJob(f"{name}: expected a moment in whole seconds since 1970")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise MalformedJob(f"{name}: expected a moment in whole seconds since 1970") from exc


def _read_number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedJob(f"{name}: expected a whole number")
    return value


_READERS: Final[Mapping[str, Callable[[str, object], object]]] = {
    "query": _read_text,
    "kind": _read_kind,
    "changes": _read_changes,
    "sources": _read_sources,
    "consents": _read_consents,
    "also": _read_channels,
    "hop": _read_number,
    **dict.fromkeys(_TEXTS, _read_text),
    **dict.fromkeys(_SECONDS, _read_duration),
    **dict.fromkeys(_MOMENTS, _read_moment),
}
"""The reader of each field that this version knows; the others are kept as they are."""
