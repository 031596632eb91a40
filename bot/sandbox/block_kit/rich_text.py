"""Rich text: Slack's own tree for formatted text, in which no character has a meaning of its own.

Reference: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from __future__ import annotations

from typing import Final

from bot.sandbox.block_kit.schema import (
    Check,
    boolean,
    by_type,
    integer,
    listing,
    matching,
    one_of,
    shape,
    string,
)

_MANY: Final = 10_000
"""No documented limit of its own; the message's total is what binds."""

_STYLE: Final = shape(
    optional=dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
    )
)
_STYLED: Final = {"style": _STYLE}
_ID: Final = string(255)
_TEXT: Final = shape({"text": string(40_000)}, _STYLED)
_LINK: Final = shape({"url": string(3000)}, {"text": string(40_000), "unsafe": boolean, **_STYLED})
_INLINE: Final = by_type(
    {
        "text": _TEXT,
        "link": _LINK,
        "user": shape({"user_id": _ID}, _STYLED),
        "channel": shape({"channel_id": _ID}, _STYLED),
        "usergroup": shape({"usergroup_id": _ID}, _STYLED),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLED),
        "emoji": shape(
            {"name": string(255)},
            {"unicode": string(255), "skin_tone": integer(1, 6), "url": string(3000), **_STYLED},
        ),
        "date": shape(
            {"timestamp": integer(0, 9_999_999_999), "format": string(255)},
            {"url": string(3000), "fallback": string(255), **_STYLED},
        ),
        "color": shape({"value": matching(r"#[0-9a-fA-F]{6}", "a colour as #rrggbb")}, _STYLED),
    }
)
_LETTERS: Final = by_type({"text": _TEXT, "link": _LINK})
_SECTION: Final = shape({"elements": listing(_INLINE, 0, _MANY)})
_BORDER: Final = {"border": integer(0, 1)}

_PARTS: Final[dict[str, Check]] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": shape(
        {"elements": listing(_LETTERS, 0, _MANY)}, {**_BORDER, "language": string(255)}
    ),
    "rich_text_quote": shape({"elements": listing(_INLINE, 0, _MANY)}, _BORDER),
    "rich_text_list": shape(
        {
            "elements": listing(by_type({"rich_text_section": _SECTION}), 1, _MANY),
            "style": one_of("bullet", "ordered"),
        },
        {**_BORDER, "indent": integer(0, 8), "offset": integer(0, _MANY)},
    ),
}
PARTS: Final = listing(by_type(_PARTS), 1, _MANY)
