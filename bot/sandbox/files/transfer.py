"""The bytes of files: in by the address of an upload, out for the bot's token; and both for the page.

A file that people may have made is never served as something that a browser runs.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Route

from bot.sandbox.calls import ApiError, bearer_token, split_scopes
from bot.sandbox.files.uploads import LARGEST, Uploads
from bot.sandbox.workspace import File, Installation, Workspace

_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_PLAYED: Final = ("audio/", "video/")
_HARMLESS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, max-age=3600",
}
_LOGIN: Final = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"
_BINARY: Final = "application/octet-stream"


@dataclass(frozen=True, kw_only=True, eq=False)
class FileSpace:
    """The files of one workspace: what is known of them, the way in, and the bytes."""

    workspace: Workspace
    uploads: Uploads
    read_content: Callable[[str], Awaitable[bytes | None]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Transfer:
    """Endpoints for bytes; which workspace is meant stands in the address."""

    spaces: Sequence[FileSpace]

    def app_routes(self) -> list[BaseRoute]:
        """Those that ask for a token or a secret, relative to /sandbox."""
        return [
            Route("/upload/v1/{team}/{file}/{secret}", self._receive_upload, methods=["POST"]),
            Route("/files-pri/{team}-{file}/{name}", self._serve_private),
            Route("/files-pri/{team}-{file}/download/{name}", self._serve_private),
        ]

    def page_routes(self) -> list[BaseRoute]:
        """Those of the page, relative to /sandbox."""
        return [
            Route("/upload", self._receive_attachment, methods=["POST"]),
            Route("/files/{file}", self._serve_on_page),
        ]

    def _of_team(self, team: str) -> FileSpace | None:
        return next((space for space in self.spaces if space.workspace.team.id == team), None)

    async def file_permalink(self, request: Request) -> Response:
        """The page at the message that first shared the file, or else the file itself."""
        file = request.path_params["file"]
        for space in self.spaces:
            if file in space.workspace.files:
                shares = space.workspace.shares_of(file)
                place = f"/#{shares[0].channel}/{shares[0].ts}" if shares else f"/sandbox/files/{file}"
                return RedirectResponse(place, headers={"cache-control": "no-store"})
        return PlainTextResponse("no such file", 404)

    async def _receive_upload(self, request: Request) -> Response:
        """Takes the bytes that an app sends after files.getUploadURLExternal; the address is the secret."""
        space = self._of_team(request.path_params["team"])
        upload = None
        if space is not None:
            upload = await space.uploads.find_upload(
                request.path_params["file"], request.path_params["secret"]
            )
        if space is None or upload is None:
            return PlainTextResponse("no such upload", 404)
        content = await _read_body(request, most=upload.size)
        if content is None or len(content) != upload.size:
            return PlainTextResponse("expected the bytes that were announced", 400)
        await space.uploads.bring_content(upload, content)
        return PlainTextResponse(f"OK - {len(content)}")

    async def _receive_attachment(self, request: Request) -> Response:
        """Takes the bytes that a person attaches, to be sent with a message."""
        # A page elsewhere can make a browser send forms and text here, but not this.
        if request.headers.get("content-type") != _BINARY:
            return JSONResponse({"ok": False, "error": f"expected {_BINARY}"}, 415)
        user, name = request.query_params.get("user", ""), request.query_params.get("name", "")
        space = next((space for space in self.spaces if user in space.workspace.human_ids()), None)
        if space is None:
            return JSONResponse({"ok": False, "error": "user_not_found"}, 400)
        content = await _read_body(request, most=LARGEST)
        try:
            size = LARGEST + 1 if content is None else len(content)
            upload = await space.uploads.announce_upload(user=user, name=name, size=size)
        except ApiError as error:
            return JSONResponse(error.as_json(), 400)
        await space.uploads.bring_content(upload, content or b"")
        return JSONResponse({"ok": True, "file": upload.id})

    async def _serve_private(self, request: Request) -> Response:
        """Serves `url_private` and its download; without permission, the login page with status 200."""
        space = self._of_team(request.path_params["team"])
        if space is None or not _may_read(space.workspace.installation, bearer_token(request.headers)):
            return HTMLResponse(_LOGIN)
        file = space.workspace.file_for_bot(request.path_params["file"])
        content = await space.read_content(file.id) if file is not None else None
        if file is None or content is None:
            return PlainTextResponse("no such file", 404)
        return Response(content, media_type=file.mime, headers={**_HARMLESS, **_as_download(file)})

    async def _serve_on_page(self, request: Request) -> Response:
        """A file on the page: pictures and recordings as such, all else to be kept."""
        for space in self.spaces:
            file = space.workspace.files.get(request.path_params["file"])
            content = await space.read_content(file.id) if file is not None else None
            if file is not None and content is not None:
                if file.mime in _PICTURES or file.mime.startswith(_PLAYED):
                    return Response(content, media_type=file.mime, headers=_HARMLESS)
                return Response(content, media_type=_BINARY, headers={**_HARMLESS, **_as_download(file)})
        return PlainTextResponse("no such file", 404)


def _may_read(installation: Installation | None, token: str | None) -> bool:
    return (
        installation is not None
        and token is not None
        and hmac.compare_digest(installation.token.encode(), token.encode())
        and not installation.revoked
        and "files:read" in split_scopes(installation.scopes)
    )


async def _read_body(request: Request, *, most: int) -> bytes | None:
    """The body, if it has no more bytes than that."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            return None
    return bytes(content)


def _as_download(file: File) -> dict[str, str]:
    """Under a name that no header can be broken with."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\' else "_"
        for letter in file.name
    )
    return {"content-disposition": f'attachment; filename="{plain}"'}
