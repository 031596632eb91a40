"""Hears one recording in a process that a test kills; takes a file, a socket, a URL and a moment."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

from bot.documents import open_media, signature_of
from bot.hearing import Hearing, RemoteTranscriber, TranscriberSettings
from bot.storage.client import socket_redis


async def hear_content(content: bytes, socket: str, url: str, moment: str) -> None:
    signature = signature_of(content)
    assert signature is not None
    settings = TranscriberSettings(name="server:whisper-1", base_url=url)
    async with (
        socket_redis(f"unix://{socket}") as redis,
        open_media(processes=1) as media,
        aclosing(RemoteTranscriber(settings)) as remote,
    ):
        hearing = Hearing(redis, media, remote, now=lambda: datetime.fromisoformat(moment))
        await hearing.for_run("T1").hear(content, signature)


if __name__ == "__main__":
    file, *others = sys.argv[1:]
    asyncio.run(hear_content(Path(file).read_bytes(), *others))
