"""The calls that each post and each command makes, sent as they are through the pooled session.

slack-sdk's own way words each request for a log that nobody reads, and walks through the message first: see
docs/performance.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import orjson
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.slack.calls import error_of

_POST: Final = "chat.postMessage"
_ABOUT_CHANNEL: Final = "conversations.info"
_DOMAINS: Final = (".slack.com", ".slack-gov.com")
_JSON: Final = {"Content-Type": "application/json;charset=utf-8"}


@dataclass(frozen=True, kw_only=True)
class Told:
    """Slack's reply to a call that it did, as slack-sdk's replies have it."""

    data: Mapping[str, Any]


class _CheckedContent(aiohttp.BytesPayload):
    """The body of a request that is sent only if `check` does not raise at that very moment."""

    def __init__(self, content: bytes, *, check: Callable[[], None]) -> None:
        super().__init__(content, content_type=_JSON["Content-Type"])
        self._check = check

    async def write_with_length(self, writer: Any, content_length: int | None) -> None:
        self._check()
        await super().write_with_length(writer, content_length)


class DirectCalls:
    """Speaks as one workspace's bot, with what `client` knows: address, token, session and proxy.

    The calls raise as slack-sdk's do, but for what Slack answers: `SlackError`.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._urls = {method: URL(client.base_url + method) for method in (_POST, _ABOUT_CHANNEL)}
        self._headers = dict(client.headers)
        if client.token is not None:
            self._headers["Authorization"] = f"Bearer {client.token}"

    async def send_message(self, *, check: Callable[[], None] | None = None, **message: Any) -> Told:
        """`chat.postMessage`, with what is not None of it.

        `check` may raise before anything is done, and once more when a connection is there, right before the
        message is sent: then as an `aiohttp.ClientConnectionError`.
        """
        if check is not None:
            check()
        content = _encode_json(message)
        request = self._session.post(
            self._urls[_POST],
            data=content if check is None else _CheckedContent(content, check=check),
            headers=self._headers | _JSON,
            proxy=self._client.proxy,
        )
        return await _read_reply(request)

    async def ask_about_channel(self, channel: str) -> Told:
        """`conversations.info`."""
        request = self._session.get(
            self._urls[_ABOUT_CHANNEL],
            params={"channel": channel},
            headers=self._headers,
            proxy=self._client.proxy,
        )
        return await _read_reply(request)

    async def answer_at(self, response_url: str, **message: Any) -> int:
        """The status with which Slack takes an answer to a command or a press, for which no token is sent.

        Raises `ValueError` for an address that is none of Slack's.
        """
        if not is_slack_address(response_url, api_url=self._client.base_url):
            raise ValueError("expected an address of Slack's")
        async with self._session.post(
            response_url,
            data=_encode_json(message),
            headers={**self._client.headers, **_JSON},
            proxy=self._client.proxy,
            allow_redirects=False,
        ) as response:
            await response.text()
            return response.status

    @property
    def _session(self) -> aiohttp.ClientSession:
        assert self._client.session is not None  # noqa: S101 - `web_client` gives each its own
        return self._client.session


def is_slack_address(url: str, *, api_url: str) -> bool:
    """True of an address at which Slack takes answers, or on the host of `api_url`.

    What comes with a command is signed, but it waits in Redis while the command is under way.
    """
    try:
        address, host = URL(url), URL(api_url).host
    except ValueError:
        return False
    if address.scheme == "https" and (address.host or "").endswith(_DOMAINS):
        return True
    return address.scheme in ("http", "https") and address.host == host


async def _read_reply(request: Any) -> Told:
    async with request as response:
        content = await response.read()
    told = _decode_json(content)
    if response.status == 200 and told is not None and told.get("ok"):
        return Told(data=told)
    raise error_of(response.status, told or {}, response.headers)


def _encode_json(message: Mapping[str, Any]) -> bytes:
    said = {name: value for name, value in message.items() if value is not None}
    try:
        return orjson.dumps(said)
    except TypeError:  # half of a surrogate pair, which a model can emit: JSON has it in escapes alone
        return json.dumps(said).encode()


def _decode_json(content: bytes) -> dict[str, Any] | None:
    """The object in an answer; None if it is none, but a proxy's page for example."""
    try:
        told = orjson.loads(content)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
