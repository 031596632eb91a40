"""One workspace as its page needs it: what people see there, and what they can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.sandbox.acts import Clicks, Lines, Modals, Shortcuts
from bot.sandbox.deliveries import Events
from bot.sandbox.files import Uploads
from bot.sandbox.installation import Installer
from bot.sandbox.protocol.page_json import page_state
from bot.sandbox.protocol.streams import Streams
from bot.sandbox.views import Stacks
from bot.sandbox.web_api import Assistant
from bot.sandbox.workspace import Live, Membership, Workspace


@dataclass(frozen=True, kw_only=True, eq=False)
class PageSite:
    """A workspace, and everybody who serves its page."""

    workspace: Workspace
    live: Live
    membership: Membership
    installer: Installer
    uploads: Uploads
    events: Events
    lines: Lines
    clicks: Clicks
    modals: Modals
    shortcuts: Shortcuts
    stacks: Stacks
    streams: Streams
    assistant: Assistant
    hint: str
    """For who begins; text in `backticks` is code."""

    def has_person(self, user: str | None) -> bool:
        return user in self.workspace.human_ids()

    def state_for(self, me: str) -> dict[str, Any]:
        """All that this person's page starts with."""
        commands = self.lines.commands_for(me)
        state = page_state(
            self.workspace,
            me,
            commands=commands.values(),
            shortcuts=self.shortcuts.declared.values() if commands else (),
            views=self.stacks.stack_of(me),
            hint=self.hint,
        )
        seen = (self.workspace.channels[channel["id"]] for channel in state["channels"])
        return {**state, "agents": [self.assistant.view_of(channel) for channel in seen if me in channel]}
