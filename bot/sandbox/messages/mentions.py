"""The people that a message really notifies, as in Slack; where its rules are unknown, the louder reading.

Slack turns `<!channel>` and `<@U…>` into mentions wherever it reads its own markup, and in mrkdwn that is
not `verbatim` also a bare `@here`. Plain text, and text inside rich_text, has no such meaning. The `markdown`
block is not documented to be any safer than mrkdwn, so it is not taken to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.sandbox.workspace import Workspace

_MARKUP: Final = re.compile(
    r"<(?:@(?P<user>[UW][A-Z0-9]+)|!(?P<all>channel|here|everyone)|!subteam\^(?P<group>S[A-Z0-9]+))(?:\|[^>]*)?>"
)
_BARE: Final = re.compile(r"(?<![\w<!@./])@(channel|here|everyone)\b")


def find_notified(
    text: str, blocks: Sequence[Mapping[str, Any]], *, link_names: bool = False
) -> tuple[str, ...]:
    """User ids, group ids and "channel", "here", "everyone", each once, in the order they appear."""
    found = [*_in_markup(text, bare=link_names)]
    for block in blocks:
        found += _in_blocks(block)
    return tuple(dict.fromkeys(found))


def _in_markup(text: str, *, bare: bool) -> Iterator[str]:
    for match in _MARKUP.finditer(text):
        yield match["user"] or match["all"] or match["group"]
    if bare:
        yield from _BARE.findall(text)


def _in_blocks(node: object) -> Iterator[str]:
    match node:
        case {"type": "markdown" | "mrkdwn", "text": str() as text, **rest}:
            yield from _in_markup(text, bare=not rest.get("verbatim", False))
        case {"type": "user", "user_id": str() as user}:
            yield user
        case {"type": "usergroup", "usergroup_id": str() as group}:
            yield group
        case {"type": "broadcast", "range": str() as everyone}:
            yield everyone
        case Mapping():
            for part in node.values():
                yield from _in_blocks(part)
        case list() | tuple():
            for part in node:
                yield from _in_blocks(part)


def escape_markup(text: str) -> str:
    """The three characters that Slack's markup is made of, as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_URL: Final = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?'\")\]]")


def compose_text(text: str, workspace: Workspace) -> str:
    """Turns typed text into markup as Slack's composer does: escaped, with links, mentions and channels."""
    linked = _URL.sub(lambda match: f"<{match[0]}>", escape_markup(text))
    linked = _BARE.sub(lambda match: f"<!{match[1]}>", linked)
    names = {user.name: f"<@{user.id}>" for user in workspace.users.values() if not user.deleted}
    names |= {group.handle: f"<!subteam^{group.id}>" for group in workspace.team.groups}
    linked = re.sub(
        r"(?<![\w<@./])@([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)",
        lambda match: names.get(match[1].lower(), match[0]),
        linked,
        flags=re.IGNORECASE,
    )
    ids = {channel.name: channel.id for channel in workspace.channels.values() if not channel.is_private}
    return re.sub(
        r"(?<![\w<#&/])#([a-z0-9_-]+)",
        lambda match: f"<#{ids[match[1]]}|{match[1]}>" if match[1] in ids else match[0],
        linked,
    )
