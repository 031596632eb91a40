"""Questions to a model, and the keys under which their answers are kept.

All who ask the same in the same team get the same answer, so a key is made of everything that changes an
answer, and of nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

from bot.answers.answer_cache import ANSWER_TTL
from bot.answers.freshness import Freshness
from bot.day import UTC_ZONE, Moment, fill_variables, find_variables, uses_day
from bot.model import Models, Shape
from bot.sources import Material
from scheduler import Job, UnknownZone, check_zone


@dataclass(frozen=True, kw_only=True)
class Question:
    """A prompt with everything that changes its answer, and the age that the answer may have."""

    key: str
    query: str
    team: str
    made_after: datetime
    model: str | None = None
    """One of the operator's list; None for the usual one."""
    schedule: str | None = None
    """The one whose caps its calls count for, beside the team's."""
    user: str | None = None
    """The person who hears of it when a cap comes near."""
    ahead: bool = False
    """Asked for a slot to come: the first to use its answer has had it paid for."""
    own: bool = False
    """Its key is one run's alone: something has to be read or compared first, and may be kept there."""
    material: str = ""
    """The text that was read for it, as the model gets it."""
    system: str | None = None
    """Other instructions than those for what is posted."""
    shape: Shape | None = None
    """The form of the answer, as JSON."""
    pictures: tuple[bytes, ...] = ()
    """JPEGs that it is about; its key knows them."""
    moment: Moment | None = None
    """The day for which it is answered; the model is told it, and the key never says it."""
    day: date | None = None
    """Its date, if the question uses the day: an answer of another date is not fresh."""
    is_template: bool = False
    """The variables in `query` are filled for the model."""
    setting: str = ""
    """The situation in which it is asked, in sentences for the model."""
    variant: str = ""
    """In its key, what some variables stand for: the channel, the schedule that looks back."""

    @property
    def prompt(self) -> str:
        """The text that the model gets: the question comes last, after all material."""
        asked = self.filled_query
        return f"{self.material}\n\nThe question:\n{asked}" if self.material else asked

    @property
    def filled_query(self) -> str:
        """The question itself, with its variables filled."""
        if not self.is_template or self.moment is None:
            return self.query
        return fill_variables(self.query, self.moment.variables)

    @property
    def facts(self) -> str:
        """The day, and the situation, in sentences."""
        day = "" if self.moment is None else self.moment.facts
        return "\n\n".join(filter(None, (day, self.setting)))

    def at_moment(self, *, since: datetime | None = None, channel: str = "") -> Question:
        """The same question, with what is known of its moment on the way to its answer."""
        if self.moment is None:
            return self
        return replace(self, moment=replace(self.moment, since=since, channel=channel))


@dataclass(frozen=True, kw_only=True)
class Questions:
    """Makes questions of jobs, of what was read for them, and of what is to be known on the way."""

    models: Models
    freshness: Freshness
    now: Callable[[], datetime]

    def of_job(self, job: Job, *, slot: datetime | None) -> Question:
        """Make the question of `job`, asked now or for its `slot`."""
        # A key of its own stands for the question until its sources are read and its answer is compared. Only
        # what was made ahead for a slot is stored there: who asks now is told what the sources say now.
        is_compared = slot is not None and job.changes != "always"
        own = bool(job.sources) or is_compared or job.post_if is not None
        alone = ""
        if own:
            alone = _canonical_json([[*map(dict, job.sources)], *(_of_a_slot(job) if slot else ())])
        team, now = job.team or "", self.now()
        at, is_slot = slot or job.at or now, slot is not None
        moment = Moment(at=at, zone=_zone_of(job), is_slot=is_slot)
        variant = _variant_of(job)
        is_template = job.fills_for is not None
        return Question(
            key=self._key_for(team=team, model=job.model, query=job.query + variant, material=alone),
            query=job.query,
            team=team,
            made_after=self.freshness.made_after(job, slot=slot, now=now),
            model=job.model,
            schedule=job.schedule,
            user=job.user,
            own=own,
            moment=moment,
            day=moment.day if uses_day(job.query, has_variables=is_template) else None,
            is_template=is_template,
            variant=variant,
        )

    def about_material(self, question: Question, job: Job, material: Material | None) -> Question:
        """Make the same question about what was read for it: all who ask it about the same share its answer.

        The answer about what has not changed stays good as long as it is kept, unless the job says how old it
        may be: it is not paid for again.
        """
        given = material is None or job.max_age is not None or job.lead is not None
        return replace(
            question,
            key=self._key_for(
                team=question.team,
                model=question.model,
                query=question.query + question.variant,
                material=material.content_fingerprint if material else "",
            ),
            made_after=question.made_after if given else self.now() - ANSWER_TTL,
            material=material.prompt if material else "",
            pictures=material.pictures if material else (),
            own=False,
        )

    def on_the_way(
        self, question: Question, query: str, *, system: str, material: str = "", shape: Shape | None = None
    ) -> Question:
        """Make a question on the way to the answer of `question`; its answer holds as long as it is kept.

        Where that uses the day, so does this one. Variables in `query` are not filled.
        """
        asked = [system, material, *([dict(shape.schema)] if shape else [])]
        return replace(
            question,
            key=self._key_for(
                team=question.team, model=question.model, query=query, material=_canonical_json(asked)
            ),
            query=query,
            made_after=self.now() - ANSWER_TTL,
            material=material,
            pictures=(),
            system=system,
            shape=shape,
            own=False,
            is_template=False,
            variant="",
        )

    def _key_for(self, *, team: str, model: str | None, query: str, material: str) -> str:
        known = self.models.allowed_model(model)
        fingerprint = f"{model}, which may not be asked" if known is None else known.fingerprint
        return question_key(team=team, model=fingerprint, query=query, material=material)


def question_key(*, team: str, model: str, query: str, material: str = "") -> str:
    """Make one key for one question: all who ask the same in the same team get the same answer.

    `model` is the model's fingerprint, with its parameters and the version of our prompt template. The query
    counts without the white space around it; `material` is the fingerprint of what was read for it. The team
    stands in the key itself, so that what was kept for it can be found when it leaves.
    """
    parts = _canonical_json(["v2", team, model, query.strip(), *([material] if material else [])])
    return f"{quote(team, safe='')}:{hashlib.sha256(parts.encode()).hexdigest()[:32]}"


def _zone_of(job: Job) -> str:
    """The zone whose date counts; UTC for one that is none here: of newer zone data, or a slip."""
    zone = job.zone or job.asker_zone
    try:
        return UTC_ZONE if zone is None else check_zone(zone)
    except UnknownZone:
        return UTC_ZONE


def _variant_of(job: Job) -> str:
    """Set the key of a prompt with variables apart from the same words in braces, and of others."""
    if job.fills_for is None:
        return ""
    named = find_variables(job.query)
    channel = job.fills_for if "channel" in named else ""
    return f"\0variables\0{channel}\0{(job.schedule or '') if 'since' in named else ''}"


def preview_key(team: str, name: str) -> str:
    """Make the key under which the answer of one preview is kept."""
    return f"{quote(team, safe='')}:preview-{name}"


def _of_a_slot(job: Job) -> tuple[Any, ...]:
    """Everything else that shapes the answer to a schedule's slot: its history and its clock."""
    return (job.schedule, job.changes, job.zone, *([job.post_if] if job.post_if else []))


_canonical_json: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""Made once: `json.dumps` makes an encoder each time."""
