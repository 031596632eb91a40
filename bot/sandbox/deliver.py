"""Slack's side of the app's endpoint: signed requests, three seconds, one attempt."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.sandbox.live import Clock

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The app said 200."""

    kind: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Failed:
    """It did not: what the user is told, and what the retry of an event is labelled with."""

    error: str
    reason: str
    retry: bool = True


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """docs.slack.dev/authentication/verifying-requests-from-slack"""
    base = b"v0:%d:%s" % (timestamp, body)
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def trigger_id() -> str:
    """Of Slack's form; nothing redeems one yet."""
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"


class Deliver:
    """Sends the app what Slack would send it."""

    def __init__(self, app_url: str, signing_secret: str, *, patience: float, now: Clock) -> None:
        self._app_url = app_url
        self._secret = signing_secret
        self._patience = patience
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """One pooled session; no cookies are kept, as Slack keeps none."""
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._patience),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Idle connections go before the app's server closes them (uvicorn: after 5 s) under a request.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2),
        ) as self._session:
            yield
        self._session = None

    async def send(
        self, body: bytes, kind: str, headers: Mapping[str, str] | None = None
    ) -> Answered | Failed:
        """One signed request and what came of it."""
        if self._session is None:
            raise RuntimeError("the sandbox delivers only inside `async with sandbox.running()`")
        timestamp = int(self._now().timestamp())
        signed = {
            "content-type": kind,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": str(timestamp),
            "x-slack-signature": sign(self._secret, timestamp, body),
            **(headers or {}),
        }
        try:
            async with self._session.post(
                self._app_url, data=body, headers=signed, allow_redirects=False
            ) as answer:
                content = await answer.read()
        except TimeoutError:
            return Failed(error="operation_timeout", reason="http_timeout")
        except aiohttp.ClientError:
            return Failed(error="dispatch_failed", reason="connection_failed")
        if answer.status != 200:
            wanted = answer.headers.get("x-slack-no-retry") != "1"
            return Failed(error="dispatch_failed", reason="http_error", retry=wanted)
        return Answered(kind=answer.content_type, body=content)
