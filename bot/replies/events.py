"""Messages about schedules that were paused because of what happened around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.replies.button_ids import Press
from bot.replies.buttons import button, row
from bot.replies.naming import place_words, places_words, schedule_label
from bot.replies.text import COMMAND, Reply, escape, joined_lines, section_block
from bot.schedules import Place, Schedule


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


def no_place_open(schedule: Schedule) -> str:
    """Tell the owner that they are in none of several places any more."""
    return (
        f"None of the places that {schedule_label(schedule)} posts to is open any more, so I paused it. "
        f"To change them, type `{COMMAND} edit {schedule.id}`."
    )


def place_closed(schedule: Schedule, channel: str, *, reason: str) -> Reply:
    """Tell the owner, once, that one of several places has no post; `reason` as in `FAILURES`."""
    place = next((place for place in schedule.places if place.channel == channel), Place(channel=channel))
    words = _CLOSED.get(reason, "Slack doesn't let me post there").format(place=place_words(place))
    others = "The other places get their posts as before."
    text = f"{schedule_label(schedule)} can't post to {place_words(place)}: {words}. {others}"
    remove = Press(verb="unplace", schedule=schedule.id, channel=channel)
    return Reply(
        text=text, blocks=(section_block(text), row(button("Remove this place", remove, spot="card")))
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


def place_not_there(schedule: Schedule) -> str:
    """Answer the same where that is so already."""
    return f"That is so already: {schedule_label(schedule)} posts to {places_words(schedule.places)}."


def last_place(schedule: Schedule) -> str:
    """Refuse to take away the only place that is left."""
    return (
        f"That is the only place of {schedule_label(schedule)}. Give it another one first: "
        f"`{COMMAND} edit {schedule.id}`. To end it, type `{COMMAND} delete {schedule.id}`."
    )


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
