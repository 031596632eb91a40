"""Ask: a prompt goes the road of any other, to the copy that serves: cache, limits and caps count as ever.

The prompt is signed as QStash signs, with the key of the settings, so only the operator can ask this way.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import aiohttp

from bot.cli.arguments import Ask
from bot.cli.output import print_json, print_text
from bot.cli.settings import read_settings
from bot.server import real_time, sign_as_qstash
from bot.settings import Settings, SettingsError
from scheduler import QUERY_LIMIT, Job

_WITHIN: Final = timedelta(seconds=130)
"""A delivery's own time is two minutes."""


@dataclass(frozen=True, kw_only=True)
class _Answered:
    status: int
    text: str
    cache: str
    again: str
    """Seconds after which it may be asked again, if it was put off."""


def ask_prompt(act: Ask, env: Path | None, *, project: Path) -> int | str:
    """Print the answer; the exit status is 0, or it says why there is none."""
    try:
        settings = read_settings(env, project=project).settings
    except SettingsError as exc:
        return str(exc)
    query = (sys.stdin.read() if act.query == "-" else act.query).strip()
    if not query:
        return "ask: expected a prompt"
    if len(query) > QUERY_LIMIT:
        return f"ask: expected a prompt of at most {QUERY_LIMIT:,} characters, got {len(query):,}"
    body = Job(query=query).encode()
    signature = sign_as_qstash(settings, body, now=real_time())
    if signature is None:
        return f"ask: no Precache has served with the folder {settings.data} yet; start it first"
    answered = asyncio.run(_send_anywhere(settings, signature, body))
    if isinstance(answered, str):
        return answered
    if answered.status != 200:
        later = f"try again in {answered.again} s" if answered.again else "the log of that copy says why"
        return f"ask: not answered (HTTP {answered.status}): {answered.text.strip()} ({later})"
    if act.as_json:
        print_json({"answer": answered.text, "cache": answered.cache})
    else:
        print_text(answered.text)
    return 0


async def _send_anywhere(settings: Settings, signature: str, body: bytes) -> _Answered | str:
    """Send it to the copy on this machine, or else to the public address."""
    places = dict.fromkeys((settings.own_url, settings.public_url))
    for place in places:
        try:
            return await _send_job(f"{place}/api/announce", signature, body)
        except aiohttp.ClientConnectorError:
            continue
        except (aiohttp.ClientError, TimeoutError) as exc:
            return f"ask: no answer from {place} ({type(exc).__name__})"
    return f"ask: no Precache serves at {' or '.join(places)}; start it first"


async def _send_job(address: str, signature: str, body: bytes) -> _Answered:
    headers = {"Upstash-Signature": signature, "Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=_WITHIN.total_seconds())
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(address, data=body, headers=headers, allow_redirects=False) as response,
    ):
        return _Answered(
            status=response.status,
            text=await response.text(),
            cache=response.headers.get("X-Cache", ""),
            again=response.headers.get("Retry-After", ""),
        )
