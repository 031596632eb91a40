"""The mark on each message of an answer, by which it is found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

EVENT_TYPE: Final = "precache_run"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The run and the part that a message is: carried in its metadata, readable by the whole workspace.

    Any app can write the same: a mark counts only on a message that the bot wrote.
    """

    run: str
    part: int
    event: str = EVENT_TYPE
    asked: str = ""
    """The fingerprint of what it answers in a thread."""

    def is_on(self, message: Mapping[str, Any]) -> bool:
        """True of a message that carries it, whoever wrote that."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        told = metadata.get("event_type"), payload.get("run"), payload.get("part")
        return told == (self.event, self.run, self.part)

    def metadata(self) -> dict[str, Any]:
        asked = {"asked": self.asked} if self.asked else {}
        return {"event_type": self.event, "event_payload": {"run": self.run, "part": self.part, **asked}}
