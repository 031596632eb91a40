"""Words as people say them to a bot, made plain: small letters, no marks, no courtesy, no contractions; pure.

Only short texts are read so, for a wish about schedules is short: what is longer is a prompt.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.commands.words.near_misses import find_slip

_LONGEST: Final = 160
"""Characters of a wish; more are a prompt."""
_MOST_WORDS: Final = 18
_QUOTED: Final = re.compile(r"[\"“”„«»`]")
_SHORTCODES: Final = re.compile(r":[a-z+][a-z0-9_+-]{0,40}:(?=\s|[!.,]|:|$)")
_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'"})
_CONTRACTED: Final = {
    "what's": "what is", "whats": "what is", "who's": "who is", "whos": "who is", "where's": "where is",
    "wheres": "where is", "when's": "when is", "whens": "when is", "how's": "how is", "i'd": "i would",
    "i'm": "i am", "im": "i am", "i've": "i have", "we've": "we have", "that's": "that is",
    "you're": "you are", "youre": "you are", "let's": "let us", "lets": "let us", "don't": "do not",
    "dont": "do not", "can't": "can not", "cant": "can not", "cannot": "can not", "wanna": "want to",
    "there's": "there is", "didn't": "did not", "didnt": "did not", "doesn't": "does not",
    "wat": "what", "wut": "what", "u": "you", "r": "are", "ur": "your",
    "tz": "timezone",
}  # fmt: skip
_CLOSINGS: Final = (
    "please|pls|plz|thanks|thx|ty|cheers|thank you|now|thanks a lot|right now|kindly|for me|asap|immediately"
    "|many thanks|thank you very much|thank you so much|mate|bot|precache|again|if you can|if possible"
    "|somehow"
    "|thanks in advance|then|bitte|danke|merci|gracias|por favor|grazie|per favore|obrigado|obrigada|tack"
    "|svp|s'il te plaît|s'il te plait|s'il vous plaît|s'il vous plait"
)
_OPENINGS: Final = (
    "please|pls|plz|hey|hi|hello|yo|ok|okay|so|well|now|just|kindly|precache|bot|dear bot|and|sorry"
    "|good morning"
    "|excuse me|there|quick question|also|oh|oh no|oops|no|wait|hm|hmm|actually|never mind|nevermind|nvm"
    "|ah|ups|argh|whoops|please just|can you|could you|would you|will you|would you mind|you should"
    "|you can|i want|i need|i wish|i would like|i like|we want|we need|we would like|i want you"
    "|i would like you"
    "|i need you|let us|let me|to|can i|can we|could i|could we|may i|how do i|how do we|how can i|how can we"
    "|how to|how do you|how could i|how would i|how should i|where can i|where do i|is there a way"
    "|is it possible|am i able|what is the command|what is the way|i am trying|try|how does one|i have"
    "|tell me how|show me how|bitte|hallo|bonjour|hola|moin|salut|ciao|guten morgen|guten tag"
)
_ENDS: Final = tuple(sorted((tuple(piece.split()) for piece in _CLOSINGS.split("|")), key=len, reverse=True))
_BEGINNINGS: Final = tuple(
    sorted((tuple(piece.split()) for piece in _OPENINGS.split("|")), key=len, reverse=True)
)
POLITE_FIRST: Final = (
    r"(?:(?:please|pls|hey|hi|ok|okay|kindly|just|so|can you|could you|would you|will you|can i|could i"
    r"|how do i|how can i|i want to|i want you to|i would like to|i'd like to|i'd like you to|i need to"
    r"|i would like you to|i need you to|we want to|let's|let us|precache)[, ]+){0,4}"
)
"""The courtesy before an order, as a pattern over a text as it was typed."""
_GREETING: Final = re.compile(
    r"(?:(?:please|pls|hey|hi|hello|hallo|yo|ok|okay|so|well|also|kindly|just|precache|bot"
    r"|good (?:morning|afternoon|evening)|(?:can|could|would|will) you|i (?:want|need) you to"
    r"|i(?:['’]d| would) like you to|(?:don['’]?t|do not) forget to|(?:remember|make sure|be sure) to)"
    r"(?:[ ,]+(?:precache|bot|there|all|team|everyone|folks))?[,!.:]*\s+)+",
    re.IGNORECASE,
)
_MARKED: Final = re.compile(
    r"[,!.:]|\b(?:precache|bot|there|all|team|everyone|folks|you|to)\b", re.IGNORECASE
)
"""Told to somebody: `hello at 9 in Japanese` is not."""
_LATER: Final = re.compile(r"(?:every|each|remind)\b", re.IGNORECASE)
_LONG_ENOUGH: Final = 4


def spoken_words(text: str) -> tuple[str, ...]:
    """The words of a short text in their plain form; none of a long one, or one that quotes."""
    if len(text) > _LONGEST or "\n" in text or _QUOTED.search(text):
        return ()
    plain = _SHORTCODES.sub(" ", text.translate(_APOSTROPHES).lower())
    words: list[str] = []
    for word in plain.split():
        bare = word.strip("!?.,;:()[]…*_~/\\-–—'+>|=") if word.isascii() else _without_marks(word)
        words += _CONTRACTED.get(bare, bare).split()
    return tuple(words) if len(words) <= _MOST_WORDS else ()


def _without_marks(word: str) -> str:
    """The letters and digits of a word, and what joins them; nothing of an emoji."""
    kept = "".join(character for character in word if character.isalnum() or character in "'-/")
    return kept.strip("'-/")


def without_greeting(text: str) -> str | None:
    """The text after a greeting or a courtesy that hides a time; None without one, and of a question."""
    greeted = _GREETING.match(text)
    if greeted is None:
        return None
    rest = text[greeted.end() :]
    is_sure = _MARKED.search(greeted[0]) and not text.rstrip().endswith("?")
    return rest if is_sure or _LATER.match(rest) else None


def without_courtesy(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the greeting, the please and the thanks around them."""
    return _cut_pieces(_cut_pieces(words, _ENDS, at_end=True), _COURTEOUS, at_end=False)


def core_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The order in a polite wish or question: `could you list …` and `how do I list …` are `list …`."""
    return _cut_pieces(_cut_pieces(words, _ENDS, at_end=True), _BEGINNINGS, at_end=False)


_COURTEOUS: Final = tuple(opening for opening in _BEGINNINGS if len(opening) == 1 and opening != ("to",))


def _cut_pieces(
    words: tuple[str, ...], pieces: tuple[tuple[str, ...], ...], *, at_end: bool
) -> tuple[str, ...]:
    """The words without these pieces at one end, except that something remains."""
    by_word = _pieces_by_word(pieces, at_end=at_end)
    while words:
        for piece in by_word.get(words[-1 if at_end else 0], ()):
            length = len(piece)
            if length < len(words) and (words[-length:] if at_end else words[:length]) == piece:
                words = words[:-length] if at_end else words[length:]
                break
        else:
            break
    return words


@lru_cache(maxsize=8)
def _pieces_by_word(pieces: tuple[tuple[str, ...], ...], *, at_end: bool) -> dict[str, list[tuple[str, ...]]]:
    """The pieces, in their order, by the word that they have at that end."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for piece in pieces:
        found.setdefault(piece[-1 if at_end else 0], []).append(piece)
    return found


@lru_cache(maxsize=1024)
def spell_right(word: str, known: tuple[str, ...]) -> str:
    """The word among the `known` that was meant, or the word itself."""
    if word in known or len(word) < _LONG_ENOUGH:
        return word
    return find_slip(word, known) or word
