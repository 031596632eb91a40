"""The scopes that each method needs; one of those listed is enough.

docs.slack.dev/reference/scopes. Methods on conversations need the scope of the conversation's type; here any
type's will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_PLACES: Final = ("channels", "groups", "im", "mpim")


def _of_places(what: str) -> tuple[str, ...]:
    return tuple(f"{place}:{what}" for place in _PLACES)


_MANAGE: Final = ("channels:manage", "groups:write")
NEEDED: Final = {
    "assistant.threads.setStatus": ("chat:write", "assistant:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.archive": _MANAGE,
    "conversations.history": _of_places("history"),
    "conversations.info": _of_places("read"),
    "conversations.invite": (*_MANAGE, "channels:write.invites", "groups:write.invites"),
    "conversations.join": ("channels:join",),
    "conversations.leave": _MANAGE,
    "conversations.list": _of_places("read"),
    "conversations.members": _of_places("read"),
    "conversations.open": (*_MANAGE, "im:write", "mpim:write"),
    "conversations.replies": _of_places("history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.conversations": _of_places("read"),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
}
ALL_SCOPES: Final = ",".join(
    sorted(
        {
            "app_mentions:read",
            "commands",
            *_of_places("history"),
            *(scope for all_ in NEEDED.values() for scope in all_),
        }
    )
)
"""The scopes of an app that is there from the start, without asking anyone."""
KNOWN_SCOPES: Final = frozenset(
    {
        *ALL_SCOPES.split(","),
        "canvases:read",
        "canvases:write",
        "chat:write.customize",
        "chat:write.public",
        "emoji:read",
        "incoming-webhook",
        "links:read",
        "links:write",
        "metadata.message:read",
        "pins:read",
        "pins:write",
        "reactions:read",
        "team:read",
        "usergroups:write",
        "users.profile:read",
        "users:read.email",
        "users:write",
    }
)


def split_scopes(scopes: str) -> Iterator[str]:
    """Scopes in a list, which commas or spaces part."""
    return (scope for scope in scopes.replace(",", " ").split())


def missing_scope(method: str, granted: str) -> str | None:
    """The scope a method would need besides those granted, if none of them is enough."""
    needed = NEEDED.get(method, ())
    return ",".join(needed) if needed and not {*needed} & {*split_scopes(granted)} else None
