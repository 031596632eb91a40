"""Interactions: the app hears of what a person did, and gets the means to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.deliveries import Answered, Courier, Failed, begin_payload
from bot.sandbox.messages import ResponseUrls
from bot.sandbox.views import Triggers
from bot.sandbox.workspace import Workspace


@dataclass(frozen=True, kw_only=True, eq=False)
class Interactions:
    """Sends payloads to the app, and makes the triggers and addresses in them."""

    workspace: Workspace
    courier: Courier
    response_urls: ResponseUrls
    triggers: Triggers

    async def send_act(self, kind: str, user: str, about: Mapping[str, Any]) -> Answered | Failed:
        return await self.courier.send_interaction({**begin_payload(kind, user, self.workspace), **about})

    def send_act_later(self, kind: str, user: str, about: Mapping[str, Any]) -> None:
        """Send what needs no answer."""
        self.courier.send_later({**begin_payload(kind, user, self.workspace), **about})

    def make_trigger(self, user: str, *, channel: str | None = None, view: str | None = None) -> str:
        return self.triggers.make_trigger(user, channel=channel, view=view)

    async def make_response_url(self, user: str, channel: str, ts: str | None = None) -> str:
        return await self.response_urls.make_url(self.response_urls.make_context(user, channel, ts))
