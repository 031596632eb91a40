"""PUBLIC_URL, looked at from outside as far as this machine can: by its own name, through its own proxy."""

from __future__ import annotations

import ssl
from datetime import timedelta
from typing import Final

import aiohttp

from bot.server.checks.finding import Finding, doubtful, fine, unreached

_WHAT: Final = "Address"
_WITHIN: Final = timedelta(seconds=10)
_LIKE_QSTASH: Final = {"User-Agent": "Upstash-QStash", "Content-Type": "application/json"}
_UNSIGNED: Final = 401


async def check_address(public_url: str) -> list[Finding]:
    """Ask for /healthz there, and bring a job without a signature, which only we turn away with a 401.

    A proxy that keeps robots out lets people's browsers through, and neither QStash nor Slack.
    """
    timeout = aiohttp.ClientTimeout(total=_WITHIN.total_seconds())
    try:
        async with aiohttp.ClientSession(timeout=timeout, headers=_LIKE_QSTASH) as session:
            async with session.get(f"{public_url}/healthz", allow_redirects=False) as response:
                health, word = response.status, await response.content.read(100)
            async with session.post(
                f"{public_url}/api/announce", data=b"{}", allow_redirects=False
            ) as response:
                turned_away, where = response.status, response.headers.get("Location", "")
    except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
        return [explain_unreachable(exc, public_url)]
    if health != 200 or word.strip() != b"ok":
        return [
            doubtful(
                _WHAT,
                f"PUBLIC_URL: what answers at {public_url}/healthz is not Precache (HTTP {health}); lead "
                "that address to this process, with its path as it comes or without its prefix",
                blocks=True,
            )
        ]
    if turned_away != _UNSIGNED:
        return [
            doubtful(
                _WHAT,
                f"PUBLIC_URL: something before Precache answers a POST to {public_url}/api/announce "
                f"itself (HTTP {turned_away}{', to another address' if where else ''}); let QStash and "
                "Slack through, without a login, a check for robots, or a redirect",
                blocks=True,
            )
        ]
    return [fine(_WHAT, public_url)]


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
    return unreached(_WHAT, f"PUBLIC_URL: {public_url}: {why}")
