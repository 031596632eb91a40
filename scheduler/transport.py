"""HTTP under the official qstash client, on one pooled aiohttp session.

The client brings httpx with a fixed time-out of ten minutes; httpx also costs ten times the CPU under
concurrency. What is replaced is private to the client, so the version is pinned and a test guards the seam.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import aiohttp
from yarl import URL

from scheduler.qstash_package import (
    BASE_URL,
    NO_RETRY,
    AsyncHttpClient,
    AsyncMessageApi,
    AsyncQStash,
    AsyncScheduleApi,
    raise_for_non_ok_status,
)


@asynccontextmanager
async def open_client(
    token: str, *, base_url: str | None, try_timeout: timedelta
) -> AsyncIterator[AsyncQStash]:
    """A qstash client that tries each request once, for at most `try_timeout`."""
    base_url = base_url or BASE_URL  # given, so that the client does not look into the environment
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=try_timeout.total_seconds()),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=base_url.startswith("https:"),  # a proxy is for the hosted service, not for this machine
    ) as session:
        yield _Client(_Http(token, base_url, _Transport(session=session)))


class _Client(AsyncQStash):
    """The parts of the client that publish."""

    def __init__(self, http: AsyncHttpClient) -> None:
        self.http = http
        self.message = AsyncMessageApi(http)
        self.schedule = AsyncScheduleApi(http)


class _Http(AsyncHttpClient):
    """Its requests over our transport: the stock one opens a client that reads all certificates."""

    def __init__(self, token: str, base_url: str, transport: _Transport) -> None:
        self._token = f"Bearer {token}"
        self._retry = NO_RETRY
        self._base_url = base_url.rstrip("/")
        self._client = transport  # type: ignore[assignment]  # it has the one method that is called


@asynccontextmanager
async def open_answer(client: AsyncQStash, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
    """The pieces of a long answer to a GET; the time-out of a try is that of each piece."""
    http = client.http
    transport = cast("_Transport", http._client)  # noqa: SLF001 — as above
    url, headers = URL(http._base_url + path, encoded=True), {"Authorization": http._token}  # noqa: SLF001
    longest = transport.session.timeout.total
    timeout = aiohttp.ClientTimeout(connect=longest, sock_read=longest)
    async with transport.session.get(
        url, headers=headers, timeout=timeout, allow_redirects=False
    ) as response:
        if not response.ok:
            body = (await response.read()).decode(errors="replace")
            raise_for_non_ok_status(cast("Any", _Answer(response.status, response.headers, body)))
        yield response.content.iter_any()


@dataclass(frozen=True, kw_only=True)
class _Transport:
    """The one method of `httpx.AsyncClient` that the client calls."""

    session: aiohttp.ClientSession

    async def request(
        self,
        *,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str],
        content: str | bytes | None,
    ) -> _Answer:
        # The destination stands in the path as it is: re-quoting it would change where QStash delivers.
        target = URL(url, encoded=True)
        async with self.session.request(
            method, target, params=params, headers=headers, data=content, allow_redirects=False
        ) as response:
            body = await response.read()
            return _Answer(response.status, response.headers, body.decode(errors="replace"))


@dataclass(frozen=True)
class _Answer:
    """The part of an `httpx.Response` that the client reads."""

    status_code: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        return json.loads(self.text)
