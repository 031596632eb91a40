"""Messages about schedules that were paused because of what happened around them, or of what did not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.replies.buttons import Block, Press, button_row, make_button, make_menu
from bot.replies.refusals import refusal_words
from bot.replies.schedules import when_and_where
from bot.replies.text import (
    COMMAND,
    Reply,
    day_of,
    escape_mrkdwn,
    joined_lines,
    place_words,
    places_words,
    schedule_label,
    section_block,
)
from bot.schedules import Place, Refusal, Schedule
from bot.slack import ReaderClock

_MOST_MENUS: Final = 20
"""Schedules with a menu each: of more, they are told ten at a time."""
UnseenRow = tuple[Schedule, datetime]
"""A schedule, and since when nobody has looked at it."""


def channel_closed(paused: Sequence[Schedule], *, gone: bool) -> str:
    """Tell an owner that their schedules lost their channel, or the channel lost the bot."""
    channel = f"<#{paused[0].channel}>"
    why = f"{channel} was archived or deleted" if gone else f"I was removed from {channel}"
    after = "Once the channel is open again" if gone else "Once I'm back in the channel"
    return _paused_list(
        f"{why}, so I paused your {_schedule_word(paused)} there:",
        paused,
        f"{after}, type `{COMMAND} resume &lt;name&gt;`.",
    )


def owner_gone(paused: Sequence[Schedule], *, name: str) -> str:
    """Tell a channel that schedules there belong to someone who has left the workspace."""
    return _paused_list(
        f"{escape_mrkdwn(name) or 'Someone'} has left this workspace, "
        f"so I paused their {_schedule_word(paused)} here:",
        paused,
        f"To give one to someone else, an admin can type `{COMMAND} transfer &lt;name&gt; @someone`, then "
        f"`{COMMAND} resume &lt;name&gt;`.",
    )


def owner_out(schedule: Schedule, *, reads: bool) -> str:
    """Tell the owner that they are no longer in a channel that their schedule posts to, or reads."""
    does = "reads" if reads else "posts to"
    why = f"You're no longer in the channel that {schedule_label(schedule)} {does}"
    if schedule.cron is None:
        return f"{why}, so I didn't run it. Once you're back there, you can schedule it again."
    return f"{why}, so I paused it. Once you're back there, type `{COMMAND} resume {schedule.command_name}`."


def no_place_open(schedule: Schedule) -> str:
    """Tell the owner that they are in none of several places any more."""
    return (
        f"None of the places that {schedule_label(schedule)} posts to is open any more, so I paused it. "
        f"To change them, type `{COMMAND} edit {schedule.command_name}`."
    )


def place_closed(schedule: Schedule, channel: str, *, reason: str) -> Reply:
    """Tell the owner, once, that one of several places has no post; `reason` as in `FAILURES`."""
    place = next((place for place in schedule.places if place.channel == channel), Place(channel=channel))
    words = _CLOSED.get(reason, "Slack doesn't let me post there").format(place=place_words(place))
    others = "The other places get their posts as before."
    text = f"{schedule_label(schedule)} can't post to {place_words(place)}: {words}. {others}"
    remove = Press(verb="unplace", schedule=schedule.id, channel=channel)
    return Reply(
        text=text,
        blocks=(section_block(text), button_row(make_button("Remove this place", remove, spot="card"))),
    )


_CLOSED: Final = {
    "not_in_channel": "I'm not there any more. Type `/invite @Precache` there, or remove it",
    "channel_not_found": "I'm not there any more. Type `/invite @Precache` there, or remove it",
    "is_archived": "it is archived",
    "owner_out": "you're no longer there, so I didn't post there for you",
    "person_gone": "they have left this workspace",
    "user_disabled": "they have left this workspace",
    "user_not_found": "they have left this workspace",
}


def place_removed(schedule: Schedule, place: Place) -> str:
    """Answer *Remove this place*."""
    left = places_words(schedule.places)
    return f"{schedule_label(schedule)} no longer posts to {place_words(place)}. It posts to {left}."


def all_paused(paused: Sequence[Schedule], *, notice: str) -> str:
    """Tell an owner that the operator has paused theirs with all others."""
    return _paused_list(
        f"The people who run me have paused all schedules, including your {_schedule_word(paused)}:",
        paused,
        f"They write: {escape_mrkdwn(notice)}" if notice else "They'll run again once that's over.",
    )


def all_resumed(resumed: Sequence[Schedule], *, notice: str) -> str:
    """Tell an owner that theirs run again."""
    return _paused_list(
        f"All schedules run again, including your {_schedule_word(resumed)}:",
        resumed,
        f"The people who run me write: {escape_mrkdwn(notice)}" if notice else "Each runs at its next time.",
    )


def ask_to_renew(
    rows: Sequence[UnseenRow], *, until: datetime, now: datetime, reader: ReaderClock | None = None
) -> Reply:
    """Ask an owner if schedules that nobody has looked at since then are to go on."""
    (first, since), *others = rows
    last_day = day_of(until, reader.zone if reader else first.zone, now=now)
    if not others:
        asked = (
            f"Nobody has opened your schedule {schedule_label(first)} "
            f"({when_and_where(first, now=now, reader=reader)}), or pressed a button under its posts, "
            f"since {day_of(since, first.zone, now=now)}. "
            "I can't see who just reads it, so I'm asking: should it go on?\n"
            f"If I hear nothing by {last_day}, I'll pause it. Nothing is deleted."
        )
        acts = button_row(
            make_button("Keep it", Press(verb="keep", schedule=first.id), spot="card", style="primary"),
            make_button("Pause it", Press(verb="pause", schedule=first.id), spot="card"),
            make_button("Show me", Press(verb="show", schedule=first.id), spot="card"),
        )
        return Reply(text=asked, blocks=(section_block(asked), acts))
    asked = (
        f"Nobody has opened these {len(rows)} schedules of yours, or pressed a button under their posts, "
        "for a long time. "
        "I can't see who just reads them, so I'm asking: should they go on?\n"
        f"Those that I hear nothing about by {last_day}, I'll pause. Nothing is deleted."
    )
    names = tuple(schedule.id for schedule, _ in rows)
    acts = button_row(
        make_button("Keep all", Press(verb="keepall", schedules=names), spot="card", style="primary"),
        make_button("Pause all", Press(verb="pauseall", schedules=names), spot="card"),
    )
    lines = [_unseen_line(unseen, now=now, reader=reader) for unseen in rows]
    told = _unseen_blocks(rows, lines)
    return Reply(text=joined_lines((asked, *lines), ""), blocks=(section_block(asked), *told, acts))


def paused_unseen(rows: Sequence[UnseenRow], *, now: datetime, reader: ReaderClock | None = None) -> Reply:
    """Tell an owner that they are paused, as there was no answer."""
    (first, since), *others = rows
    if not others:
        told = (
            f"I've paused your schedule {schedule_label(first)}: nobody has opened it since "
            f"{day_of(since, first.zone, now=now)}, and I had no answer from you.\n"
            f"To bring it back, press *Resume* or type `{COMMAND} resume {first.command_name}`."
        )
        acts = button_row(
            make_button("Resume", Press(verb="resume", schedule=first.id), spot="card"),
            make_button("Show me", Press(verb="show", schedule=first.id), spot="card"),
        )
        return Reply(text=told, blocks=(section_block(told), acts))
    told = (
        f"I've paused {len(rows)} schedules of yours: nobody has opened them for a long time, "
        "and I had no answer from you.\n"
        f"To bring one back, type `{COMMAND} resume &lt;name&gt;`."
    )
    lines = [_unseen_line(unseen, now=now, reader=reader) for unseen in rows]
    names = tuple(schedule.id for schedule, _ in rows)
    acts = button_row(make_button("Resume all", Press(verb="resumeall", schedules=names), spot="card"))
    blocks = (section_block(told), *_ten_at_a_time(lines), acts)
    return Reply(text=joined_lines((told, *lines), ""), blocks=blocks)


def all_kept(kept: Sequence[Schedule], refused: Sequence[Refusal]) -> Reply:
    """Answer *Keep all*."""
    counted = "1 schedule goes on." if len(kept) == 1 else f"{len(kept)} schedules go on."
    thanks = " Thanks for telling me!" if kept else ""
    lines = [f"• {schedule_label(schedule)} · `{schedule.command_name}`" for schedule in kept]
    lines += [f"• {refusal_words(why)}" for why in refused]
    return Reply(text=joined_lines((f"{counted}{thanks}", *lines), ""))


def _unseen_line(unseen: UnseenRow, *, now: datetime, reader: ReaderClock | None) -> str:
    schedule, since = unseen
    when = when_and_where(schedule, now=now, reader=reader)
    since_day = day_of(since, schedule.zone, now=now)
    return f"• {schedule_label(schedule)} · {when} · since {since_day} · `{schedule.command_name}`"


def _unseen_blocks(rows: Sequence[UnseenRow], lines: Sequence[str]) -> list[Block]:
    if len(rows) > _MOST_MENUS:
        return _ten_at_a_time(lines)
    return [
        {
            **section_block(line),
            "accessory": make_menu(
                [
                    ("Keep it", Press(verb="keep", schedule=schedule.id)),
                    ("Pause it", Press(verb="pause", schedule=schedule.id)),
                    ("Show me", Press(verb="show", schedule=schedule.id)),
                ],
                spot="post",
            ),
        }
        for line, (schedule, _) in zip(lines, rows, strict=True)
    ]


def _ten_at_a_time(lines: Sequence[str]) -> list[Block]:
    return [section_block("\n".join(lines[start : start + 10])) for start in range(0, len(lines), 10)]


def _schedule_word(paused: Sequence[Schedule]) -> str:
    return "schedule" if len(paused) == 1 else "schedules"


def _paused_list(title: str, paused: Sequence[Schedule], foot: str) -> str:
    lines = [f"• {schedule_label(schedule)} · `{schedule.command_name}`" for schedule in paused]
    return "\n".join((title, joined_lines(lines, foot)))
