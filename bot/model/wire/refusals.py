"""Reasons why a server refuses, which share status codes and differ in words; pure.

The words of an error may quote the question or the key, so they are only searched here, and never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Literal

Refusal = Literal["too_long", "credit", "declined", "missing", "key", "other"]

_LONGEST_TEXT: Final = 4_000
_DEEPEST: Final = 6

_TOO_LONG: Final = re.compile(
    r"context.?(?:length|window|size)|maximum prompt length|too many (?:input )?tokens|too large for model"
    r"|(?:prompt|input|message|request|question)s?(?: is| are|_)? ?too.?(?:long|large)|tokens.limit.reached"
    r"|string.above.max.length|reduce (?:the length|your prompt|the prompt|the input)|tokens > [0-9]+ maximum"
    r"|\btokens?\b.{0,60}exceed|exceeds? .{0,60}\b(?:tokens|context)\b|input length .{0,40}exceeds",
    re.I,
)
_CREDIT: Final = re.compile(
    r"insufficient.{0,3}(?:quota|balance|credit|funds)|billing.(?:hard.limit|not.active)|payment.required"
    r"|credit.{0,12}(?:too low|exhausted|used up|insufficient|expired)|arrear|account.?overdue|prepaid"
    r"|(?:out of|no|any|enough|more) credits?\b|exceeded your current quota|quota is spent|topping up",
    re.I,
)
_DECLINED: Final = re.compile(
    r"content.?(?:filter|policy|management|moderation)|responsible.?ai|usage polic|moderation|flagged"
    r"|(?:for|by|our|due to|the) safety|inappropriate|data.inspection|(?<!case.)sensitive|prohibited.content"
    r"|policy.violation",
    re.I,
)
_MISSING: Final = re.compile(
    r"(?:model|deployment).{0,120}?(?:not.?found|does ?n[o']t.exist|not.exist|decommissioned|deprecated)"
    r"|model.{0,120}?no longer (?:available|supported)|(?:unknown|no such|not a valid|invalid)[ _]model"
    r"|no endpoints found",
    re.I,
)
_KEY: Final = re.compile(
    r"api.?key|\bauth|credential|unauthori|permission|access.?(?:denied|token)|forbidden|not allowed", re.I
)
_LIMIT_TOO_HIGH: Final = re.compile(
    r"max_(?:completion_|output_)?tokens\W{0,3}\s"
    r"(?:must be|should be|cannot|is too large: [0-9]+\. This model supports)"
)
"""The answer's limit is refused, and not the question."""
_LENGTHS: Final = (
    re.compile(r"([0-9][0-9,_]{2,9}) maximum\b", re.I),
    re.compile(
        r"(?:maximum|max|available)(?: allowed| input)? (?:context|prompt|number of|input|model)[^0-9]{0,60}"
        r"([0-9][0-9,_]{2,9})",
        re.I,
    ),
    re.compile(r"context.?(?:length|window|size)[^0-9]{0,40}([0-9][0-9,_]{2,9})", re.I),
    re.compile(r"\blimit:? ([0-9][0-9,_]{2,9})", re.I),
    re.compile(r"([0-9][0-9,_]{2,9})(?: tokens?)? (?:context|limit)", re.I),
)


def refusal_in(status: int, words: str) -> Refusal | None:
    """Say why a server refused for good; None where it may answer the same question later."""
    if _is_too_long(status, words):
        return "too_long"
    if status == 402 or _is_credit_spent(status, words):
        return "credit"
    if status >= 500 or status in (408, 409, 425, 429):
        return None
    if status == 451 or _DECLINED.search(words):
        return "declined"
    if status == 401:
        return "key"
    if status in (404, 410) or _MISSING.search(words):
        return "missing"
    if re.search(r"api.?key", words, re.I) or (status == 403 and _KEY.search(words)):
        return "key"
    return "other"


def refused_parameter(status: int, words: str, sent: Collection[str]) -> str | None:
    """Name the parameter of those `sent` that a server does not take."""
    if status not in (400, 422) or refusal_in(status, words) == "too_long":
        return None
    named = [name for name in sent if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words)]
    # "'temperature' is not supported; use 'max_tokens'": the first that is named is meant.
    return min(named, key=words.index, default=None)


def longest_told(words: str) -> int | None:
    """Find the tokens that a model takes in the words of one that was sent too many."""
    for pattern in _LENGTHS:
        if found := pattern.search(words):
            return int(re.sub("[,_]", "", found[1]))
    return None


def words_of(body: object) -> str:
    """All short texts of an error's body, with a space between; at most some thousand characters."""
    texts, length = [], 0
    for text in _texts_of(body):
        texts.append(text[: _LONGEST_TEXT - length])
        length += len(text) + 1
        if length >= _LONGEST_TEXT:
            break
    return " ".join(texts)


def _is_too_long(status: int, words: str) -> bool:
    """Tell if the question is; also where it is more than a whole minute allows, so that no waiting helps."""
    if status == 429:
        return re.search("request too large", words, re.I) is not None
    return status == 413 or bool(_TOO_LONG.search(words) and not _LIMIT_TOO_HIGH.search(words))


def _is_credit_spent(status: int, words: str) -> bool:
    """Google says of a minute's quota what OpenAI says of a spent account, and names a wait or status."""
    if not _CREDIT.search(words):
        return False
    return status != 429 or not re.search(r"RESOURCE_EXHAUSTED|RetryInfo|retry in", words)


def _texts_of(body: Any, deep: int = 0) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif deep > _DEEPEST:
        return
    elif isinstance(body, Mapping):
        for value in list(body.values())[:50]:
            yield from _texts_of(value, deep + 1)
    elif isinstance(body, list):
        for item in body[:50]:
            yield from _texts_of(item, deep + 1)
