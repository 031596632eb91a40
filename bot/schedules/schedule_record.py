"""A schedule as Redis holds it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from bot.loading import load_calendars_aside
from bot.readers import decode_consents, encode_consents
from bot.schedules.review import Review
from bot.schedules.schedule import Place, Schedule
from bot.schedules.skips.skip import decode_skips, encode_skips
from bot.sources import decode_sources, encode_sources
from bot.storage import RecordKind, moment_of, ms_of

_SCHEDULE: Final = RecordKind(name="schedule", version=1)
FIELDS: Final = ("doc", "state", "revision")
"""The fields of a record that `decode_schedule` takes."""


async def decode_schedule(reply: Any) -> Schedule | None:
    """The record in a reply of doc, state and revision. Raises `NewerRecord`."""
    doc, state, revision = reply
    if doc is None or state == "deleted":
        return None
    _, raw = _SCHEDULE.read_record(doc)
    if raw["holidays"] is not None:
        await load_calendars_aside()
    return Schedule(
        id=raw["id"],
        team=raw["team"],
        channel=raw["channel"],
        user=raw["user"],
        query=raw["query"],
        zone=raw["zone"],
        cron=raw["cron"],
        at=_moment_or_none(raw["at"]),
        name=raw["name"],
        handle=raw.get("handle"),
        until=_moment_or_none(raw["until"]),
        holidays=raw["holidays"],
        first_day=date.fromisoformat(raw["first_day"]) if raw.get("first_day") else None,
        step=raw.get("step", 1),
        nth=raw.get("nth"),
        mentions=tuple(raw["mentions"]),
        max_age=None if raw["max_age"] is None else timedelta(seconds=raw["max_age"]),
        model=raw["model"],
        sources=decode_sources(raw.get("sources", ())),
        changes=raw.get("changes", "always"),
        post_if=raw.get("post_if"),
        thread=raw.get("thread"),
        person=raw.get("person"),
        also=tuple(Place(channel=place["channel"], user=place.get("user")) for place in raw.get("also", ())),
        fills_variables=raw.get("variables", False),
        review=Review.decode(raw["review"]) if raw.get("review") else None,
        message=raw["message"],
        created=_moment_or_none(raw["created"]),
        consents=decode_consents(raw["consents"]) if "consents" in raw else (),
        typed=raw.get("typed"),
        state=state,
        skips=decode_skips(raw["skips"]) if "skips" in raw else (),
        paused_until=_moment_or_none(raw.get("paused_until")),
        unseen_since=_moment_or_none(raw.get("unseen_since")) if state == "paused" else None,
        revision=int(revision),
    )


def _encode_pause(schedule: Schedule) -> dict[str, object]:
    """The runs that are left out by hand; and the reason of its pause, if it is one that is told."""
    fields: dict[str, object] = {}
    if schedule.cron is not None and schedule.skips:
        fields["skips"] = encode_skips(schedule.skips)
    if schedule.cron is not None and schedule.state != "paused" and schedule.paused_until is not None:
        fields["paused_until"] = ms_of(schedule.paused_until)
    if schedule.state == "paused" and schedule.unseen_since is not None:
        fields["unseen_since"] = ms_of(schedule.unseen_since)
    return fields


def _encode_conditions(schedule: Schedule) -> dict[str, object]:
    """Its conditions, where it has any: most records do without."""
    conditions = {
        "first_day": schedule.first_day.isoformat() if schedule.first_day else None,
        "step": schedule.step if schedule.step > 1 else None,
        "nth": schedule.nth,
    }
    return {name: value for name, value in conditions.items() if value is not None}


def _encode_places(schedule: Schedule) -> dict[str, object]:
    """What its channel and its thread do not say of its places: nothing of most."""
    fields: dict[str, object] = {"person": schedule.person} if schedule.person else {}
    if schedule.also:
        fields["also"] = [
            {"channel": place.channel, **({"user": place.user} if place.user else {})}
            for place in schedule.also
        ]
    return fields


def encode_schedule(schedule: Schedule) -> str:
    """The form that `decode_schedule` reads, as doc."""
    return _SCHEDULE.write_record(
        {
            "id": schedule.id,
            "team": schedule.team,
            "channel": schedule.channel,
            "user": schedule.user,
            "query": schedule.query,
            "zone": schedule.zone,
            "cron": schedule.cron,
            "at": _ms_or_none(schedule.at),
            "name": schedule.name,
            **({"handle": schedule.handle} if schedule.handle else {}),
            "until": _ms_or_none(schedule.until),
            "holidays": schedule.holidays,
            **_encode_conditions(schedule),
            "mentions": schedule.mentions,
            "max_age": None if schedule.max_age is None else int(schedule.max_age.total_seconds()),
            "model": schedule.model,
            "sources": encode_sources(schedule.sources),
            "changes": schedule.changes,
            **({"post_if": schedule.post_if} if schedule.post_if else {}),
            "thread": schedule.thread,
            **_encode_places(schedule),
            **({"review": schedule.review.encode()} if schedule.review else {}),
            "message": schedule.message,
            "created": _ms_or_none(schedule.created),
            **({"consents": encode_consents(schedule.consents)} if schedule.consents else {}),
            **({"typed": schedule.typed} if schedule.typed else {}),
            **({"variables": True} if schedule.fills_variables else {}),
            **_encode_pause(schedule),
        }
    )


def _ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else ms_of(moment)


def _moment_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else moment_of(ms)
