"""Schedules as a file: YAML that people review and machines read back to the same schedules.

A time stands in it twice, in plain English and as it was understood. Nothing secret is in a schedule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from bot import VERSION
from bot.operating.filed import FORMAT, FiledTeam, Names
from bot.readers import encode_consents
from bot.schedules import Place, Schedule, Skip
from bot.sources import encode_sources
from scheduler import describe_timing


def write_file(teams: Iterable[FiledTeam]) -> str:
    """The file, in the order in which the teams come; the same for the same schedules."""
    document = {
        "format": FORMAT,
        "written_by": f"Precache {VERSION}",
        "workspaces": [
            {
                "id": team.team,
                "schedules": [_write_schedule(schedule, team.names) for schedule in team.schedules],
            }
            for team in teams
        ],
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes prompts of several lines as people would."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)


def _write_schedule(schedule: Schedule, names: Names) -> dict[str, Any]:
    timing = schedule.timing
    written: dict[str, Any] = {
        "id": schedule.id,
        "name": schedule.name,
        "prompt": schedule.query,
        "when": None if schedule.at else describe_timing(timing),
        "typed": schedule.typed,
        "zone": schedule.zone,
        "cron": schedule.cron,
        "at": _write_moment(schedule.at),
        "first_day": schedule.first_day,
        "until": _write_moment(schedule.until),
        "step": None if schedule.step == 1 else schedule.step,
        "nth": schedule.nth,
        "holidays": schedule.holidays,
        "channel": _write_place(schedule.channel, names.channels),
        "person": schedule.person,
        "also": [_write_further(place, names) for place in schedule.also] or None,
        "thread": schedule.thread,
        "owner": _write_place(schedule.user, names.people),
        "mentions": [*schedule.mentions] or None,
        "sources": [*encode_sources(schedule.sources)] or None,
        "consents": [*encode_consents(schedule.consents)] or None,
        "model": schedule.model,
        "changes": None if schedule.changes == "always" else schedule.changes,
        "post_if": schedule.post_if,
        "review": schedule.review.file_form if schedule.review else None,
        "max_age_seconds": None if schedule.max_age is None else int(schedule.max_age.total_seconds()),
        "variables": True if schedule.fills_variables else None,
        "paused": True if schedule.state == "paused" else None,
        "paused_until": _write_moment(schedule.paused_until),
        "skips": [_write_skip(skip) for skip in schedule.skips] or None,
        "created": _write_moment(schedule.created),
    }
    return {name: value for name, value in written.items() if value is not None}


def _write_place(id_: str, names: Mapping[str, str]) -> dict[str, str]:
    name = names.get(id_)
    return {"id": id_, "name": name} if name else {"id": id_}


def _write_further(place: Place, names: Names) -> dict[str, str]:
    person = {"person": place.user} if place.user else {}
    return {**_write_place(place.channel, names.channels), **person}


def _write_skip(skip: Skip) -> dict[str, str | None]:
    return {"slot": _write_moment(skip.slot), "by": skip.by}


def _write_moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
