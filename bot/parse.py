"""Command text → what was asked for; pure.

A word counts as a subcommand only where the rest fits it, so "list three ideas" and "delete the oldest file
in bash" are prompts. A text that is wholly in quotes is a prompt, whatever it says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Final, Literal, get_args

from bot.schedules import ID
from scheduler import QUERY_LIMIT, Timing, find_timing

Verb = Literal["show", "run", "pause", "resume", "edit", "delete", "history"]
"""What can be done with one schedule, and needs nothing but its id or name."""

Topic = Literal["times", "schedules", "sources", "posts"]
Scope = Literal["here", "mine", "all"]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Answer now."""

    query: str


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Answer at a time, or at times."""

    timing: Timing
    query: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Answer now, to the one who asks alone."""

    query: str


@dataclass(frozen=True, kw_only=True)
class Compose:
    """Open the composer."""


@dataclass(frozen=True, kw_only=True)
class List:
    """What is scheduled."""

    scope: Scope


@dataclass(frozen=True, kw_only=True)
class Act:
    """Do something with one schedule."""

    verb: Verb
    name: str


@dataclass(frozen=True, kw_only=True)
class Rename:
    name: str
    new_name: str


@dataclass(frozen=True, kw_only=True)
class Transfer:
    name: str
    user: str
    """As typed: `@grace`, or Slack's `<@U…>`."""


@dataclass(frozen=True, kw_only=True)
class Stats:
    """What was asked, answered and spent."""


@dataclass(frozen=True, kw_only=True)
class Help:
    """What can be typed."""

    topic: Topic | None = None


@dataclass(frozen=True, kw_only=True)
class UsageError:
    """Nothing that can be done."""

    problem: Literal["no_prompt", "too_long", "no_id", "no_name", "no_user", "did_you_mean"]
    length: int = 0
    """Of a prompt that is too long, in characters."""
    word: str = ""
    """The subcommand that lacks something, or that was probably meant."""


Request = Ask | Schedule | Preview | Compose | List | Act | Rename | Transfer | Stats | Help | UsageError

_VERBS: Final = get_args(Verb)
_TOPICS: Final = get_args(Topic)
_WORDS: Final = ("list", "preview", "rename", "transfer", "stats", "help", "compose", *_VERBS)

_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "`": "`"}
_NAME: Final = re.compile(r'("[^"\n]+"|“[^”\n]+”|`[^`\n]+`|\S+)\s*(.*)', re.DOTALL)


def parse(text: str, *, now: datetime, zone: str | None) -> Request:
    """What `text` asks for, times read in `zone`; raises `WhenError` for a time that cannot be kept.

    That is `ZoneNeeded` without a `zone`, if the time needs one.
    """
    text = text.strip()
    if not text:
        return Compose()
    if not text.strip("\"'“”„«»`"):
        return UsageError(problem="no_prompt")
    word, _, rest = text.partition(" ")
    if (request := _subcommand(word.lower(), rest.strip())) is not None:
        return request
    if (literal := _unquoted(text)) is not None:
        return _checked(Ask(query=literal))
    found = find_timing(text, now=now, zone=zone)
    if found is None:
        return _near_miss(text) or _checked(Ask(query=text))
    timing, query = found
    return _checked(Schedule(timing=timing, query=query))


def _subcommand(word: str, rest: str) -> Request | None:
    """The subcommand, if the rest fits it; None makes it a prompt."""
    match word:
        case "help" | "?" if not rest:
            return Help()
        case "help" if (topic := rest.lower()) in _TOPICS:
            return Help(topic=next(each for each in _TOPICS if each == topic))
        case "list" if rest.lower() in ("", "here"):
            return List(scope="here")
        case "list" if rest.lower() in ("mine", "all"):
            return List(scope="mine" if rest.lower() == "mine" else "all")
        case "compose" | "new" if not rest:
            return Compose()
        case "stats" if not rest:
            return Stats()
        case "preview":
            query = _unquoted(rest) or rest
            return _checked(Preview(query=query)) if query else UsageError(problem="no_prompt", word=word)
        case "rename" | "transfer" if not rest:
            return UsageError(problem="no_id", word=word)
        case "rename" | "transfer":
            return _with_two(word, rest)
    verb = next((each for each in _VERBS if each == word), None)
    if verb is None:
        return None
    if not rest:
        return UsageError(problem="no_id", word=word)
    named = _NAME.fullmatch(rest)
    if named is None:
        return None
    if named[2]:  # a prompt, unless an id stands there: then hardly a prompt is meant
        return (
            UsageError(problem="did_you_mean", word=f"{word} {named[1]}") if ID.fullmatch(named[1]) else None
        )
    return Act(verb=verb, name=_bare(named[1]))


def _with_two(word: str, rest: str) -> Request | None:
    """`rename <id> <new name>` and `transfer <id> @someone`: the first must look like an id, or be quoted."""
    named = _NAME.fullmatch(rest)
    if named is None or not (ID.fullmatch(named[1]) or named[1][0] in _QUOTES):
        return None
    name, other = _bare(named[1]), named[2].strip()
    if word == "rename":
        new_name = _bare(other)
        return Rename(name=name, new_name=new_name) if new_name else UsageError(problem="no_name", word=word)
    if re.fullmatch(r"@\S+|<@\w+(?:\|[^>]*)?>", other):
        return Transfer(name=name, user=other)
    return UsageError(problem="no_user", word=word)


def _near_miss(text: str) -> UsageError | None:
    """A slip of the finger, where hardly a prompt can be meant: one word, or a word before an id."""
    words = text.split()
    if len(words) > 2 or (len(words) == 2 and not ID.fullmatch(words[1])):
        return None
    meant = get_close_matches(words[0].lower(), _WORDS, n=1, cutoff=0.75)
    if not meant:
        return None
    return UsageError(problem="did_you_mean", word=" ".join((meant[0], *words[1:])))


def named_in(text: str) -> tuple[Verb, str] | None:
    """A verb, and what could be a name of several words; whether it is one, only the book knows."""
    word, _, rest = text.strip().partition(" ")
    verb = next((each for each in _VERBS if each == word.lower()), None)
    return (verb, rest.strip()) if verb and " " in rest.strip() and len(rest) <= 80 else None


def _checked(request: Ask | Schedule | Preview) -> Request:
    if not request.query.strip():
        return UsageError(problem="no_prompt")
    if len(request.query) > QUERY_LIMIT:
        return UsageError(problem="too_long", length=len(request.query))
    return request


def _unquoted(text: str) -> str | None:
    """What a pair of quotes around the whole text encloses; None without one."""
    if len(text) > 2 and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]:
        inner = text[1:-1].strip()
        return inner if inner and text[-1] not in inner else None
    return None


def _bare(name: str) -> str:
    return _unquoted(name) or name.strip("`'\"“” ")
