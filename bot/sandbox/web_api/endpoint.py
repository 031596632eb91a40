"""`/sandbox/api/{method}`: who asks, which method, which bad luck, and the answer in Slack's form."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.calls.api_error import ApiError
from bot.sandbox.calls.arguments import Arguments, bearer, read_arguments
from bot.sandbox.calls.scopes import missing
from bot.sandbox.deliveries.sockets import Sockets
from bot.sandbox.installation.oauth import OAuth
from bot.sandbox.tenant import Tenant
from bot.sandbox.web_api.faults import Cut, Fault, Faults, before
from bot.sandbox.workspace.records import Installation

log = logging.getLogger(__name__)

Method = Callable[[Arguments], Awaitable[Mapping[str, Any]]]
Finder = Callable[[Tenant], Method]

METHODS: Final[Mapping[str, Finder]] = {
    "auth.test": lambda tenant: tenant.people.auth_test,
    "chat.delete": lambda tenant: tenant.chat.delete,
    "chat.getPermalink": lambda tenant: tenant.chat.get_permalink,
    "chat.postEphemeral": lambda tenant: tenant.chat.post_ephemeral,
    "chat.postMessage": lambda tenant: tenant.chat.post_message,
    "chat.update": lambda tenant: tenant.chat.update,
    "conversations.archive": lambda tenant: tenant.conversations.archive,
    "conversations.history": lambda tenant: tenant.conversations.history,
    "conversations.info": lambda tenant: tenant.conversations.info,
    "conversations.invite": lambda tenant: tenant.conversations.invite,
    "conversations.join": lambda tenant: tenant.conversations.join,
    "conversations.leave": lambda tenant: tenant.conversations.leave,
    "conversations.list": lambda tenant: tenant.conversations.list,
    "conversations.members": lambda tenant: tenant.conversations.members,
    "conversations.open": lambda tenant: tenant.conversations.open,
    "conversations.replies": lambda tenant: tenant.conversations.replies,
    "files.completeUploadExternal": lambda tenant: tenant.files.complete_upload,
    "files.getUploadURLExternal": lambda tenant: tenant.files.get_upload_url,
    "files.info": lambda tenant: tenant.files.info,
    "reactions.add": lambda tenant: tenant.people.add_reaction,
    "usergroups.list": lambda tenant: tenant.people.groups,
    "usergroups.users.list": lambda tenant: tenant.people.group_users,
    "users.conversations": lambda tenant: tenant.conversations.users_conversations,
    "users.info": lambda tenant: tenant.people.info,
    "users.list": lambda tenant: tenant.people.list,
    "views.open": lambda tenant: tenant.views.open,
    "views.publish": lambda tenant: tenant.views.publish,
    "views.push": lambda tenant: tenant.views.push,
    "views.update": lambda tenant: tenant.views.update,
}
"""What a bot's token can do in its workspace; all others are `unknown_method`."""


async def _api_test(arguments: Arguments) -> Mapping[str, Any]:
    if error := arguments.text("error"):
        raise ApiError(error, args=dict(arguments.values))
    return {"args": {name: value for name, value in arguments.values.items() if name != "token"}}


class WebApi:
    """The token says which workspace answers."""

    def __init__(self, tenants: Sequence[Tenant], *, sockets: Sockets, oauth: OAuth, faults: Faults) -> None:
        self._tenants = tenants
        self._sockets = sockets
        self._oauth = oauth
        self._faults = faults

    async def endpoint(self, request: Request) -> Response:
        name = request.path_params["method"]
        fault = self._faults.take(name)
        if (instead := await before(fault)) is not None:
            return instead
        try:
            answer = await self._call(name, request, fault)
        except ApiError as error:
            answer = _refusal(error)
        except RedisError:
            log.exception("sandbox.storage_failed")
            answer = _answer({"ok": False, "error": "internal_error"}, status=500)
        return Cut() if fault is not None and fault.kind == "lost_response" else answer

    async def _call(self, name: str, request: Request, fault: Fault | None) -> Response:
        arguments = await read_arguments(request)
        match name:
            case "api.test":
                return _answer({"ok": True, **await _api_test(arguments)})
            case "oauth.v2.access":
                return _answer({"ok": True, **await self._oauth.access(request, arguments)})
        token = bearer(request, arguments)
        if name == "apps.connections.open":
            _meet(fault)
            return _answer({"ok": True, **await self._sockets.open(arguments, token)})
        tenant, installation = self._by_token(token)
        if (find := METHODS.get(name)) is None:
            raise ApiError("unknown_method", req_method=name)
        _meet(fault)
        if (needed := missing(name, installation.scopes)) is not None:
            raise ApiError("missing_scope", needed=needed, provided=installation.scopes)
        headers = {"x-oauth-scopes": installation.scopes}
        try:
            return _answer({"ok": True, **await find(tenant)(arguments)}, headers=headers)
        except ApiError as error:
            return _refusal(error, headers)

    def _by_token(self, token: str | None) -> tuple[Tenant, Installation]:
        if not token:
            raise ApiError("not_authed")
        for tenant in self._tenants:
            installation = tenant.workspace.installation
            if installation is not None and hmac.compare_digest(installation.token.encode(), token.encode()):
                if installation.revoked:
                    raise ApiError("account_inactive")
                return tenant, installation
        raise ApiError("not_allowed_token_type" if token.startswith("xapp-") else "invalid_auth")


def _meet(fault: Fault | None) -> None:
    match fault:
        case Fault(kind="error"):
            raise ApiError(fault.error)
        case Fault(kind="ratelimited"):
            raise ApiError("ratelimited", retry_after=int(fault.seconds))


def _refusal(error: ApiError, headers: Mapping[str, str] | None = None) -> Response:
    body = error.body()
    if (seconds := body.pop("retry_after", None)) is not None:
        return _answer(body, status=429, headers={"retry-after": str(seconds), **(headers or {})})
    return _answer(body, headers=headers)


def _answer(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    extra = {"cache-control": "no-store", **(headers or {})}
    return JSONResponse(body, status, extra, media_type="application/json; charset=utf-8")
