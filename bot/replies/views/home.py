"""The App Home: my schedules, those around me, recent problems, and the usage; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.replies import last_run_words, run_words, special_settings, subscriber_count, when_and_where
from bot.replies.buttons import (
    Block,
    Press,
    button_row,
    make_button,
    schedule_menu,
    undo_button,
    window_buttons,
)
from bot.replies.commands import TOPICS, help_text
from bot.replies.review import WaitingPost, waiting_words
from bot.replies.subscriptions import subscription_line
from bot.replies.text import (
    COMMAND,
    DESCRIPTION,
    Reply,
    break_lines,
    context_block,
    moment_words,
    mrkdwn_element,
    paused_words,
    person_mention,
    plain_element,
    quote_text,
    schedule_label,
    section_block,
    where_words,
)
from bot.replies.views.usage import UNKNOWN, usage_foot, usage_lines, window_blocks
from bot.schedules import Run, Schedule
from bot.slack import ReaderClock, clip_text
from bot.stats import Statistics, Usage
from bot.subscriptions import Subscription

HOME_PAGE: Final = 25
"""Schedules on one page: two blocks each, and Slack takes a hundred."""
_MOST_FAILURES: Final = 5
_MOST_SENT: Final = 10


@dataclass(frozen=True, kw_only=True)
class Line:
    """A schedule, as one person sees it."""

    schedule: Schedule
    coming: datetime | None
    last: Run | None
    mine: bool
    changeable: bool
    subscribers: int = 0
    """The people who are sent it as well, where the reader may know."""


def page_count(count: int) -> int:
    """The pages that so many schedules take."""
    return max(1, -(-count // HOME_PAGE))


def home_view(
    shown: Sequence[Line],
    *,
    page: int,
    mine: int,
    others: int,
    failures: Sequence[tuple[Schedule, Run]],
    usage: Usage | None,
    channels_known: bool,
    now: datetime,
    reader: ReaderClock | None = None,
    left_out: int = 0,
    note: str = "",
    undo: str = "",
    sent: Sequence[tuple[Subscription, Schedule | None]] = (),
    waiting: Sequence[WaitingPost] = (),
) -> dict[str, Any]:
    """The whole view; `shown` is its page of one's own schedules, and then those of one's channels.

    `mine` and `others` count the schedules on all pages.
    A `note` is about what was pressed, and `undo` the id of the schedule that this has deleted.
    """
    pages = page_count(mine + others)
    blocks: list[Block] = [
        {"type": "header", "text": plain_element("Precache")},
        section_block(f"{DESCRIPTION}. Here are your schedules, and those of your channels."),
        button_row(
            make_button("New schedule", Press(verb="new"), spot="home", style="primary"),
            make_button("Help", Press(verb="help"), spot="home"),
        ),
    ]
    if note:
        blocks.append(note_block(f"ℹ️ {note}", undo=undo))
    blocks += _waiting_blocks(waiting)
    if not mine:
        blocks += _FIRST_STEPS
    for own, title in ((True, f"My schedules ({mine})"), (False, f"In my channels ({others})")):
        if part := [line for line in shown if line.mine is own]:
            blocks += [{"type": "divider"}, {"type": "header", "text": plain_element(title)}]
            blocks += [block for line in part for block in _home_lines(line, now=now, reader=reader)]
    if pages > 1:
        blocks += _pager_blocks(page, pages)
    if not channels_known:
        blocks.append(
            context_block(
                plain_element(
                    "Slack didn't tell me which channels you're in, so other people's schedules are missing."
                )
            )
        )
    if left_out:
        missing = "one of your schedules is" if left_out == 1 else f"{left_out} of your schedules are"
        blocks.append(
            context_block(
                plain_element(f"Slack didn't tell me whether you're in every channel, so {missing} missing.")
            )
        )
    blocks += _sent_blocks(sent, now=now, reader=reader)
    if failures:
        blocks += [{"type": "divider"}, {"type": "header", "text": plain_element("Recent problems")}]
        blocks += [
            section_block(
                f"⚠️ {schedule_label(schedule)} {where_words(schedule)}: "
                f"{run_words(run, schedule.zone, now=now, reader=reader, places=schedule.places)}"
            )
            for schedule, run in failures[:_MOST_FAILURES]
        ]
        if (rest := len(failures) - _MOST_FAILURES) > 0:
            blocks.append(context_block(plain_element(f"… and {rest} more.")))
    blocks += _usage_blocks(usage)
    return {"type": "home", "blocks": blocks}


def note_block(note: str, *, undo: str = "") -> Block:
    """A word about what was pressed; with the id of a schedule in `undo`, a button that takes it back."""
    block = section_block(note)
    return {**block, "accessory": undo_button(undo, spot="home")} if undo else block


def details_window(
    card: Reply, runs: Reply, schedule: Schedule, *, channel: str, changeable: bool, now: datetime
) -> dict[str, Any]:
    """A window over the Home: a schedule's card, buttons for all that can be done, and its last runs."""
    return modal_window(
        [
            *(card.blocks or ()),
            *window_buttons(schedule, channel=channel, changeable=changeable, now=now),
            {"type": "divider"},
            *(runs.blocks or ()),
        ]
    )


def statistics_window(statistics: Statistics) -> dict[str, Any]:
    """A window over the Home: the usage."""
    return modal_window(window_blocks(statistics), title="Statistics")


def modal_window(blocks: Sequence[Block], *, title: str = "Schedule") -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain_element(title),
        "close": plain_element("Close"),
        "blocks": list(blocks),
    }


def help_window() -> dict[str, Any]:
    """A window with the whole help, a section for each subject."""
    return modal_window([section_block(help_text(topic)) for topic in TOPICS], title="Help")


_EXAMPLES: Final = (
    ("Answers in the channel, right away", "What is a feature flag?"),
    ("Answers on a schedule", "every weekday at 9am What changed in Python lately?"),
    ("Answers once, later", "Remind us to stretch, in one line, in 20 minutes"),
)
_FIRST_STEPS: Final[list[Block]] = [
    {"type": "divider"},
    {"type": "header", "text": plain_element("First steps")},
    section_block(
        "Type one of these in any channel that I'm in, or press *New schedule* to fill in a form:\n"
        + "\n".join(f"• `{COMMAND} {typed}`\n   {what}" for what, typed in _EXAMPLES)
    ),
    context_block(
        mrkdwn_element(f"To add me to a channel, type `/invite @Precache` there. `{COMMAND} help` says more.")
    ),
]


def _home_lines(line: Line, *, now: datetime, reader: ReaderClock | None) -> list[Block]:
    schedule = line.schedule
    channel = "" if line.mine else schedule.channel
    facts = []
    if schedule.state == "paused":
        facts.append(paused_words(schedule, now=now))
    else:
        facts += break_lines(schedule, now=now, reader=reader)
        if line.coming is None:
            facts.append("No more runs")
        elif schedule.cron is not None:
            facts.append(f"Next: {moment_words(line.coming, schedule.zone, now=now, reader=reader)}")
    facts.append(
        f"Last: {last_run_words(line.last, schedule.zone, now=now, reader=reader, places=schedule.places)}"
        if line.last
        else "Hasn't run yet"
    )
    if not line.mine:
        facts.append(f"Owner: {person_mention(schedule.user)}")
    facts += special_settings(schedule)
    if line.subscribers:
        facts.append(subscriber_count(line.subscribers))
    facts.append(f"`{schedule.command_name}`")
    title = f"{schedule_label(schedule, longest=None)} · {when_and_where(schedule, now=now, reader=reader)}"
    prompt = f"\n{quote_text(schedule.query)}" if schedule.name else ""
    return [
        {
            **section_block(f"{title}{prompt}"),
            "accessory": schedule_menu(
                schedule, spot="home", channel=channel, changeable=line.changeable, now=now
            ),
        },
        context_block(mrkdwn_element(clip_text(" · ".join(facts), 2_000))),
    ]


def _waiting_blocks(waiting: Sequence[WaitingPost]) -> list[Block]:
    """The posts that the reader is to look at first."""
    if not waiting:
        return []
    title = f"Waiting for your review ({len(waiting)})"
    return [
        {"type": "divider"},
        {"type": "header", "text": plain_element(title)},
        *(section_block(waiting_words(post)) for post in waiting),
    ]


def _sent_blocks(
    sent: Sequence[tuple[Subscription, Schedule | None]], *, now: datetime, reader: ReaderClock | None
) -> list[Block]:
    """The reader's subscriptions, each with a button that stops it."""
    if not sent:
        return []
    blocks: list[Block] = [
        {"type": "divider"},
        {"type": "header", "text": plain_element(f"Sent to me ({len(sent)})")},
    ]
    for subscription, schedule in sent[:_MOST_SENT]:
        stop = make_button("Stop", Press(verb="unsubscribe", schedule=subscription.schedule), spot="home")
        line = subscription_line(subscription, schedule, now=now, reader=reader)
        blocks.append({**section_block(line), "accessory": stop})
    if (rest := len(sent) - _MOST_SENT) > 0:
        more = f"… and {rest} more. Type `{COMMAND} subscriptions` to see all of them."
        blocks.append(context_block(mrkdwn_element(more)))
    return blocks


def _pager_blocks(page: int, count: int) -> list[Block]:
    turns = []
    if page > 0:
        turns.append(make_button("Previous", Press(verb="previous", page=page - 1), spot="home"))
    if page + 1 < count:
        turns.append(make_button("Next", Press(verb="next", page=page + 1), spot="home"))
    return [
        {"type": "divider"},
        context_block(plain_element(f"Page {page + 1} of {count}")),
        button_row(*turns),
    ]


def _usage_blocks(usage: Usage | None) -> list[Block]:
    blocks: list[Block] = [{"type": "divider"}]
    if usage is None:
        return [*blocks, context_block(plain_element(UNKNOWN))]
    return [
        *blocks,
        {"type": "header", "text": plain_element(f"This workspace in {usage.month:%B %Y}")},
        section_block("\n".join(usage_lines(usage))),
        context_block(plain_element(usage_foot(usage))),
        button_row(make_button("Statistics", Press(verb="stats"), spot="home")),
    ]
