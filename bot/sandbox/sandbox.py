"""The parts of the sandbox, put together in the order a message travels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from bot.sandbox.clicks import Clicks
from bot.sandbox.deliver import Answered, Deliver, Failed
from bot.sandbox.events import RETRIES, Event, Events
from bot.sandbox.journal import Journal
from bot.sandbox.live import Clock, Live, utc_now
from bot.sandbox.protocol import Page
from bot.sandbox.respond import Respond
from bot.sandbox.stream import Streams
from bot.sandbox.typed import SlashCommand, Typed
from bot.sandbox.web_api.chat import Chat
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.endpoint import WebApi
from bot.sandbox.web_api.faults import Faults
from bot.sandbox.web_api.people import People
from scheduler.embedded import LoopbackOnly


class Sandbox:
    """A Slack workspace on this machine: Web API, signed deliveries to the app, and a page to type in.

    `app_url` takes commands, interactions and events; `own_url` is where `routes` are served, without a
    slash at its end. `patience` is the app's time to answer, in seconds; `retries` the pauses before each
    retry of an event. `subscriptions` are names as in a manifest's `bot_events`.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        app_url: str,
        own_url: str,
        bot_token: str,
        signing_secret: str,
        commands: Sequence[SlashCommand] = (),
        subscriptions: Collection[str] = (),
        patience: float = 3.0,
        retries: Sequence[float] = RETRIES,
        now: Clock = utc_now,
    ) -> None:
        self.faults = Faults()
        self._live = Live(Journal(redis), now)
        self._deliver = Deliver(app_url, signing_secret, patience=patience, now=now)
        self._events = Events(self._live, self._deliver, subscriptions, retries)
        self._streams = Streams(self._live)
        respond = Respond(self._live, own_url)
        conversations = Conversations(self._live)
        api = WebApi(
            bot_token=bot_token,
            chat=Chat(self._live, own_url),
            conversations=conversations,
            people=People(self._live, own_url),
            faults=self.faults,
        )
        page = Page(
            live=self._live,
            typed=Typed(self._live, self._deliver, respond, commands),
            clicks=Clicks(self._live, self._deliver, respond),
            conversations=conversations,
            events=self._events,
            faults=self.faults,
            streams=self._streams,
            own_url=own_url,
        )
        inside = [
            Route("/api/{method}", api.endpoint, methods=["GET", "POST"]),
            Route("/respond/{token}", respond.endpoint, methods=["POST"]),
            *page.routes(),
        ]
        guard = [Middleware(LoopbackOnly)]
        self.routes: list[BaseRoute] = [
            Route("/", page.home, middleware=guard),
            Route("/archives/{channel}/{ts}", page.permalink, middleware=guard),
            Mount("/sandbox", routes=inside, middleware=guard),
        ]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Takes up the workspace where it was left; deliveries happen inside."""
        await self._live.load()
        async with self._deliver.opened():
            self._live.observers.append(self._streams.observe)
            self._events.start()
            try:
                yield
            finally:
                self.hang_up()
                await self._events.stop()
                self._live.observers.remove(self._streams.observe)

    def hang_up(self) -> None:
        """Ends the pages' streams, for which a server that stops would wait."""
        self._streams.hang_up()

    async def deliver_event(self, event: Event) -> Answered | Failed:
        """Any event of the Events API, delivered with its retries."""
        return await self._events.send(event)
