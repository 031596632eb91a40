"""A reviewer's card, with its buttons, before a decision and after it; pure.

A button says which review it is about, and which answer. It gives nobody a right: who may decide stands with
the review.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from bot.answers import Answer
from bot.markdown import Part
from bot.replies import quiet_line
from bot.replies.text import (
    TEXT_LIMIT,
    context_block,
    mrkdwn_element,
    person_mention,
    place_name,
    plain_element,
    schedule_label,
    section_block,
    slack_date,
)
from bot.schedules import Schedule, Undecided
from bot.slack import clip_text

ReviewVerb = Literal["post", "edit", "skip", "anew"]
REVIEW_ACTION: Final = re.compile(r"^review_[a-z]+$", re.ASCII)

_VALUE: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,59})/([a-z0-9-]{1,60})/([0-9]{1,4})", re.ASCII)
_MOST_BLOCKS: Final = 40  # of a message's fifty


@dataclass(frozen=True, kw_only=True)
class ReviewPress:
    """A button on a reviewer's card."""

    verb: ReviewVerb
    schedule: str
    occasion: str
    round: int

    @property
    def value(self) -> str:
        return f"{self.schedule}/{self.occasion}/{self.round}"


def read_review_press(action: Mapping[str, Any]) -> ReviewPress | None:
    """The press in an action that came back; None if it means nothing."""
    name, value = action.get("action_id"), action.get("value")
    verb = name.removeprefix("review_") if isinstance(name, str) else ""
    return read_review_value(verb, value)


def read_review_value(verb: str, value: object) -> ReviewPress | None:
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    for known in get_args(ReviewVerb):
        if found is not None and known == verb:
            return ReviewPress(verb=known, schedule=found[1], occasion=found[2], round=int(found[3]))
    return None


@dataclass(frozen=True, kw_only=True)
class ReviewFace:
    """The facts that a card shows of a review."""

    schedule: Schedule
    answer: Answer
    body: Sequence[Part]
    value: str
    slot: datetime | None
    due: datetime
    until: datetime
    undecided: Undecided
    waits: bool
    """Its time has come: it goes out as soon as somebody decides."""


def review_card(face: ReviewFace) -> tuple[Part, ...]:
    """The messages that ask somebody to look at a post; the first has the buttons."""
    labels = {"post": "Post now" if face.waits else "Post", "edit": "Edit", "skip": "Skip"}
    buttons = [
        _review_button(label, verb, face.value)
        for verb, label in labels.items()
        if verb in get_args(ReviewVerb)
    ]
    notes = [
        context_block(mrkdwn_element(_without_decision(face))),
        {"type": "actions", "elements": buttons},
    ]
    return _card_parts(face, _review_title(face), notes)


def decided_card(
    face: ReviewFace,
    state: str,
    *,
    by: str = "",
    can_post_late: bool = False,
) -> Part:
    """The same card after a decision, or after its time."""
    told = section_block(review_outcome(face, state, by=by))
    notes: list[dict[str, Any]] = [told]
    if can_post_late:
        late = _review_button("Post it now", "post", face.value)
        notes.append(
            {"type": "actions", "elements": [late, _review_button("Edit and post", "edit", face.value)]}
        )
    return _card_parts(face, _review_title(face), notes)[0]


def replaced_card(face: ReviewFace) -> Part:
    """The card of an answer that another one has replaced."""
    words = "This is out of date: the answer was made again. Please look at the newer message."
    return _card_parts(face, _review_title(face), [section_block(words)])[0]


def settled_card(face: ReviewFace) -> Part:
    """The card of an answer that was made again, and then had nothing to post."""
    words = "The answer was made again, and now there is nothing to post. You don't need to decide."
    return _card_parts(face, _review_title(face), [section_block(words)])[0]


def review_outcome(face: ReviewFace, state: str, *, by: str = "") -> str:
    """Say what was decided, by whom, and what follows."""
    who = person_mention(by) if by else "Somebody"
    changed = ", with changes" if face.answer.edited else ""
    match state:
        case "post" if face.waits:
            return f":white_check_mark: {who} decided to post this{changed}."
        case "post":
            return (
                f":white_check_mark: {who} decided to post this{changed}. It goes out {slack_date(face.due)}."
            )
        case "late":
            return f":white_check_mark: {who} posted this{changed}, after its time."
        case "skip":
            return f":no_entry_sign: {who} skipped this, so it isn't posted."
        case "unseen":
            return "Nobody decided in time, so it was posted as it is."
        case "undecided":
            return "Nobody decided in time, so it wasn't posted."
        case _:
            return "Nobody has decided yet."


def sources_changed(face: ReviewFace) -> Part:
    """Tell a reviewer that the sources have changed since the answer was made."""
    text = (
        f"What {schedule_label(face.schedule)} reads has changed since its answer for "
        f"{slack_date(face.slot or face.due)} was made. You can have it made again, or leave it as it is."
    )
    button = _review_button("Make it again", "anew", face.value)
    return Part(text=text, blocks=(section_block(text), {"type": "actions", "elements": [button]}))


def _card_parts(face: ReviewFace, title: str, notes: list[dict[str, Any]]) -> tuple[Part, ...]:
    first, *rest = face.body
    line = quiet_line(
        replace(face.answer, reviewed="", posted_for=None),
        schedule=None,
        shared=0,
        cached=False,
        costs=False,
    )
    more = [context_block(plain_element("The answer continues in the thread."))] if rest else []
    shown = (
        section_block(title),
        {"type": "divider"},
        *first.blocks[:_MOST_BLOCKS],
        *more,
        context_block(mrkdwn_element(clip_text(line, TEXT_LIMIT))),
        *notes,
    )
    return (Part(text=title, blocks=shown), *rest)


def _review_title(face: ReviewFace) -> str:
    where = place_name(face.schedule.channel)
    if len(face.schedule.places) > 1:
        where = f"{where} and {len(face.schedule.places) - 1} more"
    when = f"for {slack_date(face.slot)}, in" if face.slot else "to be posted now in"
    return f"*Please look at this first:* {schedule_label(face.schedule)}, {when} {where}"


def _without_decision(face: ReviewFace) -> str:
    owner = person_mention(face.schedule.user)
    if face.undecided == "post":
        return f"Without a decision, it is posted as it is {slack_date(face.due)}."
    return f"Without a decision by {slack_date(face.due)}, it isn't posted, and I tell {owner}."


def _review_button(label: str, verb: str, value: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "action_id": f"review_{verb}",
        "text": plain_element(label),
        "value": value,
    }
    return {**made, "style": "primary"} if verb == "post" else made
