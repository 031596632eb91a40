"""Refusals: something that a person wanted of a schedule was not done, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from bot.readers import Exposure
from bot.replies.reviewing import reviewer_mention
from bot.replies.sources import readers_name, shown_place
from bot.replies.text import COMMAND, age_words, code_text, is_veiled, person_mention, schedule_label
from bot.schedules import (
    CLOSEST_REVIEWS,
    MOST_PLACES,
    NAME_LIMIT,
    BadName,
    CannotPost,
    CannotRead,
    CannotReview,
    ChangedMeanwhile,
    MembershipUntold,
    NeedsConsent,
    NoSuchPlace,
    NotAllowed,
    NotMember,
    NotPublished,
    NotReader,
    NotYours,
    Outside,
    Pointless,
    PointlessProblem,
    Refusal,
    SomePlaces,
    TooLate,
    TooManyPlaces,
    TooMuchToRead,
    Unknown,
)
from bot.sources import MOST
from scheduler import DailyLimit, QuotaReached, Refused


def refusal_words(refused: Refusal) -> str:
    """Say why it was not done, and what to do instead."""
    match refused:
        case Unknown(name=name, near=near):
            advice = f"Use `{COMMAND} list` to see what's scheduled."
            if near:
                advice = f"Did you mean {' or '.join(f'`{code_text(other)}`' for other in near)}?"
            return f"I have no schedule called `{code_text(name)}` here. {advice}"
        case Outside(schedule=schedule):
            pause = "pause it, " if schedule.cron else ""
            return (
                f"{schedule_label(schedule)} belongs to a channel that you're no longer in, so I "
                f"can't show or run it for you. You can still {pause}delete it, or give it to someone there: "
                f"`{COMMAND} transfer {schedule.command_name} @someone`."
            )
        case NotYours(schedule=schedule):
            owner, label = person_mention(schedule.user), schedule_label(schedule)
            can = "" if is_veiled(schedule) else " You can run it, or *make a copy*."
            return f"Only {owner} or an admin can change {label}.{can}"
        case NotReader(schedule=schedule):
            return (
                f"{person_mention(schedule.user)}'s schedule `{schedule.command_name}` reads something that "
                "you can't read, and nobody has agreed to show it to you. So I can't open or run it for you."
            )
        case NotAllowed(what="channel", channel=channel, user=None):
            place = f"<#{channel}>" if channel[:1] in ("C", "G") else "this conversation"
            return f"I'm not allowed to answer in {place}. Please try another channel, or ask your admin."
        case NotAllowed():
            return "You're not in a group that is allowed to schedule. Please ask your admin."
        case NotAllowed(user=str(user)):
            return f"I'm not allowed to write to {person_mention(user)}. Please ask your admin."
        case NoSuchPlace() | TooManyPlaces() | SomePlaces():
            return _places_words(refused)
        case NotMember(channel=channel):
            return f"You're not in <#{channel}>, so I can't post there for you. Please join it first."
        case MembershipUntold(channel=channel, is_refused=is_refused):
            return _membership_untold(channel, is_refused=is_refused)
        case CannotRead() | TooMuchToRead():
            return _unreadable_words(refused)
        case NeedsConsent(exposures=exposures):
            return needs_consent(exposures)
        case CannotReview():
            return _unfit_words(refused)
        case BadName():
            return _bad_name_words(refused)
        case CannotPost(code=reason, channel=channel):
            return cannot_post(reason, channel)
        case NotPublished():
            return _not_published_words(refused)
        case ChangedMeanwhile(schedule=schedule):
            return f"Someone else just changed {schedule_label(schedule)}. Please look at it and try again."
        case TooLate():
            return "It's too late to undo that. I keep a deleted schedule for a minute only."
        case Pointless(schedule=schedule, problem=problem):
            return POINTLESS[problem].format(label=schedule_label(schedule))
        case _:
            assert_never(refused)


def _places_words(refused: NoSuchPlace | TooManyPlaces | SomePlaces) -> str:
    match refused:
        case TooManyPlaces(count=count):
            return f"That's {count} places, and the limit is {MOST_PLACES}. Please leave some out."
        case NoSuchPlace(name=name, problem=problem):
            if problem == "unknown" and not name.startswith("#"):
                shown = name if name.startswith("<") else code_text(name)
                return f"I can't find {shown} in this workspace. Please check the name."
            return NO_PLACE[problem].format(name=name)
        case SomePlaces(refused=several):
            lines = dict.fromkeys(refusal_words(refusal) for refusal in several)
            return "\n".join(("I can't post to all of these places:", *(f"• {line}" for line in lines)))
        case _:
            assert_never(refused)


NO_PLACE: Final[dict[str, str]] = {
    "unknown": "I can't find {name}. Please check the name; I only see channels that you and I are both in.",
    "archived": "{name} is archived, so I can't post there.",
    "gone": "{name} has left this workspace, so I can't write to them.",
    "bot": "{name} is an app, and I only write to people.",
    "untold": "Slack didn't tell me about {name}. Please try again.",
    "no_scope": (
        "I'm not allowed to write to people, such as {name}. "
        "Please ask your admin to install me again with the permission `im:write`."
    ),
    "refused": "Slack doesn't let me write to {name}. Your admin can look up why in my log.",
}


def with_fitting_places(sentence: str, command: str) -> str:
    """The sentence, and what to type to have it posted where nothing is in the way."""
    return f"{sentence}\nTo post to the others, type `{COMMAND} {code_text(command)}`."


_MOST_NAMED: Final = 10  # exposures in one question


def exposure_words(exposures: Sequence[Exposure]) -> str:
    """Say who would see what they could not read themselves; mrkdwn."""
    lines = [
        f"What I read in {readers_name(exposure.readers)} would be seen {_seen_by(exposure)}."
        for exposure in exposures
    ]
    if len(lines) == 1:
        return lines[0]
    shown = [f"• {line}" for line in lines[:_MOST_NAMED]]
    if len(lines) > _MOST_NAMED:
        shown.append(f"• … and {len(lines) - _MOST_NAMED} more of this kind.")
    return "\n".join(shown)


def _seen_by(exposure: Exposure) -> str:
    place = shown_place(exposure.place)
    match exposure.why:
        case "public":
            return f"by everyone in this workspace, because {place} is public"
        case "shared":
            return f"by people of another organisation, because {place} is shared with them"
        case "guests":
            return f"by guests in {place} who can't read it themselves"
        case "members":
            return f"by people in {place} who can't read it themselves"
        case "person":
            return f"in {place}, by someone who can't read it themselves"
        case "uncounted":
            return f"in {place}, which has too many people for me to check who may read it"
        case "unseen":
            return f"in {place}, and I no longer see who may read it"
        case _:
            assert_never(exposure.why)


def needs_consent(exposures: Sequence[Exposure]) -> str:
    """Refuse something that nobody was asked about; buttons or a tick may stand under it."""
    return f"{exposure_words(exposures)}\nI won't post it there unless you agree."


def _unfit_words(refused: CannotReview) -> str:
    who = reviewer_mention(refused.who)
    match refused.problem:
        case "too_often":
            least = age_words(CLOSEST_REVIEWS)
            return f"Posts that somebody looks at first need at least {least} between them."
        case "gone":
            return f"{who} isn't an active member of this workspace, so they can't look at posts first."
        case "no_reader":
            return (
                f"{who} may not read everything that this schedule reads, so I can't show them its posts. "
                "Please choose someone else, or add them to that channel."
            )
        case "nobody":
            return f"Nobody in {who} could look at these posts. Please choose someone else."
        case "unknown":
            return f"Slack doesn't tell me who {who} is. Please choose someone else."


def _unreadable_words(refused: CannotRead | TooMuchToRead) -> str:
    match refused:
        case TooMuchToRead(count=count):
            return f"That's {count} sources, and the limit is {MOST}. Please remove some."
        case CannotRead(channel=None, new_owner=True):
            return (
                "I couldn't confirm that the new owner can see everything that the schedule reads. "
                "Share it with them, then try again."
            )
        case CannotRead(channel=None, problem="untold"):
            return "Slack didn't tell me who can see that file. Please try again."
        case CannotRead(channel=None):
            return (
                "I can read a file for the person who shared it, or for someone in a channel where it was "
                "shared and where I am a member."
            )
        case CannotRead(channel=channel, new_owner=True):
            return (
                f"I couldn't confirm that the new owner is in <#{channel}>, which the schedule reads. "
                "Add them there, then try again."
            )
        case CannotRead(channel=channel, problem="archived"):
            return f"<#{channel}> is archived, so I can't read it."
        case CannotRead(channel=channel, problem="not_member"):
            return f"You're not in <#{channel}>, so I can't read it for you. Please join it first."
        case CannotRead(channel=channel, problem="not_in_channel"):
            return f"I'm not in <#{channel}>, so I can't read it. Type `/invite @Precache` there first."
        case CannotRead(channel=channel, problem=problem):
            return _membership_untold(channel or "", is_refused=problem == "refused")
        case _:
            assert_never(refused)


def _membership_untold(channel: str, *, is_refused: bool) -> str:
    if is_refused:
        return f"Slack refuses to tell me who is in <#{channel}>. Your admin can look up why in my log."
    return f"Slack didn't tell me who is in <#{channel}>. Please try again."


def _bad_name_words(refused: BadName) -> str:
    match refused.problem:
        case "taken":
            return (
                f"Another schedule is already called `{code_text(refused.name)}`. Please choose another name."
            )
        case "too_long":
            return f"That name is too long. Please use up to {NAME_LIMIT} characters on one line."
        case "like_an_id":
            return "That name looks like a schedule's id. Please choose another name."
        case "empty":
            return "A name needs at least one character."
        case _:
            assert_never(refused.problem)


def _not_published_words(refused: NotPublished) -> str:
    if refused.unsettled:
        return (
            "My scheduling service didn't respond, so I don't know whether this worked. "
            "Please do it again in a minute."
        )
    match refused.error:
        case QuotaReached():
            return (
                "My scheduling service has no room for another schedule. Please delete one that you no "
                f"longer need (see `{COMMAND} list`), or ask your admin for more room."
            )
        case DailyLimit():
            return (
                "My scheduling service has reached its limit for today. "
                "Please try again tomorrow, or ask your admin to raise it."
            )
        case Refused():
            return (
                "I couldn't do this because my scheduling service rejected it. "
                "Please tell your admin; the reason is in my log."
            )
        case _:
            return (
                "I can't reach my scheduling service right now. Nothing was changed; try again in a minute."
            )


POINTLESS: Final[Mapping[PointlessProblem, str]] = {
    "over": "The time of {label} has passed, so it can't run any more. Please schedule it again.",
    "one_off": "{label} runs only once, so it can't be paused. You can delete it instead.",
    "paused": "{label} is already paused.",
    "not_paused": "{label} isn't paused.",
    "owner": "{label} already belongs to them.",
    "no_person": "You can only give {label} to an active member of this workspace.",
    "guest": "You can't give {label} to a guest. Please choose a full member of this workspace.",
    "not_there": "You can only give {label} to someone in its channel.",
    "not_allowed": "You can only give {label} to someone who is allowed to schedule.",
    "no_place": "{label} doesn't post there any more.",
    "skip_one_off": "{label} runs only once, so there is no next run to skip. You can delete it, or change "
    "its time.",
    "skip_paused": "{label} is paused, so it has no run to skip.",
    "skipped": "The next run of {label} is skipped already. To leave out more, pause it until a day.",
    "not_skipped": "No coming run of {label} is skipped.",
    "no_run": "{label} has no more runs, so there is none to skip.",
    "starting": "The next run of {label} is starting right now, so it's too late to skip it.",
    "pause_over": "That has passed, so {label} can't be paused until then. Try `2 days` or `until monday`.",
    "already_there": "{label} already posts there, and only there.",
    "last_place": "That is the only place of {label}. Give it another one first, or delete it.",
}


def cannot_post(reason: str, channel: str) -> str:
    """Say why the bot cannot post in a channel, by Slack's error code."""
    match reason:
        case "not_in_channel" | "channel_not_found":
            return f"I'm not in <#{channel}> yet. Type `/invite @Precache` there, then send this again."
        case "is_archived":
            return f"<#{channel}> is archived, so I can't post there."
        case _:
            return f"Slack doesn't let me post in <#{channel}>. Its settings may limit who can post."
