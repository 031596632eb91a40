"""The three ways to Slack: one workspace over HTTP, one over a WebSocket, or all that install Precache.

The variables that are set say which one is meant; a mixture, or a part of one, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.settings.environ import EnvironReader
from bot.workspaces import read_keys

API_URL: Final = "https://slack.com/api/"

_MANY: Final = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "PRECACHE_KEY")
_HTTP: Final = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")
_SOCKET: Final = ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN")
_ONE_OF: Final = "SLACK_BOT_TOKEN, SLACK_CLIENT_ID or SLACK_APP_TOKEN"


@dataclass(frozen=True, kw_only=True)
class HttpSlack:
    """One workspace with the app installed by hand; Slack calls us."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    api_url: str


@dataclass(frozen=True, kw_only=True)
class SocketSlack:
    """One workspace with the app installed by hand; we call Slack."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    api_url: str


@dataclass(frozen=True, kw_only=True)
class ManySlack:
    """Every workspace that installs the app from our page; `keys` seal their tokens, newest first."""

    client_id: str
    client_secret: str = field(repr=False)
    signing_secret: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    api_url: str


RealSlack = HttpSlack | SocketSlack | ManySlack


def read_slack(reader: EnvironReader) -> RealSlack | None:
    """Read it; None if nothing is set, or not in a way that could be used."""
    bot_token = _read_bot_token(reader)
    app_token = reader.read_secret("SLACK_APP_TOKEN", prefixes=("xapp-",))
    signing_secret = reader.read_secret("SLACK_SIGNING_SECRET", least=8)
    client_id = reader.read_secret("SLACK_CLIENT_ID")
    client_secret = reader.read_secret("SLACK_CLIENT_SECRET")
    keys = _read_vault_keys(reader)
    api_url = reader.read_url("SLACK_API_URL", API_URL).rstrip("/") + "/"
    many = [name for name in _MANY if name != "SLACK_SIGNING_SECRET" and reader.value_of(name) is not None]
    if many:
        for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
            if reader.value_of(name) is not None:
                reader.problems.append(
                    f"Slack: {name} is for one workspace and {many[0]} for many; keep one of them"
                )
        reader.are_all_set("Slack for many workspaces", _MANY, instead="for one workspace")
        if client_id and client_secret and signing_secret and keys:
            return ManySlack(
                client_id=client_id,
                client_secret=client_secret,
                signing_secret=signing_secret,
                keys=keys,
                api_url=api_url,
            )
        return None
    if app_token is not None:
        reader.are_all_set("Socket Mode", _SOCKET, instead="for Slack over HTTP")
        if bot_token is None:
            return None
        return SocketSlack(bot_token=bot_token, app_token=app_token, api_url=api_url)
    reader.are_all_set("Slack", _HTTP, instead="for a workspace on this machine")
    if bot_token and signing_secret:
        return HttpSlack(bot_token=bot_token, signing_secret=signing_secret, api_url=api_url)
    if reader.value_of("SLACK_API_URL") is not None and bot_token is None:
        reader.problems.append(f"Slack: SLACK_API_URL is set, but not {_ONE_OF}")
    return None


def _read_bot_token(reader: EnvironReader) -> str | None:
    value = reader.value_of("SLACK_BOT_TOKEN")
    if value is None or not value.startswith("xoxe."):
        return reader.read_secret("SLACK_BOT_TOKEN", prefixes=("xoxb-",))
    reader.problems.append(
        "SLACK_BOT_TOKEN: this token ends after twelve hours, for its app rotates tokens, which Slack cannot "
        "turn off again; make a new app with token_rotation_enabled: false in its manifest, or set up OAuth "
        "with SLACK_CLIENT_ID"
    )
    return value


def _read_vault_keys(reader: EnvironReader) -> tuple[bytes, ...]:
    value = reader.value_of("PRECACHE_KEY")
    if value is None:
        return ()
    try:
        return read_keys(value)
    except ValueError as exc:
        reader.problems.append(
            f"PRECACHE_KEY: {exc}, with commas between them; openssl rand -base64 32 makes one"
        )
        return ()
