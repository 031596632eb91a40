"""The Slack of the settings, or the workspace inside this process."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, assert_never

from bot.replies import SUMMARISE, SUMMARISE_DESCRIPTION
from bot.replies.text import COMMAND, DESCRIPTION, USAGE_HINT
from bot.server.connect.models import hint_at_model
from bot.server.connect.stand_ins import StandIns
from bot.server.connect.table import Row
from bot.settings import Embedded, HttpSlack, ManySlack, RealSlack, Settings, SocketSlack
from bot.ui import SUMMARISE_CALLBACK
from bot.workspaces import INSTALL

if TYPE_CHECKING:
    from bot.server.connect.own_redis import OwnRedis

EVENTS: Final = (
    "app_uninstalled",
    "tokens_revoked",
    "team_access_revoked",
    "app_home_opened",
    "app_context_changed",
    "app_mention",
    "message.im",
    "message.mpim",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "channel_shared",
    "channel_unshared",
    "group_archive",
    "group_deleted",
    "group_left",
    "user_change",
    "member_left_channel",
)
"""The events that the app subscribes to, as in manifest.yml."""


async def choose_slack(
    stack: AsyncExitStack, settings: Settings, own: OwnRedis | None, stand_ins: StandIns
) -> tuple[RealSlack, Row]:
    match settings.slack:
        case HttpSlack():
            return settings.slack, ("Slack", "real", f"{settings.public_url}/slack/events")
        case SocketSlack():
            return settings.slack, ("Slack", "real", "over a WebSocket (Socket Mode)")
        case ManySlack():
            return settings.slack, ("Slack", "real", f"add it from {settings.public_url}{INSTALL}")
        case Embedded():
            return await _open_sandbox(stack, settings, own, stand_ins)
        case _:
            assert_never(settings.slack)


async def _open_sandbox(
    stack: AsyncExitStack, settings: Settings, own: OwnRedis | None, stand_ins: StandIns
) -> tuple[RealSlack, Row]:
    from bot.sandbox import Sandbox, Shortcut, SlashCommand
    from bot.server.connect.own_redis import explained_outages

    assert own is not None  # noqa: S101 - it is made for this very case
    slack = HttpSlack(
        bot_token=f"xoxb-{secrets.token_hex(16)}",
        signing_secret=secrets.token_hex(16),
        api_url=f"{settings.own_url}/sandbox/api/",
    )
    page_key = secrets.token_urlsafe(24) if settings.has_public_address else None
    sandbox = Sandbox(
        own.client,
        app_url=f"{settings.own_url}/slack/events",
        own_url=settings.own_url,
        bot_token=slack.bot_token,
        signing_secret=slack.signing_secret,
        subscriptions=EVENTS,
        hint=hint_at_model(settings),
        page_key=page_key,
        shortcuts=[
            Shortcut(
                type="message",
                name=SUMMARISE,
                callback_id=SUMMARISE_CALLBACK,
                description=SUMMARISE_DESCRIPTION,
            )
        ],
        commands=[SlashCommand(command=COMMAND, description=DESCRIPTION, usage_hint=USAGE_HINT)],
    )
    with explained_outages():
        await stack.enter_async_context(sandbox.running())
    stand_ins.routes.extend(sandbox.routes)
    stand_ins.stream_endings.append(sandbox.hang_up)
    page = settings.own_url if page_key is None else f"{settings.own_url}/?key={page_key}"
    return slack, ("Slack", "embedded", f"open {page}")
