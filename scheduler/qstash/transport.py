"""HTTP under the official qstash client, on one pooled aiohttp session; a long list is read while it comes.

The client brings httpx with a fixed time-out of ten minutes; httpx also costs ten times the CPU under
concurrency. What is replaced is private to the client, so the version is pinned and a test guards the seam.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, cast

import aiohttp
from yarl import URL

from scheduler.qstash.qstash_package import (
    BASE_URL,
    NO_RETRY,
    AsyncHttpClient,
    AsyncMessageApi,
    AsyncQStash,
    AsyncScheduleApi,
    raise_for_non_ok_status,
)

PAGE: Final = 50
"""Items in a page: what is made of them keeps the event loop for a few milliseconds."""

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")


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


async def read_array(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[Any]]:
    """The items of a JSON array, page by page; a `ValueError` if it is none, or ends too early."""
    text, array = codecs.getincrementaldecoder("utf-8")(), _Array()
    async for piece in pieces:
        array.add_text(text.decode(piece))
        while page := array.take_items(PAGE):
            yield page
            await asyncio.sleep(0)
    array.add_text(text.decode(b"", final=True), last=True)
    while page := array.take_items(PAGE):
        yield page
        await asyncio.sleep(0)
    array.check_whole()


@dataclass(kw_only=True)
class _Array:
    """The part of the text that is not read yet, and what comes next in it."""

    text: str = ""
    stage: Literal["start", "first", "item", "end"] = "start"
    wanted: int = 0
    """Characters to wait for: an item that is not whole is looked at again when twice as much is there."""

    def add_text(self, text: str, *, last: bool = False) -> None:
        self.text += text
        self.wanted = 0 if last else self.wanted

    def take_items(self, most: int) -> list[Any]:
        """Up to `most` items, without one that is not whole yet."""
        if len(self.text) < self.wanted or not self._has_items():
            return []
        items, place = list[Any](), 0
        while len(items) < most and self.stage != "end" and (found := _read_item(self.text, place)):
            item, place = found
            items.append(item)
            self.stage = "end" if self.text[place - 1] == "]" else "item"
        self.text = self.text[place:]
        self.wanted = 0 if items else 2 * len(self.text)
        return items

    def check_whole(self) -> None:
        """Refuse what did not end as an array does."""
        if self.stage != "end" or self.text.strip():
            raise ValueError("expected a JSON array")

    def _has_items(self) -> bool:
        if self.stage == "start" and (text := self.text.lstrip()):
            if text[0] != "[":
                raise ValueError("expected a JSON array")
            self.stage, self.text = "first", text[1:]
        if self.stage == "first" and self.text.lstrip()[:1] == "]":
            self.stage, self.text = "end", self.text.lstrip()[1:]
        return self.stage in ("first", "item")


def _read_item(text: str, place: int) -> tuple[Any, int] | None:
    """An item, and the place after the comma or bracket behind it; None if they are not all there yet."""
    try:
        item, end = _DECODER.raw_decode(text, _skip_space(text, place))
    except ValueError:
        return None
    end = _skip_space(text, end)
    return (item, end + 1) if text[end : end + 1] in (",", "]") else None


def _skip_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
