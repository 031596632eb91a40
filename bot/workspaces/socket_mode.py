"""Socket Mode: Slack's deliveries over a WebSocket that we open, for where no public address can be had.

The same Bolt app takes them as over HTTP. slack_sdk keeps the connection; what it lacks is added here: a
time-out and a new ticket for each try (it would try a spent one for ever), a start that fails in words, and
an acknowledgement of what nobody listens to, which Slack would send again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol

import aiohttp
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.slack import web_client

logger = logging.getLogger(__name__)

_TRY: Final = timedelta(seconds=10)
_PING: Final = timedelta(seconds=10)
_PASSING: Final = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
)


class Hears(Protocol):
    """Bolt, or what stands before it."""

    async def async_dispatch(self, request: AsyncBoltRequest, /) -> BoltResponse: ...


class NotConnected(Exception):
    """Slack did not open a connection; the message says why and what to do."""

    def __init__(self, message: str, *, is_refused: bool = False) -> None:
        super().__init__(message)
        self.is_refused = is_refused
        """Slack has said no, and will again."""


@asynccontextmanager
async def open_socket_mode(
    app: Hears, *, app_token: str, api_url: str, session: aiohttp.ClientSession, ping: timedelta = _PING
) -> AsyncIterator[None]:
    """Deliveries go to `app` inside. Raises `NotConnected` if the first connection cannot be made."""
    client = _Client(
        app_token=app_token,
        web_client=web_client(session, api_url=api_url),
        logger=_sdk_logger(),
        ping_interval=ping.total_seconds(),
    )

    async def deliver(_: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        await client.send_socket_mode_response(await _dispatch_request(app, request))

    client.socket_mode_request_listeners.append(deliver)
    try:
        await _connect_first(client)
        logger.info("socket.connected")
        yield
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # slack_sdk
        tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)


class _Client(SocketModeClient):
    async def connect(self) -> None:
        """Until it succeeds or the client is closed; each try with an address of its own."""
        while not self.closed:
            try:
                # After a failed try slack_sdk pauses for as long, and so never comes to try a ticket again.
                async with asyncio.timeout(self.ping_interval):
                    await super().connect()  # type: ignore[no-untyped-call]  # slack_sdk
                    return
            except TimeoutError:
                self.wss_uri = None


async def _connect_first(client: _Client) -> None:
    try:
        async with asyncio.timeout(_TRY.total_seconds()):
            client.wss_uri = await client.issue_new_wss_url()
            await SocketModeClient.connect(client)  # type: ignore[no-untyped-call]  # slack_sdk
    except SlackApiError as exc:
        code = exc.response["error"]
        code = code if isinstance(code, str) and re.fullmatch("[a-z_]{1,60}", code) else ""
        if not code or exc.response.status_code >= 429 or code in _PASSING:
            answer = code or f"HTTP {exc.response.status_code}"  # without a code, a proxy has answered
            raise NotConnected(f"Slack cannot be reached ({answer})") from exc
        raise NotConnected(
            f"Slack refused SLACK_APP_TOKEN ({code}); it has to be an app-level token with connections:write",
            is_refused=True,
        ) from exc
    except TimeoutError as exc:
        raise NotConnected(f"Slack opened no connection within {_TRY.total_seconds():g} seconds") from exc
    except (aiohttp.ClientError, AttributeError) as exc:
        # AttributeError: how slack_sdk 3.47 takes a text/plain answer, such as a proxy gives.
        raise NotConnected(f"Slack cannot be reached ({type(exc).__name__})") from exc


async def _dispatch_request(app: Hears, request: SocketModeRequest) -> SocketModeResponse:
    headers = {} if request.retry_attempt is None else {"x-slack-retry-num": str(request.retry_attempt)}
    answer = await app.async_dispatch(
        AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=dict(headers))
    )
    payload: dict[str, Any] | None = None
    if answer.status == 200 and answer.body:
        is_json = answer.headers.get("content-type", [""])[0].startswith("application/json")
        payload = json.loads(answer.body) if is_json else {"text": answer.body}
    return SocketModeResponse(envelope_id=request.envelope_id, payload=payload)


def _sdk_logger() -> logging.Logger:
    sdk = logging.getLogger(f"{__name__}.sdk")
    sdk.setLevel(max(logging.INFO, sdk.getEffectiveLevel()))  # below, it shows whole messages
    if _without_ticket not in sdk.filters:
        sdk.addFilter(_without_ticket)
    return sdk


def _without_ticket(record: logging.LogRecord) -> bool:
    """Addresses in its errors carry a ticket, and its tracebacks say no more than its errors."""
    said = record.getMessage()
    if "session () has been abandoned" in said:
        return False  # there was none
    record.msg = re.sub(r"ticket=[^&'\s]+", "ticket=…", said)
    record.args, record.exc_info = None, None
    return True
