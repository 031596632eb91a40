"""The thumbs under an answer, and what a press of them means; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from bot.feedback import Target, decode_target
from bot.markdown import Part
from bot.replies.text import plain_element

VOTE_ACTION: Final = re.compile(r"^vote(?:_[a-z]+)?$", re.ASCII)
"""The actions of the thumbs, also where Slack has drawn them as plain buttons, and of the bin beside them."""
_MOST_BLOCKS: Final = 50
_LATEST: Final = re.compile(
    r"latest ([a-z0-9][a-z0-9-]{0,39}) ([A-Z0-9]{2,30}) ([0-9]{1,12}\.[0-9]{1,9})", re.ASCII
)

VoteVerb = Literal["up", "down", "withdraw"]
_VERBS: Final[dict[str, VoteVerb]] = {"up": "up", "down": "down", "withdraw": "withdraw"}


@dataclass(frozen=True, kw_only=True)
class VotePress:
    """What a person has pressed, and about which answer."""

    verb: VoteVerb
    target: Target


def with_thumbs(parts: Sequence[Part], target: Target) -> tuple[Part, ...]:
    """The same messages with thumbs at the end of the last, unless it is full."""
    last = parts[-1]
    if len(last.blocks) >= _MOST_BLOCKS:
        return tuple(parts)
    return (*parts[:-1], replace(last, blocks=(*last.blocks, _thumbs_block(target))))


def _thumbs_block(target: Target) -> dict[str, Any]:
    """The thumbs, and for the person whose answer it is a bin."""
    elements: list[dict[str, Any]] = [
        {
            "type": "feedback_buttons",
            "action_id": "vote",
            "positive_button": _thumb_option("Good answer", "up", target),
            "negative_button": _thumb_option("Bad answer", "down", target),
        }
    ]
    if target.asker:
        elements.append(_withdraw_button(target))
    return {"type": "context_actions", "elements": elements}


def _thumb_option(text: str, verb: VoteVerb, target: Target) -> dict[str, Any]:
    return {
        "text": plain_element(text),
        "accessibility_label": text,
        "value": f"{verb} {target.value}",
    }


def _withdraw_button(target: Target) -> dict[str, Any]:
    text = "Never show this answer again"
    return {
        "type": "icon_button",
        "icon": "trash",
        "action_id": "vote_withdraw",
        "text": plain_element(text),
        "accessibility_label": text,
        "value": f"withdraw {target.value}",
        "visible_to_user_ids": [target.asker],
        "confirm": _withdraw_confirm(text, post="This post"),
    }


def withdraw_latest_row(schedule: str, *, channel: str, ts: str) -> tuple[dict[str, Any], ...]:
    """The same on a schedule's card, about the answer that it has posted last: that message, for good."""
    text = "Never show the latest answer again"
    button = {
        "type": "button",
        "action_id": "vote_latest",
        "text": plain_element(text),
        "value": f"latest {schedule} {channel} {ts}",
        "confirm": _withdraw_confirm("Never show it again", post="Its post"),
    }
    return ({"type": "actions", "elements": [button]},)


def _withdraw_confirm(title: str, *, post: str) -> dict[str, Any]:
    return {
        "title": plain_element(f"{title}?"),
        "text": plain_element(
            f"{post} will say that its answer was withdrawn. I make a new answer and post it in the thread."
        ),
        "confirm": plain_element("Withdraw it"),
        "deny": plain_element("Keep it"),
        "style": "danger",
    }


def read_vote_press(action: Mapping[str, Any]) -> VotePress | None:
    """Read an action that came back; None if it means nothing."""
    value = action.get("value")
    word, _, rest = (value if isinstance(value, str) else "").partition(" ")
    verb, target = _VERBS.get(word), decode_target(rest)
    return None if verb is None or target is None else VotePress(verb=verb, target=target)


def read_latest_press(action: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """The schedule whose latest answer is to be withdrawn, the channel and the message; None for another."""
    found = _LATEST.fullmatch(str(action.get("value") or ""))
    return (found[1], found[2], found[3]) if found else None


def find_target(parts: Sequence[Mapping[str, Any]]) -> Target | None:
    """The answer that the thumbs under a post are about, by which it says whose it is."""
    blocks = [block for part in parts for block in part.get("blocks") or ()]
    for element in (element for block in blocks for element in block.get("elements") or ()):
        for button in (element, element.get("positive_button") or {}):
            if (press := read_vote_press(button)) is not None:
                return press.target
    return None
