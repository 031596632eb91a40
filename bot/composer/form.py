"""What a person has typed into the composer, and the draft of a schedule that it makes; pure.

A form holds words as they were typed, right or wrong, so that nothing is lost on the way to a schedule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Final, Self

from bot.book import NAME_LIMIT, Schedule
from bot.replies import zone_untold
from bot.schedules import Draft
from bot.sources import thread_source
from scheduler import QUERY_LIMIT, Once, Timing, WhenError, ZoneNeeded, describe_timing, read_timing

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

    def encode(self) -> str:
        raw = asdict(replace(self, groups=()))
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
    while (piece := within(rest, FIELD_LIMIT)) != rest:
        gaps = [gap.start() for gap in _GAP.finditer(rest, 1, len(piece) + 1)]
        end = gaps[-1] if gaps else len(piece)
        pieces.append(rest[:end])
        glue.append(rest[end] if gaps else "")
        rest = rest[end + len(glue[-1]) :]
    first, *more = (*pieces, rest)
    return replace(form, prompt=first, more=tuple(more), glue=tuple(glue))


def within(text: str, limit: int) -> str:
    """As much of the beginning as fits, as Slack counts characters: in UTF-16."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")


def form_of(schedule: Schedule) -> Form:
    """The form that describes a schedule, to edit it."""
    return Form(
        prompt=schedule.query,
        when=describe_timing(schedule.timing),
        channel=schedule.channel,
        name=schedule.name or "",
        freshness=None if schedule.max_age is None else int(schedule.max_age.total_seconds()),
        mentions=schedule.mentions,
        zone=schedule.zone,
        editing=schedule.id,
        revision=schedule.revision,
    )


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What the form's words about time mean: a timing, none (now), or what is wrong with which field."""

    timing: Timing | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)


def read_times(form: Form, *, now: datetime) -> Understood:
    """The time in the words that were typed, narrowed by the advanced fields."""
    when = form.when.strip()
    zone = form.zone or (DEFAULT_ZONE if form.zone_told else None)
    if not when:
        if form.until or form.holidays.strip():
            return Understood(wrong={"when": "Say when it runs, such as `every weekday at 9am`."})
        return Understood()
    phrase = when
    timing = None
    for block, words in _narrowing(form):
        phrase += words
        try:
            timing = read_timing(phrase, now=now, zone=zone)
        except ZoneNeeded:
            return Understood(wrong={"when": zone_untold()})
        except WhenError as exc:
            return Understood(wrong={block: str(exc)})
        if timing is None:
            return Understood(wrong={block: _NO_TIME[block]})
    return Understood(timing=timing)


_NO_TIME: Final = {
    "when": "I do not read this as a time. Try `every weekday at 9am`, `tomorrow at 8:30`, or "
    "`every 2 hours between 9 and 17`.",
    "until": "Only what recurs can have a last day, and only one: the time above may name one already.",
    "holidays": "Only what recurs can leave out holidays, and only once: those of a country or a region.",
}


def _narrowing(form: Form) -> list[tuple[str, str]]:
    """Each field with what it adds to the phrase, so that the field that spoils it can be named."""
    found = [("when", "")]
    if form.until:
        found.append(("until", f" until {form.until}"))
    if region := form.holidays.strip():
        found.append(("holidays", f" except holidays in {region if _REGION.fullmatch(region) else '?'}"))
    return found


def check_form(form: Form, *, now: datetime) -> Draft | dict[str, str]:
    """The draft, or what is wrong with each field: a sentence by the field's block."""
    wrong: dict[str, str] = {}
    prompt, name = form.query, form.name.strip()
    if not prompt:
        wrong["prompt"] = "Write what I should ask."
    elif len(prompt) > QUERY_LIMIT:
        wrong["prompt"] = f"This has {len(prompt):,} characters; {QUERY_LIMIT:,} are the most I take."
    times = read_times(form, now=now)
    wrong.update(times.wrong)
    if form.editing and not form.when.strip():
        wrong["when"] = "A schedule needs a time, such as `every weekday at 9am`."
    if form.channel is None:
        wrong["channel"] = "Choose where the answers go."
    if len(name) > NAME_LIMIT:
        wrong["name"] = f"This name has {len(name):,} characters; {NAME_LIMIT} are the most."
    elif len(name.splitlines()) > 1:
        wrong["name"] = "A name is one line."
    if wrong or form.channel is None:
        return wrong
    return Draft(
        query=prompt,
        timing=times.timing or Timing(when=Once(at=now, zone=form.zone or DEFAULT_ZONE)),
        channel=form.channel,
        name=name or None,
        mentions=form.mentions,
        max_age=None if form.freshness is None else timedelta(seconds=form.freshness),
        sources=(thread_source(form.origin, form.follows),) if form.origin and form.follows else (),
        thread=form.follows if form.channel == form.origin else None,
    )


def put_in(draft: Draft) -> Callable[[Schedule], Schedule]:
    """What editing a schedule to be like `draft` does to it."""

    def after(schedule: Schedule) -> Schedule:
        return replace(
            schedule.at_time(draft.timing),
            query=draft.query,
            channel=draft.channel,
            name=draft.name,
            mentions=draft.mentions,
            max_age=draft.max_age,
        )

    return after


def seconds_in(text: object) -> int | None:
    """A number of seconds that a choice names; None for anything else."""
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return int(text) if int(text) in _SECONDS else None


def date_in(text: object) -> str:
    """A day as 2027-03-01; empty for anything else."""
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else ""
    except ValueError:
        return ""
