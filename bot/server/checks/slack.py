"""Slack at the start: it answers, takes the token, grants the scopes, and has the time that we have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bot.errors import SlackError, SlackRefused
from bot.server.checks.finding import (
    Finding,
    doubtful_finding,
    fine_finding,
    refused_finding,
    unreached_finding,
)
from bot.slack import Slack
from bot.workspaces import SCOPES

_WHAT: Final = "Slack"
_BAD_TOKEN: Final = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_revoked"})
_MOST_OFF: Final = timedelta(seconds=60)
"""Slack's own requests are turned away when they are five minutes old."""


async def check_slack(slack: Slack, *, now: Callable[[], datetime]) -> list[Finding]:
    """Ask Slack who we are, with the token of the settings."""
    try:
        headers = await slack.ask_about_token()
    except SlackError as exc:
        return [explain_refusal(exc)]
    return [*compare_scopes(headers.get("x-oauth-scopes")), *compare_clocks(headers, now=now())] or [
        fine_finding(_WHAT)
    ]


async def check_reach(slack: Slack, *, now: Callable[[], datetime]) -> list[Finding]:
    """Ask Slack for nothing: where many workspaces may come, there is no token of ours."""
    try:
        headers = await slack.ask_for_nothing()
    except SlackError as exc:
        return [explain_refusal(exc)]
    return compare_clocks(headers, now=now()) or [fine_finding(_WHAT)]


def explain_refusal(exc: SlackError) -> Finding:
    """Tell a token that is not taken from a Slack that may answer later."""
    if isinstance(exc, SlackRefused) and exc.code in _BAD_TOKEN:
        return refused_finding(
            _WHAT,
            f"SLACK_BOT_TOKEN: Slack refuses it ({exc.code}); copy it again from OAuth & Permissions of your "
            "app, at https://api.slack.com/apps",
        )
    return unreached_finding(
        _WHAT,
        f"Slack has not answered yet as it should ({exc}); nothing is posted until it does. Look at the "
        "network of this machine, and at SLACK_API_URL if it is set",
    )


def compare_scopes(granted: str | None) -> list[Finding]:
    """Compare what the token may do, as Slack's answer names it, with what manifest.yml asks for."""
    if granted is None:  # something that speaks for Slack, and leaves them out
        return []
    missing = sorted(set(SCOPES) - {scope.strip() for scope in granted.split(",")})
    if not missing:
        return []
    return [
        doubtful_finding(
            _WHAT,
            f"SLACK_BOT_TOKEN: the app lacks {', '.join(missing)}; add what manifest.yml names under OAuth & "
            "Permissions, and reinstall the app to the workspace",
        )
    ]


def compare_clocks(headers: Mapping[str, str], *, now: datetime) -> list[Finding]:
    """Compare this machine's clock with the date of Slack's answer."""
    try:
        off = now - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return []
    if abs(off) <= _MOST_OFF:
        return []
    seconds, way = round(abs(off).total_seconds()), "ahead of" if off > timedelta(0) else "behind"
    return [
        doubtful_finding(
            _WHAT,
            f"the clock of this machine is {seconds} s {way} Slack's; set it, for example with NTP: signed "
            "requests are turned away when the clocks differ by minutes, and schedules run off their time",
        )
    ]
