"""Requests to manage schedules, in people's own words: `what are my schedules?`, `delete them all`; pure.

A text counts only if all of it fits: a verb, and an object that can be nothing but schedules (or *it*, *all*,
*everything*). `delete the oldest file in bash` and `list three fruits` have other objects, and stay prompts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.commands.requests import (
    BulkRequest,
    BulkVerb,
    ComposeRequest,
    HelpRequest,
    ListRequest,
    Request,
    Scope,
    StatsRequest,
    UsageError,
)
from bot.commands.spans import pause_words, split_span
from bot.commands.words.near_misses import split_verb
from bot.commands.words.phrases import Phrases
from bot.commands.words.spoken import core_words, spell_right, spoken_words

_WHOSE: Final = (
    "[all|any|every|each|both|some|a list|the list] [of|my|our|the|your|these|those|this|that|its]*"
    " [current|currently|active|existing|paused|upcoming|next|other|own|saved|old|pending|running|last|latest"
    "|new|recurring|repeating|daily|weekly|monthly]*"
)
_ONE: Final = (
    "(schedule|precache schedule|reminder|scheduled post|scheduled prompt|scheduled message"
    "|scheduled question"
    "|scheduled job|scheduled task|scheduled run|scheduled reminder|recurring post|recurring prompt"
    "|recurring message)"
)
_SEVERAL: Final = (
    "(schedules|precache schedules|reminders|scheduled posts|scheduled prompts|scheduled messages"
    "|scheduled questions|scheduled jobs|scheduled tasks|scheduled runs|scheduled reminders|scheduled things"
    "|scheduled items|scheduled stuff|scheduled ones|recurring posts|recurring prompts|recurring messages)"
)
_ANY: Final = f"{_ONE[:-1]}|{_SEVERAL[1:]}"
_HERE: Final = (
    "[here|in here|in this channel|in the channel|in our channel|for this channel|of this channel"
    "|in this workspace|in our workspace|of mine|of ours|i have|we have|you have|i made|i created|i own"
    "|i set up|we set up|that i have|that i made|that are active|that are paused|are active|are paused"
    "|are running|are scheduled|are set up|do i have|do we have"
    "|do you have|have i|have we|have you|are there|there are|is there|exist|active|running|paused|scheduled"
    "|set|set up|today|tomorrow|this week|currently|at the moment|so far|list|overview|at all|left|there|up"
    "|right now|for next week|next week|for today|for tomorrow|for this week|for us|yet|made|run|runs"
    "|next|mine]*"
)
_DAYS: Final = "|".join(
    f"on {day}|for {day}" for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
)
_SHOWN: Final = (
    "(list|show|see|view|get|give|display|print|find|check|open|look at|fetch|bring up|pull up|find out|tell"
    "|know|read|list out)"
)
_PARTS: Final = {
    "whose": _WHOSE,
    "one": _ONE,
    "several": _SEVERAL,
    "any": _ANY,
    "here": f"{_HERE[:-2]}|{_DAYS}]*",
    "shown": _SHOWN,
}

_LISTS: Final = Phrases(
    "{shown} [me|us] {whose} {any} {here}",
    "{whose} {several} {here}",
    "(my|our|all|the|active|paused|current|upcoming) {whose} {any} {here}",
    "schedule (list|overview)",
    "(what|which|where) [are|is|of] {whose} {any} {here}",
    "(do|have) (i|we|you) [have] [got] {whose} {any} {here}",
    "(are|is) there {whose} {any} {here}",
    "how many {whose} {several} {here}",
    "{shown} [me] (my|our) prompts",
    "what is (on|in) (my|the|our) (schedule|list) {here}",
    "what is planned {here}",
    "when (do|will) you (post|run) [next]",
    "[list|show|see|tell|know] [me|us] what (is|are|do you have|have you got|have we got|have i got"
    "|have i|have we|have you|did i|did we|do i have"
    "|do we have)"
    " [currently|already] (schedule|scheduled) {here}",
    "[is|are|do i have|do we have|have i|have we] [there|got] (anything|something"
    "|nothing) [is] scheduled {here}",
    "what (are you posting|do you post|will you post|are you going to post|will be posted|gets posted)"
    " [next|today|tomorrow|here|in this channel]*",
    "(when|what) (is|are) [my|our|the] (next|upcoming) [scheduled] (run|runs|post|posts)",
    "when (is|are|does|do|will) {whose} {any} [next] [run|post|come|happen|fire|go off] [next]",
    "[show|list|see|what are|what is] [me] [my|our|the] (next|upcoming) (run|runs)",
    "(list|show|see|view|get|give) [me|us] (mine|all of them|them all|all mine|all|everything|them"
    "|all of it)",
    "mine",
    "(my|our|the) (posts|upcoming posts|next posts) {here}",
    "(upcoming|next|coming up|what next|whats next)",
    "when (does|do|is|are|will) (it|this|that|they) [be] [next] (run|post|posted|sent|repeated|scheduled)"
    " [next|again]",
    "(what|which) (runs|comes|is|goes) (next|coming|coming up|up next) {here}",
    "(what|which) (is|are) (running|next|coming up|upcoming|up next) {here}",
    "(is|are) there (anything|something) (coming|coming up|next) {here}",
    "(change|move|reschedule|edit|set|delete|remove|cancel|pause|stop) (all|everything|all of them"
    r"|all schedules|all my schedules) (except|but|except for|besides|apart from|to) [\S+]*",
    **_PARTS,
)
_ALL: Final = Phrases(
    "(all|everything|all of them|all of it|all of these|all of those|all of mine|all mine|mine|them all"
    "|every one|every one of them|every single one|everyone of them) {here}",
    "(all|every|each|all of) [my|our|the|your|these|those|single]* {whose} {any} {here}",
    "{whose} {several} {here}",
    **_PARTS,
)
_POSTS: Final = Phrases(
    "(all|all of|the|your|these|those|my|any)* (posts|messages|notifications|updates|announcements) {here}",
    **_PARTS,
)
_SINGLE: Final = Phrases(
    "(it|this|that|this one|that one|one|them|those|these|the last one|the first one|the next one"
    "|the other one)"
    " {here}",
    "{whose} [a|an|any] {whose} {one} {here}",
    **_PARTS,
)
_NEXT: Final = Phrases(
    "[the|my|our|this|that|next|todays|tomorrows|every]* (run|post|one)", "last", "the last"
)
_OWNERS: Final = Phrases(
    "who (owns|made|created|scheduled|set up) (this|it|that|this schedule|that schedule|this post)"
)
_AGAIN: Final = Phrases(
    "(try|do|run|ask) [it|that|this] again", "(again|try|retry|once more|refresh|reload|regenerate|do it)"
)
_MISSED: Final = Phrases(
    "why (did|do|does|is|was|has|have) [there|not]* (you|it|the bot|precache|nothing|no|the schedule|my"
    " schedule)"
    " [not|be|been]* (post|posted|run|answer|answered|reply|replied|respond|fire|fired) [anything|today"
    "|yesterday|here|this morning|in this channel|me|us]*",
    "(when|what) was (the|my|our) last (run|post)",
    "did (the|my|our) [last] (run|post|schedule) (work|run|fail|go out|happen)",
    "[where is|what happened to] (the|my|our|todays) (post|run|scheduled post|schedule|schedules)",
    "(what|which) (failed|ran|has failed|went wrong) {here} {lately}",
    "(did|has|have) (anything|something|one|any) [of them] (fail|failed|go wrong|gone wrong|break) {lately}",
    "anything (failed|failing|broken|wrong) {lately}",
    "(any|any new|recent|show|show me|the|my|our|list)* (failures|failed runs|failed posts) {lately}",
    "(why|why is there|there was|there is|i got|we got|i received|i have) (no|not a|nothing|no new)"
    " [post|posts|message|answer|run]* {lately}",
    "(you|it|this|the bot|precache|the schedule|my schedule|nothing) [was|has|have|did|does|do]* [not]*"
    " (post|posted|run|ran|come|came|show up|showed up|arrive|arrived|been posted) [anything|to me]*"
    " {lately}",
    lately="[today|yesterday|tonight|last night|this morning|this week|last week|lately|again|here|yet"
    "|in this channel|me|us]*",
    **_PARTS,
)
_NEW: Final = Phrases(
    "(create|new|add|make|set|set up|setup|start|plan|open|compose|build|define)"
    " [me|a|an|another|one|new|the|some]* [daily|weekly|recurring|repeating|new]*"
    " (schedule|schedules|form|composer|scheduled post|scheduled prompt|scheduled message|scheduled question"
    "|recurring post|recurring prompt|recurring message)",
    "(open|show) [me] [the] (form|composer|window|dialog)",
)
_SCHEDULING: Final = Phrases(
    "(schedule|scheduling) (something|anything|things|stuff|it|this|that|one|a post|a prompt|a message"
    "|a question"
    "|a task|a job|posts|prompts|messages|questions|tasks)",
    "(how do|how does|do|does) (schedules|scheduling|reminders|the schedule|a schedule) work",
    "how (scheduling|schedules|reminders) (work|works)",
)
_STATS: Final = Phrases(
    "(usage|cost|costs|spending|statistics|metrics|budget|bill|billing|quota|status)",
    "[show|see|view|get|give] [me|us] (my|our|the) (usage|cost|costs|spending|budget|statistics|stats|bill)",
    "(show|see|view|get|check) [me] (usage|costs|spending|statistics|stats)",
    "(what|how much) (does|did|do) (it|this|that|you|we|i|this bot|the bot|precache) (cost|spend|use)"
    " [me|us] [so far|this month|today]",
    "how much (have|has) (it|this|you|we|i|this bot|the bot|precache) (cost|spent|used)"
    " [me|us] [so far|this month|today]",
)
_STOPPED: Final = Phrases(
    "[there are|this is|it is|way]* too (many|much) (posts|messages|notifications|spam|noise)"
    " [here|in here|in this channel|from you]*",
    "(stop|quit) (posting|messaging|spamming|sending|talking|writing|the posts|the messages)"
    " [here|me|us|messages|posts|this|that|it|these|to this channel|in this channel|in the channel]*",
    "(be quiet|shut up|go away|leave this channel|leave the channel|opt out"
    "|opt me out|leave|leave us alone|leave me alone|uninstall)",
    "(uninstall|remove) (you|yourself|the bot|this bot|precache) [from] [this|the|our] [channel|workspace]",
)
_NOT_THEN: Final = Phrases(
    "(do not|no|not|never) [post|posts|run|runs|send] [anything|it|this|that|here]"
    " [on|for|this|next|during|over]* [the]"
    " (today|tonight|tomorrow|week|weekend|weekends|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    "|holiday|holidays|christmas)",
)
_FIELD: Final = Phrases(
    "(edit|change|update|modify|fix) (the|its|my|a) (prompt|question|schedule) [of it|of this"
    "|of my schedule]",
)
_BULK_VERBS: Final[dict[str, BulkVerb]] = {"pause": "pause", "resume": "resume", "delete": "delete"}
_VOCABULARY: Final = (
    "schedules", "schedule", "scheduled", "reminders", "reminder", "delete", "remove", "cancel",
    "pause", "resume", "everything", "what", "which", "create", "paused", "active",
    "channel", "statistics", "usage", "where", "edit", "there", "have", "rename", "clear", "many",
)  # fmt: skip


def read_wish(words: tuple[str, ...]) -> Request | None:
    """The request in the words of a short text, without marks; None for what may be a prompt."""
    said = core_words(words)
    if not said:
        return None
    return _read_wish(said) or _read_wish(tuple(spell_right(word, _VOCABULARY) for word in said))


def read_wish_within(text: str) -> BulkRequest | None:
    """What is to be done with all schedules, in one clause of a short text: `I'm away, pause everything`.

    It is asked about before it is done, so a clause is enough. Its end may stand in the other one.
    """
    if not spoken_words(text):
        return None
    clauses = [clause for clause in _CLAUSES.split(text) if clause.strip()]
    if len(clauses) < _SOME:
        return None
    for clause in (clauses[-1], clauses[0]):
        wish = read_wish(spoken_words(clause))
        if isinstance(wish, BulkRequest):
            others = " ".join(other for other in clauses if other is not clause)
            ends = _ENDS_THERE.search(others) if wish.verb == "pause" and not wish.until else None
            return replace(wish, until=ends["until"].strip(" .!").lower()) if ends else wish
    return None


_CLAUSES: Final = re.compile(
    r"[,.;!]+\s+|\s+[-–—]\s+|\s+so\s+(?:please\s+)?|\s+and\s+please\s+", re.IGNORECASE
)
_SOME: Final = 2
_ENDS_THERE: Final = re.compile(r"\b(?:until|till|til)\s+(?P<until>[^,.;!?]+)", re.IGNORECASE)


def _read_wish(words: tuple[str, ...]) -> Request | None:
    said = " ".join(words)
    if _STATS.match_whole(said):
        return StatsRequest()
    if _NEW.match_whole(said):
        return ComposeRequest()
    if _SCHEDULING.match_whole(said):
        return HelpRequest(topic="times")
    if _OWNERS.match_whole(said):
        return UsageError(problem="no_id", word="show")
    if _AGAIN.match_whole(said):
        return UsageError(problem="no_id", word="run")
    if _MISSED.match_whole(said):
        return ListRequest(scope=_read_scope(words))
    if _NOT_THEN.match_whole(said):
        return UsageError(problem="no_id", word="skip")
    if _FIELD.match_whole(said):
        return UsageError(problem="no_id", word="edit")
    if _STOPPED.match_whole(said):
        return UsageError(problem="no_id", word="pause")
    verb, rest = split_verb(words)
    if verb is not None and (acted := _act_of(verb, words, rest)) is not None:
        return acted
    return ListRequest(scope=_read_scope(words)) if _LISTS.match_whole(said) else None


def _act_of(verb: str, words: tuple[str, ...], rest: tuple[str, ...]) -> Request | None:
    """Something to do with all schedules, or with one that was not named."""
    bulk, shown = _BULK_VERBS.get(verb), words[0] in _SHOWS
    if verb == "delete" and rest and rest[-1] in _OWN and rest[:1] in _THIS_POST:
        return None
    bare, until, later = (rest, "", "") if shown else split_span(rest)
    named = " ".join(bare)
    if _ALL.match_whole(named) or (bulk == "pause" and _POSTS.match_whole(named)):
        if bulk is not None:
            scope: Scope = "mine" if _read_scope(words) == "mine" else "here"
            return _of_all(bulk, scope, until=until, later=later)
        return None if shown else UsageError(problem="no_id", word=verb)
    is_halted = words[0] in _HALTS and (_NEXT.match_whole(named) or (not named and bool(rest)))
    if is_halted or _SINGLE.match_whole(named) or (bulk and _is_titled(rest)):
        return UsageError(problem="no_id", word=verb)
    return None


def _is_titled(words: tuple[str, ...]) -> bool:
    """True of `the schedule named …`, with any name."""
    return any(_TITLED.match_whole(" ".join(words[:count])) for count in range(2, _LONGEST_TITLE + 2))


def _of_all(verb: BulkVerb, scope: Scope, *, until: str, later: str) -> Request:
    """Something to do with all of them, perhaps until a day; what is to begin `later` is asked about."""
    if verb == "delete" and (until or later):
        return UsageError(problem="no_id", word=verb)
    end = pause_words(until=until, later=later)
    if end is None or (verb == "resume" and end):
        return UsageError(problem="from_now_on")
    return BulkRequest(verb=verb, scope=scope, until=end)


_LONGEST_TITLE: Final = 4
_OWN: Final = frozenset({"post", "message", "answer", "reply"})
_THIS_POST: Final = frozenset({("this",), ("that",), ("the",), ("your",), ("my",)})
_SHOWS: Final = frozenset(
    {"show", "view", "see", "display", "open", "get", "find", "check", "look", "inspect"}
)
_HALTS: Final = frozenset(
    {"skip", "snooze", "cancel", "stop", "delete", "pause", "postpone", "delay", "mute", "resume", "unpause"}
)
_TITLED: Final = Phrases("{whose} {one} (named|called|about)", **_PARTS)


def _read_scope(words: tuple[str, ...]) -> Scope:
    said = set(words)
    if said & {"my", "mine", "i"}:
        return "mine"
    if said & {"here", "channel"}:
        return "here"
    return "all" if said & {"all", "every", "everything", "workspace"} else "here"
