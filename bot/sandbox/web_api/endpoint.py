"""`/sandbox/api/{method}`: who asks, which method, which bad luck, and the answer in Slack's form."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.web_api.arguments import ApiError, Arguments, bearer, read_arguments
from bot.sandbox.web_api.chat import Chat
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.faults import Cut, Fault, Faults, before
from bot.sandbox.web_api.people import People

log = logging.getLogger(__name__)

Method = Callable[[Arguments], Awaitable[Mapping[str, Any]]]

SCOPES: Final = (
    "app_mentions:read,channels:history,channels:join,channels:manage,channels:read,chat:write,commands,"
    "groups:history,groups:read,groups:write,im:history,im:read,im:write,reactions:write,users:read"
)


async def _api_test(arguments: Arguments) -> Mapping[str, Any]:
    if error := arguments.text("error"):
        raise ApiError(error, args=dict(arguments.values))
    return {"args": {name: value for name, value in arguments.values.items() if name != "token"}}


class WebApi:
    """The methods this workspace has; all others are `unknown_method`."""

    def __init__(
        self, *, bot_token: str, chat: Chat, conversations: Conversations, people: People, faults: Faults
    ) -> None:
        self._bot_token = bot_token
        self._faults = faults
        self._open: dict[str, Method] = {"api.test": _api_test}
        self._methods: dict[str, Method] = {
            "auth.test": people.auth_test,
            "chat.delete": chat.delete,
            "chat.getPermalink": chat.get_permalink,
            "chat.postEphemeral": chat.post_ephemeral,
            "chat.postMessage": chat.post_message,
            "chat.update": chat.update,
            "conversations.archive": conversations.archive,
            "conversations.history": conversations.history,
            "conversations.info": conversations.info,
            "conversations.invite": conversations.invite,
            "conversations.join": conversations.join,
            "conversations.leave": conversations.leave,
            "conversations.list": conversations.list,
            "conversations.members": conversations.members,
            "conversations.open": conversations.open,
            "conversations.replies": conversations.replies,
            "reactions.add": people.add_reaction,
            "users.conversations": conversations.users_conversations,
            "users.info": people.info,
            "users.list": people.list,
        }

    async def endpoint(self, request: Request) -> Response:
        name = request.path_params["method"]
        fault = self._faults.take(name)
        if (instead := await before(fault)) is not None:
            return instead
        try:
            answer = _answer({"ok": True, **await self._call(name, request, fault)})
        except ApiError as error:
            answer = _refusal(error)
        except RedisError:
            log.exception("sandbox.storage_failed")
            answer = _answer({"ok": False, "error": "internal_error"}, status=500)
        return Cut() if fault is not None and fault.kind == "lost_response" else answer

    async def _call(self, name: str, request: Request, fault: Fault | None) -> Mapping[str, Any]:
        arguments = await read_arguments(request)
        if (method := self._open.get(name)) is not None:
            return await method(arguments)
        if not (token := bearer(request, arguments)):
            raise ApiError("not_authed")
        if not hmac.compare_digest(token.encode(), self._bot_token.encode()):
            raise ApiError("invalid_auth")
        if (method := self._methods.get(name)) is None:
            raise ApiError("unknown_method", req_method=name)
        match fault:
            case Fault(kind="error"):
                raise ApiError(fault.error)
            case Fault(kind="ratelimited"):
                raise ApiError("ratelimited", retry_after=int(fault.seconds))
        return await method(arguments)


def _refusal(error: ApiError) -> Response:
    body = error.body()
    if (seconds := body.pop("retry_after", None)) is not None:
        return _answer(body, status=429, headers={"retry-after": str(seconds)})
    return _answer(body)


def _answer(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    extra = {"x-oauth-scopes": SCOPES, "cache-control": "no-store", **(headers or {})}
    return JSONResponse(body, status, extra, media_type="application/json; charset=utf-8")
