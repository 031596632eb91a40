"""The App Home: my schedules, those around me, recent problems, and the usage; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.replies.button_ids import Press, Verb
from bot.replies.buttons import Block, button, delete_button, row, schedule_menu
from bot.replies.commands import TOPICS, help_text
from bot.replies.naming import label
from bot.replies.runs import run_words
from bot.replies.schedules import PAUSED, habits, person, when_and_where
from bot.replies.text import (
    COMMAND,
    DESCRIPTION,
    Reply,
    clock,
    context,
    escape,
    mrkdwn,
    place,
    plain,
    quote,
    section,
)
from bot.replies.views.usage import UNKNOWN, foot, stats_blocks, usage_lines
from bot.schedules import Run, Schedule
from bot.slack import clip_text
from bot.stats import Picture, Statistics, Usage

PAGE: Final = 25
"""Schedules on one page: two blocks each, and Slack takes a hundred."""
_MOST_FAILURES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Line:
    """A schedule, as one person sees it."""

    schedule: Schedule
    coming: datetime | None
    last: Run | None
    mine: bool
    changeable: bool


def pages(lines: Sequence[Line]) -> int:
    return max(1, -(-len(lines) // PAGE))


def home_view(
    lines: Sequence[Line],
    *,
    page: int,
    failures: Sequence[tuple[Schedule, Run]],
    usage: Usage | None,
    channels_known: bool,
    now: datetime,
    left_out: int = 0,
    note: str = "",
) -> dict[str, Any]:
    """The whole view; `lines` are one's own first, then those of one's channels."""
    page = min(page, pages(lines) - 1)
    shown = lines[page * PAGE : (page + 1) * PAGE]
    mine = sum(line.mine for line in lines)
    blocks: list[Block] = [
        {"type": "header", "text": plain("Precache")},
        section(f"{DESCRIPTION}. Here are your schedules, and those of your channels."),
        row(
            button("New schedule", Press(verb="new"), place="home", style="primary"),
            button("Help", Press(verb="help"), place="home"),
        ),
    ]
    if note:
        blocks.append(section(f"ℹ️ {note}"))
    if not mine:
        blocks += _FIRST_STEPS
    for own, title in ((True, f"My schedules ({mine})"), (False, f"In my channels ({len(lines) - mine})")):
        if part := [line for line in shown if line.mine is own]:
            blocks += [{"type": "divider"}, {"type": "header", "text": plain(title)}]
            blocks += [block for line in part for block in _line(line, now=now)]
    if pages(lines) > 1:
        blocks += _pager(page, pages(lines))
    if not channels_known:
        blocks.append(
            context(
                plain(
                    "Slack didn't tell me which channels you're in, so other people's schedules are missing."
                )
            )
        )
    if left_out:
        missing = "one of your schedules is" if left_out == 1 else f"{left_out} of your schedules are"
        blocks.append(
            context(plain(f"Slack didn't tell me whether you're in every channel, so {missing} missing."))
        )
    if failures:
        blocks += [{"type": "divider"}, {"type": "header", "text": plain("Recent problems")}]
        blocks += [
            section(
                f"⚠️ {label(schedule)} in {place(schedule.channel)}: {run_words(run, schedule.zone, now=now)}"
            )
            for schedule, run in failures[:_MOST_FAILURES]
        ]
        if (rest := len(failures) - _MOST_FAILURES) > 0:
            blocks.append(context(plain(f"… and {rest} more.")))
    blocks += _usage(usage)
    return {"type": "home", "blocks": blocks}


def details(
    card: Reply, runs: Reply, schedule: Schedule, *, channel: str, changeable: bool
) -> dict[str, Any]:
    """A window over the Home: a schedule's card, its last runs, and buttons to change or end it."""
    blocks: list[Block] = [*(card.blocks or ()), {"type": "divider"}, *(runs.blocks or ())]
    if changeable:
        blocks += [
            {"type": "divider"},
            row(
                *(
                    button(text, Press(verb=verb, schedule=schedule.id, channel=channel), place="home")
                    for text, verb in _CHANGE
                ),
                delete_button(schedule, place="home", channel=channel),
            ),
        ]
    return window(blocks)


def statistics_window(
    statistics: Statistics, *, picture: Picture | None = None, note: str = ""
) -> dict[str, Any]:
    """A window over the Home: the usage with a picture of it, or a `note` in its place."""
    return window(stats_blocks(statistics, picture=picture, note=note), title="Statistics")


_CHANGE: Final[tuple[tuple[str, Verb], ...]] = (
    ("Rename", "rename"),
    ("Give to someone else", "transfer"),
)


def window(blocks: Sequence[Block], *, title: str = "Schedule") -> dict[str, Any]:
    return {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": list(blocks)}


def help_window() -> dict[str, Any]:
    """A window with the whole help, a section for each subject."""
    return window([section(help_text(topic)) for topic in TOPICS], title="Help")


_EXAMPLES: Final = (
    ("Answers in the channel, right away", "What is a feature flag?"),
    ("Answers on a schedule", "every weekday at 9am What changed in Python lately?"),
    ("Answers once, later", "Remind us to stretch, in one line, in 20 minutes"),
)
_FIRST_STEPS: Final[list[Block]] = [
    {"type": "divider"},
    {"type": "header", "text": plain("First steps")},
    section(
        "Type one of these in any channel that I'm in, or press *New schedule* to fill in a form:\n"
        + "\n".join(f"• `{COMMAND} {typed}`\n   {what}" for what, typed in _EXAMPLES)
    ),
    context(mrkdwn(f"To add me to a channel, type `/invite @Precache` there. `{COMMAND} help` says more.")),
]


def _line(line: Line, *, now: datetime) -> list[Block]:
    schedule = line.schedule
    channel = "" if line.mine else schedule.channel
    facts = []
    if schedule.state == "paused":
        facts.append(PAUSED)
    elif line.coming is None:
        facts.append("No more runs")
    elif schedule.cron is not None:
        facts.append(f"Next: {clock(line.coming, schedule.zone, now=now)} ({escape(schedule.zone)})")
    facts.append(f"Last: {run_words(line.last, schedule.zone, now=now)}" if line.last else "Hasn't run yet")
    if not line.mine:
        facts.append(f"Owner: {person(schedule.user)}")
    facts += habits(schedule)
    facts.append(f"`{schedule.id}`")
    title = f"{label(schedule, longest=None)} · {when_and_where(schedule)}"
    prompt = f"\n{quote(schedule.query)}" if schedule.name else ""
    return [
        {
            **section(f"{title}{prompt}"),
            "accessory": schedule_menu(schedule, channel=channel, changeable=line.changeable),
        },
        context(mrkdwn(clip_text(" · ".join(facts), 2_000))),
    ]


def _pager(page: int, count: int) -> list[Block]:
    turns = []
    if page > 0:
        turns.append(button("Previous", Press(verb="previous", page=page - 1), place="home"))
    if page + 1 < count:
        turns.append(button("Next", Press(verb="next", page=page + 1), place="home"))
    return [{"type": "divider"}, context(plain(f"Page {page + 1} of {count}")), row(*turns)]


def _usage(usage: Usage | None) -> list[Block]:
    blocks: list[Block] = [{"type": "divider"}]
    if usage is None:
        return [*blocks, context(plain(UNKNOWN))]
    return [
        *blocks,
        {"type": "header", "text": plain(f"This workspace in {usage.month:%B %Y}")},
        section("\n".join(usage_lines(usage))),
        context(plain(foot(usage))),
        row(button("Statistics", Press(verb="stats"), place="home")),
    ]
