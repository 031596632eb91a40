"""What a post calls a link, so that nobody's page can hide where it leads, or mention anyone; pure."""

from __future__ import annotations

import html
from typing import Final

from bot.fetch import parse_link

_LONGEST: Final = 40
_SAFE: Final = str.maketrans(
    {"|": "%7C", "<": "%3C", ">": "%3E", "`": "%60", "*": "%2A", "~": "%7E", "'": "%27"}
)


def shown(url: str) -> str:
    """A link in mrkdwn under its own host, as the network knows it, and the beginning of its path."""
    link = parse_link(url)
    if link is None:
        return "a link"
    path = link.raw_path.rstrip("/")
    text = f"{link.raw_host}{'' if link.explicit_port is None else f':{link.explicit_port}'}{path}"
    if len(text) > _LONGEST:
        text = f"{text[: max(_LONGEST, len(link.raw_host or ''))]}…"
    leads, says = (html.escape(each.translate(_SAFE), quote=False) for each in (str(link), text))
    return f"<{leads}|{says}>"
