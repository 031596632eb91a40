"""Buttons and menus, each made of the act that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bot.replies.button_ids import ButtonSpot, Press, action_id, menu_id, option_value
from bot.replies.naming import schedule_title
from bot.replies.text import plain_element
from bot.schedules import Schedule

Block = dict[str, Any]


def button(
    text: str, press: Press, *, spot: ButtonSpot, style: Literal["primary", "danger"] | None = None
) -> dict[str, Any]:
    made = {
        "type": "button",
        "action_id": action_id(spot, press.verb),
        "text": plain_element(text),
        "value": press.value,
    }
    return made if style is None else {**made, "style": style}


def menu(options: Sequence[tuple[str, Press]], *, spot: ButtonSpot) -> dict[str, Any]:
    """The three dots; Slack takes five options."""
    return {
        "type": "overflow",
        "action_id": menu_id(spot),
        "options": [{"text": plain_element(text), "value": option_value(press)} for text, press in options],
    }


def row(*elements: dict[str, Any]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def schedule_buttons(schedule: Schedule, *, changeable: bool) -> Block:
    """The buttons on a schedule's card, for all that its reader can do with it."""
    halt = _pause_or_resume(schedule)
    run = button("Run now", Press(verb="run", schedule=schedule.id), spot="card")
    past = button("History", Press(verb="history", schedule=schedule.id), spot="card")
    if not changeable:
        return row(run, past)
    return row(
        run,
        *([button(halt[0], halt[1], spot="card")] if halt else []),
        button("Edit", Press(verb="edit", schedule=schedule.id), spot="card"),
        past,
        delete_button(schedule, spot="card"),
        menu(
            [
                ("Rename", Press(verb="rename", schedule=schedule.id)),
                ("Give to someone else", Press(verb="transfer", schedule=schedule.id)),
            ],
            spot="card",
        ),
    )


def schedule_menu(schedule: Schedule, *, channel: str, changeable: bool) -> dict[str, Any]:
    """The same for a line of the App Home; `channel` proves that it concerns who sees it."""

    def press(press: Press) -> Press:
        return Press(verb=press.verb, schedule=schedule.id, channel=channel)

    halt = _pause_or_resume(schedule)
    options = [("Run now", press(Press(verb="run")))]
    if changeable:
        options += [(halt[0], press(halt[1]))] if halt else []
        options.append(("Edit", press(Press(verb="edit"))))
    options.append(("Details and history", press(Press(verb="history"))))
    return menu(options, spot="home")


def delete_button(schedule: Schedule, *, spot: ButtonSpot, channel: str = "") -> dict[str, Any]:
    made = button(
        "Delete", Press(verb="delete", schedule=schedule.id, channel=channel), spot=spot, style="danger"
    )
    made["confirm"] = {
        "title": plain_element("Delete this schedule?"),
        "text": plain_element(f"“{schedule_title(schedule)}” won't run again. Its posts stay."),
        "confirm": plain_element("Delete"),
        "deny": plain_element("Keep it"),
        "style": "danger",
    }
    return made


def back_button(schedule: Schedule) -> Block:
    """From a history to the card."""
    return row(button("Show schedule", Press(verb="show", schedule=schedule.id), spot="card"))


def post_buttons(
    *, schedule: Schedule | None, query: str, kept: str = "", reads: bool = False
) -> Block | None:
    """Buttons under an answer: ask again, manage or schedule it. None where none can carry the prompt.

    The sources of a one-off are more than a button carries: they are `kept`, or its schedule has them.
    """
    if schedule is not None and (schedule.cron is not None or reads):
        return row(
            button("Refresh", Press(verb="refresh", schedule=schedule.id), spot="post"),
            button("Manage", Press(verb="show", schedule=schedule.id), spot="post"),
        )
    if reads and not kept:
        return None
    refresh, again = Press(verb="refresh", query=query), Press(verb="schedule", query=query)
    if reads:
        refresh, again = Press(verb="refresh", kept=kept), Press(verb="schedule", kept=kept)
    if not refresh.fits:
        return None
    return row(button("Refresh", refresh, spot="post"), button("Schedule this", again, spot="post"))


def _pause_or_resume(schedule: Schedule) -> tuple[str, Press] | None:
    """Pause or resume; neither for what runs once."""
    if schedule.cron is None:
        return None
    if schedule.state == "paused":
        return "Resume", Press(verb="resume", schedule=schedule.id)
    return "Pause", Press(verb="pause", schedule=schedule.id)
