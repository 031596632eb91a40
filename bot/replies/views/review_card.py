"""A post that is looked at first: the reviewer's card with its buttons, the window to edit it, and the words
about what was decided; pure.

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
from bot.replies.naming import person_mention, schedule_label
from bot.replies.posts import quiet_line
from bot.replies.reviewing import reviewer_mention
from bot.replies.text import (
    TEXT_LIMIT,
    context_block,
    mrkdwn_element,
    place_name,
    plain_element,
    section_block,
    slack_date,
)
from bot.schedules import Schedule, Undecided
from bot.slack import clip_text

ReviewVerb = Literal["post", "edit", "skip", "anew"]
REVIEW_ACTION: Final = re.compile(r"^review_[a-z]+$", re.ASCII)
REVIEW_WINDOW: Final = "review_edit"
EDIT_LIMIT: Final = 20_000
"""Characters of a post that can be edited; a message has about 3,000, and the rest follows in its thread."""
FIELD: Final = "text"
"""The block of the first field; the others are `text1`, `text2` and so on."""
INPUT: Final = "input"
FIELD_ROOM: Final = 2_500
"""Characters with which one field is filled in: Slack takes 3,000, and people add some."""
_MOST_SHOWN: Final = 3_000

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
    """What a card shows of a review."""

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
    """The card of an answer in whose place there is another one."""
    words = "This is out of date: the answer was made again. Please look at the newer message."
    return _card_parts(face, _review_title(face), [section_block(words)])[0]


def settled_card(face: ReviewFace) -> Part:
    """The card of an answer that was made again, and then had nothing to post."""
    words = "The answer was made again, and now there is nothing to post. You need not decide."
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
    """Tell a reviewer that what was read has changed since the answer was made."""
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
    when = f"for {slack_date(face.slot)}" if face.slot else "for now"
    return f"*Please look at this first:* {schedule_label(face.schedule)}, {when}, in {where}"


def _without_decision(face: ReviewFace) -> str:
    owner = person_mention(face.schedule.user)
    if face.undecided == "post":
        return f"Without a decision, it is posted as it is {slack_date(face.due)}."
    return f"Without a decision by {slack_date(face.due)}, it isn't posted, and {owner} hears of it."


def _review_button(label: str, verb: str, value: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "action_id": f"review_{verb}",
        "text": plain_element(label),
        "value": value,
    }
    return {**made, "style": "primary"} if verb == "post" else made


# The window to edit it


def spread_text(text: str) -> tuple[list[str], list[str]]:
    """A long text in pieces that a field takes, and the character between each two; cut at lines or words."""
    pieces, glue, rest = list[str](), list[str](), text
    while (piece := clip_text(rest, FIELD_ROOM, ending="")) != rest:
        gaps = [rest.rfind(mark, 1, len(piece)) for mark in ("\n", " ")]
        end = next((gap for gap in gaps if gap > 0), len(piece))
        pieces.append(rest[:end])
        glue.append(rest[end] if end < len(piece) else "")
        rest = rest[end + len(glue[-1]) :]
    return [*pieces, rest], glue


def edit_window(schedule: Schedule, text: str, *, metadata: str, problem: str = "") -> dict[str, Any]:
    """The window with the Markdown of a post; `metadata` comes back with it."""
    pieces, _ = spread_text(text)
    pieces.append("")  # to go on in
    fields = [
        {
            "type": "input",
            "block_id": f"{FIELD}{number or ''}",
            "label": plain_element("Text, in Markdown" if number == 0 else "Text, continued"),
            "optional": number > 0,
            "element": {
                "type": "plain_text_input",
                "action_id": INPUT,
                "multiline": True,
                **({"initial_value": piece} if piece else {}),
            },
        }
        for number, piece in enumerate(pieces)
    ]
    return {
        "type": "modal",
        "callback_id": REVIEW_WINDOW,
        "title": plain_element("Edit this post"),
        "submit": plain_element("Post this"),
        "close": plain_element("Cancel"),
        "private_metadata": metadata,
        "blocks": [
            *([section_block(problem)] if problem else []),
            section_block(f"{schedule_label(schedule)}. Your changes are for this post alone."),
            *fields,
        ],
    }


def late_edit_window(told: str, text: str) -> dict[str, Any]:
    """In the place of a window whose post was decided about meanwhile: that, and what was typed."""
    starts = range(0, min(len(text), EDIT_LIMIT), _MOST_SHOWN)
    pieces = [text[start : start + _MOST_SHOWN] for start in starts]
    return {
        "type": "modal",
        "callback_id": f"{REVIEW_WINDOW}_late",
        "title": plain_element("Edit this post"),
        "close": plain_element("Close"),
        "blocks": [
            section_block(f"{told} This is what you typed, in case you need it:"),
            *({"type": "section", "text": plain_element(piece)} for piece in pieces if piece.strip()),
        ],
    }


# Sentences


def edit_too_long(length: int) -> str:
    return f"This has {length:,} characters, and a post can have {EDIT_LIMIT:,}. Please shorten it."


def too_long_to_edit() -> str:
    return "This post is too long to edit here. You can post it or skip it."


def edit_empty() -> str:
    return "A post needs some text. To post nothing, close this window and press Skip."


def review_gone() -> str:
    return "This is too long ago: I no longer know about that post."


def review_anew() -> str:
    return "That answer was made again since. Please look at the newer message."


def not_a_reviewer(schedule: Schedule | None) -> str:
    named = f" of {schedule_label(schedule)}" if schedule else ""
    return f"Only the reviewers{named} can decide about this post, and you aren't one of them now."


def review_pointless(schedule: Schedule | None) -> str:
    """Answer a press about a post that won't go out any more."""
    if schedule is None:
        return "That schedule was deleted, so there is nothing to decide."
    if schedule.state == "paused":
        return f"{schedule_label(schedule)} is paused, so this post doesn't go out."
    return f"{schedule_label(schedule)} was changed or skipped since, so this post doesn't go out."


def made_anew() -> str:
    return "I'm making it again. A new message follows."


def nobody_decided(schedule: Schedule, *, slot: datetime | None) -> str:
    """Tell the owner that a post was not looked at, so it did not go out."""
    when = f" for {slack_date(slot)}" if slot else ""
    return (
        f"Nobody reviewed the post of {schedule_label(schedule)}{when} in time, so it wasn't posted. "
        "A reviewer can still post it from the message that I sent them. To change who is asked, or what "
        "happens then, edit the schedule."
    )


ReviewerProblem = Literal["gone", "no_reader", "no_message", "unknown"]

_UNFIT: Final[dict[ReviewerProblem, str]] = {
    "gone": "is no longer in this workspace",
    "no_reader": "may not read what this schedule reads",
    "no_message": "can't get messages from me",
    "unknown": "couldn't be looked up in Slack",
}


def reviewers_unfit(
    schedule: Schedule, unfit: Sequence[tuple[str, ReviewerProblem]], *, nobody: bool, undecided: Undecided
) -> str:
    """Tell the owner who could not be asked to look at a post, and what follows if that was everyone."""
    lines = [f"• {reviewer_mention(who)} {_UNFIT[problem]}." for who, problem in unfit]
    begin = f"I couldn't ask these reviewers of {schedule_label(schedule)}:"
    if not nobody:
        return "\n".join((begin, *lines, "The others were asked."))
    follows = "it isn't posted" if undecided == "skip" else "it is posted without a review"
    if not lines:
        begin = f"{schedule_label(schedule)} has no reviewers left."
    return "\n".join((begin, *lines, f"Nobody is left to look at the next post, so {follows}."))
