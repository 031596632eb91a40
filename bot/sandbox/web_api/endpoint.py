"""`/sandbox/api/{method}`: who asks, which method, which bad luck, and the answer in Slack's form."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.calls import ApiError, Arguments, missing_scope, read_arguments, read_token
from bot.sandbox.deliveries import Sockets
from bot.sandbox.installation import OAuth
from bot.sandbox.web_api.faults import Cut, Fault, Faults, answer_instead
from bot.sandbox.web_api.methods import WorkspaceApi
from bot.sandbox.workspace import Installation

log = logging.getLogger(__name__)


async def _api_test(arguments: Arguments) -> Mapping[str, Any]:
    if error := arguments.optional_text("error"):
        raise ApiError(error, args=dict(arguments.values))
    return {"args": {name: value for name, value in arguments.values.items() if name != "token"}}


@dataclass(frozen=True, kw_only=True, eq=False)
class WebApi:
    """The token says which workspace answers."""

    apis: Sequence[WorkspaceApi]
    sockets: Sockets
    oauth: OAuth
    faults: Faults

    async def api_endpoint(self, request: Request) -> Response:
        name = request.path_params["method"]
        fault = self.faults.take_fault(name)
        if (instead := await answer_instead(fault)) is not None:
            return instead
        try:
            answer = await self._call_method(name, request, fault)
        except ApiError as error:
            answer = _error_response(error)
        except RedisError:
            log.exception("sandbox.storage_failed")
            answer = _json_response({"ok": False, "error": "internal_error"}, status=500)
        return Cut() if fault is not None and fault.kind == "lost_response" else answer

    async def _call_method(self, name: str, request: Request, fault: Fault | None) -> Response:
        arguments = await read_arguments(request)
        match name:
            case "api.test":
                return _json_response({"ok": True, **await _api_test(arguments)})
            case "oauth.v2.access":
                return _json_response({"ok": True, **await self.oauth.exchange_code(request, arguments)})
        token = read_token(request, arguments)
        if name == "apps.connections.open":
            _raise_fault(fault)
            return _json_response({"ok": True, **await self.sockets.make_ticket(arguments, token)})
        api, installation = self._by_token(token)
        if (method := api.methods.get(name)) is None:
            raise ApiError("unknown_method", req_method=name)
        _raise_fault(fault)
        if (needed := missing_scope(name, installation.scopes)) is not None:
            raise ApiError("missing_scope", needed=needed, provided=installation.scopes)
        headers = {"x-oauth-scopes": installation.scopes}
        try:
            return _json_response({"ok": True, **await method(arguments)}, headers=headers)
        except ApiError as error:
            return _error_response(error, headers)

    def _by_token(self, token: str | None) -> tuple[WorkspaceApi, Installation]:
        if not token:
            raise ApiError("not_authed")
        for api in self.apis:
            installation = api.workspace.installation
            if installation is not None and hmac.compare_digest(installation.token.encode(), token.encode()):
                if installation.revoked:
                    raise ApiError("account_inactive")
                return api, installation
        raise ApiError("not_allowed_token_type" if token.startswith("xapp-") else "invalid_auth")


def _raise_fault(fault: Fault | None) -> None:
    match fault:
        case Fault(kind="error"):
            raise ApiError(fault.error)
        case Fault(kind="ratelimited"):
            raise ApiError("ratelimited", retry_after=int(fault.seconds))


def _error_response(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    body = error.as_json()
    if (seconds := body.pop("retry_after", None)) is not None:
        return _json_response(body, status=429, headers={"retry-after": str(seconds), **(headers or {})})
    return _json_response(body, headers=headers)


def _json_response(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    extra = {"cache-control": "no-store", **(headers or {})}
    return JSONResponse(body, status, extra, media_type="application/json; charset=utf-8")
