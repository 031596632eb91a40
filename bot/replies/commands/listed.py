"""The list of schedules that somebody asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from bot.replies import when_and_where
from bot.replies.buttons import Block, schedule_menu
from bot.replies.text import (
    COMMAND,
    Reply,
    break_lines,
    context_block,
    joined_lines,
    moment_words,
    mrkdwn_element,
    paused_words,
    quote_text,
    schedule_label,
    section_block,
)
from bot.schedules import Schedule
from bot.slack import ReaderClock

MOST_LISTED: Final = 45
"""Schedules in one list: a message takes 50 blocks."""
_LONGEST_LIST: Final = 9_000  # characters: Slack refuses somewhere above 13,000

Listed = Literal["here", "mine", "all", "some"]
"""The schedules that were asked for; `some` for people who asked for all, and are no admins."""

_NONE_LISTED: Final[dict[Listed, str]] = {
    "here": "Nothing is scheduled here yet.",
    "mine": "You haven't scheduled anything yet.",
    "all": "Nothing is scheduled in this workspace yet.",
    "some": "Nothing is scheduled here, and you have no other schedules.",
}


def schedule_list(
    rows: Sequence[tuple[Schedule, datetime | None]],
    *,
    scope: Listed,
    changeable: Callable[[Schedule], bool],
    now: datetime,
    reader: ReaderClock | None = None,
    more: int = 0,
) -> Reply:
    """A line for each schedule, with a menu of what its reader can do with it; `more` come after these."""
    if not rows:
        example = f"`{COMMAND} every weekday at 9am Summarise what changed in Python`"
        return Reply(text=f"{_NONE_LISTED[scope]} Try {example}.")
    lines = [_list_line(schedule, run, now=now, reader=reader) for schedule, run in rows]
    shown = 0
    while shown < min(len(lines), MOST_LISTED) and sum(map(len, lines[: shown + 1])) < _LONGEST_LIST:
        shown += 1
    blocks: list[Block] = [
        {
            **section_block(line),
            "accessory": schedule_menu(
                schedule, spot="post", details="show", changeable=changeable(schedule), now=now
            ),
        }
        for line, (schedule, _) in zip(lines[:shown], rows, strict=False)
    ]
    if rest := len(lines) - shown + more:
        foot = f"… and {rest} more. My Home tab shows all of yours; `{COMMAND} show &lt;name&gt;` shows one."
        blocks.append(context_block(mrkdwn_element(foot)))
    foot = f"Type `{COMMAND} show &lt;name&gt;` for details and buttons."
    if scope == "some":
        foot = "Only admins can see the schedules of other channels."
        blocks.append(context_block(mrkdwn_element(foot)))
    return Reply(text=joined_lines((f"• {line}" for line in lines), foot, more=more), blocks=tuple(blocks))


def _list_line(schedule: Schedule, run: datetime | None, *, now: datetime, reader: ReaderClock | None) -> str:
    facts = [schedule_label(schedule, longest=None), when_and_where(schedule, now=now, reader=reader)]
    if schedule.state == "paused":
        facts.append(paused_words(schedule, now=now))
    else:
        facts += break_lines(schedule, now=now, reader=reader)
        if run is None:
            facts.append("no more runs")
        elif schedule.cron is not None:
            facts.append(f"next: {moment_words(run, schedule.zone, now=now, reader=reader)}")
    if schedule.name:
        facts.append(quote_text(schedule.query))
    return " · ".join((*facts, f"`{schedule.command_name}`"))
