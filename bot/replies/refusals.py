"""Why something that a person wanted of a schedule was not done, and what to do instead."""

from __future__ import annotations

from typing import Final, assert_never

from bot.replies.schedules import label, person
from bot.replies.text import COMMAND, code
from bot.schedules import (
    BadName,
    CannotPost,
    CannotRead,
    ChangedMeanwhile,
    NotAllowed,
    NotMember,
    NotPublished,
    NotYours,
    Outside,
    Pointless,
    Refusal,
    TooMuchToRead,
    Unknown,
)
from bot.sources import MOST
from scheduler import DailyLimit, QuotaReached, Refused


def refusal(refused: Refusal) -> str:
    """Why it was not done, and what to do instead."""
    match refused:
        case Unknown(name=name, near=near):
            guess = f" Did you mean {' or '.join(f'`{code(each)}`' for each in near)}?" if near else ""
            return (
                f"There is no schedule `{code(name)}` here.{guess} `{COMMAND} list` shows those there are; "
                "to ask it as a prompt, put it in quotes."
            )
        case Outside(schedule=schedule):
            pause = "pause it, " if schedule.cron else ""
            return (
                f"`{schedule.id}` belongs to a private channel that you are not in any more, so I neither "
                f"show nor run it for you. You can still give it to someone there (`{COMMAND} transfer "
                f"{schedule.id} @someone`), {pause}or delete it."
            )
        case NotYours(schedule=schedule):
            return (
                f"{label(schedule)} belongs to {person(schedule.user)}. They, and the workspace's admins, "
                "can change it; you can run it, or make one of your own."
            )
        case NotAllowed(what="channel"):
            return "Whoever runs me lets me schedule in some channels only, and this is not one of them."
        case NotAllowed():
            return "Whoever runs me lets only some groups of people schedule, and you are in none of them."
        case NotMember(channel=channel):
            return f"You are not in <#{channel}>, so I do not schedule posts there for you."
        case CannotRead(channel=None, new_owner=True):
            return "It reads a file, and I could not see that they may read it too."
        case CannotRead(channel=None):
            return "I read a file only for who has shared it, or is where it was shared, if I am there too."
        case CannotRead(channel=channel, new_owner=True):
            return f"It reads <#{channel}>, and I could not see that they are in there too."
        case CannotRead(channel=channel, problem="not_member"):
            return f"You are not in <#{channel}>, so I do not read it for you."
        case CannotRead(channel=channel, problem="not_in_channel"):
            return f"I am not in <#{channel}>, so I cannot read it. Type `/invite @Precache` there first."
        case CannotRead(channel=channel):
            return f"Slack did not tell me who is in <#{channel}>, so I do not read it yet. Please try again."
        case TooMuchToRead(count=count):
            return f"That is {count} things to read; {MOST} together are the most."
        case BadName(name=name, problem="taken"):
            return f"Another schedule is called `{code(name)}` already. Please choose another name."
        case BadName(problem="too_long"):
            return "That name is too long: up to 60 characters on one line, please."
        case BadName(problem="like_an_id"):
            return "That name looks like an id. Please choose one that could not be another schedule's."
        case BadName():
            return "A name needs at least one character."
        case CannotPost(code=reason):
            return cannot_post(reason)
        case NotPublished(unsettled=True):
            return (
                "QStash did not answer, and I do not know what it made of this. "
                "Please do it once more in a minute."
            )
        case NotPublished(error=QuotaReached()):
            return (
                "The QStash plan has no room for another schedule. Delete one that is no longer needed "
                f"(`{COMMAND} list`), or ask whoever runs me for a larger plan."
            )
        case NotPublished(error=DailyLimit()):
            return (
                "QStash's messages for today are used up, so I cannot take this before tomorrow. "
                "Whoever runs me can raise the plan's limit."
            )
        case NotPublished(error=Refused()):
            return "QStash refused this. Whoever runs me finds the reason in my log."
        case NotPublished():
            return "I could not reach QStash, so nothing was changed. Please try again in a minute."
        case ChangedMeanwhile(schedule=schedule):
            return f"{label(schedule)} was changed by someone else just now. Please look at it and try again."
        case Pointless(schedule=schedule, problem=problem):
            return f"{label(schedule)} {_POINTLESS[problem]}"
        case _:
            assert_never(refused)


_POINTLESS: Final = {
    "one_off": "runs only once, so there is nothing to pause. It can be deleted.",
    "paused": "is paused already.",
    "not_paused": "is not paused.",
    "owner": "belongs to them already.",
    "no_person": "can only be given to someone who is active in this workspace.",
    "guest": "can only be given to a full member of this workspace, not to a guest.",
    "not_there": "can only be given to someone who is in its channel.",
    "not_allowed": "can only be given to someone whom whoever runs me lets schedule.",
}


def cannot_post(reason: str) -> str:
    """Why the bot cannot post there, by Slack's error code."""
    match reason:
        case "not_in_channel" | "channel_not_found":
            return (
                "I am not in that channel, so I could not post there. "
                "Type `/invite @Precache` in it and try again."
            )
        case "is_archived":
            return "That channel is archived, so nothing can be posted there."
        case _:
            return "Slack does not let me post in that channel. Its settings may restrict who posts."
