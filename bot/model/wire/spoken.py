"""The answer in what a model wrote: without its thoughts before it and the marks of its template; pure.

Thoughts are a block at the beginning, up to the tag that closes it; text about such tags stays as it is. Each
step takes time with the length of the text alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.model.wire.marks import is_tool_call, until_turn_ends, without_opening_marks
from bot.model.wire.places import Code, ends_thought, find_code, is_left_over, is_quoted

_NAME: Final = r"(?:[A-Za-z0-9]{1,20}[:_])?(?:think(?:ing)?|thoughts?|reasoning)"
_TAG: Final = re.compile(
    rf"<(?P<slash>/?)(?P<name>{_NAME})(?:\s[^<>\n]{{0,200}})?>|\[(?P<slash2>/?)THINK(?:ING)?\]|◁(?P<slash3>/?)think▷"
    r"|<\|(?P<edge>begin_of|end_of|START|END)_(?:thought|thinking)\|>|<\|(?P<slash4>/?)think(?:ing)?\|>"
    r"|(?P<gate><\|channel>(?:thought|analysis)|<channel\|>)",
    re.I,
)
_SUBJECT: Final = re.compile(
    r"[ ,](?:\.{3}|…)?\s?(?:</[\w:]+>\s)?(?:tags?|blocks?|marks?|is|are|and|or|means?|,)\b"
)
_START: Final = r"(?:<\|start\|>\s?assistant\s?)?"
_FINAL: Final = re.compile(
    r"<\|channel\|>\s?final\b[^<]{0,60}(?:<\|constrain\|>[^<]{0,60})?<\|message\|>", re.I
)
_CHANNELS: Final = re.compile(
    rf"\s*{_START}(?:<\|channel\|>|(?:analysis|commentary)\b[^<]{{0,60}}<\|message\|>)", re.I
)
_TO_ALL: Final = re.compile(rf"\s*{_START}<\|channel\|>\s?commentary\s?<\|message\|>", re.I)
_BARE_CHANNEL: Final = re.compile(r"\s*analysis(?=[A-Z\"'“])")
_BARE_FINAL: Final = re.compile(r"assistant\s?final(?=[^a-z]|\Z)")
_WRAPPED: Final = re.compile(r"<(answer|output|response|final_answer|solution)>(.*)</\1>", re.S | re.I)
_NEVER: Final = -1


@dataclass(frozen=True, kw_only=True)
class _Tag:
    start: int
    end: int
    opens: bool
    name: str
    quoted: bool


def spoken_text(text: str) -> str:
    """The answer alone; empty where there are only thoughts, or a call of a tool."""
    said = _final_channel(text)
    begin, thought = _after_thoughts(said)
    said = said[begin:].strip()
    code = find_code(said)
    if is_tool_call(said, code):
        return ""
    said = until_turn_ends(said, code)
    if thought and (wrapped := _WRAPPED.fullmatch(said)):
        return wrapped[2].strip()
    return said.strip()


def _final_channel(text: str) -> str:
    """The message on the channel for people, of those that harmony's template knows; empty without one."""
    if _BARE_CHANNEL.match(text):
        bare = _BARE_FINAL.search(text)
        return text[bare.end() :] if bare else ""
    led = _CHANNELS.match(text) is not None
    for final in _FINAL.finditer(text):
        if led or text.endswith(("<|start|>assistant", "<|end|>"), 0, final.start()):
            return text[final.end() :]
    if not led or (to_all := _TO_ALL.match(text)) is None:
        return "" if led else text
    return text[to_all.end() :]


def _after_thoughts(text: str) -> tuple[int, bool]:
    """The place where the answer begins, and whether thoughts stand before it; the end if they never end."""
    tags = _find_tags(text)
    by_start = {tag.start: number for number, tag in enumerate(tags)}
    ends = {tag.name: number for number, tag in enumerate(tags) if not (tag.opens or tag.quoted)}
    at, thought, nested = without_opening_marks(text), False, False
    while (number := by_start.get(at)) is not None and _opens_thoughts(text, tags[number]):
        closing = _closing_of(text, tags, ends, number)
        if closing == _NEVER:
            return len(text), True
        nested = nested or any(tag.opens and not tag.quoted for tag in tags[number + 1 : closing])
        at, thought = without_opening_marks(text, tags[closing].end), True
    if not thought or nested:
        alone = _closed_alone(text, tags, at)
        if alone is not None:
            return without_opening_marks(text, alone), True
    return at, thought


def _opens_thoughts(text: str, tag: _Tag) -> bool:
    return tag.opens and not _SUBJECT.match(text, tag.end)


def _closing_of(text: str, tags: list[_Tag], ends: dict[str, int], number: int) -> int:
    """The tag that closes a block: of its name if there is one, and the first that ends a thought.

    An answer may mention such tags itself, and thoughts may, too: an opening one parts the candidates.
    """
    candidates: list[int] = []
    last = ends.get(tags[number].name, _NEVER)
    for other in range(number + 1, last + 1):
        tag = tags[other]
        if tag.opens and candidates and not tag.quoted:
            break
        if not tag.opens and not tag.quoted and tag.name == tags[number].name:
            if ends_thought(text, tag.start, tag.end):
                return other
            candidates.append(other)
    if candidates:
        return candidates[0]
    others = (
        other
        for other in range(number + 1, len(tags))
        if not tags[other].opens and ends_thought(text, tags[other].start, tags[other].end)
    )
    return next(others, _NEVER)


def _closed_alone(text: str, tags: list[_Tag], at: int) -> int | None:
    """The end of a closing tag whose opening one the template has eaten; None for one that is mentioned."""
    code: Code | None = None
    for tag in tags:
        if tag.start < at or tag.quoted:
            continue
        code = code or find_code(text)
        if code.holds_place(tag.start):
            continue
        if tag.opens:
            return None
        if is_left_over(text, tag.start, tag.end):
            return tag.end
    return None


def _find_tags(text: str) -> list[_Tag]:
    return [
        _Tag(
            start=found.start(),
            end=found.end(),
            opens=_is_opening(found),
            name=(found["name"] or re.sub(r"\W", "", found[0])).lower()
            if not (found["edge"] or found["gate"])
            else "edge",
            quoted=is_quoted(text, found.start(), found.end()),
        )
        for found in _TAG.finditer(text)
    ]


def _is_opening(found: re.Match[str]) -> bool:
    if found["gate"]:
        return found["gate"].startswith("<|")
    if found["edge"]:
        return found["edge"].lower() in ("begin_of", "start")
    return not (found["slash"] or found["slash2"] or found["slash3"] or found["slash4"])
