"""Messages about schedules that were paused because of what happened around them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.replies.naming import schedule_label
from bot.replies.text import COMMAND, escape, joined_lines
from bot.schedules import Schedule


def channel_closed(paused: Sequence[Schedule], *, gone: bool) -> str:
    """Tell an owner that their schedules lost their channel, or the channel lost the bot."""
    channel = f"<#{paused[0].channel}>"
    why = f"{channel} was archived or deleted" if gone else f"I was removed from {channel}"
    after = "Once the channel is open again" if gone else "Once I'm back in the channel"
    return _paused_list(
        f"{why}, so I paused your {_schedule_word(paused)} there:",
        paused,
        f"{after}, type `{COMMAND} resume &lt;id&gt;`.",
    )


def owner_gone(paused: Sequence[Schedule], *, name: str) -> str:
    """Tell a channel that schedules there belong to someone who has left the workspace."""
    return _paused_list(
        f"{escape(name) or 'Someone'} has left this workspace, "
        f"so I paused their {_schedule_word(paused)} here:",
        paused,
        f"To give one to someone else, an admin can type `{COMMAND} transfer &lt;id&gt; @someone`, then "
        f"`{COMMAND} resume &lt;id&gt;`.",
    )


def owner_out(schedule: Schedule, *, reads: bool) -> str:
    """Tell the owner that they are no longer in a channel that their schedule posts to, or reads."""
    does = "reads" if reads else "posts to"
    why = f"You're no longer in the channel that {schedule_label(schedule)} {does}"
    if schedule.cron is None:
        return f"{why}, so I didn't run it. Once you're back there, you can schedule it again."
    return f"{why}, so I paused it. Once you're back there, type `{COMMAND} resume {schedule.id}`."


def all_paused(paused: Sequence[Schedule], *, notice: str) -> str:
    """Tell an owner that the operator has paused theirs with all others."""
    return _paused_list(
        f"The people who run me have paused all schedules, also your {_schedule_word(paused)}:",
        paused,
        f"They write: {escape(notice)}" if notice else "They'll run again once that's over.",
    )


def all_resumed(resumed: Sequence[Schedule], *, notice: str) -> str:
    """Tell an owner that theirs run again."""
    return _paused_list(
        f"All schedules run again, also your {_schedule_word(resumed)}:",
        resumed,
        f"The people who run me write: {escape(notice)}" if notice else "Each runs at its next time.",
    )


def _schedule_word(paused: Sequence[Schedule]) -> str:
    return "schedule" if len(paused) == 1 else "schedules"


def _paused_list(title: str, paused: Sequence[Schedule], foot: str) -> str:
    lines = [f"• {schedule_label(schedule)} · `{schedule.id}`" for schedule in paused]
    return "\n".join((title, joined_lines(lines, foot)))
