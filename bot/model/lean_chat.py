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
from typing import Any, Final
from urllib.request import getproxies

import aiohttp
import httpx2
from langchain_core.messages import AIMessage, BaseMessage
from langchain_openai import ChatOpenAI
from multidict import CIMultiDict
from openai import APIStatusError, AsyncOpenAI
from pydantic import PrivateAttr
from yarl import URL

from bot.model.wire.patience import Parameters, PatientServer, ServerReply, read_body

_LONGEST_HEADER: Final = 65_536  # bytes; OpenAI's client takes 100,000 of all together
_MOST_HEADERS: Final = 1_000
_KEPT_OPEN: Final = 5.0  # seconds without a call, as OpenAI's client has it: servers close after as many


class PlainRoad:
    """Posts parameters of chat completions to the server of an OpenAI client, as that client would."""

    def __init__(self, client: AsyncOpenAI, server: PatientServer, *, within: timedelta) -> None:
        base = client.base_url  # its path ends with a slash
        self._url = URL(str(base.copy_with(raw_path=base.raw_path + b"chat/completions")), encoded=True)
        self._client = client
        self._server = server
        self._within = within.total_seconds()
        self._tls: ssl.SSLContext | bool = (
            httpx2.create_ssl_context() if self._url.scheme == "https" else True
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
                raw = await read_body(response.content.iter_any())
        except (TimeoutError, aiohttp.ClientConnectorError):
            raise
        except (aiohttp.ClientError, OSError) as exc:
            # Not from it: some of aiohttp's errors name an HTTP status that no server has told.
            raise ConnectionError(f"the model's server: {type(exc).__name__}") from None
        return ServerReply.of_raw(response.status, response.headers, raw)

    def _connect_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            headers=_headers_of(self._client),
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0, keepalive_timeout=_KEPT_OPEN),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._within, sock_read=self._within),
            max_field_size=_LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
        )

    def _error_of(self, reply: ServerReply) -> APIStatusError:
        request = httpx2.Request("POST", str(self._url))
        response = httpx2.Response(reply.status, headers=dict(reply.headers), request=request)
        body = reply.body.get("error", reply.body) if isinstance(reply.body, Mapping) else reply.body
        return APIStatusError(f"Error code: {reply.status}", response=response, body=body)


class LeanChat(ChatOpenAI):
    """`ChatOpenAI`, which also answers a plain question on the short road."""

    _road: PlainRoad | None = PrivateAttr(default=None)

    def open_road(self, server: PatientServer, *, within: timedelta) -> PlainRoad | None:
        """Make ready to answer plainly; None where a proxy is set, messages go to OpenAI's newest API, or the
        server's address is more than a place.
        """
        url = self.root_async_client.base_url
        is_odd = bool(url.userinfo or url.query or url.fragment or self._use_responses_api({}))
        if not is_odd and not getproxies().keys() & {"http", "https", "all"}:
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


def _headers_of(client: AsyncOpenAI) -> CIMultiDict[str]:
    """All that the client sends with each call; what the environment names takes the place of its own."""
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in (*client.auth_headers.items(), *client.default_headers.items()):
        if isinstance(value, str):
            headers[name] = value
    return headers
