"""A schedule that is not saved yet, as every door hands it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.schedules.review import Review
from bot.schedules.schedule import Place, each_once
from bot.sources import Source
from scheduler import Changes, Timing


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A schedule before it has an id."""

    query: str
    timing: Timing
    channel: str
    name: str | None = None
    mentions: tuple[str, ...] = ()
    max_age: timedelta | None = None
    sources: tuple[Source, ...] = ()
    attached: tuple[Source, ...] = ()
    """Those of them that the caller has shared with us just now."""
    changes: Changes = "always"
    post_if: str | None = None
    model: str | None = None
    thread: str | None = None
    review: Review | None = None
    person: str | None = None
    """The person whose direct messages its first place is."""
    also: tuple[Place, ...] = ()
    """Its further places."""
    typed: str | None = None
    """The time in the words that were typed."""
    preview: str | None = None
    """The preview that showed the answer below."""
    keep: datetime | None = None
    """The answer that was made then, in a preview, is good enough for the first run."""

    @property
    def places(self) -> tuple[Place, ...]:
        """All its places, each once; see `Schedule.places`."""
        first = Place(channel=self.channel, thread=self.thread, user=self.person)
        return each_once((first, *self.also))
