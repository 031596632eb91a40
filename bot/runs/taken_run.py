"""A run that is ours, and what follows from all that is known of it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.answers import Found, Last, Question, asked_by
from bot.runs.claims import Ending, Taken
from bot.schedules import Outcome, Run
from scheduler import Closures, Job, ZoneInfo, is_free


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """Nothing is to be posted, and whoever is to know why has been told."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """A run that is ours."""

    job: Job
    run: str
    question: Question
    slot: datetime | None
    claim: Taken
    token: str

    @property
    def user(self) -> str | None:
        """Who is told of it: whoever asked for it, or the owner whom its schedule has by now.

        What QStash brings may name the one who had it when it was published.
        """
        schedule = self.claim.schedule
        by_hand = self.job.id is not None and self.job.schedule is not None
        return self.job.user if schedule is None or by_hand else schedule.user

    @property
    def by_another(self) -> bool:
        """Whether somebody else than its owner runs a schedule by hand."""
        schedule = self.claim.schedule
        return schedule is not None and self.user != schedule.user

    def rests(self, closures: Closures) -> str | None:
        """Why its schedule does not run at this slot: its holiday's name, or that it has ended."""
        schedule, slot = self.claim.schedule, self.slot
        if schedule is None or slot is None:
            return None
        if schedule.until is not None and slot > schedule.until:
            return "ended"
        day = slot.astimezone(ZoneInfo(schedule.zone)).date()
        return is_free(day, calendar=schedule.holidays, closures=closures)

    def was_paid(self, found: Found) -> bool:
        """Whether its answer was made for this very run, now or ahead of its slot."""
        return found.cache == "MISS" or self.claim.ahead or (self.slot is not None and found.answer.paid)

    def ending(
        self, outcome: Outcome, detail: str = "", *, found: Found | None = None, now: datetime
    ) -> Ending:
        """What is written down of it: in its schedule's history, and in what its team has used."""
        job, schedule = self.job, self.claim.schedule
        fresh = found is not None and self.slot is not None and found.cache != "STALE"
        return Ending(
            schedule=(job.team or "", schedule.id if schedule else ""),
            line=Run(at=now, outcome=outcome, detail=detail),
            tally={outcome: 1, **(self._tally(found) if found else {})},
            read=found.answer.read if found and fresh else None,
            last=self._last(found) if found and fresh else "",
        )

    def _tally(self, found: Found) -> dict[str, int]:
        answer = found.answer
        if found.cache == "STALE":
            return {"STALE": 1}
        if self.was_paid(found):
            return {"MISS": 1}
        if not answer.text:
            return {}
        tokens = (answer.tokens_in or 0) + (answer.tokens_out or 0)
        return {"HIT": 1, "saved": answer.cost or 0, "saved_tokens": tokens}

    def _last(self, found: Found) -> str:
        """What its schedule's next answer is compared with; "" if that stays as it was."""
        answer = found.answer
        if self.job.changes == "always" or answer.unchanged:
            return ""
        text = answer.whole or answer.text
        return Last(asked=asked_by(self.job), text=text, made=answer.made).encode()
