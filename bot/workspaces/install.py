"""GET /slack/install and /slack/oauth_redirect: a workspace adds Precache by itself, in its browser.

Slack's code is exchanged only for a state that was issued to this very browser within ten minutes, and each
state counts once: nobody can be made to finish an installation that somebody else began. Token rotation is
off in the manifest and refused here, because a token that ends after twelve hours would end every schedule.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import RedisUnavailable
from bot.slack import web_client
from bot.workspaces.installations import STATE_TTL, Installation, Installations
from bot.workspaces.teams import Workspaces

logger = logging.getLogger(__name__)

INSTALL: Final = "/slack/install"
REDIRECT: Final = "/slack/oauth_redirect"
SCOPES: Final = (
    "commands",
    "assistant:write",
    "app_mentions:read",
    "chat:write",
    "channels:join",
    "users:read",
    "usergroups:read",
    "channels:read",
    "groups:read",
    "im:read",
    "im:write",
    "mpim:read",
    "channels:history",
    "groups:history",
    "im:history",
    "mpim:history",
    "files:read",
)
"""The scopes that the manifest asks for; it says which feature needs each."""

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SPENT: Final = frozenset({"invalid_code", "code_already_used", "code_expired", "invalid_grant_type"})


@dataclass(frozen=True, kw_only=True)
class OAuthApp:
    """The app as Slack knows it; `public_url` is where Slack sends people back to."""

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    public_url: str

    @property
    def redirect_url(self) -> str:
        return f"{self.public_url}{REDIRECT}"

    @property
    def credentials(self) -> str:
        """As HTTP Basic has them."""
        pair = f"{self.client_id}:{self.client_secret}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def authorize_url(self, state: str) -> str:
        """The page on which a person is asked, on the site whose API we use."""
        query = {
            "client_id": self.client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self.redirect_url,
            "state": state,
        }
        return f"{urljoin(self.api_url, '../oauth/v2/authorize')}?{urlencode(query)}"

    def open_url(self, installation: Installation) -> str:
        """Slack itself, at the workspace and the app."""
        query = {"app": installation.app, **({"team": installation.team} if installation.team else {})}
        return f"{urljoin(self.api_url, '../app_redirect')}?{urlencode(query)}"


class InstallPages(Protocol):
    """The pages in a browser, as `replies` words them."""

    def invitation_page(self, *, authorize_url: str) -> Response: ...

    def installed_page(self, *, name: str, open_url: str) -> Response: ...

    def denied_page(self, *, install_url: str) -> Response: ...

    def start_again(self, *, install_url: str) -> Response: ...

    def not_possible(self, *, code: str, install_url: str) -> Response: ...

    def slack_silent(self, *, install_url: str) -> Response: ...

    def database_down(self, *, install_url: str) -> Response: ...


class Install:
    """Both pages."""

    def __init__(
        self,
        app: OAuthApp,
        *,
        installations: Installations,
        workspaces: Workspaces,
        pages: InstallPages,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._installations = installations
        self._workspaces = workspaces
        self._pages = pages
        self._client = web_client(session, api_url=app.api_url)
        self._now = now
        self._install_url = urlsplit(app.public_url).path + INSTALL
        self._secure = app.public_url.startswith("https://")
        # With the prefix, no other site under the same domain can set it.
        self._cookie = "__Host-precache-install" if self._secure else "precache-install"

    async def install(self, request: Request[Any]) -> Response:
        """Show what it is and what it may do, and the way to Slack."""
        browser = self._browser_of(request) or secrets.token_urlsafe()
        state = secrets.token_urlsafe()
        try:
            await self._installations.begin_install(state, browser=_browser_digest(browser))
        except RedisUnavailable as exc:
            return self._database_down(exc)
        page = self._pages.invitation_page(authorize_url=self._app.authorize_url(state))
        page.set_cookie(
            self._cookie,
            browser,
            max_age=int(STATE_TTL.total_seconds()),
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return page

    async def redirect(self, request: Request[Any]) -> Response:
        """Slack sends people back here, with a code or with a refusal."""
        asked = request.query_params
        browser = self._browser_of(request)
        state, code, error = (asked.get(name, "") for name in ("state", "code", "error"))
        if browser is None or not _SECRET.fullmatch(state) or not (code or error):
            return self._start_again()
        try:
            begun_by = await self._installations.end_install(state)
            if begun_by is None or not hmac.compare_digest(begun_by, _browser_digest(browser)):
                return self._start_again()
            return self._answer_refusal(error) if error else await self._finish_install(code)
        except RedisUnavailable as exc:
            return self._database_down(exc)

    def _answer_refusal(self, error: str) -> Response:
        if error == "access_denied":
            return self._pages.denied_page(install_url=self._install_url)
        return self._not_possible(error)

    async def _finish_install(self, code: str) -> Response:
        try:
            # Not oauth_v2_access(), which builds its credentials with a part of aiohttp that is going away.
            reply = await self._client.api_call(
                "oauth.v2.access",
                data={"code": code, "redirect_uri": self._app.redirect_url},
                headers={"Authorization": self._app.credentials},
            )
            told: Any = reply.data
        except SlackApiError as exc:
            error = exc.response["error"]
            if not isinstance(error, str):  # Slack is down, or a proxy before it
                logger.warning("install.slack_unavailable: HTTP %s", exc.response.status_code)
                return self._pages.slack_silent(install_url=self._install_url)
            return self._start_again() if error in _SPENT else self._not_possible(error)
        except (TimeoutError, aiohttp.ClientError, AttributeError) as exc:
            # AttributeError: how slack_sdk 3.47 takes a text/plain answer, such as a proxy gives.
            logger.warning("install.slack_unavailable: %s", type(exc).__name__)
            return self._pages.slack_silent(install_url=self._install_url)
        if "refresh_token" in told:
            return self._not_possible("token_rotation_enabled")
        try:
            installation = _read_installation(told, now=self._now())
        except (KeyError, TypeError, ValueError) as exc:
            logger.error("install.unexpected: %s", type(exc).__name__)  # noqa: TRY400 - it would show a token
            return self._not_possible("unexpected_answer")
        await self._installations.save_installation(installation)
        self._workspaces.forget_token(installation.owner)
        logger.info("install.done owner=%s", installation.owner)
        if missing := sorted(set(SCOPES).difference(installation.scopes)):
            logger.warning(
                "install.lacks_scopes owner=%s: %s; see that the app has what manifest.yml names, and add it "
                "to the workspace again",
                installation.owner,
                ", ".join(missing),
            )
        return self._pages.installed_page(name=installation.name, open_url=self._app.open_url(installation))

    def _start_again(self) -> Response:
        return self._pages.start_again(install_url=self._install_url)

    def _not_possible(self, code: str) -> Response:
        known = code if re.fullmatch(r"[a-z_]{1,60}", code) else "unknown"
        logger.error("install.refused code=%s", known)
        return self._pages.not_possible(code=known, install_url=self._install_url)

    def _database_down(self, exc: RedisUnavailable) -> Response:
        logger.warning("install.redis_unavailable: %s", exc)
        return self._pages.database_down(install_url=self._install_url)

    def _browser_of(self, request: Request[Any]) -> str | None:
        browser = request.cookies.get(self._cookie, "")
        return browser if _SECRET.fullmatch(browser) else None


def _read_installation(told: Mapping[str, Any], *, now: datetime) -> Installation:
    """Raises `KeyError`, `TypeError` or `ValueError` if this is not an installation of a bot."""
    whole_organisation = told.get("is_enterprise_install") is True
    team, enterprise = told.get("team") or {}, told.get("enterprise") or {}
    if not (isinstance(token := told["access_token"], str) and token.startswith("xoxb-")):
        raise ValueError("expected a bot token")
    return Installation(
        team=None if whole_organisation else team["id"],
        enterprise=enterprise["id"] if whole_organisation else enterprise.get("id"),
        name=(enterprise if whole_organisation else team).get("name") or "your workspace",
        token=token,
        bot_user=told["bot_user_id"],
        app=told["app_id"],
        scopes=tuple(told.get("scope", "").split(",")),
        installer=told["authed_user"]["id"],
        installed=now,
    )


def _browser_digest(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
