"""Slack's markup: plain text out of it for a model, and links in it that hide nothing; pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Final

from bot.fetch import parse_link

_MARKUP: Final = re.compile(r"<([^<>\n]+)>")
_USER: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>\n]*)?>")
_LONGEST_LABEL: Final = 40
_SAFE: Final = str.maketrans(
    {"|": "%7C", "<": "%3C", ">": "%3E", "`": "%60", "*": "%2A", "~": "%7E", "'": "%27"}
)


def mentioned_people(text: str) -> set[str]:
    """The ids of the people that `text` mentions."""
    return set(_USER.findall(text))


def plain_text(text: str, names: Mapping[str, str]) -> str:
    """`text` as people see it: mentions become names, links show where they lead. `names` are by id."""

    def as_seen(found: re.Match[str]) -> str:
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

    return html.unescape(_MARKUP.sub(as_seen, text)).strip()


def link_markup(url: str) -> str:
    """A link under its own host, as the network knows it, and the beginning of its path.

    So nobody's page can hide where it leads, or mention anyone.
    """
    link = parse_link(url)
    if link is None:
        return "a link"
    path = link.raw_path.rstrip("/")
    text = f"{link.raw_host}{'' if link.explicit_port is None else f':{link.explicit_port}'}{path}"
    if len(text) > _LONGEST_LABEL:
        text = f"{text[: max(_LONGEST_LABEL, len(link.raw_host or ''))]}…"
    leads, says = (html.escape(part.translate(_SAFE), quote=False) for part in (str(link), text))
    return f"<{leads}|{says}>"
