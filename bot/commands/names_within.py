"""Names of schedules that may stand in a prompt; pure, for only the schedule directory knows which there are.

A word near a command and a name, a question about a run of it, or an id among any words: if there is such a
schedule, it is meant, and the text is no prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.commands.moving import read_moving
from bot.commands.requests import (
    ActRequest,
    MoveRequest,
    PauseRequest,
    PointRequest,
    RenameRequest,
    RetimeRequest,
    SubscribeRequest,
    UnsubscribeRequest,
    Verb,
)
from bot.commands.retimed import perhaps_retimed
from bot.commands.subcommands import VERBS, bare_name, split_words
from bot.commands.words.near_misses import split_verb
from bot.commands.words.spoken import POLITE_FIRST
from bot.schedules import ID

Named = (
    ActRequest
    | RenameRequest
    | MoveRequest
    | PauseRequest
    | RetimeRequest
    | PointRequest
    | SubscribeRequest
    | UnsubscribeRequest
)

_NAME_REACH: Final = 80
_MOST_WORDS: Final = 14
_MOST_NAMES: Final = 6
_POLITE: Final = re.compile(POLITE_FIRST, re.IGNORECASE)
_QUESTION: Final = re.compile(
    r"(?:(?:when|what)(?:['’]s| is| are) (?:the )?next (?:runs?|posts?|times?|ones?) (?:of|for)"
    r"|when (?:does|is|will|did|do)|why (?:did|does|is|was|has)(?:n't| not)?|is|does|did|has|will|was"
    r"|who owns"
    r"|who made|what time (?:does|is|will)|how often does|(?:the )?(?:next runs?|history|status) (?:of|for)"
    r"|what(?:'s| is) (?:the )?(?:status|time|next run|prompt|id|history) (?:of|for))(?P<name> [^?]+?)"
    r"(?: (?:next|last|again|not))?(?: (?:run|post|posted|scheduled|paused|active|running|due|fail|failed"
    r"|start|end"
    r"|come|happen|go out|fire|stopped|still running|still active))?"
    r"(?: (?:next|today|tomorrow|again|now))?\s*[?.!]*",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(r",? (?:please|pls|thanks|thank you|now|for me|again|today|tomorrow|once)$", re.I)
_WHOSE: Final = re.compile(r"(?:(?:my|our|the|this|that|schedule|called|named) )+", re.IGNORECASE)
_NOUN: Final = re.compile(r" (?:schedule|reminder|post|job)$", re.IGNORECASE)
_TO_ME: Final = re.compile(r"\A(?:me )?(?:to|from) ", re.IGNORECASE)
_TIMED: Final = re.compile(r"(.+?) ((?:at|every|each|daily|weekly|on) .+)", re.IGNORECASE)
_PROMPTED: Final = frozenset(
    {"describe", "check", "find", "get", "share", "test", "follow", "repeat", "export", "fix", "call",
     "display", "inspect", "forget", "drop", "copy", "clone"}
)  # fmt: skip
"""Verbs of prompts, too: `check news` asks for news."""
_HALTS: Final = tuple(
    f"{verb} "
    for verb in (
        "pause", "resume", "delete", "snooze", "skip", "postpone", "reschedule", "stop", "cancel", "mute",
        "disable", "unpause", "enable", "suspend", "remove",
    )
)  # fmt: skip
_AT_A_TIME: Final = re.compile(
    r"(?P<verb>pause|stop|mute|skip|omit|cancel|delete|remove|resume|unpause|postpone|delay|defer|run|disable|suspend|move"
    r"|shift|push|bring|hold|silence) (?P<name>\S.*?),? (?:(?:on|for|this|next|over|during|from|while|when"
    r"|by|in|at|until|till|til) .+"
    r"|(?:today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)(?: .+)?|(?:one|an|a"
    r"|\d+) \S+ (?:later|earlier)"
    r"|later|earlier)[.!]*",
    re.IGNORECASE,
)
_OF_A_DAY: Final = re.compile(
    r"(?P<verb>skip|cancel|pause|stop|omit) (?:today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day)['’]s (?P<name>\S.*)",
    re.IGNORECASE,
)
_PAST: Final = re.compile(
    r"(?:what (?:went wrong|happened|is wrong|was wrong) (?:with|to)|what's wrong with"
    r"|(?:show (?:me )?)?(?:the )?(?:last|latest|newest|previous|past) (?:posts?|runs?|answers?) (?:of"
    r"|from|for))(?P<name> [^?]+?)"
    r"(?: (?:today|yesterday|last night|this morning|again|here))?\s*[?.!]*"
    r"|(?:why )?did(?P<why> [^?]+?) (?:fail|break|go wrong)(?: (?:today|yesterday|last night|this morning"
    r"|again|here))?\s*[?.!]*"
    r"|(?P<after>\S.*?) (?:history|log|logs|past runs)[?.!]*",
    re.IGNORECASE,
)
_PLACED: Final = re.compile(
    r"(?:also )?(?:post|send|share|publish|forward|deliver)(?P<name> \S.*?) (?:also )?(?:to|in|into"
    r"|with) [#@]?\S+"
    r"(?:,? (?:and )?[#@]\S+)*(?: (?:too|also|as well))?[.!]*"
    r"|(?P<wished>\S.*?) (?:should|must|shall|needs to|has to|ought to) (?:only |also |now |not |never )*"
    r"(?:run|post|be posted|be sent|go out|come|go to|start|stop)\b.*"
    r"|(?:also )?(?:add|remove) [#@]\S+(?:,? (?:and )?[#@]\S+)* (?:to|from)(?P<after> \S.*?)[.!]*",
    re.IGNORECASE,
)
_HALTED: Final = re.compile(
    r"(?:please )?(?:mute|cancel|skip|snooze|pause|stop|postpone|unpause|resume|disable|delete|remove"
    r"|reschedule"
    r"|unsubscribe(?: from)?|subscribe(?: me)?(?: to)?) "
    r"(?:(?:the|my|our) )?(?P<name>(?!an?\b)[\w'-]+(?: [\w'-]+)?)[.!]*",
    re.IGNORECASE,
)
_SURELY_HALTED: Final = re.compile(
    r"(?:(?:mute|cancel|skip|snooze|pause|stop|resume|disable|delete|remove|run)"
    r" (?:the|my|our) (?P<name>(?!(?:last|first|next|same|whole|word|words|line|lines|table|list|text|end"
    r"|rest)\b)[\w'-]+"
    r"(?: (?:news|report|digest|summary|reminder|post|schedule|joke|jokes|letter|newsletter))?)"
    r"|(?:postpone|unpause|unskip|unsubscribe(?: from)?|unschedule) (?:(?:the|my"
    r"|our) )?(?P<bare>(?!an?\b)[\w'-]+(?: [\w'-]+)?)"
    r"|(?:move|push|shift|reschedule|set) (?:(?:the|my"
    r"|our) )?(?P<moved>(?!an?\b)[\w'-]+(?: [\w'-]+)?) to (?:at )?\d{1,2}"
    r"(?:[:.]\d\d|(?:[:.]\d\d)? ?[ap]m))",
    re.IGNORECASE,
)
_HANDLED: Final = r"(?P<{}>[^\W_]+(?:-[^\W_]+)+)"
"""Words with dashes, as lists show what can be typed for a schedule."""
_SURELY_MEANT: Final = re.compile(
    rf"(?:move|copy|duplicate) (?:the )?{_HANDLED.format('copied')} (?:to|into)"
    r" (?:me|[#@]\S+)(?:,? (?:and )?(?:me|[#@]\S+))*"
    rf"|rename {_HANDLED.format('renamed')} (?:to )?\S+(?: \S+)?"
    rf"|edit {_HANDLED.format('timed')} (?:to |at )*\d\S*(?: ?[ap]m)?"
    r"|move (?:the |our |my )?(?P<placed>(?!it\b|this\b|that\b)[\w-]+) to #\S+"
    r"|subscribe (?:me )?(?:to )?(?:the )?(?P<sent>(?!an?\b)[\w'-]+(?: [\w'-]+)?)"
    r" (?:at|every|each|daily at) (?:\d|noon|midnight|(?:day|weekday|week|morning|evening"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b).*",
    re.IGNORECASE,
)
_HANDLE: Final = re.compile(r"[^\s-]+(?:-[^\s-]+)+")
_ID_MARKS: Final = "`'\"“”‘’.,;:!?()[]<>*_"


def perhaps_named(query: str, *, scheduled: bool = False) -> list[Named]:
    """The requests that a text is if some of its words are a schedule's name or id, the likeliest first.

    Of one that is to be `scheduled`, only what could not be a prompt counts.
    """
    if len(query) > 2 * _NAME_REACH or "\n" in query.strip():
        return []
    text = " ".join(query.split())
    if polite := _POLITE.match(text):
        text = text[polite.end() :]
    if moved := read_moving(text):
        moves: list[Named] = [replace(moved, name=name) for name in _names_in(moved.name)]
        return moves[:_MOST_NAMES]
    word, rest = split_words(text)
    if word == "rename":
        return [*_rename_requests(rest), *_with_id(text)]
    if word in ("subscribe", "unsubscribe"):
        named: list[Named] = [*_subscribe_requests(word, rest), *_with_id(text)]
        return named[:_MOST_NAMES]
    retimed = [replace(found, name=bare_name(found.name)) for found in perhaps_retimed(text)]
    if scheduled:
        halted = _act_requests(text, word, rest) if text.lower().startswith(_HALTS) else ()
        return list(dict.fromkeys((*retimed, *_later(text), *halted, *_with_id(text))))[:_MOST_NAMES]
    acted = (*_handle_alone(text), *retimed, *_later(text), *_past(text), *_act_requests(text, word, rest))
    return list(dict.fromkeys((*acted, *_placed(text), *_point_requests(text), *_with_id(text))))[
        :_MOST_NAMES
    ]


def halted_name(text: str, *, at_a_time: bool = False) -> str | None:
    """The name in what is surely no prompt, though there may be no such schedule: `skip the gnus`.

    Of what is to be posted `at_a_time` fewer words are enough: `mute news`.
    """
    if len(text) > 2 * _NAME_REACH:
        return None
    said = " ".join(text.split())
    if polite := _POLITE.match(said):
        said = said[polite.end() :]
    while tail := _TAIL.search(said.rstrip(" .!")):
        said = said[: tail.start()]
    for pattern in (_SURELY_HALTED, _SURELY_MEANT, *([_HALTED] if at_a_time else [])):
        if found := pattern.fullmatch(said.rstrip(" .!")):
            return next(name for name in found.groups() if name)
    return None


def _later(text: str) -> Iterator[PointRequest]:
    """`skip news on friday`, `pause news over christmas`: at a time at which no command does it."""
    found = _AT_A_TIME.fullmatch(text) or _OF_A_DAY.fullmatch(text)
    if found is None or split_verb((found["verb"].lower(),))[0] is None:
        return
    for name in _names_in(found["name"]):
        yield PointRequest(name=name)


def _past(text: str) -> Iterator[ActRequest]:
    """`what went wrong with news?`, `the last post of news`."""
    if found := _PAST.fullmatch(text):
        for name in _names_in((found["name"] or found["why"] or found["after"] or "").strip()):
            yield ActRequest(verb="history", name=name)


def _placed(text: str) -> Iterator[PointRequest]:
    """`post news in #ops too`, `add #ops to news`, `news should only run on mondays`."""
    if found := _PLACED.fullmatch(text):
        for name in _names_in((found["name"] or found["wished"] or found["after"] or "").strip()):
            yield PointRequest(name=name)


def _rename_requests(rest: str) -> Iterator[RenameRequest]:
    name, _, new_name = rest.partition(" ")
    if whole := re.fullmatch(r"(.+?) to (.+)", rest):
        yield RenameRequest(name=whole[1], new_name=bare_name(whole[2]))
    if new_name.strip():
        yield RenameRequest(name=name, new_name=bare_name(new_name.strip()))


def _subscribe_requests(word: str, rest: str) -> Iterator[SubscribeRequest | UnsubscribeRequest]:
    """`subscribe to morning news at 8`, whose name has several words."""
    said = _TO_ME.sub("", rest)
    if word == "unsubscribe":
        for name in _names_in(said):
            yield UnsubscribeRequest(name=name)
        return
    for name in _names_in(said):
        yield SubscribeRequest(name=name)
    if timed := _TIMED.fullmatch(said):
        yield SubscribeRequest(name=bare_name(timed[1]), when=timed[2])


def _act_requests(text: str, word: str, rest: str) -> Iterator[Named]:
    """`show Morning news`, which is that command; `snooze news`, which is none."""
    exact: Verb | None = next((known for known in VERBS if known == word), None)
    if exact and " " in rest and len(rest) <= _NAME_REACH:
        yield ActRequest(verb=exact, name=rest)
    words = tuple(text.split(" "))
    verb, after = split_verb(tuple(part.lower() for part in words))
    if verb is None or not after or word in _PROMPTED:
        return
    named = " ".join(words[len(words) - len(after) :])
    for name in _names_in(named):
        if exact is None:
            yield PointRequest(name=name)
        elif name != rest or exact == "move":  # which is no command before just any word
            yield ActRequest(verb=exact, name=name)


def _point_requests(text: str) -> Iterator[Named]:
    """`when does news run next`, `is news paused?`: its card says so."""
    if question := _QUESTION.fullmatch(text):
        for name in _names_in(question["name"].strip()):
            yield ActRequest(verb="show", name=name)


def _names_in(said: str) -> Iterator[str]:
    """The names that may be meant: with and without a courtesy, *my*, and *schedule*."""
    while True:
        said = said.rstrip(" .!?,")
        if said and len(said) <= _NAME_REACH:
            yield bare_name(said)
            bare = _NOUN.sub("", _WHOSE.sub("", said, count=1) if _WHOSE.match(said) else said)
            if bare and bare != said:
                yield bare_name(bare)
        tail = _TAIL.search(said)
        if tail is None:
            return
        said = said[: tail.start()]


def _handle_alone(text: str) -> Iterator[Named]:
    """`summarise-news`, which is no prompt if a schedule is called so."""
    if _HANDLE.fullmatch(said := text.strip(f"{_ID_MARKS} ")):
        yield ActRequest(verb="show", name=said)


def _with_id(text: str) -> Iterator[PointRequest]:
    """An id among a few words."""
    words = text.split()
    if len(words) > _MOST_WORDS:
        return
    for word in words:
        if ID.fullmatch(bare := word.strip(_ID_MARKS)):
            yield PointRequest(name=bare)
