"""One attempt to deliver: an HTTP request out, its response in."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import Final

import aiohttp
from yarl import URL

from scheduler.embedded.engine.sign import sign_delivery
from scheduler.embedded.storage import Pending, Response

if sys.platform != "win32":
    import resource

TIMEOUT: Final = 900.0
"""Seconds for a destination to answer, unless the message says otherwise."""

LARGEST_RESPONSE: Final = 1_048_576
"""Bytes of a response that are kept for callbacks and dead letters."""

REGION: Final = "LOCAL"

_MOST_LANES: Final = 256
_OTHER_FILES: Final = 128
"""Files and sockets that the rest of the process may need."""


def count_lanes() -> int:
    """Deliveries at once: fewer than `_MOST_LANES` where few files may be open, as on macOS.

    Each takes two of them, because the app mostly delivers to itself.
    """
    if sys.platform == "win32":
        return _MOST_LANES
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return _MOST_LANES
    return min(_MOST_LANES, max(16, (allowed - _OTHER_FILES) // 2))


def open_session(concurrency: int) -> aiohttp.ClientSession:
    """A pool of connections that carries nothing over from one destination to another."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Content-Type", "User-Agent"),
    )


async def deliver_once(
    session: aiohttp.ClientSession, pending: Pending, *, key: str, now: datetime
) -> Response:
    """Send the message once; a failure comes back as a response with an error."""
    message = pending.message
    headers = [
        *message.headers,
        ("User-Agent", "Upstash-QStash"),
        ("Upstash-Message-Id", pending.id),
        ("Upstash-Retried", str(pending.retried)),
        ("Upstash-Caller-Ip", message.caller_ip),
        ("Upstash-Region", REGION),
        ("Upstash-Signature", sign_delivery(key, url=message.url, body=pending.body, now=now)),
    ]
    if message.schedule_id:
        headers.append(("Upstash-Schedule-Id", message.schedule_id))
    timeout = aiohttp.ClientTimeout(total=message.timeout or TIMEOUT, sock_connect=10.0)
    try:
        # The destination is sent as it was given: the signature covers its exact spelling.
        url = URL(message.url, encoded=True)
        async with session.request(
            message.method,
            url,
            headers=headers,
            data=pending.body or None,  # not b"", with which a GET would announce a body
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            body = await _read_start(response)
            return Response(
                status=response.status,
                headers=tuple((_title_case(name), value) for name, value in response.headers.items()),
                body=body,
                error=None if response.ok else f"the destination answered {response.status}",
            )
    except TimeoutError:
        return Response(error=f"no answer within {message.timeout or TIMEOUT:g} s")
    except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as exc:
        return Response(error=f"{type(exc).__name__}: {exc}")


async def _read_start(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk[: LARGEST_RESPONSE - len(body)]
    return bytes(body)


def _title_case(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))
