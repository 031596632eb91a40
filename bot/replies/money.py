"""Messages about limits: one is nearly reached, or leaves no room for another answer."""

from __future__ import annotations

from typing import Final

from bot.budget import Kind, Near, Period, Scope, dollars
from bot.errors import CapReached
from bot.replies.text import escape_mrkdwn, quote_text, schedule_label, slack_date
from bot.schedules import Schedule

_FOR: Final[dict[Period, str]] = {"day": "today", "month": "this month"}


def near_cap(near: Near, *, schedule: Schedule | None) -> str:
    """Tell a schedule's owner, or the person who asked, that a cap is at 80 %."""
    if near.scope == "all":  # the meter does not say so to people, and how much it is is not for them
        return f"I've almost reached my limit for {_FOR[near.period]}. It resets {slack_date(near.ends)}."
    whose = _whose_limit(near.scope, schedule)
    used = f"spent {dollars(near.used)}" if near.kind == "money" else f"used {near.used:,}"
    return (
        f"{whose[0].upper()}{whose[1:]} may have {used} of its {_amount_words(near.most, near.kind)} "
        f"for {_FOR[near.period]}. "
        f"If it reaches the limit, it gets no new answers until {slack_date(near.ends)}."
    )


def cap_reached(reached: CapReached, *, schedule: Schedule | None, query: str) -> str:
    """Tell a schedule's owner, once in the period, or the person who asked."""
    if reached.scope == "all":  # how much all workspaces may use is nobody's business in one of them
        cap = f"my limit for {_FOR[reached.period]}"
    else:
        most = _amount_words(reached.most, reached.kind)
        cap = f"{_FOR[reached.period]}'s limit of {most}"
        if reached.scope == "team" or schedule is None or schedule.name:  # or the prompt has named it already
            cap += f" for {_whose_limit(reached.scope, schedule)}"
    rest = (
        f"New answers are possible again from {slack_date(reached.ends)}; I won't remind you before then."
        if schedule
        else f"Until {slack_date(reached.ends)}, I can only repeat recent answers."
    )
    return f"I didn't answer {quote_text(query)}, because that could exceed {cap}. {rest}"


def cost_words(model: str, cost: int | None) -> list[str]:
    """The model of an answer, and its cost; of a model of one's own there is no bill."""
    return [*([escape_mrkdwn(model)] if model else []), *([dollars(cost)] if cost else [])]


def _whose_limit(scope: Scope, schedule: Schedule | None) -> str:
    if scope == "team":
        return "this workspace"
    return schedule_label(schedule) if schedule else "your schedule"


def _amount_words(number: int, kind: Kind) -> str:
    if kind == "money":
        return dollars(number)
    return f"{number:,} model call{'' if number == 1 else 's'}"
