"""The question who may see something private that is posted where others read, and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.readers import Exposure
from bot.replies import exposure_words, needs_consent
from bot.replies.text import Reply, plain_element, quote_text, schedule_label, section_block
from bot.schedules import Schedule

AGREE: Final = "consent_agree"
"""The action of a button whose value names the kept form of what was typed."""
ONLY_ME: Final = "consent_preview"
"""The same; the answer comes to the one who presses alone."""
DROP: Final = "consent_drop"
ALLOW: Final = "consent_allow"
"""The action of a button whose value is a schedule's id and the ticket of what its owner was shown."""
HALT: Final = "consent_halt"
"""The action of a button whose value is a schedule's id."""

AGREE_LABEL: Final = "Post it there anyway"


def consent_question(exposures: Sequence[Exposure], *, kept: str, once: bool) -> Reply:
    """Ask the person who typed something that is `kept` whether it shall be seen; `once` for what is no
    schedule."""
    text = needs_consent(exposures)
    buttons = [
        _consent_button(AGREE_LABEL, AGREE, kept, style="primary"),
        *([_consent_button("Show it only to me", ONLY_ME, kept)] if once else []),
        _consent_button("Cancel", DROP, kept),
    ]
    return Reply(text=text, blocks=(section_block(text), {"type": "actions", "elements": buttons}))


def agree_to_post(exposed: str, *, action: str, value: str) -> Reply:
    """Ask the person who has seen a preview; `exposed` says who would see it."""
    text = f"{exposed}\nI won't post it there unless you agree."
    row = {"type": "actions", "elements": [_consent_button(AGREE_LABEL, action, value, style="primary")]}
    return Reply(text=text, blocks=(section_block(text), row))


def consent_dropped() -> str:
    return "All right. Nothing was posted or scheduled."


def not_shown(query: str, exposures: Sequence[Exposure]) -> str:
    """Tell a person who waits for an answer that nobody has agreed to its being seen there."""
    return f"I haven't posted the answer to {quote_text(query)}. {exposure_words(exposures)}"


def owner_asked(schedule: Schedule, exposures: Sequence[Exposure], *, ticket: str) -> Reply:
    """Ask a schedule's owner, whose posts wait for that."""
    text = (
        f"{schedule_label(schedule)} needs your consent. {exposure_words(exposures)}\n"
        "Until you agree, I post nothing of it there."
    )
    halt = [] if schedule.cron is None else [_consent_button("Pause it", HALT, schedule.id)]
    buttons = [_consent_button(AGREE_LABEL, ALLOW, f"{schedule.id} {ticket}", style="primary"), *halt]
    return Reply(text=text, blocks=(section_block(text), {"type": "actions", "elements": buttons}))


def consent_kept(schedule: Schedule, *, runs_now: bool) -> str:
    """Confirm what its owner has agreed to."""
    now = " I'm posting the run that was waiting for it now." if runs_now else ""
    return f"Thanks. {schedule_label(schedule)} may be posted there from now on.{now}"


def consent_stale(schedule: Schedule, exposures: Sequence[Exposure], *, ticket: str) -> Reply:
    """Ask again, because something has changed since the question was asked."""
    asked = owner_asked(schedule, exposures, ticket=ticket)
    text = f"This has changed since I asked you. {asked.text}"
    return Reply(text=text, blocks=(section_block(text), *(asked.blocks or ())[1:]))


def _consent_button(text: str, action: str, value: str, *, style: str = "") -> dict[str, Any]:
    made = {"type": "button", "action_id": action, "text": plain_element(text), "value": value}
    return {**made, "style": style} if style else made
