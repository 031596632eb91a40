"""From a team's id to its Slack: one workspace from the settings, or all that have installed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import aiohttp

from bot.errors import NotInstalled
from bot.slack import Slack, web_client
from bot.workspaces.installations import Installations

REMEMBERED: Final = timedelta(minutes=1)
"""The time for which a copy of this process may still use a token that another copy saw uninstalled."""

Blocks = Sequence[Mapping[str, Any]]

_HELD: Final = 10_000  # workspaces in this process's memory


class Workspaces(Protocol):
    """The workspaces in which the bot speaks."""

    async def slack_of(self, team: str) -> Slack:
        """The team's Slack; raises `NotInstalled`, `RedisUnavailable`, `NewerRecord`, or `SealBroken`."""

    async def note_joined(self, team: str, *, enterprise: str) -> None:
        """Slack says that `team` is reached by what its whole organisation has installed."""

    async def respond_to_url(
        self, response_url: str, text: str, blocks: Blocks | None = None, *, replace: bool = False
    ) -> None:
        """Answer a command or a click at the address that came with it, for which no token is needed."""

    def forget_token(self, team: str) -> None:
        """Its token is of no use any more."""


class OneWorkspace:
    """The one whose token is in the settings; whatever Slack signs, or sends to it, is from there."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._by_team: dict[str, Slack] = {}

    async def slack_of(self, team: str) -> Slack:
        slack = self._by_team.get(team)
        if slack is None:
            if len(self._by_team) >= _HELD:
                self._by_team.clear()
            slack = self._by_team[team] = self._slack.for_team(team)
        return slack

    async def note_joined(self, team: str, *, enterprise: str) -> None:
        """Nothing to remember: the token is the organisation's."""

    async def respond_to_url(
        self, response_url: str, text: str, blocks: Blocks | None = None, *, replace: bool = False
    ) -> None:
        await self._slack.respond_to_url(response_url, text, blocks, replace=replace)

    def forget_token(self, team: str) -> None:
        """Nothing to forget: the token is in the settings."""


@dataclass(frozen=True, kw_only=True)
class _Known:
    until: float
    token: str
    slack: Slack


class ManyWorkspaces:
    """All that have installed, on one pool of connections."""

    def __init__(
        self,
        installations: Installations,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        remembered: timedelta = REMEMBERED,
    ) -> None:
        self._installations = installations
        self._session = session
        self._api_url = api_url
        self._remembered = remembered.total_seconds()
        self._known: dict[str, _Known] = {}
        self._joined: set[tuple[str, str]] = set()

    async def slack_of(self, team: str) -> Slack:
        known = self._known.get(team)
        if known is not None and time.monotonic() < known.until:
            return known.slack
        installation = await self._installations.find_installation(team)
        if installation is None:
            self.forget_token(team)
            raise NotInstalled(team)
        # Looked up again, for others may have asked meanwhile: all posts to a team queue in one place.
        known = self._known.get(team)
        if known is None or known.token != installation.token:
            slack = self._slack_with(installation.token).for_team(team)
        else:
            slack = known.slack
        if len(self._known) >= _HELD:
            self._known.clear()
        until = time.monotonic() + self._remembered
        self._known[team] = _Known(until=until, token=installation.token, slack=slack)
        return slack

    async def note_joined(self, team: str, *, enterprise: str) -> None:
        if (team, enterprise) in self._joined or team == enterprise:
            return
        if not await self._installations.join_enterprise(team, enterprise=enterprise):
            return
        self._known.pop(team, None)
        if len(self._joined) >= _HELD:
            self._joined.clear()
        self._joined.add((team, enterprise))

    async def respond_to_url(
        self, response_url: str, text: str, blocks: Blocks | None = None, *, replace: bool = False
    ) -> None:
        await self._slack_with(None).respond_to_url(response_url, text, blocks, replace=replace)

    def forget_token(self, team: str) -> None:
        self._known.pop(team, None)
        self._joined = {pair for pair in self._joined if team not in pair}

    def _slack_with(self, token: str | None) -> Slack:
        return Slack(web_client(self._session, api_url=self._api_url, token=token))
