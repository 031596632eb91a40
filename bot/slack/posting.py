"""`chat.postMessage`, sent as it is through the pooled session.

slack-sdk's own way words each request for a log that nobody reads, and walks through the message first: see
docs/performance.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.slack.calls import error_of

_METHOD: Final = "chat.postMessage"


@dataclass(frozen=True, kw_only=True)
class Posted:
    """Slack's reply to a message that it took, as slack-sdk's replies have it."""

    data: Mapping[str, Any]


class MessageSender:
    """Sends messages as one workspace's bot, with what `client` knows: address, token, session and proxy."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._url = URL(client.base_url + _METHOD)
        self._headers = {**client.headers, "Content-Type": "application/json;charset=utf-8"}
        if client.token is not None:
            self._headers["Authorization"] = f"Bearer {client.token}"

    async def send_message(self, **message: Any) -> Posted:
        """Send what is not None of it. Raises as slack-sdk does, but for what Slack answers: `SlackError`."""
        session = self._client.session
        assert session is not None  # noqa: S101 - `web_client` gives each its own
        body = _encode_json({name: value for name, value in message.items() if value is not None})
        async with session.post(
            self._url, data=body, headers=self._headers, proxy=self._client.proxy
        ) as response:
            content = await response.read()
        told = _decode_json(content)
        if response.status == 200 and told is not None and told.get("ok"):
            return Posted(data=told)
        raise error_of(response.status, told or {}, response.headers)


def _encode_json(message: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(message)
    except TypeError:  # half of a surrogate pair, which a model can emit: JSON has it in escapes alone
        return json.dumps(message).encode()


def _decode_json(content: bytes) -> dict[str, Any] | None:
    """The object in an answer; None if it is none, but a proxy's page for example."""
    try:
        told = orjson.loads(content)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
