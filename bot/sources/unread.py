"""Things that a prompt asks to have read, and that are no source; pure.

A summary of what nobody has read would be an invention, so such a prompt is refused. Only one that begins by
asking to read counts, so that a prompt about channels or files in general stays one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

_FLAGS: Final = re.IGNORECASE
_READ: Final = re.compile(
    r"(?:please |pls |hey |can you |could you |would you )*(?:summari[sz]e|sum up|tl;?dr|recap|read"
    r"|digest|condense"
    r"|open|fetch|load|review|analy[sz]e|extract|translate|catch (?:me|us) up)\b",
    _FLAGS,
)
_ASK: Final = re.compile(
    r"(?:please |can you |could you )*(?:what (?:happened|was (?:said|discussed|decided|agreed)"
    r"|has been (?:said|decided)"
    r"|did (?:i|we|people|everyone|they) (?:miss|say|discuss|decide|agree)|is new|are the (?:decisions"
    r"|todos|topics))"
    r"|what['’]s new|list (?:all )?(?:the )?(?:decisions|todos|to-dos|action items|open questions"
    r"|questions|links|topics)"
    r"|who said)\b",
    _FLAGS,
)
_SCHEME: Final = re.compile(r"(?<!\w)(?!https?:)([a-z][a-z0-9+.-]{1,20}:[/\\]{2}\S*)", _FLAGS)
_PATH: Final = re.compile(
    r"(?:the |this |my |our )?(?:file |document |pdf )?"
    r"([\w.-]{1,100}\.(?:pdf|docx?|xlsx?|pptx?|txt|csv|rtf|odt)|~?(?:/[\w.-]{1,100}){2,20}|[a-z]:\\\S*"
    r"|(?:this|the|that|the attached|my) (?:file|pdf|document|attachment|page|website|web page|article"
    r"|link|url))"
    r"(?: please)?[\s.!?]*",
    _FLAGS,
)
_PLACE: Final = re.compile(
    r"\b(?:this|our|the) (channel|thread|conversation|discussion)(?=$|[\s,.;:!?]*$|[,.;:!?]|\s+(?:and|or"
    r"|for|of|today"
    r"|since|over|in|from|yesterday|this|last|here|please|into|as|with|to|by|so|until|on|about|between"
    r"|during)\b)",
    _FLAGS,
)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """Something that cannot be read as it was asked for."""

    kind: Literal["address", "file", "channel", "thread"]
    said: str = ""


def find_unread(query: str) -> Unread | None:
    """The first thing that `query`, which names no source, asks to have read."""
    text = " ".join(query.split())
    reads = _READ.match(text)
    if reads is not None:
        if scheme := _SCHEME.search(text, reads.end()):
            return Unread(kind="address", said=scheme[1])
        if path := _PATH.fullmatch(text, reads.end() + 1):
            return Unread(kind="file", said=path[1])
    if (reads or _ASK.match(text)) and (place := _PLACE.search(text)):
        return Unread(kind="channel" if place[1].lower() == "channel" else "thread", said=place[0])
    return None
