"""The mark on each message of an answer, by which it is found again."""

from __future__ import annotations

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

    def metadata(self) -> dict[str, Any]:
        return {"event_type": self.event, "event_payload": {"run": self.run, "part": self.part}}
