"""Judgement on what a storm has left behind, from Slack's, Redis' and QStash's side alone; pure.

Each due run must be posted exactly once, whole and in order, or reported once. What the product is known to
get wrong today is counted apart, and only where the evidence shows that very fault: each rule says how.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from tests.chaos.case import Due, Evidence, Judgement, Key, Known, Objection, Try, Wrong
from tests.chaos.workload import PARAGRAPHS, REVIEWED, Kind, Prompt, edition_in, marks_in
from tests.chaos.workspace import Told

LEASE: Final = timedelta(seconds=130)
"""The longest time that a delivery may hold its run."""
FLIGHT: Final = timedelta(seconds=150)
"""The longest time that one may hold its question."""
EARLY: Final = timedelta(seconds=30)
"""By which a delivery may come before its slot, and serve it."""
LATE: Final = timedelta(minutes=1)
LATEST: Final = timedelta(seconds=150)
"""The longest delay of a run that no fault has met."""
_BEFORE: Final = timedelta(minutes=10)
"""A fault that was met so long before a slot can hold it up: its answer is made ahead."""
KEPT: Final = re.compile(r"precache:(schedule:[^:]+:[^:]+|(?:schedules|index):[^:]+|name:.*|watched)")
"""Keys that live until their schedule is deleted, as the product says."""


def judge(evidence: Evidence) -> Judgement:
    """All objections."""
    court = _Court(evidence)
    objections = [
        *court.of_runs(),
        *court.of_order(),
        *court.of_strangers(),
        *court.of_cards(),
        *court.of_keys(),
        *court.of_what_is_held(),
    ]
    return Judgement(
        objections=objections,
        runs=len(evidence.dues),
        late=court.late,
        latest=court.latest,
        latest_unmet=court.latest_unmet,
    )


class _Court:
    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._posts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for post in evidence.posts:
            self._posts[_run(post)].append(post)
        self._explained: set[str] = set()
        self._stood_still: list[Try] = []
        self._repeated: list[Told] = []
        """Reports that were made again, for nobody could know of them."""
        self.late = 0
        self.latest = self.latest_unmet = timedelta(0)

    def of_runs(self) -> list[Objection]:
        """See that each due run was posted or reported, once."""
        objections = []
        reports = self._reports()
        for due in sorted(self._evidence.dues, key=lambda due: due.at):
            posts = sorted(self._posts[due.run], key=lambda post: float(post["ts"]))
            mine = reports[due.prompt.label]
            if posts:
                objections += self._of_posts(due, posts)
                continue
            if due.first and not self._posts[due.first]:
                continue  # there was nothing to bring here; what is so of the first place is judged there
            report = next((told for told in mine if told.at >= due.at - EARLY), None)
            if report is not None:
                mine.remove(report)
            elif not self._may_be_silent(due):
                objections.append(self._of_silence(due))
        objections += [
            objection
            for label, rest in reports.items()
            for told in rest
            if (objection := self._of_report(label, told)) is not None
        ]
        self._explained |= {objection.about for objection in objections if objection.known is not None}
        return objections

    def _reports(self) -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = defaultdict(list)
        for told in sorted(self._evidence.told, key=lambda told: told.at):
            if label := _label_in(told.text):
                found[label] += [told] * _runs_told_of(told.text)
        return found

    def _of_report(self, label: str, told: Told) -> Objection | None:
        """A report too many; told twice rather than never is right where the first was not certain."""
        runs = {due.run for due in self._evidence.dues if due.prompt.label == label}
        if self._was_uncertain(label, runs, told):
            return None
        is_posted = any(self._posts[run] for run in runs)
        wrong = Wrong.TOLD_AND_POSTED if is_posted else Wrong.TOLD_TWICE
        return Objection(wrong=wrong, about=label, what=f"{told.at:%H:%M:%S} {told.text[:100]}")

    def _was_uncertain(self, label: str, runs: set[str], again: Told) -> bool:
        """True if a delivery that told of one before was not answered as done; it excuses one more report.

        So does one that stood still: it tells when it goes on, whatever was told meanwhile.
        """
        for attempt in self._evidence.tries:
            may_tell = attempt.stood_still and attempt.due in runs and attempt.at < again.at
            if may_tell and attempt not in self._stood_still:
                self._stood_still.append(attempt)
                return True
        for told in self._evidence.told:
            if _label_in(told.text) != label or told.at >= again.at or told in self._repeated:
                continue
            tries = [attempt for attempt in self._evidence.tries if attempt.due in runs]
            last = max((tried for tried in tries if tried.at <= told.at), key=_at, default=None)
            if last is not None and not last.taken:
                self._repeated.append(told)
                return True
        return False

    # What is there

    def _of_posts(self, due: Due, posts: Sequence[Mapping[str, Any]]) -> list[Objection]:
        if due.prompt.label != REVIEWED and self._is_too_late(due, posts[0]):  # people take their time
            return [Objection(wrong=Wrong.LATE, about=due.run, what=self._history(due))]
        parts = [_part(post) for post in posts]
        if len(set(parts)) < len(parts):
            return [
                Objection(wrong=Wrong.DOUBLED, about=due.run, what=f"parts {parts}, {self._history(due)}")
            ]
        shown = [number for post in posts for number in marks_in(_shown(post))]
        if parts == [0] and not shown and not marks_in(str(posts[0].get("text"))):
            return []  # in the channel it says that there is no answer, which is a report
        whole = list(range(1, PARAGRAPHS.get(due.prompt.kind, 0) + 1))
        threads = {post.get("thread_ts") for post in posts[1:]}
        if parts != list(range(len(parts))) or threads - {posts[0]["ts"]}:
            return [Objection(wrong=Wrong.DISORDER, about=due.run, what=f"parts {parts} in {threads}")]
        if shown == whole:
            return []
        if shown == whole[: len(shown)]:
            what = f"{len(shown)} of {len(whole)} paragraphs, {self._history(due)}"
            known = Known.GIVEN_UP if due.run in self._evidence.given_up else None
            return [Objection(wrong=Wrong.CUT_OFF, about=due.run, what=what, known=known)]
        return [Objection(wrong=Wrong.DISORDER, about=due.run, what=f"paragraphs {shown}")]

    def _is_too_late(self, due: Due, post: Mapping[str, Any]) -> bool:
        """Count its delay; True if no fault explains it."""
        late = timedelta(seconds=float(post["ts"]) - due.at.timestamp())
        self.late += late > LATE
        self.latest = max(self.latest, late)
        if self._has_met_a_fault(due, until=due.at + late):
            return False
        self.latest_unmet = max(self.latest_unmet, late)
        return late > LATEST

    def _has_met_a_fault(self, due: Due, *, until: datetime) -> bool:
        """True also if a copy has died of another one's, or stood still, with a delivery of it."""
        met = any(due.at - _BEFORE <= at <= until for at in self._evidence.faults.get(due.prompt.label, ()))
        runs = (due.run, due.first)  # of a further place, the first place's run sends the message
        return met or any(attempt.status <= 0 for attempt in self._evidence.tries if attempt.due in runs)

    def of_order(self) -> list[Objection]:
        """Slots of which a later one of the same schedule was there before."""
        objections, slots = [], defaultdict[tuple[str, str], list[Due]](list)
        for due in sorted(self._evidence.dues, key=lambda due: due.at):
            if self._posts[due.run]:
                slots[due.prompt.label, due.run.removeprefix(due.first) if due.first else ""].append(due)
        for dues in slots.values():
            for earlier, later in pairwise(dues):
                if self._first_ts(earlier) > self._first_ts(later):
                    what = f"{self._history(earlier)}; the next: {self._history(later)}"
                    objections.append(Objection(wrong=Wrong.OVERTAKEN, about=earlier.run, what=what))
        return objections

    def _first_ts(self, due: Due) -> float:
        return min(float(post["ts"]) for post in self._posts[due.run])

    # What is not there

    def _may_be_silent(self, due: Due) -> bool:
        """True if there was nothing to say that its schedule had not said last."""
        if not due.only_changes:
            return False
        said = [
            (float(post["ts"]), edition)
            for other in self._evidence.dues
            if other.prompt == due.prompt and other.at < due.at
            for post in self._posts[other.run]
            if (edition := edition_in(_shown(post))) is not None
        ]
        tried = [attempt.at for attempt in self._evidence.tries if attempt.due == due.run]
        span = [due.at - timedelta(minutes=5), *tried]
        return bool(said) and max(said)[1] in {self._evidence.edition(moment) for moment in span}

    def _of_silence(self, due: Due) -> Objection:
        fails = due.prompt.kind in (Kind.REFUSED, Kind.DOWN, Kind.SHUT)
        known = Known.GIVEN_UP if due.run in self._evidence.given_up else None
        what = self._history(due)
        wrong = Wrong.UNREPORTED if fails else Wrong.MISSING
        return Objection(wrong=wrong, about=due.run, what=what, known=known)

    def _history(self, due: Due) -> str:
        tried = [
            f"{attempt.at:%H:%M:%S} {attempt.status}"
            for attempt in self._evidence.tries
            if attempt.due == due.run
        ]
        asked = f"{due.prompt.label} {due.prompt.kind}, due {due.at:%H:%M:%S}"
        return f"{asked}, tried {', '.join(tried) or 'never'}"

    # What should not be there

    def of_strangers(self) -> list[Objection]:
        """Posts of runs that were not due."""
        due = {due.run for due in self._evidence.dues}
        return [
            Objection(
                wrong=Wrong.NOT_DUE,
                about=run,
                what=f"{len(posts)} messages",
            )
            for run, posts in self._posts.items()
            if posts and run not in due
        ]

    def of_cards(self) -> list[Objection]:
        """Reviewers who were asked about the same answer more than once."""
        asked = Counter((_run(card), _part(card)) for card in self._evidence.cards)
        return [
            Objection(wrong=Wrong.ASKED_TWICE, about=run, what=f"part {part}, {times} times")
            for (run, part), times in asked.items()
            if times > 1
        ]

    def of_keys(self) -> list[Objection]:
        """Leases that bar the way, and what would stay for ever."""
        objections = []
        for key in self._evidence.keys:
            if key.ends is None and not KEPT.fullmatch(key.name):
                objections.append(Objection(wrong=Wrong.KEY, about=key.name, what="has no time to live"))
            if (what := self._of_lease(key)) is not None:
                objections.append(Objection(wrong=Wrong.CLAIM, about=key.name, what=what))
        return objections

    def _of_lease(self, key: Key) -> str | None:
        if key.name.startswith("precache:flight:"):
            return None if key.ends is not None and key.ends <= FLIGHT else f"ends in {key.ends}"
        run = key.name.removeprefix("precache:run:")
        if run == key.name or key.fields.get("state") == "posted":
            return None
        until, now = float(key.fields.get("until", 0)) / 1000, self._evidence.now.timestamp()
        if until > now + LEASE.total_seconds():
            return f"held for another {until - now:.0f} s"
        if 0 < until <= now and run not in self._evidence.held and run not in self._explained:
            return f"its lease ended {now - until:.0f} s ago, and nothing comes to take it up"
        return None

    def of_what_is_held(self) -> list[Objection]:
        """See what QStash was to bring and has not."""
        return [Objection(wrong=Wrong.HELD, about=run, what="due, and held") for run in self._evidence.held]


def _at(attempt: Try) -> datetime:
    return attempt.at


def _payload(post: Mapping[str, Any]) -> Mapping[str, Any]:
    payload: Mapping[str, Any] = (post.get("metadata") or {}).get("event_payload") or {}
    return payload


def _run(post: Mapping[str, Any]) -> str:
    return str(_payload(post).get("run", ""))


def _part(post: Mapping[str, Any]) -> int:
    return int(_payload(post).get("part", 0))


def _shown(post: Mapping[str, Any]) -> str:
    return json.dumps(post.get("blocks") or [], ensure_ascii=False)


def _runs_told_of(text: str) -> int:
    """The number of runs that a report is about."""
    found = re.search(r"missed (\d+) runs", text)
    return int(found[1]) if found else 1


def _label_in(text: str) -> str | None:
    try:
        return Prompt.read(text).label
    except AssertionError:
        return None
