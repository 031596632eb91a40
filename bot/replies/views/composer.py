"""Words of the composer's window: its fields, what is wrong with them, and how it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.replies.text import (
    YOUR_TIME,
    age_words,
    zone_name,
)
from bot.schedules import MOST_PLACES, MOST_REVIEWERS, NAME_LIMIT, Undecided
from bot.sources import MOST
from scheduler import QUERY_LIMIT, Changes

# The window

NEW_TITLE: Final = "New schedule"
EDIT_TITLE: Final = "Edit schedule"
ASK_TITLE: Final = "Ask once"
SAVE: Final = "Save"
ASK: Final = "Ask"
CANCEL: Final = "Cancel"
PREVIEW: Final = "Preview"
PREVIEW_AGAIN: Final = "Preview again"
ADD_SOURCES: Final = "Add sources"
MORE_SETTINGS: Final = "More settings"
FEWER_SETTINGS: Final = "Fewer settings"
JOIN: Final = "Join channel"
JOINED: Final = "I've joined that channel, so you can save this now."
FOLLOWS: Final = "I'll read the latest state of the thread at every run."

# Fields

PROMPT: Final = "Prompt"
PROMPT_EXAMPLE: Final = "What should I ask?"
PROMPT_HINT: Final = "The model knows the date. You can also write {date}, {weekday}, {since} or {channel}."
PROMPT_CONTINUED: Final = "Prompt, continued"
WHEN: Final = "When"
WHEN_EXAMPLE: Final = "every weekday at 9am"
CHANNEL: Final = "Channel"
ALSO: Final = "Also in these channels"
ALSO_HINT: Final = "The same answer is posted to all of them, and made once."
TO_PEOPLE: Final = "And to these people, in their messages with me"
ONLY_ME: Final = "Only me, in my messages with Precache"
NAME: Final = "Name"
NAME_EXAMPLE: Final = "Morning news"
NAME_HINT: Final = "A short name, so you can find it in lists."
LINKS: Final = "Links"
LINKS_EXAMPLE: Final = "https://example.org/news"
LINKS_HINT: Final = (
    "Pages, feeds, PDFs, recordings, pictures or Slack messages with their threads. "
    "Links in the prompt are read anyway."
)
CHANNELS: Final = "Channels to read"
CHANNELS_HINT: Final = "Only channels that you and I are both in."
NONE_CHOSEN: Final = "None"
PERIOD: Final = "Period to cover"
PERIODS: Final = (
    ("usual", "Since the last run (or the last day, if it runs once)"),
    ("24", "The last day"),
    ("168", "The last week"),
    ("744", "The last month"),
)
OTHERS: Final = "Other sources"
NO_OTHERS: Final = "None"
OTHERS_GONE: Final = "One of these is no longer kept. Please remove it, or start again from its message."
CHANGES: Final = "Post"
CHANGES_CHOICES: Final[tuple[tuple[Changes, str], ...]] = (
    ("always", "Always"),
    ("only", "Only if something has changed"),
    ("difference", "Only what has changed"),
)
POST_IF: Final = "Post only if …"
POST_IF_EXAMPLE: Final = "something is down"
POST_IF_HINT: Final = (
    "A sentence, judged by the model when the answer is there. Press Preview to try it on the latest posts."
)
MODEL: Final = "Model"
UNTIL: Final = "Until"
UNTIL_HINT: Final = "The last day it runs."
HOLIDAYS: Final = "Skip public holidays of"
HOLIDAYS_EXAMPLE: Final = "A country or region, such as DE, US-CA or Scotland"
FRESHNESS: Final = "Reuse a recent answer?"
FRESHNESS_CHOICES: Final = (
    ("0", "Never, always ask again"),
    ("300", "Up to 5 minutes old"),
    ("3600", "Up to an hour old"),
    ("21600", "Up to 6 hours old"),
    ("86400", "Up to a day old"),
)
PEOPLE: Final = "Notify these people"
GROUPS: Final = "Notify these groups"
NOBODY: Final = "Nobody"
REVIEWERS: Final = "Looked at first by"
REVIEWERS_HINT: Final = (
    "They see each post before it goes out, and can post, edit or skip it. One decision is enough."
)
REVIEW_GROUPS: Final = "Looked at first by one of these groups"
REVIEW_LEAD: Final = "How long before to ask the reviewers"
REVIEW_LEADS: Final = (
    ("900", "15 minutes"),
    ("1800", "30 minutes"),
    ("3600", "1 hour"),
    ("7200", "2 hours"),
    ("14400", "4 hours"),
    ("28800", "8 hours"),
    ("43200", "12 hours"),
)
REVIEW_UNDECIDED: Final = "If no reviewer decides in time"
UNDECIDED_CHOICES: Final[tuple[tuple[Undecided, str], ...]] = (
    ("skip", "Don't post it, and tell the owner"),
    ("post", "Post it as it is"),
)
BROADCASTS: Final = (
    ("here", "@here: everyone who is active now"),
    ("channel", "@channel: everyone in the channel"),
)


PICK_RHYTHM: Final = "Repeat…"
PICK_HOUR: Final = "Hour"
RHYTHMS: Final = (
    ("day", "Every day"),
    ("weekday", "Every weekday"),
    ("days", "On these days"),
    ("month", "Every month"),
    ("custom", "Custom, as typed"),
)
DAY_NAMES: Final = (
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("0", "Sunday"),
)
"""By the numbers that crons have for them."""


def on_the(day: int) -> str:
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"on the {day}{ending}"


def when_hint(*, needed: bool, zone: str | None = None) -> str:
    """Give examples, and say in which `zone` times are; a form that may ask once may leave the time empty."""
    in_zone = "" if zone is None else f" ({zone_name(zone)} time)"
    examples = f"In plain words: tomorrow at 8:30, every 2 hours between 9 and 17{in_zone}."
    return examples if needed else f"{examples} Leave empty to ask once, right away."


def last_hours(value: str) -> str:
    return f"The last {value} hours"


def default_model(name: str = "") -> str:
    return f"Default: {name}" if name else "Default"


def model_gone(name: str) -> str:
    return f"{name} (no longer available)"


def default_freshness(*, max_age: timedelta, lead: timedelta) -> str:
    """The usual age of an answer that is asked for now, and of one for a schedule."""
    usual = f"up to {age_words(max_age)} old" if max_age else "never"
    return f"Default: {usual} ({age_words(lead) if lead else 'never'} on a schedule)"


def other_lead(value: str) -> str:
    return age_words(timedelta(seconds=int(value)))


def too_many_reviewers(count: int) -> str:
    return f"These are {count} reviewers, and the limit is {MOST_REVIEWERS}. A group counts as one."


def other_freshness(value: str) -> str:
    return f"Up to {int(value):,} seconds old"


# The time, as it was understood

ASKED_NOW: Final = "I'll ask this once, when you press Ask."
RUNS_HERE: Final = "The next runs will show here."
NO_ZONE: Final = (
    "Slack didn't tell me your time zone, so I used UTC. To use another zone, add it: `in Europe/Berlin`."
)
NEVER_RUNS: Final = "This never runs."


def next_times(runs: str, *, ends: bool, zone: str) -> str:
    """Name the next runs, on whose clock they are, and that there are no more if it `ends`."""
    where = "" if runs.endswith(YOUR_TIME) else f" ({zone_name(zone)})"
    return f"Next: {runs}{' (then it ends)' if ends else ''}{where}"


# Problems with a field

_MOST_NAMED: Final = 8  # of the words that are no links

NO_PROMPT: Final = "Please type a prompt."
NO_CHANNEL: Final = "Please choose a channel for the answers."
ONE_LINE: Final = "The name has to fit on one line."
MODEL_GONE: Final = "This model is no longer available. Please choose another one."
WHICH_THREAD: Final = (
    "Which thread? Add its link under *Links*, or choose *Summarise this thread* in a message's menu."
)
TOO_FAR_BACK: Final = "I can read back one month at most. Please choose a shorter time."


def prompt_too_long(length: int) -> str:
    return f"This prompt has {length:,} characters, and the limit is {QUERY_LIMIT:,}. Please shorten it."


def name_too_long(length: int) -> str:
    return f"This name has {length:,} characters, and the limit is {NAME_LIMIT}."


def links_too_long(length: int, *, most: int) -> str:
    return f"These links have {length:,} characters, and the limit is {most:,}. Please remove some."


def no_links(words: Sequence[str]) -> str:
    """Name all that is no link."""
    quoted = [f"“{word}”" for word in words[:_MOST_NAMED]]
    if len(words) > _MOST_NAMED:
        quoted.append(f"{len(words) - _MOST_NAMED} more")
    named = " and ".join((", ".join(quoted[:-1]), quoted[-1])) if len(quoted) > 1 else quoted[0]
    return (
        f"I can't read {named} as {'a link' if len(words) == 1 else 'links'}. Start each link with http:// "
        "or https://, and put a space or a new line between two links."
    )


def too_many_places(count: int) -> str:
    return f"These are {count} places, and the limit is {MOST_PLACES}. Please remove some."


def too_many_channels(count: int, *, most: int) -> str:
    return f"These are {count} channels, and the limit is {most}. Please remove some."


def too_many_sources(count: int) -> str:
    return (
        f"These are {count} sources, including links in the prompt, and the limit is {MOST}. "
        "Please remove some."
    )


# Who would see it

CHECK_READERS: Final = "Please check who would see this, and tick the box if you agree. It isn't saved yet."
AGREE: Final = "Who would see this"

# Opening it

OPEN: Final = "Open the form"
OPEN_TO_GO_ON: Final = "Open the form to go on."
TOO_SLOW: Final = "Slack didn't open the form in time. Please try again."
DRAFT_GONE: Final = "I only keep drafts for a day, and this one was older. Please type it again."
