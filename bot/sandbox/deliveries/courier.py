"""Slack's side of the road to the app: signed requests, or its socket where it has one; three seconds."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.deliveries.outcome import Answered, Failed, Retry
from bot.sandbox.deliveries.sockets import Sockets
from bot.sandbox.workspace import Clock

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Something for the app, before it is put in the wrapping of its road."""

    kind: Kind
    payload: Mapping[str, Any]

    def as_body(self) -> tuple[bytes, str]:
        """Over HTTP: fields of a form, a form with one field, or JSON."""
        if self.kind == "slash_commands":
            return urlencode(self.payload).encode(), FORM
        text = json.dumps(self.payload, ensure_ascii=False)
        if self.kind == "interactive":
            return urlencode({"payload": text}).encode(), FORM
        return text.encode(), JSON


def sign_request(secret: str, timestamp: int, body: bytes) -> str:
    """docs.slack.dev/authentication/verifying-requests-from-slack"""
    base = b"v0:%d:%s" % (timestamp, body)
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@dataclass(kw_only=True, eq=False)
class Courier:
    """Sends the app what Slack would send it."""

    app_url: str
    signing_secret: str
    patience: float
    now: Clock
    sockets: Sockets
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    _later: set[asyncio.Task[Answered | Failed]] = field(default_factory=set, init=False)

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator[None]:
        """One pooled session; no cookies are kept, as Slack keeps none."""
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.patience),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Idle connections go before the app's server closes them (uvicorn: after 5 s) under a request.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2),
        ) as self._session:
            try:
                yield
            finally:
                for task in self._later:
                    task.cancel()
                await asyncio.gather(*self._later, return_exceptions=True)
                self._session = None

    async def send_command(self, form: Mapping[str, str]) -> Answered | Failed:
        return await self.send_parcel(Parcel(kind="slash_commands", payload=form))

    async def send_interaction(self, payload: Mapping[str, Any]) -> Answered | Failed:
        return await self.send_parcel(Parcel(kind="interactive", payload=payload))

    def send_later(self, payload: Mapping[str, Any]) -> None:
        """An interaction that nobody waits for."""
        task = asyncio.create_task(self.send_interaction(payload))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def send_parcel(self, parcel: Parcel, retry: Retry | None = None) -> Answered | Failed:
        """One delivery and what came of it."""
        if self.sockets.is_connected:
            return await self.sockets.send_envelope(parcel.kind, parcel.payload, self.patience, retry)
        return await self._post_parcel(parcel, retry)

    async def _post_parcel(self, parcel: Parcel, retry: Retry | None) -> Answered | Failed:
        if self._session is None:
            raise RuntimeError("the sandbox delivers only inside `async with sandbox.running()`")
        timestamp = int(self.now().timestamp())
        body, kind = parcel.as_body()
        headers = {
            "content-type": kind,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": str(timestamp),
            "x-slack-signature": sign_request(self.signing_secret, timestamp, body),
        }
        if retry is not None:
            headers |= {"x-slack-retry-num": str(retry.number), "x-slack-retry-reason": retry.reason}
        try:
            async with self._session.post(
                self.app_url, data=body, headers=headers, allow_redirects=False
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
