"""Inline rules beyond CommonMark: addresses, formulas, Slack's own links and emoji, emphasis beside CJK.

Each looks at a bounded chunk of the line, so that time stays linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline import StateInline, emphasis, strikethrough

from bot.markdown.addresses import CJK, address_end, scheme_before
from bot.markdown.emoji_names import EMOJI_NAMES

EMOJI: Final = "emoji"
"""Type of the token of an emoji; its content is the code with colons."""

_FARTHEST: Final = 1_000
"""Characters of one formula."""
_NEAR: Final = 64
"""Marks before an address that may be closed by it."""
_EMOJI_CODE: Final = re.compile(r"(?<![A-Za-z0-9]):([a-z0-9_+'-]{1,60}):(?![A-Za-z0-9])")
_SLACK_LINK: Final = re.compile(
    r"<((?:https?://|mailto:)[^\s<>|]{1,2000})\|([^<>|\n]{1,500})>", re.IGNORECASE
)
_CLOSED_BY: Final = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "$": "$"}
_OF_FORMULAS: Final = re.compile(r"[\\^_{}*~=+<>]")
_MONEY: Final = re.compile(r"\d[\d.,]*(?:\s|[-–]|[A-Za-z]{2,}|$)")
_PROSE: Final = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}\s+(?:\S+\s+)?[A-Za-z]{3,}")
_CJK_LETTER: Final = re.compile(f"[{CJK}]")
_OPENING: Final = frozenset({"Ps", "Pi", "Sc"})
_CLOSING: Final = frozenset({"Pe", "Pf", "Po"})
"""Kinds of punctuation that begin or end what is marked."""

_Tokenizer = Callable[[StateInline, bool], bool]


def add_spans(parser: MarkdownIt) -> None:
    """Teach `parser` these rules."""
    rules = parser.inline.ruler
    rules.before("escape", "formula", _read_formula)
    rules.before("autolink", "slack_link", _read_slack_link)
    rules.after("text", "address", _read_address)
    rules.after("address", "emoji_code", _read_emoji_code)
    rules.at("emphasis", _beside_cjk(emphasis.tokenize))
    rules.at("strikethrough", _beside_cjk(strikethrough.tokenize))


def _read_address(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != ":" or not state.src.startswith("://", state.pos):
        return False
    start = scheme_before(state.src, state.pos)
    if start is None or not (silent or state.pending.endswith(state.src[start : state.pos])):
        return False
    end = address_end(state.src, start, state.pos, open_marks=_open_marks(state))
    if end is None:
        return False
    end = min(end, state.posMax)
    if not silent:
        address = unescapeAll(state.src[start:end])
        state.pending = state.pending[: start - state.pos]
        _push_link(state, state.md.normalizeLink(address), address)
    state.pos = end
    return True


def _open_marks(state: StateInline) -> str:
    """The marks near here that are open: each closes the one before it, where it may."""
    waiting: dict[int, int] = {}
    for mark in state.delimiters[-_NEAR:]:
        count = waiting.get(mark.marker, 0)
        waiting[mark.marker] = count - 1 if mark.close and count else count + mark.open
    return "".join(chr(mark) for mark, count in waiting.items() if count)


def _push_link(state: StateInline, href: str, label: str) -> None:
    """A link; inside the label of another one, its text alone."""
    if not state.linkLevel:
        state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = label
    if not state.linkLevel:
        state.push("link_close", "a", -1)


def _read_slack_link(state: StateInline, silent: bool) -> bool:
    found = _SLACK_LINK.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    href = state.md.normalizeLink(unescapeAll(found[1]))
    if not state.md.validateLink(href):
        return False
    if not silent:
        _push_link(state, href, unescapeAll(found[2]))
    state.pos = found.end()
    return True


def _read_emoji_code(state: StateInline, silent: bool) -> bool:
    found = _EMOJI_CODE.match(state.src, state.pos, state.posMax)
    if found is None or found[1] not in EMOJI_NAMES:
        return False
    if not silent:
        token = state.push(EMOJI, "", 0)
        token.content, token.info = found[0], found[1]
    state.pos = found.end()
    return True


def _read_formula(state: StateInline, silent: bool) -> bool:
    opening = next((mark for mark in _CLOSED_BY if state.src.startswith(mark, state.pos)), None)
    if opening is None:
        return False
    start = state.pos + len(opening)
    end = state.src.find(_CLOSED_BY[opening], start, min(state.posMax, start + _FARTHEST))
    if end < 0 or not _is_formula(state, opening, start, end):
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = " ".join(state.src[start:end].split())
    state.pos = end + len(opening)
    return True


def _is_formula(state: StateInline, opening: str, start: int, end: int) -> bool:
    """False for what only looks like one: escaped brackets, sums of money, names in a shell."""
    inside = state.src[start:end]
    if not _OF_FORMULAS.search(inside):
        return False
    after = state.src[end + len(opening) : end + len(opening) + 1]
    if opening == "\\[":
        return after != "("
    if opening != "$":
        return True
    before = state.src[start - 2 : start - 1] if start > 1 else ""
    touches = not (inside[0].isspace() or inside[-1].isspace() or after.isalnum() or before.isalnum())
    return touches and not ("\n" in inside or _MONEY.match(inside) or _PROSE.search(inside))


def _beside_cjk(tokenize: _Tokenizer) -> _Tokenizer:
    """`tokenize`, whose marks also count between punctuation and a letter of these scripts, or any letter
    where it is their punctuation; the underscores of a name do not.

    Chinese, Japanese and Korean put no space there.
    """

    def tokenize_marks(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        if not tokenize(state, silent):
            return False
        before = state.src[start - 1] if start else " "
        after = state.src[state.pos] if state.pos < len(state.src) else " "
        opens = _is_cjk(before) and _is_punctuation(after)
        closes = _is_punctuation(before) and _is_cjk(after)
        if state.src[start] != "_":
            opens = opens or (before.isalnum() and _is_cjk(after) and _category_of(after) in _OPENING)
            closes = closes or (after.isalnum() and _is_cjk(before) and _category_of(before) in _CLOSING)
        for mark in state.delimiters[known:]:
            mark.open, mark.close = mark.open or opens, mark.close or closes
        return True

    return tokenize_marks


def _is_cjk(character: str) -> bool:
    return _CJK_LETTER.match(character) is not None


def _is_punctuation(character: str) -> bool:
    return _category_of(character)[0] in "PS"


def _category_of(character: str) -> str:
    return unicodedata.category(character)
