"""Words about what was said before: `shorter`, `in German`, `is it up again?`; pure.

In a thread they are about the thread, also those that are about the bot or its schedules elsewhere. Outside
of one nobody can tell what they are about, and no model is paid to guess.
"""

from __future__ import annotations

from typing import Final

from bot.commands.requests import GuideRequest, HelpRequest, ListRequest, StatsRequest
from bot.commands.small_talk import read_small_talk
from bot.commands.wishes import read_wish
from bot.commands.words.phrases import Phrases
from bot.commands.words.spoken import core_words, without_courtesy

_LANGUAGES: Final = (
    "(english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian|turkish|arabic|hebrew"
    "|hindi|chinese|japanese|korean|swedish|danish|norwegian|finnish|czech|greek|simple english|plain english"
    "|deutsch|englisch|französisch|spanisch|français|anglais|allemand|español|inglés|italiano|português)"
)
_PARTS: Final = {
    "it": "(it|this|that|them|these|those)",
    "language": _LANGUAGES,
    "still": "[still|now|already|again|really|yet|all|fully]*",
    "when": "[last night|today|yesterday|tonight|this morning|last week|this week|here|again|now]*",
}
_FOLLOW_UPS: Final = Phrases(
    "[make|keep|write] [it|this|that|them] [a bit|a little|a lot|much|even|way|slightly]*"
    " (shorter|longer|simpler|briefer|clearer|funnier|friendlier|nicer|kinder|more formal|less formal"
    "|more detailed|less technical|kürzer|länger|einfacher|plus court|más corto)",
    "(more|more details|more detail|some more|details|elaborate|expand|long version|short version"
    "|shorter version|longer version|mehr|encore|más)",
    "(tell|say|show|give) [me|us] [a bit|some]* more",
    "(explain|clarify|elaborate on|expand on|rephrase|rewrite|reword|shorten|simplify) {it} [again|to me"
    "|simply|better|in detail|like i am five|like i am 5]*",
    "(eli5|explain)",
    "(auf|en) {language}",
    "(translate|translation|say|repeat|write) [it|this|that] [please]*",
    "[try again|again|translate|say|repeat|write] [it|this|that] (to|into|in) {language}",
    "(as|in) [a|an|one|two|three|four|five|3|5|short|bullet|numbered]*"
    " (table|list|bullets|points|sentence|sentences|line|lines|paragraph|paragraphs|word|words)",
    "[show|give|send|tell] [me|us] [the|your|a|its]* (source|sources|link|links|reference|references)",
    "(where|how) (is|are) {it} from",
    "where did you (get|find|read|see) {it} [from]",
    "are you sure [about] [it|this|that]",
    "(is|was) {it} {still} (true|right|correct|wrong|up to date|outdated)",
    "{it} (is|was) [not|so|very|totally|still|just|a bit|far]* (wrong|right|true|correct|false|incorrect"
    "|too long|too short|outdated|what i asked|what i meant|enough)",
    "(wrong|incorrect|too long|too short|not helpful|not what i asked|not what i meant)",
    "(go on|keep going|and then|what else|what do you mean)",
    "what (does|did|do) {it} mean",
    **_PARTS,
)
_OF_A_THREAD: Final = Phrases(
    "who (owns|made|created|scheduled|set up) (this|it|that)",
    "[what is] [the] status",
    "(try|do|run|ask) [it|that|this] again",
    "(again|try|retry|once more|refresh|reload|regenerate|do it|redo|redo it|redo this|redo that|continue)",
    "what (do|does) {it} do",
    "why (did|do) not you (answer|reply|respond)",
    "[can|could|do] [you] (read|see) (this|the|our) (channel|thread|file|conversation)",
    "[yes|yep|yeah|sure|ok|okay]* (yes|yep|yeah|sure|please|please do|do it|do that|go ahead|go for it)",
    "(list|show|name|count|give me|tell me) (them|all of them|these|those|everything|all|more)",
    "(all of them|everything)",
    "(why|why not|how|how so|how come|who|when|where|what|which|really|huh|seriously|hm|hmm|warum|wieso"
    "|pourquoi|por qué)",
    "(is|was|are|does) (it|this|that|they|everything) {still} (up|down|working|broken|on|online|alive|fixed"
    "|ok|okay|running|ready|back|live|work|safe|free) {still}",
    "(what|which) (failed|broke|went wrong|runs|changed) {when}",
    "what (runs|comes|happens|is) next {when}",
    "(that|it|this) was (wrong|a mistake)",
    "how much (does|did|do|will|would) {it} cost",
    "what (does|did|do|will|would) {it} cost",
    **_PARTS,
)
"""Said in a thread, these ask about what people say there."""
_OF_BOT: Final = frozenset(
    {
        *(
            "you",
            "your",
            "yours",
            "yourself",
            "precache",
            "bot",
            "app",
            "help",
            "halp",
            "hilfe",
            "aide",
            "ayuda",
        ),
        *("aiuto", "ajuda", "commands", "command", "manual", "tutorial", "faq", "settings", "timezone"),
        *("schedule", "schedules", "scheduled", "scheduling", "reminders", "my", "mine", "i"),
        *("ping", "test", "testing", "anyone", "anybody"),
    }
)


_SHARING: Final = Phrases(
    r"[also] (post|send|share|forward|publish|cross-post|crosspost) {it} [also] (to|in|into|with) #\S+"
    r" [\S+]* [too|as well]*",
    r"[also] (post|send|share|forward) {it} [also] (to|with) @\S+ [too|as well]*",
    **_PARTS,
)


def is_sharing(words: tuple[str, ...]) -> bool:
    """True of an order to show an answer elsewhere, which Slack does."""
    return _SHARING.match_whole(" ".join(core_words(words)))


def is_follow_up(words: tuple[str, ...]) -> bool:
    """True for words that are about an answer, wherever they are said."""
    return _FOLLOW_UPS.match_whole(" ".join(without_courtesy(words)))


def is_about_thread(words: tuple[str, ...]) -> bool:
    """True for words that are about the thread in which they are said, whatever they are about elsewhere."""
    if not words:
        return False
    forms = {" ".join(core_words(words)), " ".join(without_courtesy(words)), " ".join(words)}
    if any(_OF_A_THREAD.match_whole(said) or _FOLLOW_UPS.match_whole(said) for said in forms):
        return True
    if not _OF_BOT.isdisjoint(words):
        return False
    match read_wish(words) or read_small_talk(words):
        case (
            StatsRequest() | HelpRequest() | GuideRequest(guide="version" | "presence" | "settings" | "home")
        ):
            return True
        case ListRequest():
            return words[-1] not in ("list", "runs", "all", "everything")
        case _:
            return False
