"""Slack's markup: plain text out of it for a model, and links in it that hide nothing; pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Final

from bot.fetch import parse_link
from bot.slack import said_moment

_MARKUP: Final = re.compile(r"<([^<>\n]+)>")
_USER: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>\n]*)?>")
_UNNAMED: Final = re.compile(r"<(?:#([CGD][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))\|?>")
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_LONGEST_LABEL: Final = 40
_SAFE: Final = str.maketrans(
    {"|": "%7C", "<": "%3C", ">": "%3E", "`": "%60", "*": "%2A", "~": "%7E", "'": "%27"}
)


def mentioned_people(text: str) -> set[str]:
    """The ids of the people that `text` mentions."""
    return set(_USER.findall(text))


def codes_to_name(text: str) -> set[str]:
    """The ids that `plain_text` wants names for: of people, and of channels and groups without a label."""
    unnamed = {channel or group for channel, group in _UNNAMED.findall(text)}
    return mentioned_people(text) | unnamed


def plain_text(text: str, names: Mapping[str, str], *, keep_links: bool = False) -> str:
    """`text` as people see it: mentions become names, links show where they lead. `names` are by id.

    What Slack alone has made a link is words again, unless `keep_links`: then it leads where Slack took it.
    Where nobody tells a name, the id stands for it.
    """

    def as_seen(found: re.Match[str]) -> str:
        inside, _, label = found[1].partition("|")
        if not inside:  # as no markup of Slack's is
            return found[0]
        match inside[0]:
            case "@":
                return f"@{names.get(inside[1:], label or 'someone')}"
            case "#":
                return f"#{label or names.get(inside[1:], inside[1:])}"
            case "!":
                return _special_words(inside[1:], label, names)
            case _:
                return _link_words(inside, label, keep_link=keep_links)

    return html.unescape(_MARKUP.sub(as_seen, text)).strip()


def _special_words(inside: str, label: str, names: Mapping[str, str]) -> str:
    kind, *rest = inside.split("^")
    if kind == "subteam" and rest:
        return label or f"@{names.get(rest[0], rest[0]).removeprefix('@')}"
    if kind == "date" and rest:
        return label or said_moment(rest[0])
    return label or f"@{kind}"


def _link_words(url: str, label: str, *, keep_link: bool) -> str:
    if not label or label == url:
        return url.removeprefix("mailto:").removeprefix("tel:")
    if url.startswith("tel:") or url == f"mailto:{label}" or (_typed_as_words(url, label) and not keep_link):
        return label
    without_scheme = _SCHEME.sub("", url, count=1)
    return url if label == without_scheme else f"{label} ({url})"


def _typed_as_words(url: str, label: str) -> bool:
    """True of a name with a dot that Slack took for a site; with `www.` or a path it was meant as one."""
    if "/" in label or label.lower().startswith("www."):
        return False
    return _SCHEME.sub("", url, count=1).rstrip("/").casefold() == label.casefold()


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
