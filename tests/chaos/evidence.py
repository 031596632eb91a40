"""Evidence for the judge: gathered from Slack, Redis and QStash when a storm is over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import redis.asyncio

from scheduler import run_of, slot_of
from tests.chaos.carrier import Message
from tests.chaos.case import Due, Evidence, Key, Try
from tests.chaos.storm import Storm
from tests.chaos.workload import Prompt, edition_at


async def collect(storm: Storm) -> Evidence:
    """All that there is to see now."""
    messages = [message for message in storm.carrier.messages if message.job.kind == "post"]
    dues: dict[str, Due] = {}
    for message in messages:  # the first that was sent for a run says when it was due
        if (due := _due(message)) is not None:
            dues.setdefault(due.run, due)
            for further in _further(message, due):
                dues.setdefault(further.run, further)
    given_up = [
        _run_due(message)
        for message in messages
        if message.state == "dead" and message.callback is not None and message.callback.state == "dead"
    ]
    now = storm.clock()
    return Evidence(
        now=now,
        dues=list(dues.values()),
        tries=[found for message in messages for found in _tries(message)],
        posts=storm.workspace.ever_posted,
        cards=storm.workspace.cards,
        told=storm.workspace.told,
        keys=await _keys(storm.redis),
        held=[
            _run_due(message)
            for message in messages
            if message.state in ("waiting", "under way") and message.due <= now
        ],
        given_up=given_up,
        faults=_faults(storm, dues.values()),
        edition=edition_at,
    )


def _faults(storm: Storm, dues: Iterable[Due]) -> dict[str, list[datetime]]:
    """The moments of faults by the labels of the prompts that they were about."""
    labels = {due.prompt.label for due in dues}
    found: dict[str, list[datetime]] = {label: [] for label in labels}
    for met in storm.weather.happened:
        for label in labels.intersection(re.findall(r"[a-z]+(?:-\d+)?", met.name)):
            found[label].append(met.at)
    return found


async def _keys(raw: redis.asyncio.Redis) -> Sequence[Key]:
    found = []
    for name in sorted([_text(name) async for name in raw.scan_iter(count=1000)]):
        left = await raw.pttl(name)
        if left == -2:
            continue
        fields = await raw.hgetall(name) if name.startswith("precache:run:") else {}
        found.append(
            Key(
                name=name,
                ends=None if left == -1 else timedelta(milliseconds=left),
                fields={_text(name): _text(value) for name, value in fields.items()},
            )
        )
    return found


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _run_due(message: Message) -> str:
    """The run for which it was sent."""
    return run_of(message.job, slot=_slot_due(message)) or ""


def _slot_due(message: Message) -> datetime | None:
    """Its slot; where one was asked for once more, the slot of then."""
    first = message.about or message
    return first.fired or slot_of(first.job, now=first.created)


def _due(message: Message) -> Due | None:
    job = message.job
    if message.about is not None or message.state == "cancelled" or job.channel is None:
        return None
    at = (
        message.fired
        or (slot_of(job, now=message.created) if job.cron else None)
        or job.at
        or message.created
    )
    return Due(
        run=_run_due(message),
        prompt=Prompt.read(job.query),
        at=at,
        only_changes=job.changes == "only",
        first=_run_due(message).removesuffix(f":{job.place}") if job.place else "",
    )


def _further(message: Message, due: Due) -> list[Due]:
    """The same run in its further places."""
    return [replace(due, run=f"{due.run}:{channel}", first=due.run) for channel in message.job.also]


def _tries(message: Message) -> list[Try]:
    due = _run_due(message)
    return [Try(due=due, at=attempt.at, status=attempt.status) for attempt in message.attempts]
