"""Slack's markup → plain text for a model: mentions become names, links show where they lead; pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Final

_MARKUP: Final = re.compile(r"<([^<>\n]+)>")
_USER: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>\n]*)?>")


def mentioned(text: str) -> set[str]:
    """The ids of the people that `text` mentions."""
    return set(_USER.findall(text))


def plain_text(text: str, names: Mapping[str, str]) -> str:
    """`text` as people see it; those without a name in `names` are someone."""

    def shown(found: re.Match[str]) -> str:
        inside, _, label = found[1].partition("|")
        match inside[0]:
            case "@":
                return f"@{names.get(inside[1:], label or 'someone')}"
            case "#":
                return f"#{label or inside[1:]}"
            case "!":
                return label or f"@{inside[1:].partition('^')[0]}"
            case _:
                return f"{label} ({inside})" if label and label != inside else inside

    return html.unescape(_MARKUP.sub(shown, text)).strip()
