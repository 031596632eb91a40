"""The window that asks when a person wants to be sent a schedule's posts; pure."""

from __future__ import annotations

from typing import Any, Final

from bot.replies.buttons import INPUT
from bot.replies.text import plain_element, schedule_label, section_block
from bot.schedules import Schedule
from bot.subscriptions import Rhythm, Subscription

SUBSCRIPTION_WINDOW: Final = "subscription"
"""The window's callback id."""
RHYTHM_FIELD: Final = "rhythm"
HOUR_FIELD: Final = "hour"
DAY_FIELD: Final = "day"
_EARLY: Final = "08:00"
_RHYTHMS: Final[dict[Rhythm, tuple[str, str]]] = {
    "at_once": ("At the same time as the post", "Each post, as soon as it's there."),
    "daily": ("Every day at my hour", "The newest post, on days when there is a new one."),
    "weekly": ("Once a week", "One digest of the week's posts, with links."),
}
_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def subscription_window(
    schedule: Schedule, before: Subscription | None, *, zone: str | None, metadata: str
) -> dict[str, Any]:
    """The window, as the subscription is now; `zone` is the person's, None where Slack does not tell it."""
    rhythm: Rhythm = "at_once" if before is None else before.rhythm
    hour, day = _clock_of(before)
    clock = f"in your time zone ({zone})." if zone else "in UTC, as Slack didn't tell me your time zone."
    options = {
        name: {"text": plain_element(text), "description": plain_element(hint), "value": name}
        for name, (text, hint) in _RHYTHMS.items()
    }
    days = [{"text": plain_element(name), "value": str(number)} for number, name in enumerate(_DAYS)]
    return {
        "type": "modal",
        "callback_id": SUBSCRIPTION_WINDOW,
        "title": plain_element("Send me this too"),
        "submit": plain_element("Send it to me" if before is None else "Save"),
        "close": plain_element("Cancel"),
        "private_metadata": metadata,
        "blocks": [
            section_block(f"{schedule_label(schedule)}, in our direct messages"),
            _input_block(
                RHYTHM_FIELD,
                "When",
                {
                    "type": "radio_buttons",
                    "action_id": INPUT,
                    "options": [*options.values()],
                    "initial_option": options[rhythm],
                },
            ),
            _input_block(
                HOUR_FIELD,
                "My hour",
                {"type": "timepicker", "action_id": INPUT, "initial_time": hour},
                hint=f"For the daily and the weekly choice, {clock}",
            ),
            _input_block(
                DAY_FIELD,
                "Day of the digest",
                {
                    "type": "static_select",
                    "action_id": INPUT,
                    "options": [*days[1:], days[0]],
                    "initial_option": days[day],
                },
            ),
        ],
    }


def _clock_of(before: Subscription | None) -> tuple[str, int]:
    """The time of day, and the day of the week with Sunday as 0, as the window shows them first."""
    if before is None or before.cron is None:
        return _EARLY, 5
    minute, hour, _, _, weekday = before.cron.split()
    return f"{int(hour):02}:{int(minute):02}", int(weekday) % 7 if weekday.isdigit() else 5


def _input_block(
    field: str, label: str, element: dict[str, Any], *, hint: str | None = None
) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": field,
        "label": plain_element(label),
        "element": element,
        "optional": field != RHYTHM_FIELD,
    }
    return block if hint is None else {**block, "hint": plain_element(hint)}
