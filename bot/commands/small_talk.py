"""Questions about the bot, and what people say to any bot; pure.

A text counts only if all of it fits: `what can you do?` is about the bot, `what can you do about slow tests?`
is a prompt.
"""

from __future__ import annotations

from typing import Final

from bot.commands.phrases import Phrases
from bot.commands.requests import Guide, GuideRequest, HelpRequest, Request, Topic, UsageError
from bot.commands.spoken import core_words, spell_right, without_courtesy

_PARTS: Final = {
    "bot": "(you|precache|the bot|this bot|this app|the app|this thing|this command|this tool"
    "|this slack bot)",
    "it": "(you|precache|the bot|this bot|this app|the app|this thing|this command|this tool|this|it)",
    "shown": "(show|see|view|open|get|give|read|check|find|go to|display|print|list)",
}
_ABOUT: Final = Phrases(
    "(help|halp|h|man|manual|docs|documentation|instructions|tutorial|faq|about|info|features|commands"
    "|options"
    "|support|guide|getting started|get started|start)",
    "[i] (need|want|get|show|give|display|print|open|see|read) [me|us] [some|the|a|your|all|any|more]*"
    " (help|commands|instructions|documentation|docs|manual|help page|features|command list|list of commands)"
    " [here|with this|with you|with precache|with this bot|me|us|out|about you]*",
    "list [all|the|your|of|available]* (commands|features|options)",
    "[can|could|would|will] [you] help [me|us] [out] [with this|with this bot|with precache|with you]",
    "what [all|else|exactly] (do|does|can|could|will|would) {bot} (do|offer|support|understand)"
    " [exactly|here|all|for me|for us]*",
    "what [else] (can|could|should|may|do) (i|we) (do|ask|type|say|use|write|try|tell) [you] [here]"
    " [with you|with precache|with this|with this bot|with the bot|with it]",
    "what is {bot} [for|called|about|doing|good for]",
    "what are you [for|called|doing|good for|able to do|capable of]",
    "who (are|is) {bot} [exactly]",
    "what (is|are) your (name|purpose|job|role|features|commands|abilities|capabilities|functions|skills"
    "|limits)",
    "your (name|purpose|commands|features|abilities|capabilities)",
    "who (made|built|created|wrote|owns|runs|maintains|developed|programmed) {bot}",
    "how (do|does) {it} (work|function)",
    "how (do|can|should|could) (i|we|one) (use|work with|talk to|ask|operate) {it}",
    "how to use [precache|this|this bot|the bot|it|you]",
    "how (it|this|this bot|precache|the bot) works",
    "(tell|explain) [me|us] [more|something|a bit] (about yourself|about precache|about you|about this bot"
    "|about the bot|yourself|precache|this bot|what you do|what you can do|who you are)",
    "what (can|could|do) you help [me|us] with",
    "how (can|could|do) you help [me|us] [here]",
    "how (do i|to|can i) (start|begin|get started)",
    "(command list|available commands|all commands)",
    "about (you|precache|this bot|the bot|yourself)",
    "introduce yourself",
    "(show|tell) me what you can do",
    "what you can do",
    "(which|what) (commands|features|options) [are there|are available|do you have|do you know|can i use"
    "|do you support|do you understand|can i type|exist|is there]",
    "are you [a|an] (bot|robot|human|person|ai|real|llm|chatgpt|gpt|claude|gemini|chatbot|machine)",
    "(which|what) (model|llm|ai|language model|ai model) (is this|are you|do you use|are you using"
    "|are you running"
    "|is used)",
    **_PARTS,
)
_TOPICS: Final[tuple[tuple[Phrases, Topic], ...]] = (
    (
        Phrases(
            "help (with|about|on) (times|time|crons|cron|scheduling)",
            "(what|which) (times|time formats|zones|crons) (can i use|do you know|do you understand"
            "|are there)",
        ),
        "times",
    ),
    (
        Phrases(
            "(what|which) [sources|files|links] (can you read|do you read|can i attach|can i add)",
            "help (with|about|on) (sources|links|files)",
        ),
        "sources",
    ),
)
_GUIDES: Final[tuple[tuple[Phrases, Guide], ...]] = (
    (
        Phrases(
            "[many|great|ok|okay|perfect|cool|nice|good|wow|awesome|super|and|no]*"
            " (thanks|thank you|thank u|thx|ty|tysm|cheers|kudos|thnx|tnx|thanx)"
            " [you|a lot|so much|very much|a million|a bunch|in advance|again|everyone|all|bot|precache"
            "|for that"
            "|for this|for the help|for your help|for everything]*",
            "(danke|merci|gracias|grazie|obrigado|obrigada|tack|takk|dankjewel|dank je)"
            " [schön|schoen|dir|sehr|beaucoup|bien|mille|så mycket|wel|vielmals|bot|precache]*",
            "(vielen dank|herzlichen dank|muchas gracias|mille grazie|muito obrigado|thks)",
            "(good|nice|great|clever|smart|bad|silly|stupid|best) (bot|job|work)",
            "(well done|much appreciated|you rock|you are the best|you are great|you are awesome)",
        ),
        "thanks",
    ),
    (
        Phrases(
            "(ping|test|testing|test test|hello world)",
            "are you [still] (there|alive|working|online|up|awake|ok|okay|here|down|broken|running|on"
            "|listening|ready)"
            " [still]",
            "(is|does) (this|it|this thing|the bot|precache|this bot) (working|work|on|up|down|broken"
            "|alive|online)",
            "(anyone|anybody|you|still|you still) (there|here)",
        ),
        "presence",
    ),
    (
        Phrases(
            "(undo|redo|revert|rollback|roll back|oops|undelete|unsend|go back|back)"
            " [it|that|this|the last one|last|the last command|the last change|the last thing|the last action"
            "|the last post|my last command|my last change|please]",
            "undo [the|my] [last] (delete|deletion|pause|change|command|schedule|post)",
            "(that was|it was|this was) (a mistake|wrong|an accident)",
            "(my mistake|my bad)",
            "(undo|restore|revert) (what i did|what you did|the change|the deletion|my change|my deletion)",
            "(delete|remove|unsend|retract|take back) (your|the|that|this|my) [last|previous]"
            " (post|message|answer|reply)",
        ),
        "undo",
    ),
    (
        Phrases(
            "(cancel|stop|abort|quit|exit|close|end|halt|bye|goodbye|logout|log out|login|log in|sign in"
            "|sign out"
            "|dismiss|reset|reset all|reset everything|clear|restart|never mind|nevermind|nvm|forget it"
            "|forget that|forget about it"
            "|ignore that|ignore this|start over|skip|snooze|ok|okay|yes|no|y|n|yep|nope|confirm)",
            "(how do i|how can i|can i|i want to|how to) (cancel|stop|abort|quit|exit|undo)",
        ),
        "nothing",
    ),
    (
        Phrases(
            "[show|see|view|open|go to|go|take me|take me to|get] [me] [the|my|your|to]*"
            " (home|homepage|home page|home tab|app home|dashboard|menu|main menu|home screen)",
            "where is [the|your|my] (home|home tab|app home|dashboard)",
        ),
        "home",
    ),
    (
        Phrases(
            "[change|edit|update|adjust|set|show|see|view|open|go to|find|where are|where is|what are] [me]"
            " [the|my|your|our|bot|precache|to]*"
            " (setting|settings|config|configs|configuration|preference|preferences|prefs|setup|set up)",
            "(user|notification|account|bot|schedule|channel|workspace|admin) settings",
            r"(set|change|switch) [the|my|your] (language|model) [to] [\S+]",
            "configure [you|this|precache|the bot|it|this bot]",
            "(change|set|switch|choose|pick|select) [to] (the|your|my|a|another|different) [other] (model"
            "|language)",
        ),
        "settings",
    ),
    (
        Phrases(
            "[change|set|update|edit|use|switch|adjust|fix|get|check|show|see|open|what is|which is"
            "|where is|what|which"
            "|wrong] [me] [the|my|your|our|a|another|different|is|wrong|used]*"
            " (timezone|timezones|time zone|time zones|time-zone) [settings|setting]"
            " [is|are|is it|am i in|are you in|are you using|do you use|is used|is this|do i have|is set"
            "|is wrong"
            "|are we in]",
            "[change|set|update|switch|use] [the|my|your|our] (timezone|time zone|time-zone) [to|is|=]"
            " [utc|gmt|cet|cest|est|pst|pacific|eastern|central] [time]",
            "[change|set|update|switch|use] [the|my|your|our] (timezone|time zone|time-zone) [to|is|=]"
            r" (\S+/\S+|utc\S+|gmt\S+)",
            r"(change|set|update|switch) [the|my|your|our] (timezone|time zone|time-zone"
            r"|clock) to \S+ [time]",
        ),
        "timezone",
    ),
    (
        Phrases(
            "(version|ver|v) [number|info|information]",
            "(what|which) (version|release|build) [is this|are you|is it|do you have|is running"
            "|are you running"
            "|of you|of precache|of precache is this|is precache]",
            "[show|get|print|what is] [me] [the|your] (version|version number)",
        ),
        "version",
    ),
)  # fmt: skip
_LOGS: Final = Phrases(
    "{shown} [me|us] [the|my|your|all|last|recent|latest]* (log|logs|history|runs|run history|error log"
    "|error logs)",
    "[the|my|your|all|last|recent|latest]* (log|logs|history|run history|error log|error logs|last runs)",
    **_PARTS,
)
_WORDS: Final = (
    "settings", "preferences", "configuration", "timezone", "version", "dashboard", "cancel",
    "undo", "thanks", "thank", "commands", "what", "logs", "home", "features",
    "instructions", "your", "documentation", "precache", "nevermind", "purpose", "yourself",
)  # fmt: skip
_AMONG_OTHERS: Final = (*_WORDS, "help", "history")
"""Alone, a slip of these is asked about: `hlep`."""


def read_small_talk(words: tuple[str, ...]) -> Request | None:
    """The request in words that are about the bot; None for what may be a prompt."""
    if not words:
        return None
    polite, core = without_courtesy(words), core_words(words)
    mended = tuple(spell_right(word, _AMONG_OTHERS if len(polite) > 1 else _WORDS) for word in polite)
    forms = (words, polite, mended, *((core,) if len(core) > 1 else ()))
    for said in dict.fromkeys(" ".join(form) for form in forms):
        if (request := _small_talk(said)) is not None:
            return request
    return None


def _small_talk(said: str) -> Request | None:
    for pattern, guide in _GUIDES:
        if pattern.match_whole(said):
            return GuideRequest(guide=guide)
    if _LOGS.match_whole(said):
        return UsageError(problem="no_id", word="history")
    for pattern, topic in _TOPICS:
        if pattern.match_whole(said):
            return HelpRequest(topic=topic)
    return HelpRequest() if _ABOUT.match_whole(said) else None
