"""The page's protocol: what a person sees and does here, as plain JSON."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.sandbox import seen
from bot.sandbox.clicks import Clicks
from bot.sandbox.deliver import Failed
from bot.sandbox.events import Events
from bot.sandbox.live import Live
from bot.sandbox.stream import Streams
from bot.sandbox.typed import Typed, read_line
from bot.sandbox.web_api.arguments import ApiError, Arguments, read_arguments, refused
from bot.sandbox.web_api.conversations import Conversations
from bot.sandbox.web_api.faults import Faults, read_fault
from bot.sandbox.workspace import BOT_USER, Channel, ChannelChanged, Workspace

_HERE: Final = Path(__file__).parent / "page"
_FRESH: Final = {"cache-control": "no-store"}
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

Action = Callable[[Arguments], Awaitable[Mapping[str, Any]]]


class Page:
    """Serves the page and does what is clicked and typed on it."""

    def __init__(
        self,
        *,
        live: Live,
        typed: Typed,
        clicks: Clicks,
        conversations: Conversations,
        events: Events,
        faults: Faults,
        streams: Streams,
        own_url: str,
    ) -> None:
        self._live = live
        self._typed = typed
        self._clicks = clicks
        self._conversations = conversations
        self._events = events
        self._faults = faults
        self._streams = streams
        self._own_url = own_url

    def routes(self) -> list[BaseRoute]:
        """Relative to /sandbox."""
        actions: dict[str, Action] = {
            "/send": self._send,
            "/act": self._act,
            "/channels": self._create,
            "/invite": self._invite,
            "/archive": self._archive,
            "/events": self._event,
            "/faults": self._fault,
        }
        return [
            Route("/state", self._state),
            Route("/stream", self._stream),
            *(Route(path, _endpoint(action), methods=["POST"]) for path, action in actions.items()),
            Route("/{name}", _asset),
        ]

    async def home(self, request: Request) -> Response:
        return FileResponse(_HERE / "page.html", headers=_FRESH)

    async def permalink(self, request: Request) -> Response:
        """Where `chat.getPermalink` points: the page, opened at that message."""
        channel, ts = request.path_params["channel"], request.path_params["ts"]
        if channel not in self._live.workspace.channels or not re.fullmatch(r"p\d{16}", ts):
            return Response("no such message", 404)
        return RedirectResponse(f"/#{channel}/{ts[1:11]}.{ts[11:]}", headers=_FRESH)

    async def _state(self, request: Request) -> Response:
        user = request.query_params.get("user")
        state = seen.state(self._live.workspace, user, self._typed.commands.values(), self._own_url)
        return JSONResponse({"version": self._streams.version, **state}, headers=_FRESH)

    async def _stream(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        if user not in {human.id for human in self._live.workspace.humans()}:
            return JSONResponse({"ok": False, "error": "user_not_found"}, 400)
        return StreamingResponse(
            self._streams.listen(user), media_type="text/event-stream", headers={"cache-control": "no-cache"}
        )

    async def _send(self, arguments: Arguments) -> Mapping[str, Any]:
        line = read_line(
            self._live.workspace,
            arguments.required("user"),
            arguments.required("channel"),
            arguments.text("text") or "",
            arguments.text("thread_ts"),
        )
        ts = await self._typed.say(line)
        return {} if ts is None else {"ts": ts}

    async def _act(self, arguments: Arguments) -> Mapping[str, Any]:
        outcome = await self._clicks.click(
            user=arguments.required("user"),
            channel=arguments.required("channel"),
            ts=arguments.required("message_ts"),
            block_id=arguments.required("block_id"),
            action_id=arguments.required("action_id"),
            selected=arguments.values.get("selected"),
        )
        return {"ok": False, "error": outcome.error} if isinstance(outcome, Failed) else {}

    async def _create(self, arguments: Arguments) -> Mapping[str, Any]:
        user, name = arguments.required("user"), arguments.required("name").strip().removeprefix("#")
        if not re.fullmatch(r"[\w-]{1,80}", name) or name != name.lower():
            raise ApiError("invalid_name")
        private = arguments.flag("is_private")
        humans = [human.id for human in self._live.workspace.humans()]
        if user not in humans:
            raise ApiError("user_not_found")
        created = Channel(
            id=f"C{secrets.token_hex(5).upper()}",
            name=name,
            created=int(self._live.now().timestamp()),
            creator=user,
            members=(user,) if private else (user, *(each for each in humans if each != user)),
            is_private=private,
        )

        def decide(workspace: Workspace) -> list[ChannelChanged]:
            if workspace.named(name) is not None:
                raise ApiError("name_taken")
            return [ChannelChanged(created)]

        await self._live.change(decide)
        return {"channel": seen.channel_view(created, user)}

    async def _invite(self, arguments: Arguments) -> Mapping[str, Any]:
        channel = self._shared(arguments)
        if channel.is_archived:
            raise ApiError("is_archived")
        await self._conversations.enter(channel.id, BOT_USER)
        return {}

    async def _archive(self, arguments: Arguments) -> Mapping[str, Any]:
        channel = self._shared(arguments)
        await self._conversations.set_archived(channel.id, archived=arguments.flag("archived", True))
        return {}

    def _shared(self, arguments: Arguments) -> Channel:
        """A channel this person is in and may change."""
        user, named = arguments.required("user"), arguments.required("channel")
        channel = self._live.workspace.channels.get(named)
        if channel is None or not channel.visible_to(user) or channel.is_im:
            raise ApiError("channel_not_found")
        if user not in channel:
            raise ApiError("not_in_channel")
        return channel

    async def _event(self, arguments: Arguments) -> Mapping[str, Any]:
        event = arguments.values.get("event")
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise refused("invalid_arguments", "event: expected an object with a type")
        outcome = await self._events.send(event)
        return {"ok": False, "error": outcome.reason} if isinstance(outcome, Failed) else {}

    async def _fault(self, arguments: Arguments) -> Mapping[str, Any]:
        self._faults.add(read_fault(arguments))
        return {}


def _endpoint(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        # A page elsewhere can make a browser send forms and text here, but not JSON.
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"ok": False, "error": "expected application/json"}, 415)
        try:
            return JSONResponse({"ok": True, **await action(await read_arguments(request))}, headers=_FRESH)
        except ApiError as error:
            return JSONResponse(error.body(), 400, headers=_FRESH)

    return endpoint


async def _asset(request: Request) -> Response:
    path = _HERE / request.path_params["name"]
    kind = _TYPES.get(path.suffix)
    if kind is None or path.parent != _HERE or not path.is_file():
        return Response("not found", 404)
    return FileResponse(path, media_type=kind, headers=_FRESH)
