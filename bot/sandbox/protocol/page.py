"""The page's protocol: what a person sees and does here, as plain JSON; who asks says in which workspace."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.sandbox.calls import ApiError, Arguments, read_arguments
from bot.sandbox.protocol import actions, administration
from bot.sandbox.protocol.other_apps import post_as_other
from bot.sandbox.protocol.page_site import PageSite
from bot.sandbox.web_api import Faults, read_fault

_FILES: Final = Path(__file__).parent.parent / "page"
_FRESH: Final = {"cache-control": "no-store"}
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

Action = Callable[[PageSite, Arguments], Awaitable[Mapping[str, Any]]]

ACTIONS: Final[Mapping[str, Action]] = {
    "send": actions.send_line,
    "act": actions.use_element,
    "suggest": actions.ask_options,
    "submit": actions.submit_modal,
    "close": actions.close_modal,
    "shortcut": actions.use_shortcut,
    "home": actions.open_tab,
    "context": actions.change_context,
    "channels": administration.create_channel,
    "rename": administration.rename_channel,
    "archive": administration.archive_channel,
    "convert": administration.convert_channel,
    "share": administration.share_channel,
    "guest": administration.set_guest,
    "invite": administration.invite_bot,
    "remove": administration.remove_bot,
    "join": administration.join_channel,
    "leave": administration.leave_channel,
    "deactivate": administration.deactivate_person,
    "uninstall": administration.uninstall_app,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """Serves the page and does what is clicked and typed on it."""

    sites: Sequence[PageSite]
    faults: Faults

    def routes(self) -> list[BaseRoute]:
        """Relative to /sandbox."""
        return [
            Route("/state", self._serve_state),
            Route("/stream", self._serve_stream),
            *(
                Route(f"/{name}", self._by_person(action), methods=["POST"])
                for name, action in ACTIONS.items()
            ),
            Route("/events", _post_endpoint(self._send_event), methods=["POST"]),
            Route("/messages", _post_endpoint(self._post_as_other), methods=["POST"]),
            Route("/faults", _post_endpoint(self._add_fault), methods=["POST"]),
            Route("/{name}", _serve_asset),
        ]

    async def serve_page(self, request: Request) -> Response:
        return FileResponse(_FILES / "page.html", headers=_FRESH)

    async def message_permalink(self, request: Request) -> Response:
        """Opens the page at a message, as `chat.getPermalink` links to it."""
        channel, ts = request.path_params["channel"], request.path_params["ts"]
        known = any(channel in site.workspace.channels for site in self.sites)
        if not known or not re.fullmatch(r"p\d{16}", ts):
            return Response("no such message", 404)
        return RedirectResponse(f"/#{channel}/{ts[1:11]}.{ts[11:]}", headers=_FRESH)

    def _site_of(self, user: str | None) -> PageSite | None:
        return next((site for site in self.sites if site.has_person(user)), None)

    async def _serve_state(self, request: Request) -> Response:
        asked_for = request.query_params.get("user")
        found = self._site_of(asked_for)
        site = found or self.sites[0]
        me = asked_for if found is not None and asked_for else site.workspace.human_ids()[0]
        teams = [
            {
                "id": workspace.team.id,
                "name": workspace.team.name,
                "user": workspace.human_ids()[0],
                "installed": workspace.has_app,
            }
            for workspace in (other.workspace for other in self.sites)
        ]
        state = {"version": site.streams.version, "teams": teams, **site.state_for(me)}
        return JSONResponse(state, headers=_FRESH)

    async def _serve_stream(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        if (site := self._site_of(user)) is None:
            return JSONResponse({"ok": False, "error": "user_not_found"}, 400)
        stream = site.streams.listen_as(user)
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"cache-control": "no-cache"}
        )

    def _by_person(self, action: Action) -> Callable[[Request], Awaitable[Response]]:
        async def act_for_person(arguments: Arguments) -> Mapping[str, Any]:
            if (site := self._site_of(arguments.required_text("user"))) is None:
                raise ApiError("user_not_found")
            return await action(site, arguments)

        return _post_endpoint(act_for_person)

    async def _send_event(self, arguments: Arguments) -> Mapping[str, Any]:
        """For tests, as is `/messages`; in the first workspace unless another team is named."""
        return await actions.send_event(self._named_site(arguments), arguments)

    async def _post_as_other(self, arguments: Arguments) -> Mapping[str, Any]:
        """A message of another app, or one that a person forwards."""
        return await post_as_other(self._named_site(arguments), arguments)

    def _named_site(self, arguments: Arguments) -> PageSite:
        team = arguments.optional_text("team")
        named = (site for site in self.sites if site.workspace.team.id == team)
        return next(named, self.sites[0])

    async def _add_fault(self, arguments: Arguments) -> Mapping[str, Any]:
        self.faults.add(read_fault(arguments))
        return {}


def _post_endpoint(
    action: Callable[[Arguments], Awaitable[Mapping[str, Any]]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer_post(request: Request) -> Response:
        # A page elsewhere can make a browser send forms and text here, but not JSON.
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"ok": False, "error": "expected application/json"}, 415)
        try:
            return JSONResponse({"ok": True, **await action(await read_arguments(request))}, headers=_FRESH)
        except ApiError as error:
            return JSONResponse(error.as_json(), 400, headers=_FRESH)

    return answer_post


async def _serve_asset(request: Request) -> Response:
    path = _FILES / request.path_params["name"]
    kind = _TYPES.get(path.suffix)
    if kind is None or path.parent != _FILES or not path.is_file():
        return Response("not found", 404)
    return FileResponse(path, media_type=kind, headers=_FRESH)
