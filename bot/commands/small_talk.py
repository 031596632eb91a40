"""Questions about the bot, and what people say to any bot; pure.

A text counts only if all of it fits: `what can you do?` is about the bot, `what can you do about slow tests?`
is a prompt.
"""

from __future__ import annotations

from typing import Final

from bot.commands.requests import Guide, GuideRequest, HelpRequest, Request, Topic, UsageError
from bot.commands.words.phrases import Phrases
from bot.commands.words.spoken import core_words, spell_right, without_courtesy

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
    r"are you (gpt\S*|claude\S*|gemini\S*|llama\S*|open source|open-source|free|based on \S+)",
    "(which|what) (model|llm|ai|language model|ai model) (is this|are you|do you use|are you using"
    "|are you running"
    "|is used|is behind you|is behind this|powers you|powers this)",
    "(hilfe|aide|ayuda|aiuto|ajuda|hjälp|hjelp|hulp|au secours)",
    "(was|wie) (kannst|machst|geht|funktionierst) (du|das) [alles|hier|tun|machen|so]*",
    "(wer|was) bist du",
    "(que|qué|qu'est-ce que) (peux-tu|tu peux|sais-tu|puedes|sabes) (faire|hacer) [ici|aquí|pour moi"
    "|por mí]*",
    "(qui es-tu|quién eres|cosa puoi fare|chi sei|o que você faz|wat kun je)",
    "what (do|does) (this|it) do",
    "why are you (here|in this channel)",
    "where is your [source] (code|documentation|docs|manual|help)",
    "(is|are) {it} free [to use]",
    "(do|can) you (speak|understand|know|answer in|write in|reply in)"
    r" (other languages|another language|my language|\S+) [too|as well]",
    "(which|what) [other] languages (do|can) you (speak|understand|know|use|answer in)",
    r"(sprichst du|sprechen sie|parles-tu|parlez-vous|parli|parla|falas|fala|spreek je|hablas|habla) \S+",
    "(do|does|will|can) {bot} (store|save|keep|collect|log|record|share|sell|send|learn from|train on|see"
    "|read)"
    " [all|any|of|my|our|the|what we|what i|we|i|write|say|type]*"
    " (data|messages|prompts|conversations|chats|questions|answers|us|me|it|write|say|type)",
    "(do|does|will|can) {bot} (learn from|train on|spy on|listen to|watch) (us|me|this channel)",
    "(which|what) (data|information) (do|does) {bot} (store|save|keep|collect|log|have|see|send|share)"
    " [about|on] [me|us]",
    "(where|how|how long) (is|are) (my|our) (data|prompts|messages|answers) (stored|kept|saved)",
    "(is|are) (my|our) (data|prompts|messages|answers|questions) (private|safe|secure|public|stored|saved"
    "|encrypted)",
    "who [else] can (see|read|use) (my|our) (prompts|questions|answers|schedules|messages|data)",
    "(which|what) (permissions|scopes|rights) (do|does) {bot} (have|need|use)",
    "do you have [a|any|some] (limit|limits|quota|rate limit|rate limits)",
    "how many (prompts|questions|messages|requests) (can|may) (i|we) (ask|make|send|have|use)"
    " [a day|per day|a month|per month|an hour|per hour]",
    "[how do i|how can i|where do i|i want to|i would like to] (report|file) [a|an] (bug|issue|problem)",
    "[how do i|how can i|where do i] (give|send|leave) [you|some] feedback",
    "(feedback|contact|contact support|contact us)",
    "who (is|are) [the|your|my|our] (admin|admins|maintainer|developer|owner) [of] [this bot|the bot"
    "|precache]",
    "who (do|can|should) i (contact|ask) [about] [you|this bot|the bot|precache]",
    "(can|could|do|will) you (make|create|generate|draw|show|post) (images|pictures|charts|graphs|memes)",
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
            "(can|could|do|will) you (read|open|see|access|summarise|summarize|understand|handle) [web"
            "|slack|my"
            "|our|other|private|public]* (files|pdfs|pdf|links|urls|images|pictures|attachments|documents"
            "|threads"
            "|channels|pages|websites|spreadsheets|canvases|files and links)",
            "(can|could|do) you (read|see) (this|the|our) (channel|thread|file|conversation)",
            "(can|could|do|will) you (search|browse|access|use|read|surf) [the] (web|internet|news|google"
            "|online)",
            "are you (online|connected to the internet|connected to the web|able to search the web)",
        ),
        "sources",
    ),
    (
        Phrases(
            "(can|may|could) (i|we|you) (schedule|post|write|send|move) [a|my|the|it|something|things|one"
            "|prompts"
            "|schedules|posts|prompt|schedule|post]* (in|into|to) [another|other|a different|any|private|the"
            "|several|many|two|more than one]* (channel|channels|thread|threads|dm|dms|place|places)",
            "(how do|how can|how would|where do|where can|can|how to) [i|we]"
            " (change|edit|move|pause|resume|delete|cancel|rename|copy|transfer|hand over|snooze|skip"
            "|duplicate)"
            " [a|an|my|our|the|it|one|this|that|its|of|existing]*"
            " [time|channel|prompt|name|owner|schedule|schedules|run|runs|post|posts|day|days|times]*"
            " [of|in|for|to] [a|my|the|an|another|other|it]* [schedule|channel|one|it|person|someone]",
            "can (i|we) schedule [something|it|one|a prompt|prompts] for (someone else|others|other people"
            "|my team"
            "|the team)",
            "how many schedules (can|may) (i|we) (have|make|create|own)",
            "(can|do) you (remind|nudge|ping) (me|us|people)",
        ),
        "schedules",
    ),
    (Phrases("how (do|can|would|could|should) (i|we) schedule", "how to schedule"), "times"),
)
_GUIDES: Final[tuple[tuple[Phrases, Guide], ...]] = (
    (
        Phrases(
            "[many|great|ok|okay|perfect|cool|nice|good|wow|awesome|super|and|no]*"
            " (thanks|thank you|thank u|thx|ty|tysm|cheers|kudos|thnx|tnx|thanx)"
            " [you|a lot|so much|very much|a million|a bunch|in advance|again|everyone|all|bot|precache"
            "|for that"
            "|for this|for the help|for your help|for everything]*",
            "(danke|dankeschön|dankeschoen|merci|gracias|grazie|obrigado|obrigada|tack|takk|dankjewel|dank je"
            "|спасибо|ありがとう|ありがとうございます|谢谢|謝謝|감사합니다)"
            " [schön|schoen|dir|sehr|beaucoup|bien|mille|så mycket|wel|vielmals|bot|precache|für alles"
            "|für die hilfe|für deine hilfe|pour ton aide|pour votre aide|por tu ayuda|per l'aiuto]*",
            "(vielen|herzlichen|besten|tausend|lieben) dank",
            "(muchas gracias|mille grazie|muito obrigado|muito obrigada|thks|grand merci)",
            "[ok|okay|oh|ah|wow|very|so|that is|all]* (perfect|great|awesome|super|cool|nice|got it|lol|haha"
            "|prima|alright|sounds good|good to know|understood|noted|makes sense|wow|love it|excellent"
            "|brilliant"
            "|amazing|fantastic|good one|neat)",
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
            "(delete|remove|unsend|retract|take back|hide|erase) (your|the|that|this|my) [last|previous]"
            " (post|message|answer|reply)",
        ),
        "delete_post",
    ),
    (
        Phrases(
            "(undo|redo|revert|rollback|roll back|oops|undelete|unsend|go back|back)"
            " [it|that|this|the last one|last|the last|the last command|the last change|the last thing|the"
            " last action"
            "|the last post|my last command|my last change|please]",
            "undo [the|my] [last] (delete|deletion|pause|change|command|schedule|post)",
            "(that was|it was|this was) (a mistake|wrong|an accident)",
            "(my mistake|my bad)",
            "(undo|restore|revert) (what i did|what you did|the change|the deletion|my change|my deletion)",
            "(put|bring|get|give) [me] (it|that|this|them|the schedule|my schedule) back",
            "(oh|no|stop|please)* undo [that|it|this]",
        ),
        "undo",
    ),
    (
        Phrases(
            "(cancel|stop|abort|quit|exit|close|end|halt|bye|goodbye|logout|log out|login|log in|sign in"
            "|sign out"
            "|dismiss|reset|reset all|reset everything|clear|restart|never mind|nevermind|nvm|forget it"
            "|forget that|forget about it|tschüss|adios|adiós|au revoir|auf wiedersehen|see you"
            "|ignore that|ignore this|scratch that|strike that|disregard|disregard that|forget what i said"
            "|no wait|wait|hold on|hang on|one moment|wrong channel|wrong thread|wrong window|wrong one"
            "|not that one|the other one|the wrong one"
            "|stopp|abbrechen|annuler|cancelar|annulla"
            "|start over|skip|snooze|ok|okay|yes|no|y|n|yep|nope|confirm)",
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
