"""The subcommands, as they are meant to be typed; pure.

A word counts as one only where the rest fits it, so "list three ideas" and "delete the oldest file in bash"
are prompts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, Literal, get_args

from bot.commands.moving import read_moving
from bot.commands.requests import (
    ActRequest,
    AskRequest,
    ComposeRequest,
    HelpRequest,
    ListRequest,
    PointRequest,
    PreviewRequest,
    RenameRequest,
    Request,
    ScheduleRequest,
    Scope,
    StatsRequest,
    SubscribeRequest,
    SubscriptionsRequest,
    Topic,
    TransferRequest,
    UnsubscribeRequest,
    UsageError,
    Verb,
)
from bot.commands.retimed import read_pause, read_retiming
from bot.commands.words.near_misses import find_slip, nearest_word, other_word
from bot.schedules import ID, NEW_ID
from scheduler import QUERY_LIMIT, QUOTES, cut_quotes

VERBS: Final = get_args(Verb)
_TOPICS: Final = get_args(Topic)
_OF_ONE: Final = ("rename", "transfer", "snooze", "reschedule", "subscribe", "unsubscribe", *VERBS)
_WORDS: Final = ("list", "preview", "stats", "help", "compose", "subscriptions", *_OF_ONE)
_SCOPES: Final[dict[str, Scope]] = {
    "": "here", "here": "here", "mine": "mine", "my": "mine", "all": "all",
}  # fmt: skip
_ALSO_SCOPES: Final = {"me": "mine", "everything": "all", "everyone": "all"}

_GAP: Final = re.compile(r"[^\S\n]+")
_PLEASE: Final = re.compile(r"(?:please|pls|bitte),? ", re.IGNORECASE)
_PLEASE_LAST: Final = re.compile(
    r",? (?:please|pls|thanks|thank you|bitte|danke|merci|por favor|gracias|grazie|tack)$", re.IGNORECASE
)
_NAME: Final = re.compile(
    r"""("[^"\n]+"|[“„][^”“\n]+[”“]|«[^»\n]+»|‘[^’\n]+’|`[^`\n]+`|\S+)\s*(.*)""", re.DOTALL
)
_PERSON: Final = re.compile(
    r"(?:(.+?) )??(?:to )?((?-i:@\S+(?:(?: [^\W\d_]\S*){0,2} [^\W\d_a-z]\S*)?)|<@\w+(?:\|[^>]*)?>)",
    re.IGNORECASE,
)
"""A handle, a full name (`@Ana de la Cruz`) or a mention, after what is given to them."""
_NAME_REACH: Final = 80
_IT: Final = frozenset({"it", "this", "that", "this one", "that one", "this schedule", "the schedule"})
_TO: Final = re.compile(r"to(?:\s+|$)", re.IGNORECASE)
"""Between an old and a new name; a name that is itself `to …` stands in quotes."""


_ABOUT_ME: Final = re.compile(r"\A(?:me )?(?:to|from) ", re.IGNORECASE)
"""Between the verb and the name, in `subscribe me to news`."""
_WHEN: Final = re.compile(
    r"(?:at|every|each|daily|weekly|on|weekdays|mornings?|noon|midnight)\b|\d"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.IGNORECASE,
)
"""The beginning of a time, for a subscription; if it is read as none, that is said."""

_NEXT_OF: Final = re.compile(r"(?:the )?next (?:run|post|one) (?:of|for) ", re.IGNORECASE)
"""Before the name, in `skip the next run of news`."""
_DAY: Final = re.compile(
    r"(?:today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?:['’]s)?[.!]*", re.IGNORECASE
)
"""In the place of a name: `skip tomorrow`."""
_OF_SCHEDULES_ALONE: Final = frozenset({"unpause", "unschedule"})
"""Words for what is done with a schedule, known or not, rather than asked of a model."""


def split_words(text: str) -> tuple[str, str]:
    """The first word in small letters, and the rest of its line and all that follows."""
    word, *rest = _GAP.split(text, maxsplit=1)
    return word.lower(), rest[0].strip() if rest else ""


def read_subcommand(text: str) -> Request | None:
    """The subcommand that `text` is, perhaps politely; None for what may be a prompt."""
    return _read_subcommand(*split_words(text)) or _read_polite(text)


def _read_subcommand(word: str, rest: str) -> Request | None:
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
        case "subscriptions" if not rest:
            return SubscriptionsRequest()
        case "unsubscribe" if rest.rstrip(".!").lower() in ("", "me"):
            return SubscriptionsRequest()
        case "subscribe" if rest.rstrip(".!").lower() == "me":
            return UsageError(problem="no_id", word=word)
        case "preview":
            query = quoted_whole(rest) or rest
            return (
                checked_length(PreviewRequest(query=query))
                if query
                else UsageError(problem="no_prompt", word=word)
            )
        case "rename" | "transfer" | "subscribe" | "snooze" | "reschedule" if not rest:
            return UsageError(problem="no_id", word=word)
        case "rename":
            return _read_rename(rest)
        case "transfer":
            return _read_transfer(rest)
        case "subscribe" | "unsubscribe":
            return _read_subscribe(word, rest)
        case "pause" | "snooze" if paused := read_pause(word, rest):
            return replace(paused, name=bare_name(paused.name))
        case "edit" | "reschedule" if retimed := read_retiming(word, rest):
            return replace(retimed, name=bare_name(retimed.name))
        case "skip" if _DAY.fullmatch(rest):
            return UsageError(problem="no_id", word=word)
        case "skip":
            rest = _NEXT_OF.sub("", rest)
        case "move" | "copy" if rest:
            return _read_move(word, rest)
    verb = next((known for known in VERBS if known == word), None)
    return None if verb is None else _read_act(verb, rest)


def _read_act(verb: Verb, rest: str) -> Request | None:
    if not rest:
        return UsageError(problem="no_id", word=verb)
    if NEW_ID.fullmatch(spoken := rest.rstrip(".!?").replace(" ", "-")):
        return ActRequest(verb=verb, name=spoken)
    named = _NAME.fullmatch(rest)
    if named is None:
        return None
    if named[2]:  # a prompt, unless an id stands there: then hardly a prompt is meant
        is_id = NEW_ID.fullmatch(named[1]) is not None
        return UsageError(problem="did_you_mean", word=f"{verb} {named[1]}") if is_id else None
    return ActRequest(verb=verb, name=bare_name(named[1]))


def _without_schedules(rest: str) -> str:
    """The `my` of `list my schedules`."""
    for ending in ("schedules", "schedule"):
        if rest.endswith(ending):
            return rest.removesuffix(ending).rstrip()
    return rest


def _read_rename(rest: str) -> Request | None:
    """`rename <id> <new name>`: the first must look like an id, or be quoted."""
    named = _NAME.fullmatch(rest)
    if named is not None and named[1].lower() in _IT and _TO.match(named[2]):
        return UsageError(problem="no_id", word="rename")
    if named is None or not (ID.fullmatch(named[1]) or named[1][0] in f"{QUOTES}`"):
        return None
    new_name = named[2].strip()
    if to := _TO.match(new_name):
        new_name = new_name[to.end() :]
    new_name = bare_name(new_name)
    if not new_name:
        return UsageError(problem="no_name", word="rename")
    return RenameRequest(name=bare_name(named[1]), new_name=new_name)


def _read_move(word: Literal["move", "copy"], rest: str) -> Request | None:
    """`move <id>`, perhaps to places; of other names, only one in quotes is a name in itself."""
    moved = read_moving(f"{word} {rest}")
    name = rest.rstrip(".!?") if moved is None else moved.name
    if name.lower() in _IT:
        return UsageError(problem="no_id", word=word)
    if NEW_ID.fullmatch(name) or quoted_whole(name) is not None:
        bare = bare_name(name)
        return ActRequest(verb=word, name=bare) if moved is None else replace(moved, name=bare)
    return None


def _read_transfer(rest: str) -> Request | None:
    """`transfer <id or name> @someone`; without anyone, only an id makes it a subcommand."""
    if len(rest) <= 2 * _NAME_REACH and (to := _PERSON.fullmatch(" ".join(rest.split()))) is not None:
        name = to[1]
        return (
            TransferRequest(name=bare_name(name), user=to[2])
            if name
            else UsageError(problem="no_id", word="transfer")
        )
    named = _NAME.fullmatch(rest)
    if named is None or not (ID.fullmatch(named[1]) or named[1][0] in f"{QUOTES}`"):
        return None
    return UsageError(problem="no_user", word="transfer")


def _read_subscribe(word: str, rest: str) -> Request | None:
    """`subscribe <id or name>`, perhaps with a time; of several words, a name is in quotes."""
    said = _ABOUT_ME.sub("", rest)
    named = _NAME.fullmatch(said)
    if named is None:
        return None
    name, when = named[1], named[2].strip()
    is_named = ID.fullmatch(name) is not None or name[0] in f"{QUOTES}`"
    if word == "unsubscribe":
        return None if when else UnsubscribeRequest(name=bare_name(name.rstrip(".!")))
    if not when:
        return SubscribeRequest(name=bare_name(name.rstrip(".!")))
    return SubscribeRequest(name=bare_name(name), when=when) if is_named and _WHEN.match(when) else None


def _read_polite(text: str) -> Request | None:
    """A subcommand of two words at most, with a please or a full stop."""
    said = _without_please(text)
    if not said or said == text or len(said.split()) > 2:
        return None
    request = _read_subcommand(*split_words(said))
    return None if isinstance(request, PreviewRequest) else request


def _without_please(text: str) -> str:
    said = (text[please.end() :] if (please := _PLEASE.match(text)) else text).rstrip(".!?")
    return _PLEASE_LAST.sub("", said).rstrip(".!?")


def near_miss(text: str, *, in_thread: bool = False) -> UsageError | PointRequest | None:
    """A slip of the finger, or another word for what there is, where hardly a prompt can be meant.

    A word alone may be a question in a thread: `more`, `how?`.
    """
    word, rest = split_words(text)
    meant: str | None = None
    if (command := find_slip(word, _WORDS)) is not None and _read_subcommand(command, rest) is not None:
        meant = command
    elif not rest:
        if NEW_ID.fullmatch(word):
            return UsageError(problem="did_you_mean", word=f"show {word}")
        if in_thread:
            return None
        meant = other_word(word, alone=True)
        if meant is None and (verb := other_word(word, alone=False)) and verb != word:
            return UsageError(problem="no_id", word=verb)
        meant = meant or nearest_word(word, _WORDS)
    elif NEW_ID.fullmatch(rest) and word == "list":
        meant = "show"
    elif NEW_ID.fullmatch(rest):
        meant = other_word(word, alone=False) or nearest_word(word, _OF_ONE)
        if meant == "show":
            return PointRequest(name=rest)
    elif word in _OF_SCHEDULES_ALONE and not _GAP.search(name := _without_please(rest)):
        return PointRequest(name=bare_name(name))
    elif word == "list" and (
        scope := _ALSO_SCOPES.get(rest.lower()) or nearest_word(rest.lower(), ("mine", "all"))
    ):
        meant, rest = word, scope
    elif word == "help" and (topic := nearest_word(rest.lower(), _TOPICS)):
        meant, rest = word, topic
    return UsageError(problem="did_you_mean", word=f"{meant} {rest}".strip()) if meant else None


def checked_length(request: AskRequest | ScheduleRequest | PreviewRequest) -> Request:
    """The request, unless its prompt is empty or too long."""
    if not request.query.strip():
        return UsageError(problem="no_prompt")
    if len(request.query) > QUERY_LIMIT:
        return UsageError(problem="too_long", length=len(request.query))
    return request


def quoted_whole(text: str) -> str | None:
    """The text between quotes, or backticks, round the whole; None without them."""
    code = re.fullmatch(r"`([^`]+)`", text)
    return (code[1].strip() or None) if code else cut_quotes(text)


def bare_name(name: str) -> str:
    return quoted_whole(name) or name.strip("` ")
