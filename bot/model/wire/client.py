"""The HTTP client under OpenAI's, for answers of a shape, OpenAI's newest API, and proxies.

It stays on HTTPX2: with aiohttp under it, OpenAI's client reports a server that hangs up as a connection that
never came about, and such a call would not be counted. Importing this imports OpenAI's package, which takes
seconds: import it where a model is set up.
"""

from __future__ import annotations

import json
from typing import Any, Final

from httpx2 import Request, Response
from openai import DefaultAsyncHttpxClient

from bot.model.wire.patience import Parameters, PatientServer, ServerReply, read_body

_OF_THE_BODY: Final = frozenset({"content-length", "content-type", "transfer-encoding"})


class PatientClient(DefaultAsyncHttpxClient):
    """Sends questions to one model's server, with patience, and tidies what it answers."""

    def __init__(self, server: PatientServer) -> None:
        super().__init__()
        self._server = server

    async def send(self, request: Request, **options: Any) -> Response:
        if not request.url.path.endswith("/chat/completions"):
            return await super().send(request, **options)  # OpenAI's own API for its newest models
        given = _parameters_of(request)

        async def send_request(parameters: Parameters) -> ServerReply:
            asked = request if parameters is given else self._with_parameters(request, parameters)
            return await self._fetch_reply(asked, options)

        reply = await self._server.ask_patiently(given, send_request)
        content = reply.body.encode() if isinstance(reply.body, str) else json.dumps(reply.body).encode()
        headers = {**reply.headers, "content-type": "application/json"}
        return Response(reply.status, headers=headers, content=content, request=request)

    async def _fetch_reply(self, request: Request, options: dict[str, Any]) -> ServerReply:
        response = await super().send(request, **{**options, "stream": True})
        try:
            raw = await read_body(response.aiter_bytes())
        finally:
            await response.aclose()
        return ServerReply.of_raw(response.status_code, response.headers, raw)

    def _with_parameters(self, request: Request, parameters: Parameters) -> Request:
        headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_BODY}
        return self.build_request(
            request.method,
            request.url,
            headers=headers,
            json=parameters,
            extensions=request.extensions,
        )


def _parameters_of(request: Request) -> Parameters:
    parameters = json.loads(request.content) if request.content else {}
    return parameters if isinstance(parameters, dict) else {}
