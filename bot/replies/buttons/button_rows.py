"""Buttons and menus, each made of the act that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

from bot.replies.buttons.button_ids import ButtonSpot, Press, Verb, action_id, menu_id, option_value
from bot.replies.text import first_words, plain_element
from bot.schedules import Schedule
from bot.slack import is_direct

Block = dict[str, Any]
TRY_CONDITION: Final = "Try the condition"


def make_button(
    text: str, press: Press, *, spot: ButtonSpot, style: Literal["primary", "danger"] | None = None
) -> dict[str, Any]:
    made = {
        "type": "button",
        "action_id": action_id(spot, press.verb),
        "text": plain_element(text),
        "value": press.value,
    }
    return made if style is None else {**made, "style": style}


def make_menu(options: Sequence[tuple[str, Press]], *, spot: ButtonSpot) -> dict[str, Any]:
    """The three dots; Slack takes five options."""
    return {
        "type": "overflow",
        "action_id": menu_id(spot),
        "options": [{"text": plain_element(text), "value": option_value(press)} for text, press in options],
    }


def button_row(*elements: dict[str, Any]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def schedule_buttons(schedule: Schedule, *, changeable: bool, now: datetime) -> list[Block]:
    """The buttons on a schedule's card, for all that its reader can do with it."""
    past = make_button("History", Press(verb="history", schedule=schedule.id), spot="card")
    acts = _act_buttons(schedule, spot="card", changeable=changeable, aside=(past,), now=now)
    timed = _time_buttons(schedule, spot="card", now=now) if changeable else []
    more = make_menu(_more_acts(schedule, changeable=changeable), spot="card")
    return [button_row(*acts), button_row(*timed, more)] if timed else [button_row(*acts, more)]


def schedule_menu(
    schedule: Schedule,
    *,
    spot: ButtonSpot,
    details: Verb = "history",
    channel: str = "",
    changeable: bool,
    now: datetime,
) -> dict[str, Any]:
    """The same for a line of a list or of the Home, as far as there is room; the `details` have the rest.

    `channel` proves that it concerns the person who sees it.
    """
    halt = _pause_or_resume(schedule, now=now)
    options: list[tuple[str, Verb]] = [("Run now", "run")]
    if changeable:
        options += [halt] if halt else []
        options.append(("Edit", "edit"))
    options.append(("Details and history" if details == "history" else "Details", details))
    options.append(("Delete", "delete") if changeable else ("Make a copy", "copy"))
    return make_menu(
        [(text, Press(verb=verb, schedule=schedule.id, channel=channel)) for text, verb in options],
        spot=spot,
    )


def window_buttons(schedule: Schedule, *, channel: str, changeable: bool, now: datetime) -> list[Block]:
    """The same for the window with the details of a schedule, over the Home."""
    more = [
        make_button(text, replace(press, channel=channel), spot="home")
        for text, press in _more_acts(schedule, changeable=changeable)
    ]
    acts = _act_buttons(schedule, spot="home", channel=channel, changeable=changeable, now=now)
    timed = _time_buttons(schedule, spot="home", channel=channel, now=now) if changeable else []
    return [button_row(*acts), *([button_row(*timed)] if timed else []), button_row(*more)]


def _act_buttons(
    schedule: Schedule,
    *,
    spot: ButtonSpot,
    channel: str = "",
    changeable: bool,
    now: datetime,
    aside: tuple[dict[str, Any], ...] = (),
) -> list[dict[str, Any]]:
    def act(text: str, verb: Verb) -> dict[str, Any]:
        return make_button(text, Press(verb=verb, schedule=schedule.id, channel=channel), spot=spot)

    if not changeable:
        return [act("Run now", "run"), *aside]
    halt = _pause_or_resume(schedule, now=now)
    return [
        act("Run now", "run"),
        *([act(*halt)] if halt else []),
        act("Edit", "edit"),
        *aside,
        delete_button(schedule, spot=spot, channel=channel),
    ]


def _time_buttons(
    schedule: Schedule, *, spot: ButtonSpot, channel: str = "", now: datetime
) -> list[dict[str, Any]]:
    """The buttons that change when it runs, and nothing else."""
    acts: list[tuple[str, Verb]] = []
    if schedule.cron is not None and schedule.state != "paused":
        is_skipped = schedule.coming_skip(now) is not None
        acts.append(("Don't skip", "unskip") if is_skipped else ("Skip next run", "skip"))
    if schedule.cron is not None:
        acts.append(("Pause until…", "snooze"))
    acts.append(("Change time", "retime"))
    return [
        make_button(text, Press(verb=verb, schedule=schedule.id, channel=channel), spot=spot)
        for text, verb in acts
    ]


def _more_acts(schedule: Schedule, *, changeable: bool) -> list[tuple[str, Press]]:
    """The acts that are needed seldom."""
    copy = ("Make a copy", Press(verb="copy", schedule=schedule.id))
    if not changeable:
        return [copy]
    tried: list[tuple[str, Press]] = []
    if schedule.post_if:
        tried.append((TRY_CONDITION, Press(verb="try", schedule=schedule.id)))
    return [
        *tried,
        copy,
        ("Move to another channel", Press(verb="move", schedule=schedule.id)),
        ("Rename", Press(verb="rename", schedule=schedule.id)),
        ("Give to someone else", Press(verb="transfer", schedule=schedule.id)),
    ]


def try_button(schedule: Schedule, *, spot: ButtonSpot) -> dict[str, Any]:
    """Have its condition judged, on what was posted and on an answer of now."""
    return make_button(TRY_CONDITION, Press(verb="try", schedule=schedule.id), spot=spot)


def undo_button(schedule: str, *, spot: ButtonSpot) -> dict[str, Any]:
    """The button under the message that a schedule was deleted."""
    return make_button("Undo", Press(verb="undo", schedule=schedule), spot=spot)


def delete_button(schedule: Schedule, *, spot: ButtonSpot, channel: str = "") -> dict[str, Any]:
    made = make_button(
        "Delete", Press(verb="delete", schedule=schedule.id, channel=channel), spot=spot, style="danger"
    )
    return _asking_first(
        made, title="Delete this schedule?", text=f"{_what_ends(schedule)} won't run again. Its posts stay."
    )


def back_button(schedule: Schedule) -> Block:
    """The button that leads from a history back to the card."""
    return button_row(make_button("Show schedule", Press(verb="show", schedule=schedule.id), spot="card"))


def post_buttons(
    *, schedule: Schedule | None, query: str, kept: str = "", reads: bool = False, talk: bool = False
) -> Block:
    """Buttons under an answer: ask about it, ask again, manage, schedule or have it, as far as one can.

    The sources of a one-off are more than a button carries: they are `kept`, or its schedule has them. An
    answer in a `talk` goes on from what was said, so only the talk goes on from it.
    """
    ask = make_button("Ask about this", Press(verb="ask"), spot="post")
    more = _delete_post_menu()
    if talk:
        return button_row(ask, more)
    if schedule is not None and (schedule.cron is not None or reads):
        subscribe = make_button(
            "Send me this too", Press(verb="subscribe", schedule=schedule.id), spot="post"
        )
        return button_row(
            make_button("Refresh", Press(verb="refresh", schedule=schedule.id), spot="post"),
            make_button("Manage", Press(verb="show", schedule=schedule.id), spot="post"),
            *([subscribe] if schedule.cron is not None and _may_be_subscribed(schedule) else []),
            ask,
            more,
        )
    if reads and not kept:
        return button_row(ask, more)
    refresh, again = Press(verb="refresh", query=query), Press(verb="schedule", query=query)
    if reads:
        refresh, again = Press(verb="refresh", kept=kept), Press(verb="schedule", kept=kept)
    if not refresh.fits:
        return button_row(ask, more)
    schedule_this = make_button("Schedule this", again, spot="post")
    return button_row(make_button("Refresh", refresh, spot="post"), schedule_this, ask, more)


def _delete_post_menu() -> dict[str, Any]:
    """The three dots under an answer, for everyone: a person who may not delete it is refused."""
    made = make_menu([("Delete this post", Press(verb="unpost"))], spot="post")
    told = "I'll delete it for everyone, with all its parts. Replies of others stay."
    return _asking_first(made, title="Delete this post?", text=told)


def _asking_first(element: dict[str, Any], *, title: str, text: str) -> dict[str, Any]:
    """The button or menu with a question before it deletes something."""
    question = {
        "title": plain_element(title),
        "text": plain_element(text),
        "confirm": plain_element("Delete"),
        "deny": plain_element("Keep it"),
        "style": "danger",
    }
    return {**element, "confirm": question}


def _may_be_subscribed(schedule: Schedule) -> bool:
    """True if it posts where more than one person reads."""
    return not all(is_direct(place.channel) for place in schedule.places)


def _what_ends(schedule: Schedule) -> str:
    """The name of a schedule, if it has one, and its prompt."""
    prompt = f"“{first_words(schedule.query, 100)}”"
    return f"“{schedule.name}” ({prompt})" if schedule.name else prompt


def _pause_or_resume(schedule: Schedule, *, now: datetime) -> tuple[str, Verb] | None:
    """Pause or resume; neither for what runs once."""
    if schedule.cron is None:
        return None
    if schedule.state == "paused" or schedule.is_on_break(now):
        return "Resume", "resume"
    return "Pause", "pause"
