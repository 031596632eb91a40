"""Files on their way in: announced, then brought, then completed, as Slack's external uploads go.

docs.slack.dev/reference/methods/files.getUploadURLExternal
"""

from __future__ import annotations

import hmac
import mimetypes
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from bot.sandbox.calls import ApiError, api_error
from bot.sandbox.workspace import File, FileKept, Journal, Live, Workspace

LARGEST: Final = 10_000_000
"""Bytes of one file; Slack takes a gigabyte, a sandbox keeps all of them in its Redis."""
LONGEST_ALT: Final = 1_000
LONGEST_NAME: Final = 255
LIFETIME: Final = timedelta(hours=1)
PROCESSING: Final = timedelta(milliseconds=300)
"""From an app's upload to a file with a type, which a block can show; Slack's own takes about as long."""

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_TYPES: Final = mimetypes.MimeTypes()  # the same everywhere: without the machine's own tables
for _kind, _ending in (  # which older Pythons do not know, or by other names
    ("audio/aac", ".aac"),
    ("audio/flac", ".flac"),
    ("audio/mp4", ".m4a"),
    ("audio/ogg", ".oga"),
    ("audio/ogg", ".ogg"),
    ("audio/ogg", ".opus"),
    ("audio/wav", ".wav"),
    ("video/webm", ".webm"),
):
    _TYPES.add_type(_kind, _ending)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that is announced; who knows its `secret` may bring it."""

    id: str
    secret: str
    user: str
    name: str
    size: int
    alt: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Uploads:
    """Takes files in, for the app and for people."""

    live: Live
    journal: Journal
    workspace: Workspace

    async def announce_upload(self, *, user: str, name: str, size: int, alt: str = "") -> Upload:
        """Refuses what could not be kept."""
        if not name or len(name) > LONGEST_NAME:
            raise ApiError("invalid_arguments")
        if size > LARGEST:
            raise ApiError("file_upload_size_restricted")
        check_alt(alt)
        upload = Upload(
            id=f"F{secrets.token_hex(5).upper()}",
            secret=secrets.token_urlsafe(24),
            user=user,
            name=name,
            size=size,
            alt=alt,
        )
        await self.journal.keep_upload(upload.id, asdict(upload), LIFETIME)
        return upload

    async def find_upload(self, file: str, secret: str) -> Upload | None:
        """The upload that was announced under this address."""
        record = await self.journal.find_upload(file)
        if record is None or not hmac.compare_digest(record["secret"].encode(), secret.encode()):
            return None
        return Upload(**record)

    async def bring_content(self, upload: Upload, content: bytes) -> None:
        await self.journal.keep_uploaded(upload.id, content, LIFETIME)

    async def complete_uploads(
        self, user: str, titles: Mapping[str, str], *, alts: Mapping[str, str] | None = None
    ) -> list[File]:
        """Keeps the files that `user` brought, under these titles; all of them or none."""
        for alt in (alts or {}).values():
            check_alt(alt)
        kept = [
            await self._complete_upload(user, file, title, (alts or {}).get(file))
            for file, title in titles.items()
        ]
        await self.live.commit(*kept)
        for change in kept:
            await self.journal.forget_upload(change.file.id)
        return [change.file for change in kept]

    async def _complete_upload(self, user: str, file: str, title: str, alt: str | None) -> FileKept:
        record = await self.journal.find_upload(file)
        content = await self.journal.read_upload(file)
        if record is None or content is None or record["user"] != user:
            raise ApiError("file_not_found")
        now = self.live.now()
        # A person's client waits for it before it sends the message.
        ready = now + PROCESSING if user == self.workspace.bot else now
        return FileKept(
            File(
                id=file,
                name=record["name"],
                title=title or record["name"],
                mime=mime_of(record["name"], content),
                size=len(content),
                user=user,
                created=now.timestamp(),
                ready=ready.timestamp(),
                alt=record["alt"] if alt is None else alt,
            ),
            content,
        )


def texts_by_file(given: Any, name: str) -> dict[str, str]:
    """The files that a call lists, each with its text of this name, which may be empty."""
    match given:
        case list() if all(
            isinstance(file, dict) and isinstance(file.get("id"), str) and isinstance(file.get(name, ""), str)
            for file in given
        ):
            return {file["id"]: file.get(name, "") for file in given}
    raise api_error("invalid_arguments", "files: expected objects with an id")


def check_alt(alt: str) -> None:
    if len(alt) > LONGEST_ALT:
        raise ApiError("alt_txt_too_large")


def mime_of(name: str, content: bytes) -> str:
    """The type of a file: a picture's from its content, any other from its name."""
    for signature, mime in _SIGNATURES:
        if content.startswith(signature):
            return mime
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    guessed = _TYPES.guess_type(name)[0] or ""
    if guessed and not guessed.startswith("image/"):
        return guessed
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return guessed if guessed == "image/svg+xml" else "text/plain"
