"""One workspace with everything that can happen in it, put together in the order things travel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from bot.sandbox.acts import Clicks, Interactions, Lines, Modals, Shortcut, Shortcuts, SlashCommand
from bot.sandbox.deliveries import Courier, Events
from bot.sandbox.files import FileSpace, Uploads
from bot.sandbox.installation import Installer
from bot.sandbox.messages import ResponseUrls
from bot.sandbox.protocol import PageSite, Streams, surface_view
from bot.sandbox.views import Stacks, Suggestions, Triggers
from bot.sandbox.web_api import (
    Assistant,
    Chat,
    Conversations,
    Files,
    People,
    Views,
    WorkspaceApi,
    method_table,
)
from bot.sandbox.workspace import (
    FIRST,
    PREFIX,
    Change,
    Channel,
    Clock,
    Journal,
    Live,
    Membership,
    Posted,
    Team,
    Workspace,
)


class Tenant:
    """A workspace the app can be installed into."""

    def __init__(
        self,
        *,
        team: Team,
        redis: Redis,
        courier: Courier,
        own_url: str,
        commands: Sequence[SlashCommand],
        shortcuts: Sequence[Shortcut],
        subscriptions: Collection[str],
        hint: str,
        retries: Sequence[float],
        now: Clock,
    ) -> None:
        journal = Journal(redis, PREFIX if team is FIRST else f"{PREFIX}{team.id}:")
        workspace = self.workspace = Workspace(team=team, url=own_url)
        live = self._live = Live(journal=journal, workspace=workspace, now=now)
        membership = Membership(live=live)
        uploads = Uploads(live=live, journal=journal, workspace=workspace)
        response_urls = self.response_urls = ResponseUrls(live=live, journal=journal, workspace=workspace)
        triggers, suggestions = Triggers(now=now), Suggestions()
        stacks = self._stacks = Stacks(changed=self._show_stack)
        streams = self.streams = Streams(workspace=workspace, version=round(now().timestamp() * 1000))
        events = self.events = Events(
            live=live,
            workspace=workspace,
            courier=courier,
            subscriptions=frozenset(subscriptions),
            retries=retries,
        )
        assistant = self._assistant = Assistant(workspace=workspace, now=now, changed=self._show_agent)
        self.installer = Installer(live=live, workspace=workspace, stacks=stacks)
        self.files = FileSpace(workspace=workspace, uploads=uploads, read_content=journal.file_content)
        self.api = WorkspaceApi(
            workspace=workspace,
            methods=method_table(
                assistant=assistant,
                chat=Chat(live=live, workspace=workspace),
                conversations=Conversations(workspace=workspace, membership=membership),
                files=Files(workspace=workspace, uploads=uploads, now=now),
                people=People(live=live, workspace=workspace),
                views=Views(live=live, workspace=workspace, triggers=triggers, stacks=stacks),
            ),
        )
        interactions = Interactions(
            workspace=workspace, courier=courier, response_urls=response_urls, triggers=triggers
        )
        clicks = Clicks(
            live=live, workspace=workspace, interactions=interactions, stacks=stacks, suggestions=suggestions
        )
        modals = Modals(
            live=live, workspace=workspace, interactions=interactions, stacks=stacks, suggestions=suggestions
        )
        self.page = PageSite(
            workspace=workspace,
            live=live,
            membership=membership,
            installer=self.installer,
            uploads=uploads,
            events=events,
            lines=Lines(
                live=live,
                workspace=workspace,
                courier=courier,
                response_urls=response_urls,
                triggers=triggers,
                commands={command.command: command for command in commands},
            ),
            clicks=clicks,
            modals=modals,
            shortcuts=Shortcuts(
                live=live,
                workspace=workspace,
                interactions=interactions,
                declared={shortcut.callback_id: shortcut for shortcut in shortcuts},
            ),
            stacks=stacks,
            streams=streams,
            assistant=assistant,
            hint=hint,
        )

    @asynccontextmanager
    async def running(self, installed: tuple[str, str] | None) -> AsyncIterator[None]:
        """Takes up the workspace where it was left, with the app `installed` by a token and its scopes."""
        await self._live.load_workspace()
        if installed is not None:
            await self.installer.install(*installed, by=self.workspace.human_ids()[0])
        if not self.workspace.has_app:
            await self.installer.withdraw_bot()
        self._live.add_observer(self.streams.show_change)
        self._live.add_observer(self._observe_answer)
        self.events.start_watching()
        try:
            yield
        finally:
            self.streams.end_streams()
            await self.events.stop_watching()
            self._live.remove_observer(self._observe_answer)
            self._live.remove_observer(self.streams.show_change)

    def _show_agent(self, channel: Channel) -> None:
        event = {"type": "agent", "agent": self._assistant.view_of(channel)}
        for user in channel.members:
            self.streams.show_person(user, event)

    def _observe_answer(self, change: Change) -> None:
        """What the app says in a thread ends its status there, as at Slack."""
        if isinstance(change, Posted) and change.message.user == self.workspace.bot:
            self._assistant.clear_status(change.message.channel, change.message.thread_ts or "")

    def _show_stack(self, user: str) -> None:
        views = [surface_view(view) for view in self._stacks.stack_of(user)]
        self.streams.show_person(user, {"type": "views", "views": views})
