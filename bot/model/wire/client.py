"""The HTTP client under OpenAI's: asks once more without what a server refuses, and tidies what it sends.

It imports OpenAI's package, which takes seconds: import it where a model is set up.
"""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from httpx2 import Request, Response
from openai import DefaultAsyncHttpxClient

from bot.model.wire.completion import tidy_body
from bot.model.wire.refusals import refused_parameter, words_of

logger = logging.getLogger(__name__)

_OTHER_NAMES: Final = {"max_completion_tokens": "max_tokens"}
_MAY_GO: Final = frozenset({"max_completion_tokens", "temperature"})
"""Parameters without which an answer is still an answer to the question."""
_LARGEST: Final = 32 * 1024 * 1024  # bytes, unpacked
_OF_THE_BODY: Final = frozenset({"content-encoding", "content-length", "content-type", "transfer-encoding"})


class PatientClient(DefaultAsyncHttpxClient):
    """Sends the questions to one model, and knows the parameters that its server has refused."""

    def __init__(self, *, model: str) -> None:
        super().__init__()
        self._model = model
        self._refused: set[str] = set()

    async def send(self, request: Request, **options: Any) -> Response:
        if not request.url.path.endswith("/chat/completions"):
            return await super().send(request, **options)  # OpenAI's own API for its newest models
        asked = self._without(self._refused, request)
        response = await self._fetch(asked, options)
        left_out: set[str] = set()
        while (name := _refused_in(response, asked)) is not None and name not in left_out:
            logger.warning(
                "model.parameter_refused model=%s parameter=%s status=%d",
                *(self._model, name, response.status_code),
            )
            left_out.add(name)
            asked = self._without(left_out, asked)
            response = await self._fetch(asked, options)
        if response.status_code not in (400, 422):
            self._refused |= left_out
        return response

    async def _fetch(self, request: Request, options: dict[str, Any]) -> Response:
        """The whole response, in OpenAI's form."""
        response = await super().send(request, **{**options, "stream": True})
        try:
            raw = await _read_body(response)
        finally:
            await response.aclose()
        status = response.status_code
        if 200 <= status < 300:
            status, body = tidy_body(raw)
            raw = json.dumps(body).encode()
        headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
        headers["content-type"] = "application/json"
        return Response(status, headers=headers, content=raw, request=request)

    def _without(self, names: set[str], request: Request) -> Request:
        """The request without these parameters, or with the other name that some servers have for them."""
        parameters = _parameters_of(request)
        if not names & parameters.keys():
            return request
        for name in names & parameters.keys():
            value = parameters.pop(name)
            if (other := _OTHER_NAMES.get(name)) is not None:
                parameters[other] = value
        headers = {name: value for name, value in request.headers.items() if name not in _OF_THE_BODY}
        return self.build_request(
            request.method,
            request.url,
            headers=headers,
            json=parameters,
            extensions=request.extensions,
        )


async def _read_body(response: Response) -> bytes:
    """The body, unpacked; of one that is larger than any answer the beginning."""
    raw = bytearray()
    async for chunk in response.aiter_bytes():
        raw += chunk
        if len(raw) > _LARGEST:
            break
    return bytes(raw)


def _refused_in(response: Response, request: Request) -> str | None:
    if response.status_code not in (400, 422):
        return None
    try:
        words = words_of(json.loads(response.content))
    except (ValueError, RecursionError):
        words = response.content[:4_000].decode(errors="replace")
    return refused_parameter(response.status_code, words, _MAY_GO & _parameters_of(request).keys())


def _parameters_of(request: Request) -> dict[str, Any]:
    parameters = json.loads(request.content) if request.content else {}
    return parameters if isinstance(parameters, dict) else {}
