"""A schedule that somebody typed: its places and reviewers are found, and it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot import replies
from bot.commands import (
    PlacedText,
    ScheduleRequest,
    may_hold_condition,
)
from bot.replies.commands import unknown_person
from bot.replies.text import Reply
from bot.schedules import (
    Draft,
    Place,
    PlaceFinder,
    Refusal,
    Review,
    Schedule,
    ScheduleDirectory,
    Schedules,
    SomePlaces,
    each_once,
)
from bot.slack import Caller
from bot.sources import Reading, Source, speaks_of_here
from bot.ui.answering import Shortfall
from bot.ui.review.named_reviewers import UnknownReviewer, find_named_reviewers
from bot.ui.typed.asking import Asking
from bot.workspaces import Workspaces

DEFAULT_ZONE: Final = "UTC"
"""For people whose profile has none; the reply says so."""


@dataclass(frozen=True, kw_only=True)
class TypedSchedules:
    """Makes schedules out of commands and mentions."""

    asking: Asking
    place_finder: PlaceFinder
    schedules: Schedules
    directory: ScheduleDirectory
    workspaces: Workspaces

    async def schedule_prompt(
        self,
        caller: Caller,
        request: ScheduleRequest,
        *,
        zone_known: bool,
        attached: tuple[Source, ...],
        placed: PlacedText | None,
        reviewers: Sequence[str],
        typed: str | None,
        agreed: str,
        reads: Reading | None = None,
    ) -> Reply | Shortfall:
        """Make what `request` says; tell how it was understood, or what is in the way.

        Its time was `typed` in these words, and its prompt `reads` that, if it is one that was asked before;
        the rest is as `TypedCommands.run_command` gets it.
        """
        timing = request.timing
        follows = caller.thread if speaks_of_here(request.query) else None
        found: Reading | Shortfall | None = reads
        if found is None:
            found = await self.asking.read_query(replace(caller, thread=follows), request.query, attached)
        if isinstance(found, Shortfall):
            return found
        places = await self._find_places(caller, placed, thread=caller.thread)
        if isinstance(places, Shortfall):
            return places
        slack = await self.workspaces.slack_of(caller.team)
        looked_at = await find_named_reviewers(slack, reviewers, typed_by=caller.user)
        if isinstance(looked_at, UnknownReviewer):
            return Shortfall(sentence=unknown_person(looked_at.name))
        first, *further = places
        draft = Draft(
            query=found.query,
            timing=timing,
            channel=first.channel,
            person=first.user,
            also=tuple(further),
            sources=found.sources,
            attached=attached,
            thread=first.thread,
            review=Review(by=looked_at) if looked_at else None,
            typed=typed,
            post_if=request.post_if,
            changes=request.changes,
            agreed=agreed,
        )
        made = await self.schedules.create_schedule(caller, draft)
        if not isinstance(made, Schedule):
            return Shortfall.of_refusal(made)
        return replies.schedule_made(
            self.schedules.permissions.policy.with_review(made),
            self.directory.next_runs(made, 3),
            zone_known=zone_known or timing.when.zone != DEFAULT_ZONE,
            now=self.directory.now(),
            reader=await self.directory.clock_of(caller),
            other=request.other,
            here=caller.channel,
            perhaps_if=request.post_if is None and may_hold_condition(request.query),
        )

    async def _find_places(
        self, caller: Caller, placed: PlacedText | None, *, thread: str | None
    ) -> Sequence[Place] | Shortfall:
        """Find its places, or say what is in the way of some, with the command for the others."""
        here = Place(channel=caller.channel or "", thread=thread)
        if placed is None:
            return (here,)
        found = await self.place_finder.find_places(caller, placed.places)
        places = each_once([place for place in found if isinstance(place, Place)])
        refused: Refusal | None = None
        if missing := tuple(place for place in found if not isinstance(place, Place)):
            refused = missing[0] if len(found) == 1 else SomePlaces(refused=missing, fit=places)
        else:
            refused = await self.schedules.permissions.cannot_post_to(caller, places)
        if refused is None:
            return places
        if not isinstance(refused, SomePlaces):
            return Shortfall.of_refusal(refused)
        fit = {place.channel for place in refused.fit}
        left = tuple(
            typed
            for typed, place in zip(placed.places, found, strict=True)
            if isinstance(place, Place) and place.channel in fit
        )
        sentence = replies.refusal_words(refused)
        return Shortfall(
            sentence=replies.with_fitting_places(sentence, placed.with_places(left)) if left else sentence
        )
