"""OAuth: the page on which a person lets the app into a workspace, and the token that comes of it.

docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.sandbox.calls import KNOWN_SCOPES, ApiError, Arguments, split_scopes
from bot.sandbox.installation.installer import Installer
from bot.sandbox.workspace import APP, Clock

CODE_LIFETIME: Final = 600.0
_CONSENT: Final = Path(__file__).parent.parent / "page" / "consent.html"


@dataclass(frozen=True, kw_only=True)
class OAuthApp:
    """The app as its settings page has it; the first redirect URL is the default one."""

    client_id: str
    client_secret: str
    redirect_urls: Sequence[str]
    name: str = "Precache"


@dataclass(frozen=True, kw_only=True)
class _Request:
    """The request of the app, checked."""

    scopes: str
    redirect_uri: str
    named_redirect: bool
    state: str | None


@dataclass(frozen=True, kw_only=True)
class _Code:
    installer: Installer
    asked: _Request
    made: float


@dataclass(frozen=True, kw_only=True, eq=False)
class OAuth:
    """Asks people, and exchanges the codes that say they agreed; without an app there is nothing to ask."""

    installers: Sequence[Installer]
    app: OAuthApp | None
    now: Clock
    _codes: dict[str, _Code] = field(default_factory=dict, init=False)
    _used: set[str] = field(default_factory=set, init=False)
    # A page elsewhere can make a browser send this form, but cannot know what it must hold.
    _seal: str = field(default_factory=lambda: secrets.token_urlsafe(24), init=False)

    async def consent_page(self, request: Request) -> Response:
        """GET: the question. POST: its answer."""
        try:
            if request.method == "GET":
                return self._ask_consent(self._read_request(request.query_params), request)
            form = dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))
            return await self._redirect_back(self._read_request(form), form)
        except ApiError as error:
            return _html_page(
                f"<h1>Something went wrong</h1><p>Error: <code>{escape(error.code)}</code></p>", 400
            )

    def _read_request(self, given: Mapping[str, str]) -> _Request:
        if self.app is None or given.get("client_id") != self.app.client_id:
            raise ApiError("invalid_client_id")
        redirect = given.get("redirect_uri") or self.app.redirect_urls[0]
        if not any(_is_below(redirect, url) for url in self.app.redirect_urls):
            raise ApiError("bad_redirect_uri")
        scopes = [*dict.fromkeys(split_scopes(given.get("scope", "")))]
        if not scopes:
            raise ApiError("no_scopes")
        if not KNOWN_SCOPES.issuperset(scopes) or given.get("user_scope"):
            raise ApiError("invalid_scope")
        return _Request(
            scopes=",".join(scopes),
            redirect_uri=redirect,
            named_redirect=bool(given.get("redirect_uri")),
            state=given.get("state"),
        )

    def _ask_consent(self, asked: _Request, request: Request) -> Response:
        hidden = {name: value for name, value in request.query_params.items() if name != "team"}
        chosen = request.query_params.get("team") or self.installers[0].workspace.team.id
        fields = {**hidden, "seal": self._seal}
        filled = Template(_CONSENT.read_text()).substitute(
            app=escape(self.app.name if self.app is not None else ""),
            fields="".join(
                f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
                for name, value in fields.items()
            ),
            teams="".join(
                f'<label><input type="radio" name="team" value="{team.id}"'
                f"{' checked' if team.id == chosen else ''}> {escape(team.name)}</label>"
                for team in (installer.workspace.team for installer in self.installers)
            ),
            scopes="".join(f"<li><code>{escape(scope)}</code></li>" for scope in split_scopes(asked.scopes)),
        )
        return _html_page(filled, 200, redirect=asked.redirect_uri)

    async def _redirect_back(self, asked: _Request, form: Mapping[str, str]) -> Response:
        if not hmac.compare_digest(form.get("seal", "").encode(), self._seal.encode()):
            raise ApiError("invalid_form")
        team = form.get("team")
        chosen = (installer for installer in self.installers if installer.workspace.team.id == team)
        if (installer := next(chosen, None)) is None:
            raise ApiError("invalid_team")
        answer = {"error": "access_denied"}
        if form.get("decision") == "allow":
            code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(24)}"
            self._codes[code] = _Code(installer=installer, asked=asked, made=self.now().timestamp())
            answer = {"code": code}
        answer["state"] = asked.state or ""
        return RedirectResponse(_with_query(asked.redirect_uri, answer), 302)

    async def exchange_code(self, request: Request, arguments: Arguments) -> Mapping[str, Any]:
        """oauth.v2.access: a code for a token, once."""
        self._check_client(request, arguments)
        if (arguments.optional_text("grant_type") or "authorization_code") != "authorization_code":
            raise ApiError("invalid_grant_type")
        code = arguments.optional_text("code") or ""
        if code in self._used:
            raise ApiError("code_already_used")
        found = self._codes.pop(code, None)
        if found is None or self.now().timestamp() - found.made > CODE_LIFETIME:
            raise ApiError("invalid_code")
        self._used.add(code)
        redirect = arguments.optional_text("redirect_uri")
        if redirect != found.asked.redirect_uri if found.asked.named_redirect else redirect:
            raise ApiError("bad_redirect_uri")
        workspace = found.installer.workspace
        team, by = workspace.team, workspace.human_ids()[0]
        before = workspace.installation
        kept = before if before is not None and not before.revoked else None
        # Scopes only ever grow, and installing again gives the token that is there.
        scopes = [
            *dict.fromkeys((*split_scopes(kept.scopes if kept else ""), *split_scopes(found.asked.scopes)))
        ]
        token = kept.token if kept else f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_hex(12)}"
        await found.installer.install(token, ",".join(scopes), by)
        return {
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(scopes),
            "bot_user_id": team.bot_user,
            "app_id": APP,
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": by},
        }

    def _check_client(self, request: Request, arguments: Arguments) -> None:
        """From the Authorization header, or from the arguments."""
        client_id, secret = (
            arguments.optional_text("client_id") or "",
            arguments.optional_text("client_secret") or "",
        )
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
            except (binascii.Error, ValueError):
                raise ApiError("invalid_client_id") from None
        if self.app is None or client_id != self.app.client_id:
            raise ApiError("invalid_client_id")
        if not hmac.compare_digest(secret.encode(), self.app.client_secret.encode()):
            raise ApiError("bad_client_secret")


def _is_below(redirect: str, registered: str) -> bool:
    """The registered URL itself, or something below it."""
    return redirect == registered or redirect.startswith((f"{registered.rstrip('/')}/", f"{registered}?"))


def _with_query(url: str, more: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(more)) if part)
    return urlunsplit(parts._replace(query=query))


def _html_page(body: str, status: int, redirect: str = "") -> Response:
    target = urlsplit(redirect)
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {target.scheme}://{target.netloc}"
        if redirect
        else "default-src 'none'; style-src 'self'; frame-ancestors 'none'; form-action 'none'"
    )
    page = body
    if "<html" not in body:
        page = f'<!doctype html><html lang="en"><title>Sandbox</title><main>{body}</main></html>'
    return HTMLResponse(page, status, {"content-security-policy": policy, "cache-control": "no-store"})
