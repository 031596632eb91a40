"""Runs and usage as rows, for audit: CSV for spreadsheets, or a JSON object a line (https://jsonlines.org)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from upstash_redis.asyncio import Redis

from bot.budget import read_tallies
from bot.schedules import Schedule, ScheduleStore

Row = Mapping[str, Any]
Form = Literal["csv", "jsonl"]

ROW_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "history": (
        "team",
        "schedule",
        "name",
        "at",
        "outcome",
        "detail",
        "channel",
        "message",
        "model",
        "cost_usd",
    ),
    "usage": ("team", "day", "what", "count"),
}
"""The columns of each kind; of usage, `what` is a count such as `calls`, or `cost_usd`."""

_BILLION: Final = 1_000_000_000
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


async def history_rows(
    store: ScheduleStore, schedules: Sequence[Schedule], *, now: datetime
) -> AsyncIterator[Row]:
    """The kept runs of each, newest first. Raises `RedisUnavailable`."""
    for schedule in schedules:
        for run in await store.read_history(schedule.team, schedule.id, now=now, most=None):
            yield {
                "team": schedule.team,
                "schedule": schedule.id,
                "name": schedule.name,
                "at": run.at.isoformat(),
                "outcome": run.outcome,
                "detail": run.detail,
                "channel": run.channel or schedule.channel,
                "message": run.ts,
                "model": run.model,
                "cost_usd": None if run.cost is None else run.cost / _BILLION,
            }


async def usage_rows(redis: Redis, team: str, days: Sequence[date]) -> AsyncIterator[Row]:
    """What was counted for a team on each of `days` (UTC). Raises `RedisUnavailable`."""
    for day, counts in zip(days, await read_tallies(redis, team, days), strict=True):
        for what, count in sorted(counts.items()):
            is_money = what == "cost" or what.startswith("cost:") or what == "saved"
            name = what.replace("cost", "cost_usd", 1) if what.startswith("cost") else what
            yield {
                "team": team,
                "day": day.isoformat(),
                "what": f"{name}_usd" if what == "saved" else name,
                "count": count / _BILLION if is_money else count,
            }


def write_rows(rows: Iterable[Row], *, form: Form, fields: Sequence[str], header: bool) -> str:
    """The rows as text; `header` puts the names of the columns before them, which JSON has in each line."""
    if form == "jsonl":
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({name: _plain_cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _plain_cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, as plain text.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
