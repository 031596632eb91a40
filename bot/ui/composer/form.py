"""What a person has typed into the composer; pure. `draft` makes a schedule of it, `reads` its sources.

A form holds words as they were typed, right or wrong, so that nothing is lost on the way to a schedule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from typing import Final, Self, get_args

from bot.replies import (
    TimeField,
    not_a_time,
    one_calendar,
    time_missing,
    time_refused,
    zone_untold,
)
from bot.slack import clip_text
from bot.sources import MOST, Source, decode_source, decode_sources, encode_sources, is_wire
from scheduler import Changes, Cron, Timing, WhenError, ZoneNeeded, read_timing

DEFAULT_ZONE: Final = "UTC"
FIELD_LIMIT: Final = 3_000
"""Characters with which one of Slack's fields can be filled in; a prompt may be longer."""
MORE: Final = "more"
"""Blocks more1, more2 and so on go on with the prompt."""
MOST_MENTIONS: Final = 20
"""Of people, and as many of groups."""

BROADCASTS: Final = (("here", "@here: everyone who is online"), ("channel", "@channel: everyone"))

_MENTION: Final = re.compile(r"[UWS][A-Z0-9]{2,30}|here|channel", re.ASCII)
_GAP: Final = re.compile(r"\s")
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)
_LONGEST_SOURCE: Final = 200  # characters of one that the modal carries: an id or two
_REGION: Final = re.compile(r"[\w '’.-]{2,60}")
_SECONDS: Final = range(366 * 24 * 3600 + 1)


@dataclass(frozen=True, kw_only=True)
class Form:
    """The composer's fields, and what it has to remember between two clicks."""

    prompt: str = ""
    more: tuple[str, ...] = ()
    """The rest of a prompt that is longer than a field, in further fields."""
    glue: tuple[str, ...] = ()
    """What stood before each of them."""
    when: str = ""
    """A time in plain words; empty for now."""
    channel: str | None = None
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
    unfolded: bool = False
    editing: str | None = None
    """The id of the schedule that is edited."""
    revision: int = 0
    """Which version of that schedule was looked at."""
    links: str = ""
    """What else is read: addresses, between spaces or on lines of their own."""
    channels: tuple[str, ...] = ()
    """Channels that are read."""
    over: int | None = None
    """So many hours of them; None for since the last run."""
    others: tuple[Source, ...] = ()
    """What is read besides, which can only be left out: threads, files."""
    changes: Changes = "always"
    model: str | None = None
    """None for the usual one."""
    sourced: bool = False
    """Whether the fields about what is read are shown, even if they are empty."""
    origin: str | None = None
    """The channel in which the composer was opened."""
    follows: str | None = None
    """The thread in `origin` that it reads and answers in, by its first message's `ts`."""
    preview: str | None = None
    """The preview that was asked for last."""
    keep: datetime | None = None
    """When the answer to this very prompt was made that a preview has shown."""

    @property
    def query(self) -> str:
        """The whole prompt."""
        rest = (text for pair in zip(self.glue, self.more, strict=False) for text in pair)
        return "".join((self.prompt, *rest)).strip()

    @property
    def reads(self) -> bool:
        """Whether it reads anything that a field of it names."""
        return bool(self.links or self.channels or self.others)

    @property
    def asked(self) -> Form:
        """What is asked, and of what: whose answers are alike, whatever else differs."""
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
        raw = asdict(replace(self, groups=(), others=()))
        raw["others"] = encode_sources(self.others)
        raw["keep"] = self.keep.isoformat() if self.keep else None
        return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> Self:
        raw = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
        keep = datetime.fromisoformat(raw["keep"]) if raw.get("keep") else None
        return cls(
            **{
                **raw,
                "mentions": mentions_in(raw["mentions"]),
                "groups": (),
                "keep": keep,
                "channels": tuple(raw.get("channels", ())),
                "others": decode_sources(raw.get("others", ())),
                "more": tuple(raw["more"]),
                "glue": tuple(raw["glue"]),
            }
        )


_FIELDS: Final = frozenset(each.name for each in fields(Form))


def mentions_in(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be mentioned."""
    if not isinstance(ids, list | tuple):
        return ()
    return tuple(dict.fromkeys(each for each in ids if isinstance(each, str) and _MENTION.fullmatch(each)))


def fitted(form: Form) -> Form:
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


def channels_named(ids: object) -> tuple[str, ...]:
    """Those of `ids` that can be channels, each once."""
    if not isinstance(ids, list | tuple):
        return ()
    found = (each for each in ids if isinstance(each, str) and _CHANNEL.fullmatch(each))
    return tuple(dict.fromkeys(found))


def others_in(value: object) -> tuple[Source, ...]:
    """Sources as a modal carries them; what is none, or too long for one, is left out."""
    if not isinstance(value, list | tuple):
        return ()
    wires = [wire for wire in value if is_wire(wire)]
    return tuple(source for wire in wires[:MOST] if fits(source := decode_source(wire)))


def fits(source: Source) -> bool:
    """Whether a modal can carry it."""
    return len(json.dumps(source.encode())) <= _LONGEST_SOURCE


def changes_in(value: object) -> Changes:
    """What of an answer is posted; always all of it if the choice is none of ours."""
    return next((each for each in get_args(Changes) if each == value), "always")


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What the form's words about time mean: a timing, none (now), or what is wrong with which field."""

    timing: Timing | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def recurs(self) -> bool:
        return self.timing is not None and isinstance(self.timing.when, Cron)


def read_times(form: Form, *, now: datetime) -> Understood:
    """The time in the words that were typed, narrowed by the advanced fields."""
    when = form.when.strip()
    zone = form.zone or (DEFAULT_ZONE if form.zone_told else None)
    if not when:
        if form.until or form.holidays.strip():
            return Understood(wrong={"when": time_missing()})
        return Understood()
    phrase = when
    timing = None
    for block, words in _narrowing(form):
        if block == "holidays" and not _REGION.fullmatch(form.holidays.strip()):
            return Understood(wrong={block: one_calendar()})
        phrase += words
        try:
            timing = read_timing(phrase, now=now, zone=zone)
        except ZoneNeeded:
            return Understood(wrong={"when": zone_untold()})
        except WhenError as exc:
            return Understood(wrong={block: time_refused(exc)})
        if timing is None:
            return Understood(wrong={block: not_a_time(block)})
    return Understood(timing=timing)


def _narrowing(form: Form) -> list[tuple[TimeField, str]]:
    """Each field with what it adds to the phrase, so that the field that spoils it can be named."""
    found: list[tuple[TimeField, str]] = [("when", "")]
    if form.until:
        found.append(("until", f" until {form.until}"))
    if region := form.holidays.strip():
        found.append(("holidays", f" except holidays in {region}"))
    return found


def seconds_in(text: object) -> int | None:
    """A number of seconds that a choice names; None for anything else."""
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return int(text) if int(text) in _SECONDS else None


def hours_in(text: object) -> int | None:
    """A number of hours that a choice names; None for anything else."""
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 4:
        return None
    return int(text) or None


def date_in(text: object) -> str:
    """A day as 2027-03-01; empty for anything else."""
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else ""
    except ValueError:
        return ""
