"""The Slack app: its credentials, its connection, and its subscriptions; the doctor alone asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bot.errors import SlackError, SlackRefused
from bot.replies.text import COMMAND
from bot.server.checks.finding import (
    Finding,
    doubtful_finding,
    fine_finding,
    refused_finding,
    unasked_finding,
)
from bot.server.checks.slack import explain_refusal
from bot.slack import Slack, read_call
from bot.workspaces import OAuthApp

_WHAT: Final = "Slack app"
_BAD_APP: Final = frozenset({"bad_client_secret", "invalid_client_id"})
_NO_CODE: Final = "none"
"""A code of no installation, which Slack looks at after the credentials."""
_HOW_TO_COMPARE: Final = (
    "the app's events and addresses were not compared with manifest.yml, which Slack tells only to an app "
    "configuration token: make one at https://api.slack.com/apps and set SLACK_CONFIG_TOKEN for this call"
)


async def check_app_token(slack: Slack, app_token: str) -> list[Finding]:
    """Ask for an address of Socket Mode, which is not opened."""
    try:
        await read_call(slack.client.apps_connections_open(app_token=app_token))
    except SlackRefused as exc:
        return [
            refused_finding(
                _WHAT,
                f"SLACK_APP_TOKEN: Slack refuses it ({exc.code}); make one with connections:write under "
                "Basic Information, and switch Socket Mode on",
            )
        ]
    except SlackError as exc:
        return [explain_refusal(exc)]
    return [fine_finding(_WHAT, "opens Socket Mode")]


async def check_credentials(slack: Slack, app: OAuthApp) -> list[Finding]:
    """Show Slack the app's credentials: with a code of nobody, it says if they are taken."""
    asked = {"code": _NO_CODE, "redirect_uri": app.redirect_url}
    call = slack.client.api_call("oauth.v2.access", data=asked, headers={"Authorization": app.credentials})
    try:
        await read_call(call)
    except SlackRefused as exc:
        if exc.code in _BAD_APP:
            return [
                refused_finding(
                    _WHAT,
                    f"SLACK_CLIENT_ID, SLACK_CLIENT_SECRET: Slack refuses them ({exc.code}); copy both again "
                    "from Basic Information of your app",
                )
            ]
    except SlackError as exc:
        return [explain_refusal(exc)]
    return [fine_finding(_WHAT, "its credentials are taken")]


async def check_manifest(
    slack: Slack, *, config_token: str | None, events: Iterable[str], public_url: str | None
) -> list[Finding]:
    """Compare what the app is subscribed to, and the addresses it calls, with what is needed.

    `public_url` is None where Slack calls no address (Socket Mode). Raises nothing: what Slack does not tell
    is a finding.
    """
    if config_token is None:
        return [unasked_finding(_WHAT, _HOW_TO_COMPARE)]
    try:
        own = await slack.who_am_i()
        told = await read_call(slack.client.bots_info(bot=str(own.get("bot_id") or "")))
        app_id = str((told.get("bot") or {}).get("app_id") or "")
        shown = await read_call(
            slack.client.api_call("apps.manifest.export", data={"token": config_token, "app_id": app_id})
        )
    except SlackRefused as exc:
        return [
            unasked_finding(_WHAT, f"SLACK_CONFIG_TOKEN: Slack does not show the app's manifest ({exc.code})")
        ]
    except SlackError as exc:
        return [explain_refusal(exc)]
    manifest = shown.get("manifest")
    problems = compare_manifest(
        manifest if isinstance(manifest, Mapping) else {}, events=events, public_url=public_url
    )
    return problems or [fine_finding(_WHAT, "its manifest has all that is needed")]


def compare_manifest(
    manifest: Mapping[str, Any], *, events: Iterable[str], public_url: str | None
) -> list[Finding]:
    """Say what the app's own manifest lacks. Pure."""
    settings = _part_of(manifest, "settings")
    subscriptions = _part_of(settings, "event_subscriptions")
    missing = sorted(set(events) - set(_list_of(subscriptions, "bot_events")))
    problems = []
    if missing:
        problems.append(
            f"it is not subscribed to {', '.join(missing)}; add these under Event Subscriptions, as "
            "manifest.yml has them"
        )
    commands = _list_of(_part_of(manifest, "features"), "slash_commands")
    command = next((entry for entry in commands if entry.get("command") == COMMAND), None)
    if command is None:
        problems.append(f"it has no command {COMMAND}; add it under Slash Commands, as manifest.yml has it")
    if not _part_of(settings, "interactivity").get("is_enabled"):
        problems.append("buttons and forms are off; switch Interactivity on")
    if public_url is not None and not problems:
        addresses = {
            "Event Subscriptions": subscriptions.get("request_url"),
            "Interactivity": _part_of(settings, "interactivity").get("request_url"),
            "Slash Commands": (command or {}).get("url"),
        }
        wanted = f"{public_url}/slack/events"
        wrong = [place for place, address in addresses.items() if address != wanted]
        if wrong:
            problems.append(f"under {', '.join(wrong)} it calls another address than {wanted}")
    return [doubtful_finding(_WHAT, f"the Slack app: {problem}") for problem in problems]


def _part_of(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = manifest.get(name)
    return part if isinstance(part, Mapping) else {}


def _list_of(manifest: Mapping[str, Any], name: str) -> Sequence[Any]:
    part = manifest.get(name)
    return part if isinstance(part, list) else []
