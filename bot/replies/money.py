"""What people are told of caps: that one is nearly reached, and that one leaves no more room."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.budget import Kind, Near, Period, Scope, dollars
from bot.errors import CapReached
from bot.replies.schedules import label
from bot.replies.text import quote
from bot.schedules import Schedule

_NOW: Final[dict[Period, str]] = {"day": "today", "month": "this month"}


def near_cap(near: Near, *, schedule: Schedule | None) -> str:
    """To a schedule's owner, or to whoever asked, when a cap on their schedule or workspace is at 80 %."""
    if near.scope == "all":  # the meter does not say so to people, and how much it is is not for them
        return (
            f"Whoever runs me has capped what I may use {_NOW[near.period]}, and little room is left until "
            f"{_moment(near.ends)}."
        )
    whose = _whose(near.scope, schedule)
    used, most = _amount(near.used, near.kind), _most(near.most, near.kind, near.period)
    return (
        f"{whose[0].upper()}{whose[1:]} {most}, and may have come to {used}. When that leaves no room for "
        f"another answer, I ask the model nothing more for it until {_moment(near.ends)}."
    )


def cap_reached(reached: CapReached, *, schedule: Schedule | None, query: str) -> str:
    """To a schedule's owner once in the period, or to whoever asked."""
    if reached.scope == "all":  # how much all workspaces may use is nobody's business in one of them
        cap = f"whoever runs me has capped what I may use {_NOW[reached.period]}"
    else:
        cap = f"{_whose(reached.scope, schedule)} {_most(reached.most, reached.kind, reached.period)}"
    rest = (
        "I say so once, and not each time that it is due."
        if schedule
        else "What has been answered lately, I still answer."
    )
    return (
        f"I have not asked the model about {quote(query)}: {cap}, and that leaves no room for another "
        f"answer. There is room again from {_moment(reached.ends)}. {rest}"
    )


def _whose(scope: Scope, schedule: Schedule | None) -> str:
    if scope == "team":
        return "this workspace"
    return label(schedule) if schedule else "your schedule"


def _most(most: int, kind: Kind, period: Period) -> str:
    verb = "spend" if kind == "money" else "make"
    return f"may {verb} {_amount(most, kind)} {_NOW[period]}"


def _amount(number: int, kind: Kind) -> str:
    if kind == "money":
        return dollars(number)
    return f"{number:,} call{'' if number == 1 else 's'} of the model"


def _moment(moment: datetime) -> str:
    """In the reader's own zone, where Slack shows it."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
