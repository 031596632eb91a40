"""The action and the value of a button, from which a press of it is understood; pure.

Buttons stay in old messages for years, so what comes back may be about something that is gone, or may never
have been ours. `read_press` takes no such thing for more than it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from bot.slack import text_length

Verb = Literal[
    "show",
    "run",
    "pause",
    "resume",
    "edit",
    "retime",
    "skip",
    "unskip",
    "snooze",
    "history",
    "delete",
    "undo",
    "copy",
    "move",
    "rename",
    "transfer",
    "unplace",
    "try",
    "refresh",
    "schedule",
    "ask",
    "unpost",
    "new",
    "stats",
    "help",
    "previous",
    "next",
    "deleteall",
    "pauseall",
    "resumeall",
    "keep",
    "keepall",
    "subscribe",
    "unsubscribe",
]
ManyVerb = Literal["deleteall", "pauseall", "resumeall", "keepall"]
"""The acts on many schedules by one press."""
ButtonSpot = Literal["post", "card", "home"]
"""The spot of a button: under an answer or in a list, on a schedule's card, or in the App Home."""

INPUT: Final = "input"
"""The action of the one field that a block of a window has; the block says which."""
VALUE_LIMIT: Final = 2_000
"""Characters of a button's value, as Slack counts them: in UTF-16."""

_MENU: Final = "menu"
_ON_QUERY: Final = frozenset({"refresh", "schedule"})
_ON_NOTHING: Final = frozenset({"new", "stats", "help", "ask", "unpost"})
_ON_PAGE: Final = frozenset({"previous", "next"})
_ON_MANY: Final = frozenset(get_args(ManyVerb))
_SCHEDULE: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,39})(?::([A-Z0-9]{2,30}))?", re.ASCII)
_KEPT: Final = re.compile(r"@([a-z0-9-]{1,60})", re.ASCII)
_PAGE: Final = re.compile(r"#([0-9]{1,4})", re.ASCII)
_MANY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}(?: [a-z0-9][a-z0-9-]{0,39}){0,99}", re.ASCII)
_ENDED: Final = re.compile(rf"(20[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{10}}) ({_MANY.pattern})", re.ASCII)
_NOTHING: Final = "-"


@dataclass(frozen=True, kw_only=True)
class Press:
    """An act, and what it is about: a schedule, a prompt, a page, or nothing."""

    verb: Verb
    schedule: str = ""
    channel: str = ""
    """The channel where the schedule posts, if the button is elsewhere."""
    query: str = ""
    kept: str = ""
    """The id under which the prompt is kept with its sources; see `Forms`."""
    page: int = 0
    schedules: tuple[str, ...] = ()
    """For what is done with many."""
    until: str = ""
    """The end of a pause of many: a day (`2027-01-07`), or a moment in seconds."""

    @property
    def value(self) -> str:
        if self.query:
            return f"?{self.query}"
        if self.kept:
            return f"@{self.kept}"
        if self.verb in _ON_PAGE:
            return f"#{self.page}"
        if self.schedules:
            named = " ".join(self.schedules)
            return f"{self.until} {named}" if self.until else named
        if self.schedule:
            return f"{self.schedule}:{self.channel}" if self.channel else self.schedule
        return _NOTHING

    @property
    def fits(self) -> bool:
        """True if a button can carry it."""
        return text_length(self.value) <= VALUE_LIMIT


def action_id(spot: ButtonSpot, verb: Verb) -> str:
    return f"{spot}_{verb}"


def menu_id(spot: ButtonSpot) -> str:
    """The action of a menu; each of its options has a value that `option_value` made."""
    return f"{spot}_{_MENU}"


def option_value(press: Press) -> str:
    return f"{press.verb} {press.value}"


def actions_of(*spots: ButtonSpot) -> re.Pattern[str]:
    """Match the actions of the buttons in these spots."""
    return re.compile(rf"^(?:{'|'.join(spots)})_[a-z]+$", re.ASCII)


def read_press(action: Mapping[str, Any]) -> Press | None:
    """Read an action that came back; None if it means nothing."""
    verb, value = _text_of(action.get("action_id")).partition("_")[2], _text_of(action.get("value"))
    if verb == _MENU:
        option = action.get("selected_option")
        verb, _, value = _text_of(option.get("value") if isinstance(option, dict) else None).partition(" ")
    for known in get_args(Verb):
        if known == verb:
            return _press_of(known, value)
    return None


def _press_of(verb: Verb, value: str) -> Press | None:
    if verb in _ON_NOTHING:
        return Press(verb=verb)
    if verb in _ON_PAGE:
        page = _PAGE.fullmatch(value)
        return Press(verb=verb, page=int(page[1])) if page else None
    if verb == "pauseall" and (ended := _ENDED.fullmatch(value)) and _is_end(ended[1]):
        return Press(verb=verb, schedules=tuple(ended[2].split(" ")), until=ended[1])
    if verb in _ON_MANY:
        return Press(verb=verb, schedules=tuple(value.split(" "))) if _MANY.fullmatch(value) else None
    if verb in _ON_QUERY and value.startswith("?"):
        return Press(verb=verb, query=value[1:]) if value[1:].strip() else None
    if verb in _ON_QUERY and value.startswith("@"):
        kept = _KEPT.fullmatch(value)
        return Press(verb=verb, kept=kept[1]) if kept else None
    if verb == "schedule":
        return None
    found = _SCHEDULE.fullmatch(value)
    return Press(verb=verb, schedule=found[1], channel=found[2] or "") if found else None


def _is_end(text: str) -> bool:
    """Tell if it is a moment, or a day of the calendar."""
    try:
        return text.isdecimal() or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else ""
