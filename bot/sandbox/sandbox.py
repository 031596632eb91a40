"""Slack on this machine: its workspaces, its Web API, its ways to the app, and a page to type in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from redis.asyncio import Redis
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from bot.sandbox.acts import Shortcut, SlashCommand
from bot.sandbox.calls import ALL_SCOPES
from bot.sandbox.deliveries import RETRIES, Answered, Courier, Event, Failed, Sockets
from bot.sandbox.files import Transfer
from bot.sandbox.installation import OAuth, OAuthApp
from bot.sandbox.protocol import KeyHoldersOnly, Page
from bot.sandbox.tenant import Tenant
from bot.sandbox.web_api import Faults, WebApi
from bot.sandbox.workspace import FIRST, SECOND, Clock, utc_now
from scheduler.embedded import LoopbackOnly


class Sandbox:
    """A Slack workspace on this machine: Web API, deliveries to the app, and a page to type in.

    `app_url` takes commands, interactions and events; `own_url` is where `routes` are served, without a
    slash at its end. With `bot_token`, the app is installed in the first workspace. With `oauth`, there is
    a second one, and people install the app. With `app_token`, the app may open sockets, which then
    carry everything that would go to `app_url`. `patience` is the app's time to answer, in seconds;
    `retries` the pauses before each retry of an event. `subscriptions` are names as in a manifest's
    `bot_events`. `hint` stands at the beginning of each channel. With `page_key`, people need it in the front
    page's address: `/?key=…`.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        app_url: str,
        own_url: str,
        signing_secret: str,
        bot_token: str | None = None,
        app_token: str | None = None,
        oauth: OAuthApp | None = None,
        commands: Sequence[SlashCommand] = (),
        shortcuts: Sequence[Shortcut] = (),
        subscriptions: Collection[str] = (),
        hint: str = "",
        page_key: str | None = None,
        patience: float = 3.0,
        retries: Sequence[float] = RETRIES,
        now: Clock = utc_now,
    ) -> None:
        self.faults = Faults()
        self._bot_token = bot_token
        address = f"{own_url.replace('http', 'ws', 1)}/sandbox/link"
        self._sockets = Sockets(app_token=app_token, address=address)
        self._courier = Courier(
            app_url=app_url,
            signing_secret=signing_secret,
            patience=patience,
            now=now,
            sockets=self._sockets,
        )
        self._tenants = [
            Tenant(
                team=team,
                redis=redis,
                courier=self._courier,
                own_url=own_url,
                commands=commands,
                shortcuts=shortcuts,
                subscriptions=subscriptions,
                hint=hint,
                retries=retries,
                now=now,
            )
            for team in ((FIRST, SECOND) if oauth else (FIRST,))
        ]
        consent = OAuth(installers=[tenant.installer for tenant in self._tenants], app=oauth, now=now)
        api = WebApi(
            apis=[tenant.api for tenant in self._tenants],
            sockets=self._sockets,
            oauth=consent,
            faults=self.faults,
        )
        transfer = Transfer(spaces=[tenant.files for tenant in self._tenants])
        page = Page(sites=[tenant.page for tenant in self._tenants], faults=self.faults)
        for_app: list[BaseRoute] = [  # each asks for a token of its own
            Route("/api/{method}", api.api_endpoint, methods=["GET", "POST"]),
            Route("/respond/{team}/{token}", self._respond_endpoint, methods=["POST"]),
            WebSocketRoute("/link", self._sockets.serve_socket),
            *transfer.app_routes(),
        ]
        for_people: list[BaseRoute] = [
            Route("/oauth/v2/authorize", consent.consent_page, methods=["GET", "POST"]),
            *transfer.page_routes(),
            *page.routes(),
        ]
        guard = [Middleware(LoopbackOnly)]
        key_guard = [] if page_key is None else [Middleware(KeyHoldersOnly, page_key)]
        if key_guard:
            for_people = [Mount("", routes=for_people, middleware=key_guard)]
        page_guard = [*guard, *key_guard]
        self.routes: list[BaseRoute] = [
            Route("/", page.serve_page, middleware=page_guard),
            Route("/archives/{channel}/{ts}", page.message_permalink, middleware=page_guard),
            Route("/files/{user}/{file}/{name}", transfer.file_permalink, middleware=page_guard),
            Mount("/sandbox", routes=[*for_app, *for_people], middleware=guard),
        ]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Takes up the workspaces where they were left; deliveries happen inside."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._courier.open_session())
            for tenant in self._tenants:
                installed = (
                    (self._bot_token, ALL_SCOPES) if tenant is self._tenants[0] and self._bot_token else None
                )
                await stack.enter_async_context(tenant.running(installed))
            stack.push_async_callback(self._sockets.close_sockets)
            yield

    def hang_up(self) -> None:
        """Ends the pages' streams, for which a server that stops would wait."""
        for tenant in self._tenants:
            tenant.streams.end_streams()

    async def refresh_sockets(self) -> None:
        """Asks the app to replace its sockets, as Slack does now and then."""
        await self._sockets.ask_refresh()

    async def deliver_event(self, event: Event) -> Answered | Failed:
        """Any event of the Events API, delivered with its retries."""
        return await self._tenants[0].events.send_event(event)

    async def _respond_endpoint(self, request: Request) -> Response:
        """A response_url: plain words for answers, as Slack's has."""
        for tenant in self._tenants:
            if tenant.workspace.team.id == request.path_params["team"]:
                return await tenant.response_urls.respond_endpoint(request)
        return PlainTextResponse("no_team", 404)
