"""What people are told when schedules were paused because of what happened around them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.replies.schedules import label
from bot.replies.text import COMMAND, escape, joined
from bot.schedules import Schedule


def channel_closed(paused: Sequence[Schedule], *, gone: bool) -> str:
    """To the owner of schedules that have lost their channel, or whose channel has lost the bot."""
    channel = paused[0].channel
    if gone:
        why, after = "was archived or deleted", "Once it is open again"
    else:
        why, after = "is a place I was removed from", "Once I am back"
    return _list(
        f"<#{channel}> {why}, so I have paused what you had scheduled there:",
        paused,
        f"{after}, `{COMMAND} resume &lt;id&gt;` lets one run again.",
    )


def owner_gone(paused: Sequence[Schedule], *, name: str) -> str:
    """To a channel, some of whose schedules belong to someone who has left the workspace."""
    return _list(
        f"{escape(name) or 'Someone'} has left this workspace, so I have paused what they had scheduled "
        "here:",
        paused,
        f"An admin can give one to somebody else: `{COMMAND} transfer &lt;id&gt; @someone`, then "
        f"`{COMMAND} resume &lt;id&gt;`.",
    )


def owner_out(schedule: Schedule, *, reads: bool) -> str:
    """To the owner of a schedule who is not in the private channel that it posts to, or reads, any more."""
    does = "reads" if reads else "posts to"
    if schedule.cron is None:
        return (
            f"You are not in the private channel that {label(schedule)} {does} any more, so I did not run "
            "it. Once you are back there, it can be scheduled again."
        )
    return (
        f"You are not in the private channel that {label(schedule)} {does} any more, so I have paused it. "
        f"Once you are back there, `{COMMAND} resume {schedule.id}` lets it run again."
    )


def _list(title: str, paused: Sequence[Schedule], foot: str) -> str:
    return "\n".join((title, joined([f"• {label(each)}" for each in paused], foot)))
