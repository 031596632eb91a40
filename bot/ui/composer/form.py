"""The words that a person has typed into the composer; pure. `draft` makes a schedule of them.

A form holds words as they were typed, right or wrong, so that nothing is lost on the way to a schedule.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Final, Self

from bot.readers import Consent, decode_consents, encode_consents
from bot.schedules import Undecided
from bot.slack import ReaderClock, clip_text
from bot.sources import Source, encode_sources
from bot.storage import RecordKind
from bot.ui.composer.field_values import decode_carried, mentions_in
from scheduler import Changes

DEFAULT_ZONE: Final = "UTC"
FIELD_LIMIT: Final = 3_000
"""Characters with which one of Slack's fields can be filled in; a prompt may be longer."""
MORE: Final = "more"
"""Blocks more1, more2 and so on go on with the prompt."""
MOST_MENTIONS: Final = 20
"""Of people, and as many of groups."""

_FORM: Final = RecordKind(name="form", version=1)

_GAP: Final = re.compile(r"\s")


@dataclass(frozen=True, kw_only=True)
class Form:
    """The composer's fields, and what it has to remember between two clicks."""

    prompt: str = ""
    more: tuple[str, ...] = ()
    """The rest of a prompt that is longer than a field, in further fields."""
    glue: tuple[str, ...] = ()
    """The character that stood before each of them."""
    when: str = ""
    """A time in plain words; empty for now."""
    channel: str | None = None
    also: tuple[str, ...] = ()
    """Further channels that it posts to."""
    to_people: tuple[str, ...] = ()
    """People that it posts to."""
    only_me: bool = False
    """It posts to the one who fills it in, and to none of the places above."""
    name: str = ""
    until: str = ""
    """A date, 2027-03-01, after which it does not run."""
    holidays: str = ""
    freshness: int | None = None
    """Seconds that an answer may be old; None for the usual."""
    mentions: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    """The team's user groups, id and name, as far as they are known."""
    zone: str | None = None
    """In which times are meant; None if the person's profile has none, or while Slack has not told."""
    zone_told: bool = True
    own_zone: str | None = None
    """That of the one who fills it in, which may be another; None while it is not known."""
    twelve_hour: bool = False
    """They read 9:00 PM rather than 21:00."""
    unfolded: bool = False
    editing: str | None = None
    """The id of the schedule that is edited."""
    revision: int = 0
    """The version of that schedule that was looked at."""
    links: str = ""
    """Addresses that are read too, between spaces or on lines of their own."""
    channels: tuple[str, ...] = ()
    """Channels that are read."""
    over: int | None = None
    """So many hours of them; None for since the last run."""
    others: tuple[Source, ...] = ()
    """Sources that no field can add, only leave out: threads, files."""
    changes: Changes = "always"
    post_if: str = ""
    """The condition under which it posts."""
    model: str | None = None
    """None for the usual one."""
    reviewers: tuple[str, ...] = ()
    """People and groups who look at each post first."""
    review_lead: int | None = None
    """Seconds before its slot at which they are asked; None for the usual."""
    undecided: Undecided = "skip"
    rewritten: int = 0
    """How often pickers have written the words about time: Slack shows new ones only in a new field."""
    timed: bool = False
    """It was opened to schedule something, so it needs a time."""
    sourced: bool = False
    """The fields about sources are shown, even if they are empty."""
    origin: str | None = None
    """The channel in which the composer was opened."""
    follows: str | None = None
    """The thread in `origin` that it reads and answers in, by its first message's `ts`."""
    preview: str | None = None
    """The preview that was asked for last."""
    exposed: str = ""
    """Who would see what they could not read, in mrkdwn, as its author was told when it was not saved."""
    ticket: str = ""
    """The ticket of these exposures; see `bot.readers.ticket_of`."""
    agreed: str = ""
    """The ticket that its author has agreed to."""
    consents: tuple[Consent, ...] = ()
    """Those that were given when its answer was posted."""
    keep: datetime | None = None
    """When the answer to this very prompt was made that a preview has shown."""
    window: str | None = None
    """The modal in which that preview is shown; None for one in messages."""

    @property
    def needs_time(self) -> bool:
        """True where an empty time does not mean now."""
        return self.timed or self.editing is not None

    @property
    def reader(self) -> ReaderClock | None:
        """The clock of the one who fills it in."""
        return ReaderClock(zone=self.own_zone, is_twelve_hour=self.twelve_hour) if self.own_zone else None

    @property
    def has_further_places(self) -> bool:
        """True if it posts to more than its channel."""
        return bool(self.also or self.to_people) and not self.only_me

    @property
    def query(self) -> str:
        """The whole prompt."""
        rest = (text for pair in zip(self.glue, self.more, strict=False) for text in pair)
        return "".join((self.prompt, *rest)).strip()

    @property
    def has_sources(self) -> bool:
        """True if a field of it names a source."""
        return bool(self.links or self.channels or self.others)

    @property
    def question(self) -> Form:
        """The part on which its answer depends: forms of the same question have the same answers."""
        return Form(
            prompt=self.query,
            links=self.links,
            channels=self.channels,
            over=self.over,
            others=self.others,
            model=self.model,
            origin=self.origin if self.follows else None,
            follows=self.follows,
        )

    def encode(self) -> str:
        raw = asdict(replace(self, groups=(), others=(), consents=()))
        raw["consents"] = encode_consents(self.consents)
        raw["others"] = encode_sources(self.others)
        raw["keep"] = self.keep.isoformat() if self.keep else None
        return _FORM.write_record(raw)

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        _, fields = _FORM.read_record(text)
        raw = {name: value for name, value in fields.items() if name in _FIELDS}
        keep = datetime.fromisoformat(raw["keep"]) if raw.get("keep") else None
        return cls(
            **{
                **raw,
                "mentions": mentions_in(raw["mentions"]),
                "groups": (),
                "keep": keep,
                "channels": tuple(raw.get("channels", ())),
                "reviewers": tuple(raw.get("reviewers", ())),
                "also": tuple(raw.get("also", ())),
                "to_people": tuple(raw.get("to_people", ())),
                "others": tuple(map(decode_carried, raw.get("others", ()))),
                "consents": decode_consents(raw.get("consents", ())),
                "more": tuple(raw["more"]),
                "glue": tuple(raw["glue"]),
            }
        )


_FIELDS: Final = frozenset(known.name for known in fields(Form))


def spread_prompt(form: Form) -> Form:
    """The form with a long prompt in several fields, cut between words; once cut, it stays so."""
    if form.more:
        return form
    pieces, glue, rest = [], [], form.prompt
    while (piece := clip_text(rest, FIELD_LIMIT, ending="")) != rest:
        gaps = [gap.start() for gap in _GAP.finditer(rest, 1, len(piece) + 1)]
        end = gaps[-1] if gaps else len(piece)
        pieces.append(rest[:end])
        glue.append(rest[end] if gaps else "")
        rest = rest[end + len(glue[-1]) :]
    first, *more = (*pieces, rest)
    return replace(form, prompt=first, more=tuple(more), glue=tuple(glue))
