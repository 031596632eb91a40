"""From a form to the draft of a schedule, and from a schedule to the form that describes it; pure.

A schedule that is opened and saved untouched stays as it was, also where no field shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.commands import fault_in_condition, tidy_condition
from bot.replies import time_missing
from bot.replies.commands import condition_fault
from bot.replies.views import composer_words
from bot.schedules import (
    MOST_PLACES,
    MOST_REVIEWERS,
    NAME_LIMIT,
    USUAL_LEAD,
    Draft,
    Place,
    Review,
    Schedule,
)
from bot.sources import LinksIn, Reading, same_sources
from bot.ui.composer.form import DEFAULT_ZONE, Form
from bot.ui.composer.source_fields import Offer, read_sources, with_sources
from bot.ui.composer.times import read_times
from scheduler import QUERY_LIMIT, Once, Timing, describe_timing

_LONGEST_TYPED: Final = 200


def form_of(schedule: Schedule, *, links_in: LinksIn) -> Form:
    """The form that describes a schedule, to edit it."""
    form = Form(
        prompt=schedule.query,
        when=describe_timing(schedule.timing),
        **_fields_of_places(schedule),
        name=schedule.name or "",
        freshness=None if schedule.max_age is None else int(schedule.max_age.total_seconds()),
        mentions=schedule.mentions,
        changes=schedule.changes,
        post_if=schedule.post_if or "",
        model=schedule.model,
        **_fields_of_review(schedule.review),
        zone=schedule.zone,
        editing=schedule.id,
        revision=schedule.revision,
    )
    return with_sources(form, schedule.sources, links_in=links_in)


def check_form(form: Form, *, now: datetime, offer: Offer) -> Draft | dict[str, str]:
    """The draft, or what is wrong with each field: a sentence by the field's block."""
    wrong: dict[str, str] = {}
    prompt, name = form.query, form.name.strip()
    times = read_times(form, now=now)
    reads = read_sources(form, offer=offer, recurs=times.recurs)
    if not isinstance(reads, Reading):
        wrong.update(reads)
    if not prompt:
        wrong["prompt"] = composer_words.NO_PROMPT
    elif len(prompt) > QUERY_LIMIT:
        wrong["prompt"] = composer_words.prompt_too_long(len(prompt))
    wrong.update(times.wrong)
    if form.needs_time and not form.when.strip():
        wrong["when"] = time_missing()
    channels = tuple(dict.fromkeys((*([form.channel] if form.channel else []), *form.also)))
    if form.only_me:
        channels = ()
    elif not channels and not form.to_people:
        wrong["channel"] = composer_words.NO_CHANNEL
    if not form.only_me and (count := len(channels) + len(form.to_people)) > MOST_PLACES:
        wrong["also"] = composer_words.too_many_places(count)
    if len(name) > NAME_LIMIT:
        wrong["name"] = composer_words.name_too_long(len(name))
    elif len(name.splitlines()) > 1:
        wrong["name"] = composer_words.ONE_LINE
    if len(form.reviewers) > MOST_REVIEWERS:
        wrong["reviewers"] = composer_words.too_many_reviewers(len(form.reviewers))
    condition = tidy_condition(form.post_if) if form.post_if.strip() else None
    if condition is not None and (fault := fault_in_condition(condition)) is not None:
        wrong["post_if"] = condition_fault(fault, length=len(condition))
    if form.model is not None and form.model not in offer.models:
        wrong["model"] = composer_words.MODEL_GONE
    if wrong or not isinstance(reads, Reading):
        return wrong
    return Draft(
        query=reads.query,
        timing=times.timing or Timing(when=Once(at=now, zone=form.zone or DEFAULT_ZONE)),
        channel=channels[0] if channels else "",  # where only people are chosen, the first of them
        also=tuple(Place(channel=channel) for channel in channels[1:]),
        name=name or None,
        mentions=form.mentions,
        max_age=None if form.freshness is None else timedelta(seconds=form.freshness),
        sources=reads.sources,
        changes=form.changes,
        post_if=condition,
        model=form.model,
        review=_review_of(form),
        thread=form.follows if channels[:1] == (form.origin,) else None,
        typed=form.when.strip()[:_LONGEST_TYPED] or None,
        agreed=form.agreed,
    )


def _fields_of_places(schedule: Schedule) -> dict[str, Any]:
    """The fields that show its places: channels in their order, and then people; or *only me*."""
    if not schedule.also and schedule.person == schedule.user:
        return {"only_me": True}
    channels = [place.channel for place in schedule.places if place.user is None]
    return {
        "channel": channels[0] if channels else None,
        "also": tuple(channels[1:]),
        "to_people": tuple(place.user for place in schedule.places if place.user is not None),
    }


def edit_to(draft: Draft) -> Callable[[Schedule], Schedule]:
    """The change that makes a schedule like `draft`."""

    def edited(schedule: Schedule) -> Schedule:
        same_time = (draft.timing.when.zone, describe_timing(draft.timing)) == (
            schedule.zone,
            describe_timing(schedule.timing),
        )
        timed = schedule if same_time else schedule.at_time(draft.timing, typed=draft.typed)
        threads = {schedule.channel: schedule.thread}
        places = [replace(place, thread=threads.get(place.channel)) for place in draft.places]
        return replace(
            timed.at_places(places),
            query=draft.query,
            name=draft.name,
            mentions=draft.mentions,
            max_age=draft.max_age,
            sources=schedule.sources if same_sources(schedule.sources, draft.sources) else draft.sources,
            changes=draft.changes,
            post_if=draft.post_if,
            model=draft.model,
            review=draft.review,
        )

    return edited


def _fields_of_review(review: Review | None) -> dict[str, Any]:
    if review is None:
        return {}
    lead = None if review.lead == USUAL_LEAD else int(review.lead.total_seconds())
    return {"reviewers": review.by, "review_lead": lead, "undecided": review.undecided}


def _review_of(form: Form) -> Review | None:
    if not form.reviewers:
        return None
    lead = USUAL_LEAD if form.review_lead is None else timedelta(seconds=form.review_lead)
    return Review(by=form.reviewers, lead=lead, undecided=form.undecided)
