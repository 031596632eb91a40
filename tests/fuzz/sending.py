"""Sends requests, many at once, and counts what comes back; a fault is a 5xx, or no end."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from tests.fuzz.requests import Generator, OddRequest

_AT_ONCE: Final = 24
_PATIENCE: Final = 60.0
"""Seconds in which every request must be answered, on a machine that is busy with all of them."""
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A request that was not answered as it must be."""

    request: OddRequest
    answer: str


@dataclass(kw_only=True)
class Report:
    """What came back."""

    statuses: Counter[tuple[str, int | str]] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    @property
    def number(self) -> int:
        return sum(self.statuses.values())

    def note_answer(self, request: OddRequest, status: int | str, text: str = "") -> None:
        self.statuses[request.kind, status] += 1
        if status == "no end" or (isinstance(status, int) and status >= 500):
            self.faults.append(Fault(request=request, answer=f"{status} {text[:300]}"))


async def send_requests(generator: Generator, number: int, *, report: Report) -> None:
    """Send so many."""
    left = iter(range(number))

    async def keep_sending(http: aiohttp.ClientSession) -> None:
        for _ in left:
            request = generator.make_request()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await _send_one(http, generator.url, request, report)
            except TimeoutError:
                report.note_answer(request, "no end")

    # Lenient with answers, for their heads may tell what was asked; and no cookie is kept.
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        await asyncio.gather(*(keep_sending(http) for _ in range(_AT_ONCE)))


async def _send_one(http: aiohttp.ClientSession, url: str, request: OddRequest, report: Report) -> None:
    if request.raw is not None:
        for status in await _send_raw(url, request.raw):
            report.note_answer(request, status)
        return
    try:
        async with http.request(
            request.method,
            URL(f"{url}{request.path}", encoded=True),
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
        ) as answer:
            text = (
                ""
                if request.path.endswith("/stream")
                else (await answer.content.read(2_000)).decode(errors="replace")
            )
            report.note_answer(request, answer.status, text)
    except (aiohttp.ClientError, ValueError, ConnectionError) as exc:
        report.note_answer(request, f"not sent, or cut off: {type(exc).__name__}")


async def _send_raw(url: str, raw: bytes) -> list[int | str]:
    """The statuses that come back until the server closes; nothing more is said after these bytes."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(raw)
        await writer.drain()
        writer.write_eof()
        answered = await reader.read()
    except (ConnectionError, OSError):
        answered = b""
    finally:
        writer.close()
    return [int(status) for status in _STATUS.findall(answered)] or ["closed"]
