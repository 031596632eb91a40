"""Pictures and scans that are made for a test, and a reader whose model may take pictures."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pypdf
import pytest
import pytest_asyncio
from PIL import Image

from bot.answers import AnswerCache, Answers, Eye, Freshness, Questions
from bot.budget import Caps, Limit, Prices, Purse, Rate, TeamMeter
from bot.documents import Media, open_media
from bot.model import Models, ModelSettings
from bot.model.chat import ChatModel
from bot.replies import source_credit
from bot.slack import SharedFile
from bot.sources import File, Link, Material, Problem, Unreadable
from bot.storage.client import CountedRedis
from scheduler import Job
from tests.bot.documents.making import pdf
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader
from tests.stand_ins.openai import OpenAI, openai

LINK = "https://acme.slack.com/files/U0ADA000001/F0FILE00001/chart.png"
FILE = File(file="F0FILE00001")


def drawn(
    form: str = "PNG", *, size: tuple[int, int] = (40, 30), frames: int = 1, mode: str = "RGB"
) -> bytes:
    target = io.BytesIO()
    shown = [Image.new(mode, size, number) for number in range(frames)]
    moving = {"save_all": True, "append_images": shown[1:], "duration": 100} if frames > 1 else {}
    shown[0].save(target, form, **moving)
    return target.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is so large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def scanned(pages: int, *, words: str = "", end: str = "", size: tuple[int, int] = (60, 80)) -> bytes:
    """A PDF of so many pages that are pictures, between pages of `words` and of their `end`, if any."""
    first, *others = (Image.new("RGB", size, (40 * number, 0, 0)) for number in range(pages))
    target = io.BytesIO()
    first.save(target, "PDF", save_all=True, append_images=others)
    if not words:
        return target.getvalue()
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(pdf(words)))
    writer.append(target)
    if end:
        writer.append(io.BytesIO(pdf(end)))
    joined = io.BytesIO()
    writer.write(joined)
    return joined.getvalue()


@pytest_asyncio.fixture
async def media() -> AsyncIterator[Media]:
    async with open_media(processes=1) as opened:
        yield opened


@pytest_asyncio.fixture
async def server() -> AsyncIterator[OpenAI]:
    async with openai() as opened:
        yield opened


Found = TypeVar("Found")


class Seeing:
    """A reader whose model may take pictures."""

    def __init__(
        self, reader: Reader, redis: CountedRedis, server: OpenAI, clock: Clock, media: Media
    ) -> None:
        self.reader, self.redis, self.server, self.clock, self.media = reader, redis, server, clock, media
        self.counted: list[str] = []
        self.rate = Rate(calls=1_000, window=timedelta(seconds=1))

    async def read(
        self,
        *sources: File | Link,
        pictures: bool | None = True,
        caps: Caps | None = None,
        directly: bool = False,
    ) -> Material | Unreadable:
        return await self.seeing_with(
            lambda reader: reader.read(*sources, directly=directly), pictures=pictures, caps=caps
        )

    async def seeing_with(
        self,
        act: Callable[[Reader], Awaitable[Found]],
        *,
        pictures: bool | None = True,
        caps: Caps | None = None,
    ) -> Found:
        settings = ModelSettings(name="openai:gpt-5.4-mini", base_url=self.server.url, pictures=pictures)
        models = Models(ChatModel(settings))
        prices = Prices.parse("openai:gpt-5.4-mini=0.25/2")
        limit = Limit(self.redis, overall=self.rate, per_team=self.rate)
        purse = Purse(self.redis, prices=prices, caps=caps or Caps(), now=self.clock)
        answers = Answers(
            AnswerCache(redis=self.redis),
            models,
            meter=lambda question: TeamMeter(limit, purse, team=question.team, warned=lambda _: None),
            now=self.clock,
        )
        questions = Questions(models=models, freshness=Freshness(), now=self.clock)
        job = Job(query="What does it show?", sources=({"type": "file", "file": FILE.file},))
        question = replace(questions.of_job(job, slot=None), team="T1")
        async with aclosing(models), aclosing(answers):
            eye = Eye(
                answers=answers,
                questions=questions,
                question=question,
                media=self.media,
                count=self.counted.append,
            )
            found = await act(replace(self.reader, eye=eye))
            self.cost = eye.cost
            return found


@pytest.fixture
def seeing(reader: Reader, redis: CountedRedis, server: OpenAI, clock: Clock, media: Media) -> Seeing:
    return Seeing(reader, redis, server, clock, media)


def shared(content: bytes, *, name: str = "chart.png") -> SharedFile:
    return SharedFile(name=name, mime="image/png", content=content, permalink=LINK)


async def problem_of(seeing: Seeing, content: bytes, *, pictures: bool | None = True) -> Problem:
    seeing.reader.drawer.files[FILE.file] = shared(content)
    seeing.reader.drawer.files["F0FILE00009"] = SharedFile(
        name="b.txt", mime="text/plain", content=b"Words", permalink=LINK
    )
    found = await seeing.read(FILE, File(file="F0FILE00009"), pictures=pictures)
    assert isinstance(found, Material)
    (unread,) = found.unread
    assert "chart.png" in source_credit(found)
    return unread.problem
