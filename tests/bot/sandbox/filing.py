"""Acts with files: bring them as the app, attach them as a person, and ask for their bytes."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from typing import Any

from tests.bot.sandbox.town import ADA, TOKEN, Town


def png(side: int = 1) -> bytes:
    """A white square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)

    header = side.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress((b"\0" + b"\xff" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture(file: str, **named: str) -> dict[str, Any]:
    return {"type": "image", "slack_file": named or {"id": file}, "alt_text": "a chart"}


async def upload(town: Town, content: bytes = png(), name: str = "chart.png", alt: str = "A chart") -> str:
    """As an app does it."""
    ticket = await town.slack.files_getUploadURLExternal(filename=name, length=len(content), alt_txt=alt)
    async with town.http.post(ticket["upload_url"], data=content) as answer:
        assert (answer.status, await answer.text()) == (200, f"OK - {len(content)}")
    file: str = ticket["file_id"]
    done = await town.slack.files_completeUploadExternal(files=[{"id": file, "title": "The chart"}])
    assert done["files"] == [{"id": file, "title": "The chart"}]
    return file


async def attach(
    town: Town, content: bytes = b"a,b\n1,2\n", name: str = "table.csv", user: str = ADA
) -> dict[str, Any]:
    """As the page does it, up to the message."""
    async with town.http.post(
        f"{town.url}/sandbox/upload",
        params={"user": user, "name": name},
        data=io.BytesIO(content),
        headers={"content-type": "application/octet-stream"},
    ) as answer:
        told: dict[str, Any] = await answer.json()
        return {**told, "status": answer.status}


async def share(town: Town, content: bytes = b"a,b\n1,2\n", name: str = "table.csv", **message: Any) -> str:
    """A person's message with a file; the file's id."""
    attached = await attach(town, content, name, user=message.get("user", ADA))
    sent = await town.type(
        message.pop("text", "look"),
        files=[{"id": attached["file"], "alt": message.pop("alt", "")}],
        **message,
    )
    assert sent["ok"], sent
    file: str = attached["file"]
    return file


async def get(town: Town, url: str, token: str | None = TOKEN) -> tuple[int, Mapping[str, str], bytes]:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    async with town.http.get(url, headers=headers, allow_redirects=False) as answer:
        return (
            answer.status,
            {name.lower(): value for name, value in answer.headers.items()},
            await answer.read(),
        )
