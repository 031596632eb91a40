"""From a checked form to a schedule: once, even if it is clicked, submitted, or tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.answers import Freshness
from bot.errors import RedisUnavailable
from bot.readers import ticket_of
from bot.replies import exposure_words, refusal_words
from bot.replies.views import composer_words, saving_words
from bot.schedules import (
    BadName,
    CannotPost,
    CannotRead,
    CannotReview,
    Draft,
    MembershipUntold,
    NamedPlace,
    NeedsConsent,
    NoSuchPlace,
    NotAllowed,
    NotMember,
    Permissions,
    Place,
    PlaceFinder,
    Refusal,
    Schedule,
    ScheduleDirectory,
    Schedules,
    SomePlaces,
    TooManyPlaces,
    TooMuchToRead,
)
from bot.slack import Caller, ReaderClock
from bot.sources import Source
from bot.ui.composer.draft import edit_to
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.modal import next_run_lines
from scheduler import Closures, Once, Timing, upcoming_runs

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """It is set up; `confirmation` says so, in mrkdwn. None where another submission has said it."""

    confirmation: str | None


@dataclass(frozen=True, kw_only=True)
class FormProblem:
    """The reason why a form was not saved, at which field of the modal, and the form to show again."""

    sentence: str
    form: Form
    block: str | None = None
    join: str = ""
    """The public channel that the bot is not in; it may join, where it is asked to."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Makes schedules of forms."""

    schedules: Schedules
    directory: ScheduleDirectory
    permissions: Permissions
    place_finder: PlaceFinder
    forms: Forms
    closures: Closures
    freshness: Freshness
    now: Callable[[], datetime]

    async def save_form(self, caller: Caller, form: Form, draft: Draft, *, once: str) -> Saved | FormProblem:
        """Make or change a schedule, a single time for each `once`, such as the id of a modal."""
        match await self.forms.begin_submission(caller, once):
            case "saved":
                return Saved(confirmation=None)
            case "saving":
                return FormProblem(sentence=saving_words.STILL_SAVING, form=form)
            case "ours":
                outcome: Saved | FormProblem | None = None
                try:
                    outcome = await self._make_schedule(caller, form, draft)
                finally:
                    await self._end_submission(caller, once, saved=isinstance(outcome, Saved))
                return outcome

    async def _end_submission(self, caller: Caller, once: str, *, saved: bool) -> None:
        """The outcome stands without it, and the submission ends by itself after a while."""
        try:
            await self.forms.end_submission(caller, once, saved=saved)
        except RedisUnavailable as exc:
            logger.warning("composer.submission_not_ended: %s", exc)

    async def cannot_ask(self, caller: Caller, form: Form, sources: tuple[Source, ...]) -> FormProblem | None:
        """The reason why a form may not be answered, or its sources not be read. Raises `SlackError`."""
        may = self.permissions
        refused: Refusal | None = await may.cannot_ask(caller, form.channel or caller.channel or "")
        refused = refused or await may.cannot_read(caller, sources)
        if refused is None:
            return None
        return FormProblem(sentence=refusal_words(refused), form=form, block=_block_of(refused, form))

    async def _make_schedule(self, caller: Caller, form: Form, draft: Draft) -> Saved | FormProblem:
        result: Schedule | Refusal
        seen = None
        placed = await self._with_people(caller, form, draft)
        if not isinstance(placed, Draft):
            return FormProblem(sentence=refusal_words(placed), form=form, block=_block_of(placed, form))
        draft = placed
        if form.editing:
            before = await self.directory.find_visible(caller, form.editing)
            if isinstance(before, Schedule) and before.revision != form.revision:
                if caller.asks_again and edit_to(draft)(before) == before:  # it was saved before
                    return Saved(
                        confirmation=self._confirm_saved(before, reader=form.reader, seen=None, kept=False)
                    )
                return FormProblem(
                    sentence=saving_words.CHANGED, form=replace(form, revision=before.revision)
                )
            result = await self.schedules.edit_schedule(
                caller, form.editing, edit_to(draft), agreed=draft.agreed
            )
        else:
            draft, seen = await self._with_previewed_answer(caller, form, draft)
            result = await self.schedules.create_schedule(caller, draft)
        if isinstance(result, Schedule):
            kept = draft.keep is not None
            return Saved(confirmation=self._confirm_saved(result, reader=form.reader, seen=seen, kept=kept))
        if isinstance(result, NeedsConsent):
            exposed, ticket = exposure_words(result.exposures), ticket_of(result.exposures)
            asked = replace(form, exposed=exposed, ticket=ticket, agreed="")
            return FormProblem(sentence=composer_words.CHECK_READERS, form=asked)
        can_join = isinstance(result, CannotPost) and result.can_join
        return FormProblem(
            sentence=refusal_words(result),
            form=form,
            block=_block_of(result, form),
            join=result.channel if isinstance(result, CannotPost) and can_join else "",
        )

    async def _with_people(self, caller: Caller, form: Form, draft: Draft) -> Draft | Refusal:
        """The draft with the people that it posts to, too."""
        if not form.to_people and not form.only_me:
            return draft
        named = [NamedPlace(kind="person", id=user) for user in form.to_people]
        if form.only_me:
            named = [NamedPlace(kind="me")]
        found = await self.place_finder.find_places(caller, named)
        people = tuple(place for place in found if isinstance(place, Place))
        missing = tuple(place for place in found if not isinstance(place, Place))
        if missing:
            fit = (*(draft.places if draft.channel else ()), *people)
            return SomePlaces(refused=missing, fit=fit)
        if draft.channel:
            return replace(draft, also=(*draft.also, *people))
        return replace(draft, channel=people[0].channel, person=people[0].user, also=people[1:])

    async def _with_previewed_answer(
        self, caller: Caller, form: Form, draft: Draft
    ) -> tuple[Draft, datetime | None]:
        """The draft whose first run takes the answer that was previewed, and when that was made.

        It is taken only for the same prompt, and if it is not too old by then; else a fresh one is made.
        """
        shown = await self.forms.find_form(caller.team, form.preview) if form.preview else None
        if shown is None or shown.keep is None or shown.question != form.question:
            return draft, None
        first = self._first_run(draft.timing)
        lead = self.freshness.lead if draft.max_age is None else draft.max_age
        if first is not None and first - shown.keep > lead:
            return draft, shown.keep
        return replace(draft, keep=shown.keep, preview=form.preview), shown.keep

    def _first_run(self, timing: Timing) -> datetime | None:
        """The moment of its first run; None for what runs now, or never."""
        return next(iter(upcoming_runs(timing, after=self.now(), count=1, closures=self.closures)), None)

    def _confirm_saved(
        self, saved: Schedule, *, reader: ReaderClock | None, seen: datetime | None, kept: bool
    ) -> str:
        now, saved = self.now(), self.permissions.policy.with_review(saved)
        if isinstance(saved.when, Once) and saved.when.at <= now:
            return saving_words.asked_now(saved)
        first = self._first_run(saved.timing)
        coming = next_run_lines(saved.timing, now, self.closures, reader=reader)
        return saving_words.form_saved(
            saved, coming, first=first, seen=seen, kept=kept, now=now, reader=reader
        )


def _block_of(refused: Refusal, form: Form) -> str | None:
    """The block of the modal at which it is said."""
    match refused:
        case BadName():
            return "name"
        case SomePlaces() | TooManyPlaces() | NoSuchPlace():
            return "also"
        case CannotPost() | NotMember() | MembershipUntold() | NotAllowed(what="channel"):
            return "channel"
        case CannotReview(who=who):
            return "review_groups" if who.startswith("S") else "reviewers" if who else "when"
        case CannotRead(channel=channel) if channel in form.channels:
            return "channels"
        case CannotRead() | TooMuchToRead() if form.links.strip():
            return "links"
        case CannotRead() if form.others:
            return "others"
        case _:
            return None
