"""All that reads sources, over a real Redis and loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from upstash_redis.asyncio import Redis

from bot.documents import Document, Documents, Media, Patience, Unparsed, open_media
from bot.hearing import Eye, Hearing, Senses, Transcriber
from bot.slack import FoundFile, SharedFile, Slack
from bot.sources import (
    FileReader,
    LinkReader,
    Material,
    Problem,
    ReadingContext,
    Source,
    Unreadable,
    read_sources,
)
from tests.bot.fetch.site import fetching


@dataclass
class Drawer:
    """Shared files by id."""

    files: dict[str, SharedFile | Problem] = field(default_factory=dict)
    captions: dict[str, bytes] = field(default_factory=dict)
    """What Slack has written down, by the file's id."""
    loaded: int = 0

    async def find(self, slack: Slack, file: str) -> FoundFile | Problem:
        shared = self.files.get(file, "gone")
        if not isinstance(shared, SharedFile):
            return shared
        return FoundFile(
            id=file,
            name=shared.name,
            mime=shared.mime,
            permalink=shared.permalink,
            url="",
            size=len(shared.content),
            captions=file if file in self.captions else "",
        )

    async def load(self, slack: Slack, found: FoundFile, *, most: int) -> SharedFile | Problem:
        self.loaded += 1
        shared = self.files[found.id]
        return "too_large" if isinstance(shared, SharedFile) and len(shared.content) > most else shared

    async def load_captions(self, slack: Slack, found: FoundFile) -> bytes | Problem:
        return self.captions[found.captions]


class CountedDocuments(Documents):
    """Knows how many documents it was given."""

    parsed = 0

    async def read_document(
        self, content: bytes, *, mime: str = "", charset: str | None = None, url: str = ""
    ) -> Document | Unparsed:
        self.parsed += 1
        return await super().read_document(content, mime=mime, charset=charset, url=url)


class Held(CountedDocuments):
    """Takes all that comes, and reads nothing before it is let go."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.let_go = asyncio.Event()

    async def read_document(
        self, content: bytes, *, mime: str = "", charset: str | None = None, url: str = ""
    ) -> Document | Unparsed:
        self.parsed += 1
        await self.let_go.wait()
        return Unparsed(problem="no_text")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads as of `now`, an hour back where a source does not say."""

    slack: Slack
    links: LinkReader
    hearing: Hearing
    documents: CountedDocuments
    drawer: Drawer
    now: Callable[[], datetime]
    eye: Eye | None = None

    async def _slack(self) -> Slack:
        return self.slack

    async def read(
        self,
        *sources: Source,
        zone: str = "UTC",
        team: str = "T1",
        since: datetime | None = None,
        directly: bool = False,
    ) -> Material | Unreadable:
        context = self.context(zone=zone, team=team, since=since)
        return await read_sources(
            sources, replace(context, senses=replace(context.senses, directly=directly))
        )

    def context(
        self, *, zone: str = "UTC", team: str = "T1", since: datetime | None = None
    ) -> ReadingContext:
        return ReadingContext(
            slack=self._slack,
            links=self.links,
            files=FileReader(self.documents, shelf=self.drawer),
            senses=Senses(ear=self.hearing.for_run(team), eye=self.eye),
            team=team,
            now=self.now(),
            zone=zone,
            since=since or self.now() - timedelta(hours=1),
        )


def no_senses(redis: Redis, now: Callable[[], datetime]) -> Senses:
    """Where nothing hears or sees."""
    return Senses(ear=Hearing(redis, Media(processes=1, patience=Patience()), None, now=now).for_run("T1"))


@asynccontextmanager
async def open_reader(
    slack: Slack, redis: Redis, *, now: Callable[[], datetime], transcriber: Transcriber | None = None
) -> AsyncIterator[Reader]:
    documents = CountedDocuments(processes=1, patience=Patience())
    async with aclosing(documents), open_media(processes=1) as media, fetching() as fetcher:
        yield Reader(
            slack=slack,
            links=LinkReader(redis, fetcher=fetcher, documents=documents, now=now),
            hearing=Hearing(redis, media, transcriber, now=now),
            documents=documents,
            drawer=Drawer(),
            now=now,
        )
