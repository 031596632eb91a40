"""What a file holds: the schedules of teams, and the names that a reader of it sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.operating.table import FileFault
from bot.schedules import Place, Schedule
from bot.sources import decode_sources, encode_sources

FORMAT: Final = 1
"""Changes when an older Precache could not read what this one writes."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of people and channels, for the reader alone; ids count."""

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FiledTeam:
    """The schedules of a team, as a file has them; one that was written by hand may be without an id."""

    team: str
    schedules: tuple[Schedule, ...]
    names: Names = field(default_factory=Names)


def rename_ids(teams: Sequence[FiledTeam], new_ids: Mapping[str, str]) -> list[FiledTeam]:
    """The same with other ids of teams, channels, people and groups, wherever these stand as a whole.

    Raises `FileFault` if one of them stands nowhere, which is a slip.
    """
    met = set[str]()

    def rename(id_: str) -> str:
        met.add(id_)
        return new_ids.get(id_, id_)

    renamed = [
        replace(
            team,
            team=rename(team.team),
            schedules=tuple(_rename_in(schedule, rename) for schedule in team.schedules),
        )
        for team in teams
    ]
    if left := [id_ for id_ in new_ids if id_ not in met]:
        raise FileFault(f"--replace: {', '.join(left)} stands nowhere in the file")
    return renamed


def _rename_in(schedule: Schedule, rename: Callable[[str], str]) -> Schedule:
    wires = [
        {name: rename(value) if isinstance(value, str) else value for name, value in wire.items()}
        for wire in encode_sources(schedule.sources)
    ]
    return replace(
        schedule,
        team=rename(schedule.team),
        channel=rename(schedule.channel),
        person=rename(schedule.person) if schedule.person else None,
        also=tuple(
            Place(channel=rename(place.channel), user=rename(place.user) if place.user else None)
            for place in schedule.also
        ),
        user=rename(schedule.user),
        mentions=tuple(map(rename, schedule.mentions)),
        consents=(),  # given in another workspace, perhaps, and to other channels
        review=None
        if schedule.review is None
        else replace(schedule.review, by=tuple(map(rename, schedule.review.by))),
        sources=decode_sources(wires),
        thread=schedule.thread if rename(schedule.channel) == schedule.channel else None,
    )
