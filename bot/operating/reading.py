"""Schedules from a file: what was understood counts, and words that stand alone are read as Slack's are."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final, get_args

import yaml
from yaml.constructor import ConstructorError

from bot.commands import fault_in_condition, tidy_condition
from bot.operating.filed import FORMAT, FiledTeam, Names
from bot.operating.table import FileFault, FileTable
from bot.readers import Consent, decode_consents
from bot.schedules import (
    ID,
    LONGEST_LEAD,
    MOST_PLACES,
    MOST_REVIEWERS,
    MOST_SKIPS,
    SHORTEST_LEAD,
    Place,
    Review,
    Schedule,
    Skip,
    bad_name,
    each_once,
    is_review,
    tidy_name,
)
from bot.sources import MOST, are_readable, decode_sources, is_wire
from bot.storage import folded_name
from scheduler import (
    POST_IF_LIMIT,
    QUERY_LIMIT,
    Changes,
    Cron,
    Once,
    Timing,
    WhenError,
    ZoneNeeded,
    describe_timing,
    load_calendars,
    may_name_calendar,
    read_timing,
)

_NO_ID: Final = ""
_EACH: Final = 1
"""The step of what runs on each of its days."""
_LONGEST_AGE: Final = 366 * 24 * 3_600
_MENTION: Final = re.compile(r"here|channel|[A-Z][A-Z0-9]{0,30}")
_CHANGES: Final = get_args(Changes)


class _Loader(yaml.SafeLoader):
    """Refuses a field that stands twice, of which YAML's own takes the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set[str]()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise ConstructorError(problem=f"{key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_file(text: str, *, now: datetime) -> list[FiledTeam]:
    """The schedules in it. Raises `FileFault`."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as exc:  # the second of a date that cannot be
        mark = getattr(exc, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise FileFault(
            f"{where}expected YAML ({getattr(exc, 'problem', None) or 'it cannot be read'})"
        ) from exc
    if may_name_calendar(text):
        load_calendars()
    whole = FileTable.read(document, "the file")
    if (number := whole.take("format", int)) != FORMAT:
        raise FileFault(f"format: expected {FORMAT}, got {number}; a newer Precache may have written it")
    whole.take_or("written_by", str, "")
    teams = [_read_team(entry, f"workspaces[{place}]", now) for place, entry in whole.list_of("workspaces")]
    whole.refuse_rest()
    if len({team.team for team in teams}) < len(teams):
        raise FileFault("workspaces: expected each workspace once")
    return teams


def _read_team(entry: Any, place: str, now: datetime) -> FiledTeam:
    table = FileTable.read(entry, place)
    team = table.slack_id_of("id")
    people: dict[str, str] = {}
    channels: dict[str, str] = {}
    schedules = [
        _read_schedule(
            FileTable.read(found, f"{place}.schedules[{number}]"), team, now, people=people, channels=channels
        )
        for number, found in table.list_of("schedules")
    ]
    table.refuse_rest()
    for what in ("id", "name"):
        times = Counter(folded_name(getattr(schedule, what) or "") for schedule in schedules)
        if twice := [name for name, number in times.items() if name and number > 1]:
            raise FileFault(f"{place}: expected each {what} once, got {twice[0]} twice")
    return FiledTeam(team=team, schedules=tuple(schedules), names=Names(people=people, channels=channels))


def _read_schedule(
    table: FileTable, team: str, now: datetime, *, people: dict[str, str], channels: dict[str, str]
) -> Schedule:
    id_, name = table.take_or("id", str, _NO_ID).lower(), table.take_or("name", str, None)
    table.place += f" ({name or id_ or 'without id and name'})"
    name = tidy_name(name)
    if id_ and not ID.fullmatch(id_):
        raise FileFault(f"{table.place}.id: expected one such as kolu-tane, or none")
    if not id_ and not name:
        raise FileFault(f"{table.place}: expected an id or a name")
    if (bad := bad_name(name)) is not None:
        raise FileFault(f"{table.place}.name: it cannot be taken ({bad.problem})")
    query = table.take("prompt", str).strip()
    if not query or len(query) > QUERY_LIMIT:
        raise FileFault(f"{table.place}.prompt: expected 1 to {QUERY_LIMIT:,} characters")
    typed = table.take_or("typed", str, None)
    timing, words = _read_time(table, now)
    channel = _read_place(table, "channel", channels)
    also = _read_further(table, channels)
    owner = _read_place(table, "owner", people)
    wires = [wire for _, wire in table.list_of("sources")]
    if not all(map(is_wire, wires)):
        raise FileFault(f"{table.place}.sources: expected each to have a type, as docs/jobs.md has them")
    if not are_readable(sources := decode_sources(wires)):
        raise FileFault(f"{table.place}.sources: expected at most {MOST}, each as docs/jobs.md has it")
    mentions = [mention for _, mention in table.list_of("mentions")]
    if not all(isinstance(mention, str) and _MENTION.fullmatch(mention) for mention in mentions):
        raise FileFault(f"{table.place}.mentions: expected ids of people and groups, here or channel")
    changes = table.take_or("changes", str, "always")
    if changes not in _CHANGES:
        raise FileFault(f"{table.place}.changes: expected one of {', '.join(_CHANGES)}")
    post_if = table.take_or("post_if", str, None)
    if post_if is not None and fault_in_condition(post_if := tidy_condition(post_if)) is not None:
        raise FileFault(
            f"{table.place}.post_if: expected a condition of 1 to {POST_IF_LIMIT} characters that is not "
            "about the day or the hour, which the time says"
        )
    age = table.take_or("max_age_seconds", int, None)
    if age is not None and not 0 <= age <= _LONGEST_AGE:
        raise FileFault(f"{table.place}.max_age_seconds: expected 0 to {_LONGEST_AGE}")
    is_paused = table.take_or("paused", bool, False)
    if is_paused and isinstance(timing.when, Once):
        raise FileFault(f"{table.place}.paused: expected a time that recurs, for what runs once has no pause")
    skips, paused_until = _read_skips(table), table.moment_of("paused_until")
    if (skips or paused_until) and isinstance(timing.when, Once):
        raise FileFault(f"{table.place}: expected a time that recurs beside skips or paused_until")
    if is_paused and paused_until:
        raise FileFault(f"{table.place}: expected paused or paused_until, got both")
    schedule = Schedule(
        id=id_,
        team=team,
        channel=channel,
        user=owner,
        person=table.take_or("person", str, None),
        also=also,
        query=query,
        zone=timing.when.zone,
        name=name,
        mentions=tuple(mentions),
        max_age=None if age is None else timedelta(seconds=age),
        model=table.take_or("model", str, None),
        sources=sources,
        consents=_read_consents(table),
        changes=changes,
        post_if=post_if,
        review=_read_review(table),
        thread=table.take_or("thread", str, None),
        fills_variables=table.take_or("variables", bool, False),
        created=table.moment_of("created"),
        state="paused" if is_paused else "pending",
        skips=skips,
        paused_until=paused_until,
    ).at_time(timing, typed=typed or words)
    table.refuse_rest()
    return schedule


def _read_skips(table: FileTable) -> tuple[Skip, ...]:
    """The single runs that are left out, and who wanted that."""
    skips = []
    for number, found in table.list_of("skips"):
        inner = FileTable.read(found, f"{table.place}.skips[{number}]")
        slot = inner.moment_of("slot")
        if slot is None:
            raise FileFault(f"{inner.place}: expected the field slot")
        skips.append(Skip(slot=slot, by=inner.slack_id_of("by")))
        inner.refuse_rest()
    if len(skips) > MOST_SKIPS:
        raise FileFault(f"{table.place}.skips: expected at most {MOST_SKIPS}")
    return tuple(skips)


def _read_review(table: FileTable) -> Review | None:
    raw = table.take_or("review", dict, None)
    if raw is None:
        return None
    if not is_review(raw):
        raise FileFault(
            f"{table.place}.review: expected `by`, the ids of 1 to {MOST_REVIEWERS} people and user groups, "
            f"`lead_seconds` from {int(SHORTEST_LEAD.total_seconds())} to "
            f"{int(LONGEST_LEAD.total_seconds())}, and perhaps `undecided`, skip or post"
        )
    return Review.of_file(raw)


def _read_further(table: FileTable, channels: dict[str, str]) -> tuple[Place, ...]:
    """Its places besides its channel, each once."""
    further: list[Place] = []
    for number, found in table.list_of("also"):
        inner = FileTable.read(found, f"{table.place}.also[{number}]")
        id_ = inner.slack_id_of("id")
        if name := inner.take_or("name", str, None):
            channels[id_] = name
        further.append(Place(channel=id_, user=inner.take_or("person", str, None)))
        inner.refuse_rest()
    if len(further) >= MOST_PLACES:
        raise FileFault(f"{table.place}.also: expected at most {MOST_PLACES - 1} places besides the channel")
    return each_once(further)


def _read_consents(table: FileTable) -> tuple[Consent, ...]:
    wires = [wire for _, wire in table.list_of("consents")]
    consents = decode_consents(wires)
    if len(consents) < len(wires):
        raise FileFault(f"{table.place}.consents: expected each as an export has it; leave out what is none")
    return consents


def _read_place(table: FileTable, what: str, names: dict[str, str]) -> str:
    inner = FileTable.read(table.take(what, dict), f"{table.place}.{what}")
    id_ = inner.slack_id_of("id")
    if name := inner.take_or("name", str, None):
        names[id_] = name
    inner.refuse_rest()
    return id_


def _read_time(table: FileTable, now: datetime) -> tuple[Timing, str | None]:
    """What was understood; or else what the words mean now, and these words."""
    words, zone = table.take_or("when", str, None), table.take_or("zone", str, None)
    cron, at = table.take_or("cron", str, None), table.moment_of("at")
    conditions = {
        "first_day": table.day_of("first_day"),
        "until": table.moment_of("until"),
        "step": table.take_or("step", int, _EACH),
        "nth": table.take_or("nth", int, None),
        "holidays": table.take_or("holidays", str, None),
    }
    try:
        if cron is None and at is None:
            if said := [name for name, value in conditions.items() if value not in (None, _EACH)]:
                raise FileFault(
                    f"{table.place}: expected cron or at beside {', '.join(said)}; without them, when says "
                    "it all, such as every monday at 9 except holidays in DE"
                )
            return _read_words(table, words, zone, now), words
        if cron is not None and at is not None:
            raise FileFault(f"{table.place}: expected cron or at, got both")
        if zone is None:
            raise FileFault(f"{table.place}.zone: expected the zone, such as Europe/Berlin")
        when = Cron.parse(cron, zone=zone) if cron is not None else Once(at=at or now, zone=zone)
        timing = Timing(when=when, **conditions)
    except ZoneNeeded as exc:
        raise FileFault(f"{table.place}.zone: expected the zone, such as Europe/Berlin") from exc
    except (WhenError, ValueError) as exc:
        raise FileFault(f"{table.place}: its time cannot be kept ({exc})") from exc
    if words is not None and cron is not None and words != describe_timing(timing):
        raise FileFault(
            f"{table.place}.when: the words and what was understood (zone, cron and so on) are not the same "
            f"time; leave out cron to have the words read, or write: {describe_timing(timing)}"
        )
    return timing, None


def _read_words(table: FileTable, words: str | None, zone: str | None, now: datetime) -> Timing:
    if words is None:
        raise FileFault(f"{table.place}: expected when, or cron, or at")
    found = read_timing(words, now=now, zone=zone)
    if found is None:
        raise FileFault(f"{table.place}.when: expected a time, such as every weekday at 9am")
    return found
