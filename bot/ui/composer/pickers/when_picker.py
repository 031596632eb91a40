"""Pickers for common times, which write their words into the field *When*; pure.

The words stay what counts: the pickers show what can be shown of them, and *Custom* for all else. Slack
keeps what a person has chosen as long as block and action keep their ids, so the block's id tells it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from bot.replies.text import plain_element
from bot.replies.views import composer_words
from bot.ui.answering import fields_of
from scheduler import Cron, Timing, WhenError, describe_timing, read_timing

Rhythm = Literal["day", "weekday", "days", "month", "custom"]
PICKED: Final = re.compile(r"^compose_pick_(?:rhythm|hour|days|month)$", re.ASCII)
"""The actions of the pickers."""

_BLOCK: Final = "pick"
_WORKING_DAYS: Final = frozenset({1, 2, 3, 4, 5})
_WEEK: Final = (1, 2, 3, 4, 5, 6, 0)  # as a cron counts them, from Monday
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_USUAL_CLOCK: Final = "09:00"
_MONDAY: Final = frozenset({1})


@dataclass(frozen=True, kw_only=True)
class Pick:
    """What the pickers show."""

    rhythm: Rhythm | None = None
    """None while there are no words."""
    clock: str = ""
    """ "09:00"; "" where the words name no single time of day."""
    weekdays: frozenset[int] = frozenset()
    """0 is Sunday."""
    day: int = 1
    """Of the month."""

    @property
    def cron(self) -> str | None:
        """Its five fields; None for what pickers cannot say."""
        found = _CLOCK.fullmatch(self.clock or _USUAL_CLOCK)
        if found is None:
            return None
        clock = f"{int(found[2])} {int(found[1])}"
        match self.rhythm:
            case "day":
                return f"{clock} * * *"
            case "weekday":
                return f"{clock} * * 1-5"
            case "days":
                return f"{clock} * * {','.join(map(str, sorted(self.weekdays or _MONDAY)))}"
            case "month":
                return f"{clock} {self.day} * *"
            case _:
                return None


def pick_of(when: str, *, zone: str, now: datetime) -> Pick:
    """What these words about time look like in the pickers."""
    if not when.strip():
        return Pick()
    timing = _timing_of(when, zone=zone, now=now)
    if timing is None or not isinstance(timing.when, Cron) or timing.step != 1 or timing.nth is not None:
        return Pick(rhythm="custom")
    fields = timing.when.fields
    _, _, day, month, weekday = timing.when.expression.split()
    if len(fields.clock) != 1 or fields.even or month != "*":
        return Pick(rhythm="custom")
    clock = f"{fields.clock[0] // 60:02}:{fields.clock[0] % 60:02}"
    if day == "*":
        whole: dict[frozenset[int], Rhythm] = {frozenset(range(7)): "day", _WORKING_DAYS: "weekday"}
        return Pick(rhythm=whole.get(fields.weekdays, "days"), clock=clock, weekdays=fields.weekdays)
    if weekday == "*" and len(fields.days) == 1:
        return Pick(rhythm="month", clock=clock, day=next(iter(fields.days)))
    return Pick(rhythm="custom")


def picker_blocks(when: str, *, zone: str, now: datetime, drawn: int = 0) -> list[dict[str, Any]]:
    """The pickers, as the words about time say; `drawn` counts how often they were drawn anew."""
    pick = pick_of(when, zone=zone, now=now)
    elements = [_rhythm_select(pick)]
    if pick.rhythm == "month":
        elements.append(_day_select(pick))
    if pick.rhythm != "custom":
        hour: dict[str, Any] = {
            "type": "timepicker",
            "action_id": "compose_pick_hour",
            "placeholder": plain_element(composer_words.PICK_HOUR),
        }
        elements.append({**hour, "initial_time": pick.clock} if pick.clock else hour)
    if pick.rhythm == "days":
        elements.append(_weekday_boxes(pick))
    return [{"type": "actions", "block_id": _block_id(pick, drawn), "elements": elements}]


def words_picked(when: str, view: Mapping[str, Any], *, action: str, zone: str, now: datetime) -> str | None:
    """The words for what was picked in a `view` whose words were `when`; None where that changes nothing."""
    shown = pick_of(when, zone=zone, now=now)
    picked = _read_pick(shown, view, action=action)
    if picked.cron is None or picked == shown:
        return None
    timing = _timing_of(when, zone=zone, now=now)
    if timing is None or not isinstance(timing.when, Cron):
        changed = Timing(when=Cron.parse(picked.cron, zone=zone))
    else:  # its limits stay
        cron = Cron.parse(picked.cron, zone=timing.when.zone)
        changed = replace(timing, when=cron, step=1, nth=None)
    return describe_timing(changed, reader=zone)


def _timing_of(when: str, *, zone: str, now: datetime) -> Timing | None:
    try:
        return read_timing(when.strip(), now=now, zone=zone)
    except WhenError:
        return None


def _read_pick(shown: Pick, view: Mapping[str, Any], *, action: str) -> Pick:
    """What is picked: of what was shown, that which this action has changed."""
    chosen = _chosen_in(view, action)
    option = chosen.get("selected_option")
    value = str(option.get("value")) if isinstance(option, Mapping) else ""
    match action.removeprefix("compose_pick_"):
        case "rhythm":
            rhythm: Rhythm | None = next((known for known in get_args(Rhythm) if known == value), None)
            picked = replace(shown, rhythm=rhythm, clock=shown.clock or _USUAL_CLOCK)
            return replace(picked, weekdays=_MONDAY) if rhythm == "days" else picked
        case "hour":
            clock = chosen.get("selected_time")
            is_clock = isinstance(clock, str) and _CLOCK.fullmatch(clock) is not None
            return replace(shown, clock=str(clock), rhythm=shown.rhythm or "day") if is_clock else shown
        case "days":
            boxes = chosen.get("selected_options")
            values = [str(box.get("value")) for box in boxes] if isinstance(boxes, list) else []
            days = frozenset(day for day in _WEEK if str(day) in values)
            return replace(shown, weekdays=days) if days else shown
        case _:
            is_day = value.isdecimal() and 1 <= int(value) <= 31
            return replace(shown, day=int(value)) if is_day else shown


def _chosen_in(view: Mapping[str, Any], action: str) -> Mapping[str, Any]:
    for block, actions in fields_of(view).items():
        found = actions.get(action) if isinstance(actions, Mapping) else None
        if str(block).startswith(_BLOCK) and isinstance(found, Mapping):
            return found
    return {}


def _block_id(pick: Pick, drawn: int) -> str:
    days = "".join(map(str, sorted(pick.weekdays)))
    return f"{_BLOCK} {pick.rhythm or '-'} {pick.clock or '-'} {days or '-'} {pick.day} {drawn}"


def _choice_option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain_element(text), "value": value}


def _rhythm_select(pick: Pick) -> dict[str, Any]:
    options = {name: _choice_option(text, name) for name, text in composer_words.RHYTHMS}
    return {
        "type": "static_select",
        "action_id": "compose_pick_rhythm",
        "placeholder": plain_element(composer_words.PICK_RHYTHM),
        "options": list(options.values()),
        **({"initial_option": options[pick.rhythm]} if pick.rhythm else {}),
    }


def _day_select(pick: Pick) -> dict[str, Any]:
    options = [_choice_option(composer_words.on_the(day), str(day)) for day in range(1, 32)]
    return {
        "type": "static_select",
        "action_id": "compose_pick_month",
        "options": options,
        "initial_option": options[pick.day - 1],
    }


def _weekday_boxes(pick: Pick) -> dict[str, Any]:
    options = {name: _choice_option(text, name) for name, text in composer_words.DAY_NAMES}
    return {
        "type": "checkboxes",
        "action_id": "compose_pick_days",
        "options": list(options.values()),
        "initial_options": [option for name, option in options.items() if int(name) in pick.weekdays],
    }
