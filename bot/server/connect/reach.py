"""The ways between the bot and Slack: over HTTP or a WebSocket, for one workspace or for many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import assert_never

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from upstash_redis.asyncio import Redis

from bot.replies.views import install_pages
from bot.server.connect.clock import Now
from bot.settings import HttpSlack, ManySlack, RealSlack, SocketSlack
from bot.slack import Slack, open_session, web_client
from bot.workspaces import (
    Hears,
    Install,
    Installations,
    ManyWorkspaces,
    OAuthApp,
    OneWorkspace,
    Vault,
    Workspaces,
    open_socket_mode,
)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The bot's way to Slack, and Slack's way to the bot."""

    workspaces: Workspaces
    client: AsyncWebClient
    """A client without a token, for Bolt."""
    signing_secret: str | None = field(default=None, repr=False)
    """The key that signs what comes over HTTP; None if nothing does."""
    app_token: str | None = field(default=None, repr=False)
    """The token of Socket Mode."""
    installations: Installations | None = None
    install: Install | None = None

    def listening(self, app: Hears) -> AbstractAsyncContextManager[None]:
        """Hand to `app`, while this is open, what Slack sends over a WebSocket; over HTTP it comes by itself.

        Raises `NotConnected`.
        """
        if self.app_token is None:
            return nullcontext()
        session = self.client.session
        assert session is not None  # noqa: S101 - we always give it one
        return open_socket_mode(app, app_token=self.app_token, api_url=self.client.base_url, session=session)


@asynccontextmanager
async def reach_slack(slack: RealSlack, *, redis: Redis, public_url: str, now: Now) -> AsyncIterator[Reach]:
    """Open what `slack` names; nothing is asked of Slack before it is needed."""
    async with open_session() as session:
        client = web_client(session, api_url=slack.api_url)

        def workspace_of(token: str) -> OneWorkspace:
            return OneWorkspace(Slack(web_client(session, api_url=slack.api_url, token=token)))

        match slack:
            case HttpSlack(bot_token=token, signing_secret=secret):
                yield Reach(workspaces=workspace_of(token), client=client, signing_secret=secret)
            case SocketSlack(bot_token=token, app_token=app_token):
                yield Reach(workspaces=workspace_of(token), client=client, app_token=app_token)
            case ManySlack():
                yield _reach_many(slack, client, session, redis=redis, public_url=public_url, now=now)
            case _:
                assert_never(slack)


def _reach_many(
    slack: ManySlack,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    *,
    redis: Redis,
    public_url: str,
    now: Now,
) -> Reach:
    installations = Installations(redis, Vault(slack.keys))
    workspaces = ManyWorkspaces(installations, session, api_url=slack.api_url)
    install = Install(
        oauth_app_of(slack, public_url=public_url),
        installations=installations,
        workspaces=workspaces,
        pages=install_pages,
        session=session,
        now=now,
    )
    return Reach(
        workspaces=workspaces,
        client=client,
        signing_secret=slack.signing_secret,
        installations=installations,
        install=install,
    )


def oauth_app_of(slack: ManySlack, *, public_url: str) -> OAuthApp:
    """The app that workspaces add at `public_url`."""
    return OAuthApp(
        client_id=slack.client_id,
        client_secret=slack.client_secret,
        api_url=slack.api_url,
        public_url=public_url,
    )
