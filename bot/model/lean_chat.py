"""LangChain's chat model for OpenAI's protocol, with a short road for the plain question, which most are.

LangChain makes the request of the messages, and the message of the reply. In between, OpenAI's client and
LangChain's callbacks would take 4 ms of processor time for each question; one POST over aiohttp takes 0.2 ms.
What is not plain, and all where a proxy is set, goes the long road: OpenAI's client speaks to every proxy.
This module imports LangChain: import it where a model is set up.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx2
from langchain_core.messages import AIMessage, BaseMessage
from langchain_openai import ChatOpenAI
from openai import APIStatusError, AsyncOpenAI
from pydantic import PrivateAttr

from bot.model.wire.patience import LARGEST, Parameters, PatientServer, ServerReply


class PlainRoad:
    """Posts parameters of chat completions to the server of an OpenAI client, as that client would."""

    def __init__(self, client: AsyncOpenAI, server: PatientServer, *, within: timedelta) -> None:
        self._url = f"{str(client.base_url).rstrip('/')}/chat/completions"
        self._client = client
        self._server = server
        self._within = within.total_seconds()
        self._tls: ssl.SSLContext | bool = (
            httpx2.create_ssl_context() if self._url.startswith("https:") else True
        )
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, parameters: Parameters) -> Mapping[str, Any]:
        """The completion. Raises OpenAI's `APIStatusError`, `ConnectionError`, `TimeoutError`."""
        reply = await self._server.ask_patiently(parameters, self._post_parameters)
        if 200 <= reply.status < 300:
            completion: Mapping[str, Any] = reply.body
            return completion
        raise self._error_of(reply)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post_parameters(self, parameters: Parameters) -> ServerReply:
        if self._session is None:  # not before: it belongs to the loop that asks
            self._session = self._connect_session()
        body = json.dumps(parameters).encode()
        try:
            async with self._session.post(self._url, data=body) as response:
                raw = await _read_body(response.content)
        except (TimeoutError, aiohttp.ClientConnectorError):
            raise
        except (aiohttp.ClientError, OSError) as exc:
            # Not from it: some of aiohttp's errors name an HTTP status that no server has told.
            raise ConnectionError(f"the model's server: {type(exc).__name__}") from None
        return ServerReply.of_raw(response.status, response.headers, raw)

    def _connect_session(self) -> aiohttp.ClientSession:
        headers = {**self._client.default_headers, **self._client.auth_headers}
        return aiohttp.ClientSession(
            headers={name: value for name, value in headers.items() if isinstance(value, str)},
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._within, sock_read=self._within),
        )

    def _error_of(self, reply: ServerReply) -> APIStatusError:
        request = httpx2.Request("POST", self._url)
        response = httpx2.Response(reply.status, headers=dict(reply.headers), request=request)
        body = reply.body.get("error", reply.body) if isinstance(reply.body, Mapping) else reply.body
        return APIStatusError(f"Error code: {reply.status}", response=response, body=body)


class LeanChat(ChatOpenAI):
    """`ChatOpenAI`, which also answers a plain question on the short road."""

    _road: PlainRoad | None = PrivateAttr(default=None)

    def open_road(self, server: PatientServer, *, within: timedelta) -> PlainRoad | None:
        """Make ready to answer plainly; None where a proxy is set, or messages go to OpenAI's newest API."""
        if not getproxies().keys() & {"http", "https", "all"} and not self._use_responses_api({}):
            self._road = PlainRoad(self.root_async_client, server, within=within)
        return self._road

    async def answer(self, messages: Sequence[BaseMessage]) -> AIMessage:
        """The message that answers these."""
        if self._road is None:
            return await self.ainvoke([*messages])
        completion = await self._road.ask(self._get_request_payload([*messages]))
        generation = self._create_chat_result({**completion}).generations[0]
        message = generation.message
        assert isinstance(message, AIMessage)  # noqa: S101 - a completion's role is the assistant's
        if refusal := completion["choices"][0]["message"].get("refusal"):
            message.additional_kwargs["refusal"] = refusal  # LangChain has it of OpenAI's own objects alone
        message.response_metadata = {**message.response_metadata, **(generation.generation_info or {})}
        return message


async def _read_body(content: aiohttp.StreamReader) -> bytes:
    """The body, unpacked; of one that is larger than any answer the beginning."""
    raw = bytearray()
    async for chunk in content.iter_any():
        raw += chunk
        if len(raw) > LARGEST:
            break
    return bytes(raw)
