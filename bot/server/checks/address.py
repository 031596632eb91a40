"""PUBLIC_URL, looked at from outside as far as this machine can: by its own name, through its own proxy."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import aiohttp

from bot.server.checks.finding import Finding, doubtful_finding, fine_finding, unreached_finding

_WHAT: Final = "Address"
_WITHIN: Final = timedelta(seconds=10)
_LIKE_QSTASH: Final = {"User-Agent": "Upstash-QStash", "Content-Type": "application/json"}
_UNSIGNED: Final = 401
_OUR_WORDS: Final = b"not signed by"
"""Our 401 begins with them; that of a login in front of us does not."""


async def check_address(public_url: str, paths: Iterable[str]) -> list[Finding]:
    """Bring something without a signature to each of `paths`, which only we turn away in our words.

    Nothing else is asked for: a proxy need not pass it on. One that keeps robots out lets people's browsers
    through, and neither QStash nor Slack.
    """
    timeout = aiohttp.ClientTimeout(total=_WITHIN.total_seconds())
    problems = []
    try:
        async with aiohttp.ClientSession(timeout=timeout, headers=_LIKE_QSTASH) as session:
            for path in paths:
                url = f"{public_url}{path}"
                async with session.post(url, data=b"{}", allow_redirects=False) as response:
                    if not await _is_ours(response):
                        problems.append(explain_stranger(response, url))
    except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
        return [explain_unreachable(exc, public_url)]
    return problems or [fine_finding(_WHAT, public_url)]


async def _is_ours(response: aiohttp.ClientResponse) -> bool:
    return response.status == _UNSIGNED and (await response.content.read(100)).startswith(_OUR_WORDS)


def explain_stranger(response: aiohttp.ClientResponse, url: str) -> Finding:
    """Say that something else has answered there, and what to do."""
    elsewhere = ", to another address" if "Location" in response.headers else ""
    return doubtful_finding(
        _WHAT,
        f"PUBLIC_URL: what answers a POST to {url} is not Precache (HTTP {response.status}{elsewhere}); lead "
        "that address to this process, without a login, a check for robots or a redirect before it",
        blocks=True,
    )


def explain_unreachable(exc: BaseException, public_url: str) -> Finding:
    """Say what is in the way; the internet may still get there, where this network does not."""
    match exc:
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError():
            why = (
                "its certificate is not one that this machine trusts; QStash and Slack do not take it either"
            )
        case aiohttp.ClientConnectorDNSError():
            why = "its name does not resolve; correct it, or the DNS"
        case aiohttp.ClientConnectorError():
            why = "nothing listens there, as seen from this machine"
        case TimeoutError():
            why = f"nothing answers there within {_WITHIN.total_seconds():.0f} s, as seen from this machine"
        case _:
            why = f"no HTTP answer comes from there ({type(exc).__name__})"
    return unreached_finding(_WHAT, f"PUBLIC_URL: {public_url}: {why}")
