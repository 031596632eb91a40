"""A call of Slack's Web API: one table of errors, and cursors followed to their end.

Nothing is retried here: a message whose fate is unknown must be looked for before it is sent again, and
everything else is retried by QStash's clock.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import PostUnknown, SlackError, SlackRefused, SlackUnavailable

PAGE: Final = 200
"""The number of entries on a page."""

_RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_OUTAGES: Final = frozenset(
    {"service_unavailable", "team_added_to_org", "org_login_required", "accesslimited"}
)  # two of them while a workspace moves into an organisation
_UNKNOWN: Final = frozenset(
    {"fatal_error", "internal_error", "request_timeout"}
)  # part of it may have happened
_CODE: Final = re.compile("[A-Za-z]{1,30}(?:_[A-Za-z0-9]{1,30}){0,9}")
_SCOPES: Final = re.compile("[a-z:._, ]{0,200}")
_SHORTEST_WAIT: Final = timedelta(seconds=1)  # Slack counts in seconds; a 0 would make a busy loop


@dataclass(frozen=True, kw_only=True)
class Page:
    """Slack's reply to one call, and a mark if there is another page after it."""

    told: Mapping[str, Any]
    more: bool


async def read_call(call: Awaitable[Any]) -> Mapping[str, Any]:
    """Slack's reply to a call that changes nothing there; raises `SlackError`."""
    try:
        return await write_call(call)
    except PostUnknown as exc:
        raise SlackUnavailable(str(exc)) from exc


async def read_headers(call: Awaitable[Any]) -> Mapping[str, str]:
    """The headers of Slack's reply to a call that changes nothing there, by lower-case names."""
    try:
        reply = await _await_reply(call)
    except PostUnknown as exc:
        raise SlackUnavailable(str(exc)) from exc
    return {name.lower(): value for name, value in reply.headers.items()}


async def write_call(call: Awaitable[Any]) -> Mapping[str, Any]:
    """Slack's reply to a call that may change something; raises `PostUnknown` if it may or may not have."""
    told: Mapping[str, Any] = (await _await_reply(call)).data
    return told


async def _await_reply(call: Awaitable[Any]) -> Any:
    try:
        reply = await call
    except SlackApiError as exc:
        raise _translate_error(exc) from exc
    except aiohttp.ClientConnectorError as exc:
        raise SlackUnavailable("no connection to Slack") from exc
    except (TimeoutError, aiohttp.ClientError, AttributeError, ValueError) as exc:
        # The last two are how slack_sdk 3.47 takes what is no JSON object, or no UTF-8: a proxy's answer.
        raise PostUnknown(f"no answer from Slack ({type(exc).__name__})") from exc
    if not isinstance(reply.data, dict):
        raise PostUnknown("Slack answered without JSON")
    return reply


async def read_pages(
    call: Callable[..., Awaitable[Any]],
    *,
    most: int,
    patience: timedelta = timedelta(0),
    **arguments: Any,
) -> AsyncGenerator[Page]:
    """Up to `most` pages of what Slack lists in pages; raises `SlackError`.

    Where Slack wants a wait between them, that is kept, for no longer than `patience` in all.
    """
    cursor = ""
    for _ in range(most):
        asked = {"limit": PAGE, **({"cursor": cursor} if cursor else {}), **arguments}
        told, patience = await _read_patiently(partial(call, **asked), patience)
        cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
        yield Page(told=told, more=bool(cursor))
        if not cursor:
            return


async def _read_patiently(
    call: Callable[[], Awaitable[Any]], patience: timedelta
) -> tuple[Mapping[str, Any], timedelta]:
    """Slack's reply, after the waits that it wants, and what is left of `patience`."""
    while True:
        try:
            return await read_call(call()), patience
        except SlackUnavailable as exc:
            if exc.retry_after is None or exc.retry_after > patience:
                raise
            wait = exc.retry_after
        patience -= wait
        await asyncio.sleep(wait.total_seconds())


def _translate_error(error: SlackApiError) -> SlackError:
    response: Any = error.response
    status = int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)
    data = getattr(response, "data", None)
    return error_of(status, data if isinstance(data, dict) else {}, getattr(response, "headers", {}))


def error_of(status: int, told: Mapping[str, Any], headers: Mapping[str, str]) -> SlackError:
    """Our error for an answer that is no success; `told` is the object in it, if it has one."""
    code = told.get("error", "")
    if not isinstance(code, str) or not _CODE.fullmatch(
        code
    ):  # of a proxy, whose errors are objects or pages
        code = ""
    if status == 429 or code in _RATE_LIMITED:
        return SlackUnavailable("Slack limits the rate", retry_after=_retry_after(headers))
    if code in _OUTAGES:
        return SlackUnavailable(f"Slack answered {code}")
    if status >= 500 or not code or code in _UNKNOWN:
        return PostUnknown(f"Slack answered {status} {code}".rstrip())
    needed = str(told.get("needed") or "")
    return SlackRefused(code, needed=needed if _SCOPES.fullmatch(needed) else "")


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    try:
        return max(_SHORTEST_WAIT, timedelta(seconds=float(headers["Retry-After"])))
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
