"""The line that the history keeps of a run, as a value and as Redis holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bot.storage import RecordKind, moment_of, ms_of

Outcome = Literal["posted", "stale", "unchanged", "quiet", "skipped", "failed"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """The outcome of one run, as the history tells it."""

    at: datetime
    outcome: Outcome
    detail: str = ""
    """The reason why it was skipped or failed: one word, which `replies` puts into a sentence.
    The judge's sentence of a run that was quiet."""
    ts: str | None = None
    """The message, if there is one."""
    model: str = ""
    """The model whose answer was posted."""
    cost: int | None = None
    """The cost of the answer, if it was made for this run, in billionths of a dollar."""
    channel: str | None = None
    """The place, where its schedule had several."""
    slot: datetime | None = None
    """Its slot, or when it was asked for, which is the same for all of those places."""
    by: str = ""
    """The name of the person who decided about it, or `NOBODY` if it was to be looked at and nobody did.
    The id of the person who had it left out, of one that was skipped before its time."""
    edited: bool = False
    """That person has changed its words."""
    deleted_by: str = ""
    """The person who has deleted its post, if somebody has."""

    @property
    def has_answer(self) -> bool:
        """True if an answer was posted, and still is, as far as that is known."""
        return self.outcome in ("posted", "stale") and bool(self.ts) and not self.deleted_by


NOBODY: Final = "-"
"""In the place of a reviewer's name: nobody has decided."""


_RUN: Final = RecordKind(name="run", version=1)
_QUIET_RUN: Final = RecordKind(name="run", version=2)
"""An outcome that older code does not know, which passes over it then."""


def encode_run(run: Run, *, ts: str | None = None) -> str:
    """A line of history; `ts` is that of its message, where the run does not tell it yet."""
    kind = _QUIET_RUN if run.outcome == "quiet" else _RUN
    return kind.write_record(
        {
            "at": ms_of(run.at),
            "outcome": run.outcome,
            "detail": run.detail,
            "ts": ts or run.ts,
            **({"model": run.model} if run.model else {}),
            **({"cost": run.cost} if run.cost else {}),
            **({"channel": run.channel} if run.channel else {}),
            **({"slot": ms_of(run.slot)} if run.slot else {}),
            **({"by": run.by} if run.by else {}),
            **({"edited": True} if run.edited else {}),
            **({"deleted_by": run.deleted_by} if run.deleted_by else {}),
        }
    )


def decode_run(text: str) -> Run:
    """Raises `NewerRecord`."""
    _, raw = _QUIET_RUN.read_record(text)
    return Run(
        at=moment_of(raw["at"]),
        outcome=raw["outcome"],
        detail=raw["detail"],
        ts=raw["ts"],
        model=raw.get("model", ""),
        cost=raw.get("cost"),
        channel=raw.get("channel"),
        slot=moment_of(raw["slot"]) if raw.get("slot") else None,
        by=raw.get("by", ""),
        edited=raw.get("edited", False),
        deleted_by=raw.get("deleted_by", ""),
    )


FORGET_REASONS: Final = """
-- Take the judge's sentences out of the lines of quiet runs; between these two marks a line has its detail.
local function forget_reasons(history)
  for place, line in ipairs(redis.call('LRANGE', history, 0, -1)) do
    local _, from = string.find(line, '"outcome":"quiet","detail":"', 1, true)
    local to = from and string.find(line, '","ts":', from, true)
    if to and to > from + 1 then
      redis.call('LSET', history, place - 1, string.sub(line, 1, from) .. string.sub(line, to))
    end
  end
end
"""
"""For scripts; `encode_run` writes the lines."""
