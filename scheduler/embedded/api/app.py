"""QStash's HTTP API as the `qstash` SDK uses it: for this machine alone, and only with the token.

https://upstash.com/docs/qstash/api. URL groups, queues and everything else that is not here are refused in so
many words. Errors are `{"error": "…"}`, as hosted.
"""

from __future__ import annotations

from collections.abc import Iterable

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.api.bearer import BearerOnly
from scheduler.embedded.api.loopback import LoopbackOnly
from scheduler.embedded.storage import RequestRefused


def build_api(routes: Iterable[Route], *, token: str) -> Starlette:
    """The application that answers these routes, and says of everything else that it is not here."""
    app = Starlette(
        routes=[
            *routes,
            Route("/{path:path}", refuse_unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        middleware=[Middleware(LoopbackOnly), Middleware(BearerOnly, token=token)],
        exception_handlers={
            RequestRefused: _answer_refusal,
            HTTPException: _answer_http_error,
            RedisConnectionError: _answer_without_redis,
            RedisTimeoutError: _answer_without_redis,
        },
    )
    # `DELETE /v2/messages/` is a cancellation without an id. It must not become one of everything.
    app.router.redirect_slashes = False
    return app


async def refuse_unknown(request: Request) -> Response:
    """The answer to everything that no route takes."""
    path = request.url.path
    for part, name in (
        ("/v2/topics", "URL groups are"),
        ("/v2/queues", "queues are"),
        ("/v2/enqueue/", "queues are"),
        ("/v2/workflows", "workflows are"),
        ("/llm/", "LLM publishing is"),
    ):
        if part in path:
            raise RequestRefused(f"{name} not supported by the embedded QStash")
    if path.endswith("/"):
        raise RequestRefused("expected an id after the last slash")
    raise RequestRefused("no such operation in the embedded QStash", status=404)


async def _answer_refusal(request: Request, exc: Exception) -> Response:
    status, headers = (exc.status, exc.headers) if isinstance(exc, RequestRefused) else (500, None)
    return JSONResponse({"error": str(exc)}, status_code=status, headers=headers)


async def _answer_http_error(request: Request, exc: Exception) -> Response:
    status, detail = (exc.status_code, exc.detail) if isinstance(exc, HTTPException) else (500, str(exc))
    return JSONResponse({"error": detail}, status_code=status)


async def _answer_without_redis(request: Request, exc: Exception) -> Response:
    error = {"error": "Redis does not answer; try again"}
    return JSONResponse(error, status_code=503, headers={"Retry-After": "1"})
