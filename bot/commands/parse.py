"""Command text → what was asked for; pure.

A word counts as a subcommand only where the rest fits it, so "list three ideas" and "delete the oldest file
in bash" are prompts. A text that is wholly in quotes is a prompt, whatever it says. What is clearly meant as
a subcommand and is none is asked about, and no model is paid to answer it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from bot.commands.near_misses import nearest_word, other_word, slip
from bot.schedules import ID, NEW_ID
from scheduler import QUERY_LIMIT, QUOTES, Timing, find_timing, other_reading, perhaps_timing, unquoted

Verb = Literal["show", "run", "pause", "resume", "edit", "delete", "history"]
"""The acts on one schedule that need nothing but its id or name."""

Topic = Literal["times", "schedules", "sources", "posts"]
Scope = Literal["here", "mine", "all"]


@dataclass(frozen=True, kw_only=True)
class AskRequest:
    """Answer now."""

    query: str
    perhaps: str | None = None
    """Words that end it, and may have been meant as its time."""


@dataclass(frozen=True, kw_only=True)
class ScheduleRequest:
    """Answer at a time, or at times."""

    timing: Timing
    query: str
    other: str | None = None
    """The other time that the words may mean, if they have two usual readings."""


@dataclass(frozen=True, kw_only=True)
class PreviewRequest:
    """Answer now, to the one who asks alone."""

    query: str


@dataclass(frozen=True, kw_only=True)
class ComposeRequest:
    """Open the composer."""


@dataclass(frozen=True, kw_only=True)
class ListRequest:
    """A wish to see what is scheduled."""

    scope: Scope


@dataclass(frozen=True, kw_only=True)
class ActRequest:
    """Do something with one schedule."""

    verb: Verb
    name: str


@dataclass(frozen=True, kw_only=True)
class RenameRequest:
    name: str
    new_name: str


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    name: str
    user: str
    """As typed: `@grace`, or Slack's `<@U…>`."""


@dataclass(frozen=True, kw_only=True)
class StatsRequest:
    """A wish to see what was asked, answered and spent."""


@dataclass(frozen=True, kw_only=True)
class HelpRequest:
    """A wish to see what can be typed."""

    topic: Topic | None = None


@dataclass(frozen=True, kw_only=True)
class UsageError:
    """Nothing that can be done."""

    problem: Literal["no_prompt", "too_long", "no_id", "no_name", "no_user", "did_you_mean"]
    length: int = 0
    """Of a prompt that is too long, in characters."""
    word: str = ""
    """The subcommand that lacks something, or that was probably meant."""


Request = (
    AskRequest
    | ScheduleRequest
    | PreviewRequest
    | ComposeRequest
    | ListRequest
    | ActRequest
    | RenameRequest
    | TransferRequest
    | StatsRequest
    | HelpRequest
    | UsageError
)

_VERBS: Final = get_args(Verb)
_TOPICS: Final = get_args(Topic)
_OF_ONE: Final = ("rename", "transfer", *_VERBS)
_WORDS: Final = ("list", "preview", "stats", "help", "compose", *_OF_ONE)
_SCOPES: Final[dict[str, Scope]] = {
    "": "here", "here": "here", "mine": "mine", "my": "mine", "all": "all",
}  # fmt: skip
_ALSO_SCOPES: Final = {"me": "mine", "everything": "all", "everyone": "all"}

_COMMAND_AGAIN: Final = re.compile(r"/precache(?:\s+|$)", re.IGNORECASE)
_GAP: Final = re.compile(r"[^\S\n]+")
_PLEASE: Final = re.compile(r"please,? ", re.IGNORECASE)
_DASH_FIRST: Final = re.compile(r"[-–—:,]\s*")
"""After a mention: `@Precache - list`."""
_NAME: Final = re.compile(
    r"""("[^"\n]+"|[“„][^”“\n]+[”“]|«[^»\n]+»|‘[^’\n]+’|`[^`\n]+`|\S+)\s*(.*)""", re.DOTALL
)
_PERSON: Final = re.compile(r"(?:(.+?)\s+)??(?:to\s+)?(@\S+|<@\w+(?:\|[^>]*)?>)", re.DOTALL)
_NAME_REACH: Final = 80
_LONGEST: Final = QUERY_LIMIT + 1_000
"""A prompt with its time; what is longer is not read at all."""


def parse_command(text: str, *, now: datetime, zone: str | None) -> Request:
    """Read what `text` asks for, times in `zone`; raises `WhenError` for a time that cannot be kept.

    That is `ZoneNeeded` without a `zone`, if the time needs one.
    """
    text = text.strip()
    if again := _COMMAND_AGAIN.match(text):
        text = text[again.end() :]
    if not text:
        return ComposeRequest()
    if len(text) > _LONGEST:
        return UsageError(problem="too_long", length=len(text))
    if (dash := _DASH_FIRST.match(text)) and (
        request := _subcommand(*_split(text[dash.end() :]))
    ) is not None:
        return request
    if not text.strip(f"{QUOTES}` "):
        return UsageError(problem="no_prompt")
    if (request := _subcommand(*_split(text)) or _politely(text)) is not None:
        return request
    if (literal := _literal(text)) is not None:
        return _checked(AskRequest(query=literal))
    found = find_timing(text, now=now, zone=zone)
    if found is None:
        return _near_miss(text) or _checked(AskRequest(query=text, perhaps=perhaps_timing(text)))
    timing, query = found
    other = other_reading(text, now=now, zone=zone)
    return _checked(ScheduleRequest(timing=timing, query=query, other=other))


def _split(text: str) -> tuple[str, str]:
    """The first word in small letters, and the rest of its line and all that follows."""
    word, *rest = _GAP.split(text, maxsplit=1)
    return word.lower(), rest[0].strip() if rest else ""


def _subcommand(word: str, rest: str) -> Request | None:
    """The subcommand, if the rest fits it; None makes it a prompt."""
    match word:
        case "help" | "?" if not rest:
            return HelpRequest()
        case "help" if (topic := rest.lower()) in _TOPICS:
            return HelpRequest(topic=next(known for known in _TOPICS if known == topic))
        case "help" if rest.lower() in _WORDS:
            return HelpRequest(topic="schedules" if rest.lower() in _OF_ONE else None)
        case "list" if (scope := _without_schedules(rest.lower())) in _SCOPES:
            return ListRequest(scope=_SCOPES[scope])
        case "compose" | "new" if not rest:
            return ComposeRequest()
        case "stats" if not rest:
            return StatsRequest()
        case "preview":
            query = _literal(rest) or rest
            return (
                _checked(PreviewRequest(query=query)) if query else UsageError(problem="no_prompt", word=word)
            )
        case "rename" | "transfer" if not rest:
            return UsageError(problem="no_id", word=word)
        case "rename":
            return _rename(rest)
        case "transfer":
            return _transfer(rest)
    verb = next((known for known in _VERBS if known == word), None)
    if verb is None:
        return None
    if not rest:
        return UsageError(problem="no_id", word=word)
    if NEW_ID.fullmatch(spoken := rest.rstrip(".!?").replace(" ", "-")):
        return ActRequest(verb=verb, name=spoken)
    named = _NAME.fullmatch(rest)
    if named is None:
        return None
    if named[2]:  # a prompt, unless an id stands there: then hardly a prompt is meant
        return (
            UsageError(problem="did_you_mean", word=f"{word} {named[1]}") if ID.fullmatch(named[1]) else None
        )
    return ActRequest(verb=verb, name=_bare(named[1]))


def _without_schedules(rest: str) -> str:
    """The `my` of `list my schedules`."""
    for ending in ("schedules", "schedule"):
        if rest.endswith(ending):
            return rest.removesuffix(ending).rstrip()
    return rest


def _rename(rest: str) -> Request | None:
    """`rename <id> <new name>`: the first must look like an id, or be quoted."""
    named = _NAME.fullmatch(rest)
    if named is None or not (ID.fullmatch(named[1]) or named[1][0] in f"{QUOTES}`"):
        return None
    new_name = named[2].strip()
    if to := _TO.match(new_name):
        new_name = new_name[to.end() :]
    new_name = _bare(new_name)
    if not new_name:
        return UsageError(problem="no_name", word="rename")
    return RenameRequest(name=_bare(named[1]), new_name=new_name)


_TO: Final = re.compile(r"to(?:\s+|$)", re.IGNORECASE)
"""Between an old and a new name; a name that is itself `to …` stands in quotes."""


def _transfer(rest: str) -> Request | None:
    """`transfer <id or name> @someone`; without anyone, only an id makes it a subcommand."""
    if len(rest) <= 2 * _NAME_REACH and (to := _PERSON.fullmatch(rest)) is not None:
        name = to[1]
        return (
            TransferRequest(name=_bare(name), user=to[2])
            if name
            else UsageError(problem="no_id", word="transfer")
        )
    named = _NAME.fullmatch(rest)
    if named is None or not (ID.fullmatch(named[1]) or named[1][0] in f"{QUOTES}`"):
        return None
    return UsageError(problem="no_user", word="transfer")


def _politely(text: str) -> Request | None:
    """A subcommand of two words at most, with a please or a full stop."""
    said = _without_courtesy(text)
    if not said or said == text or len(said.split()) > 2:
        return None
    request = _subcommand(*_split(said))
    return None if isinstance(request, PreviewRequest) else request


def _without_courtesy(text: str) -> str:
    said = (text[please.end() :] if (please := _PLEASE.match(text)) else text).rstrip(".!?")
    if said.lower().endswith(" please"):
        said = said[: -len(" please")].removesuffix(",").rstrip(".!?")
    return said


def _near_miss(text: str) -> UsageError | None:
    """A slip of the finger, or another word for what there is, where hardly a prompt can be meant."""
    word, rest = _split(text)
    meant: str | None = None
    if (command := slip(word, _WORDS)) is not None and _subcommand(command, rest) is not None:
        meant = command
    elif not rest:
        if NEW_ID.fullmatch(word):
            return UsageError(problem="did_you_mean", word=f"show {word}")
        meant = other_word(word, alone=True) or nearest_word(word, _WORDS)
    elif ID.fullmatch(rest) and word == "list":
        meant = "show"
    elif ID.fullmatch(rest):
        meant = other_word(word, alone=False) or nearest_word(word, _OF_ONE)
    elif word == "list" and (
        scope := _ALSO_SCOPES.get(rest.lower()) or nearest_word(rest.lower(), ("mine", "all"))
    ):
        meant, rest = word, scope
    elif word == "help" and (topic := nearest_word(rest.lower(), _TOPICS)):
        meant, rest = word, topic
    return UsageError(problem="did_you_mean", word=f"{meant} {rest}".strip()) if meant else None


def perhaps_named(query: str) -> list[ActRequest | RenameRequest]:
    """The prompt that is left if some of its words are a schedule's name; only the schedule store knows."""
    word, rest = _split(query.strip())
    if not rest or len(query) > 2 * _NAME_REACH:
        return []
    if word == "rename":
        name, _, new_name = rest.partition(" ")
        whole = re.fullmatch(r"(.+?) to (.+)", rest)
        found = [RenameRequest(name=name, new_name=_bare(new_name.strip()))] if new_name.strip() else []
        return [RenameRequest(name=whole[1], new_name=_bare(whole[2])), *found] if whole else [*found]
    verb = next((known for known in _VERBS if known == word), None)
    return [ActRequest(verb=verb, name=rest)] if verb and " " in rest and len(rest) <= _NAME_REACH else []


def _checked(request: AskRequest | ScheduleRequest | PreviewRequest) -> Request:
    if not request.query.strip():
        return UsageError(problem="no_prompt")
    if len(request.query) > QUERY_LIMIT:
        return UsageError(problem="too_long", length=len(request.query))
    return request


def _literal(text: str) -> str | None:
    """The text between quotes, or backticks, round the whole; None without them."""
    code = re.fullmatch(r"`([^`]+)`", text)
    return (code[1].strip() or None) if code else unquoted(text)


def _bare(name: str) -> str:
    return _literal(name) or name.strip("` ")
