"""One workspace with everything that can happen in it, put together in the order things travel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from bot.sandbox.acts.clicks import Clicks
from bot.sandbox.acts.lines import SlashCommand, Typed
from bot.sandbox.acts.modals import Modals
from bot.sandbox.acts.shortcuts import Shortcut, Shortcuts
from bot.sandbox.deliveries.deliver import Deliver
from bot.sandbox.deliveries.events import Events
from bot.sandbox.files.uploads import Uploads
from bot.sandbox.messages.response_urls import Respond
from bot.sandbox.protocol import page_json as seen
from bot.sandbox.protocol.streams import Streams
from bot.sandbox.views.stacks import Stacks
from bot.sandbox.views.suggestions import Suggestions
from bot.sandbox.views.triggers import Triggers
from bot.sandbox.web_api.chat import Chat
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.files import Files
from bot.sandbox.web_api.people import People
from bot.sandbox.web_api.views import Views
from bot.sandbox.workspace.changes import Change, ChannelChanged, InstallationChanged, UserChanged
from bot.sandbox.workspace.journal import PREFIX, Journal
from bot.sandbox.workspace.live import Clock, Live
from bot.sandbox.workspace.records import Installation, Team
from bot.sandbox.workspace.seed import FIRST
from bot.sandbox.workspace.workspace import Workspace


class Tenant:
    """A workspace the app can be installed into."""

    def __init__(
        self,
        team: Team,
        redis: Redis,
        deliver: Deliver,
        *,
        own_url: str,
        commands: Sequence[SlashCommand],
        shortcuts: Sequence[Shortcut],
        subscriptions: Collection[str],
        retries: Sequence[float],
        now: Clock,
    ) -> None:
        prefix = PREFIX if team is FIRST else f"{PREFIX}{team.id}:"
        self.live = live = Live(Journal(redis, prefix), team, now, url=own_url)
        self._own_url = own_url
        self.events = Events(live, deliver, subscriptions, retries)
        self.streams = Streams(live)
        self.stacks = Stacks(self._stack_changed)
        self.respond = respond = Respond(live, own_url)
        self.chat = Chat(live, own_url)
        self.conversations = Conversations(live)
        self.people = People(live, own_url)
        self.uploads = Uploads(live)
        self.files = Files(live, self.uploads)
        triggers, suggestions = Triggers(now), Suggestions()
        self.views = Views(live, triggers, self.stacks)
        self.typed = Typed(live, deliver, respond, triggers, commands)
        self.clicks = Clicks(live, deliver, respond, triggers, self.stacks, suggestions)
        self.modals = Modals(live, deliver, respond, triggers, self.stacks, suggestions)
        self.shortcuts = Shortcuts(live, deliver, respond, triggers, shortcuts)

    @property
    def workspace(self) -> Workspace:
        return self.live.workspace

    @property
    def humans(self) -> list[str]:
        return [human.id for human in self.workspace.humans()]

    @asynccontextmanager
    async def running(self, installed: tuple[str, str] | None) -> AsyncIterator[None]:
        """Takes up the workspace where it was left, with the app `installed` by a token and its scopes."""
        await self.live.load()
        if installed is not None:
            await self.install(*installed, by=self.humans[0])
        if not self.workspace.installed:
            await self.live.change(_without_bot)
        self.live.observers.append(self.streams.observe)
        self.events.start()
        try:
            yield
        finally:
            self.streams.hang_up()
            await self.events.stop()
            self.live.observers.remove(self.streams.observe)

    def state(self, me: str) -> dict[str, Any]:
        """What this person's page starts with."""
        shortcuts = self.shortcuts.declared.values() if self.typed.commands_for(me) else ()
        return seen.state(
            self.workspace,
            me,
            commands=self.typed.commands_for(me).values(),
            shortcuts=shortcuts,
            views=self.stacks.of(me),
            own_url=self._own_url,
        )

    def _stack_changed(self, user: str) -> None:
        views = [seen.view_view(view) for view in self.stacks.of(user)]
        self.streams.tell(user, {"type": "views", "views": views})

    async def install(self, token: str, scopes: str, by: str) -> None:
        """The app is here, with these scopes, until somebody takes it away."""

        def decide(workspace: Workspace) -> Iterable[Change]:
            bot = workspace.users[workspace.bot]
            if bot.deleted:
                yield UserChanged(replace(bot, deleted=False))
            yield InstallationChanged(Installation(token=token, scopes=scopes, by=by))

        await self.live.change(decide)

    async def uninstall(self) -> None:
        """The token is worth nothing any more, and the bot is gone from everywhere."""

        def decide(workspace: Workspace) -> Iterable[Change]:
            if workspace.installation is not None and not workspace.installation.revoked:
                yield InstallationChanged(replace(workspace.installation, revoked=True))
            yield from _without_bot(workspace)

        self.stacks.clear_all()
        await self.live.change(decide)


def _without_bot(workspace: Workspace) -> Iterable[Change]:
    bot = workspace.users[workspace.bot]
    if not bot.deleted:
        yield UserChanged(replace(bot, deleted=True))
    for channel in workspace.channels.values():
        if workspace.bot in channel and not channel.is_im:
            members = tuple(each for each in channel.members if each != workspace.bot)
            yield ChannelChanged(replace(channel, members=members))
