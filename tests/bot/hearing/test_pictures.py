"""Pictures: made small in the child, described once by a model that takes them, refused with a reason."""

from __future__ import annotations

import base64
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
from bot.documents import Media, Picture, Undecoded, open_media, signature_of
from bot.documents.media.picture import LONGEST_SIDE
from bot.errors import CapReached
from bot.model import Models, ModelSettings
from bot.model.chat import ChatModel
from bot.replies import source_credit
from bot.slack import SharedFile
from bot.sources import File, Link, Material, Problem, Unreadable, attached_files
from bot.sources.conversation import PostedPictures, look_at_posted
from bot.storage.client import CountedRedis
from scheduler import Job
from tests.bot.documents.making import pdf
from tests.bot.fetch.site import open_site
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader
from tests.stand_ins.openai import OpenAI, fails, openai, says

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


@pytest_asyncio.fixture
async def media() -> AsyncIterator[Media]:
    async with open_media(processes=1) as opened:
        yield opened


async def test_pictures_of_each_form_are_made_small(media: Media) -> None:
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"):
        content = drawn(form, size=(3_200, 200))
        signature = signature_of(content)
        assert signature is not None, form
        shrunk = await media.shrink(content, signature.format)
        assert isinstance(shrunk, Picture), form
        with Image.open(io.BytesIO(shrunk.jpeg)) as small:
            assert (small.format, small.size) == ("JPEG", (LONGEST_SIDE, LONGEST_SIDE // 16))
        assert not shrunk.moves


async def test_what_is_clear_becomes_white_and_of_what_moves_the_first_frame_counts(media: Media) -> None:
    clear = await media.shrink(drawn(mode="RGBA"), "PNG")
    assert isinstance(clear, Picture)
    with Image.open(io.BytesIO(clear.jpeg)) as small:
        assert small.getpixel((5, 5)) == (255, 255, 255)
    moving = await media.shrink(drawn("GIF", frames=3), "GIF")
    assert isinstance(moving, Picture)
    assert moving.moves


async def test_a_picture_that_would_fill_memory_is_not_decoded(media: Media) -> None:
    assert await media.shrink(claiming(20_000, 20_000), "PNG") == Undecoded(problem="too_many_points")
    for content in (b"\x89PNG\r\n\x1a\n", drawn()[:60], claiming(100, 100), b"GIF89a" + b"\xff" * 99):
        signature = signature_of(content)
        assert signature is not None
        assert await media.shrink(content, signature.format) == Undecoded(problem="broken")
    assert isinstance(await media.shrink(drawn(), "PNG"), Picture)  # the next one is


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

    async def read(
        self, *sources: File | Link, pictures: bool | None = True, caps: Caps | None = None
    ) -> Material | Unreadable:
        return await self.seeing_with(lambda reader: reader.read(*sources), pictures=pictures, caps=caps)

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
        rate = Rate(calls=1_000, window=timedelta(seconds=1))
        limit = Limit(self.redis, overall=rate, per_team=rate)
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
            eye = Eye(answers=answers, questions=questions, question=question, media=self.media)
            found = await act(replace(self.reader, eye=eye))
            self.cost = eye.cost
            return found


@pytest.fixture
def seeing(reader: Reader, redis: CountedRedis, server: OpenAI, clock: Clock, media: Media) -> Seeing:
    return Seeing(reader, redis, server, clock, media)


def shared(content: bytes, *, name: str = "chart.png") -> SharedFile:
    return SharedFile(name=name, mime="image/png", content=content, permalink=LINK)


async def test_a_picture_is_described_once_and_told_as_what_it_shows(seeing: Seeing, server: OpenAI) -> None:
    server.otherwise = says("A bar chart: 55 % for Monday.")
    seeing.reader.drawer.files[FILE.file] = shared(drawn())
    found = await seeing.read(FILE)
    assert isinstance(found, Material)
    (piece,) = found.pieces
    assert piece.text == "A bar chart: 55 % for Monday."
    assert piece.title == "The file chart.png, a picture: what it shows"
    assert seeing.cost
    (body,) = server.bodies
    text, picture = body["messages"][-1]["content"]
    assert text["text"] == "Describe this picture."
    head, _, encoded = picture["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(encoded).startswith(b"\xff\xd8")
    again = File(file="F0FILE00002")
    seeing.reader.drawer.files[again.file] = shared(drawn(), name="same.png")
    assert isinstance(await seeing.read(FILE, again), Material)
    assert server.requests == 1


async def test_a_link_to_a_picture_is_looked_at(seeing: Seeing, server: OpenAI) -> None:
    server.otherwise = says("A bridge.")
    async with open_site() as site:
        site.says("/a.png", drawn(), Content_Type="image/png")
        found = await seeing.read(Link(url=f"{site.url}/a.png"))
        assert isinstance(found, Material)
        assert found.pieces[0].text == "A bridge."
        assert found.pieces[0].title == f"What a picture shows ({site.url}/a.png)"


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


async def test_one_that_cannot_be_seen_says_why_and_the_others_count(seeing: Seeing, server: OpenAI) -> None:
    assert await problem_of(seeing, drawn(), pictures=False) == "no_sight"
    assert await problem_of(seeing, claiming(20_000, 20_000)) == "too_many_points"
    assert await problem_of(seeing, drawn()[:60]) == "broken"
    assert server.requests == 0
    for number, refusal in enumerate((fails(400), says("No.", refusal="I can't"))):
        server.otherwise = refusal
        assert await problem_of(seeing, drawn(size=(40 + number, 30))) == "unseen"
    server.otherwise = fails(503)
    assert await problem_of(seeing, drawn(size=(50, 30))) == "slow"


async def test_what_langchain_knows_of_a_model_counts(seeing: Seeing, server: OpenAI) -> None:
    server.otherwise = says("A chart.")
    seeing.reader.drawer.files[FILE.file] = shared(drawn())
    assert isinstance(await seeing.read(FILE, pictures=None), Material)
    assert server.requests == 1


async def test_a_cap_holds_before_a_picture_is_looked_at(seeing: Seeing, server: OpenAI) -> None:
    from bot.budget import parse_caps

    seeing.reader.drawer.files[FILE.file] = shared(drawn())
    with pytest.raises(CapReached):
        await seeing.read(FILE, caps=Caps(team=parse_caps("0.000001/day")))
    assert server.requests == 0


async def test_no_more_than_so_many_pictures_are_looked_at(seeing: Seeing, server: OpenAI) -> None:
    files = [File(file=f"F0FILE0001{number}") for number in range(6)]
    for number, file in enumerate(files):
        seeing.reader.drawer.files[file.file] = shared(drawn(size=(40 + number, 30)))
    found = await seeing.read(*files)
    assert isinstance(found, Material)
    assert [source.problem for source in found.unread] == ["too_many_pictures"]
    assert server.requests == 5


def scanned(pages: int, *, words: str = "", size: tuple[int, int] = (60, 80)) -> bytes:
    """A PDF of so many pages that are pictures, after a page of `words` if there are any."""
    first, *others = (Image.new("RGB", size, (40 * number, 0, 0)) for number in range(pages))
    target = io.BytesIO()
    first.save(target, "PDF", save_all=True, append_images=others)
    if not words:
        return target.getvalue()
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(pdf(words)))
    writer.append(target)
    joined = io.BytesIO()
    writer.write(joined)
    return joined.getvalue()


async def test_scanned_pages_are_drawn_as_large_as_a_model_looks_at(media: Media) -> None:
    drawn_pages = await media.draw_pages(scanned(2), (1, 0, 7))
    sizes = []
    for page in drawn_pages[:2]:
        assert isinstance(page, bytes)
        with Image.open(io.BytesIO(page)) as opened:
            sizes.append((max(opened.size), opened.getpixel((9, 9))))
    assert sizes == [(LONGEST_SIDE, pytest.approx((40, 0, 0), abs=4)), (LONGEST_SIDE, (0, 0, 0))]
    assert drawn_pages[2] == Undecoded(problem="broken")
    assert await media.draw_pages(b"%PDF-1.7 and no more", (0, 1)) == [Undecoded(problem="broken")] * 2
    assert isinstance((await media.draw_pages(scanned(1), (0,)))[0], bytes)  # the next one is drawn


async def test_scanned_pages_are_looked_at_once_and_told_with_their_numbers(
    seeing: Seeing, server: OpenAI
) -> None:
    server.next += [says("Minutes of May."), says("All agreed.")]
    seeing.reader.drawer.files[FILE.file] = shared(scanned(2, words="The cover"), name="a.pdf")
    for _ in range(2):
        found = await seeing.read(FILE)
        assert isinstance(found, Material)
        (piece,) = found.pieces
        shown = ": what it shows\n\n"
        assert piece.text == (
            f"The cover\n\nPage 2, a picture{shown}Minutes of May.\n\nPage 3, a picture{shown}All agreed."
        )
        assert piece.left_out == ""
    assert server.requests == 2


async def test_of_many_scanned_pages_five_are_looked_at_and_the_rest_is_said(
    seeing: Seeing, server: OpenAI
) -> None:
    seeing.reader.drawer.files[FILE.file] = shared(scanned(6), name="a.pdf")
    found = await seeing.read(FILE)
    assert isinstance(found, Material)
    assert "Page 5, a picture" in found.pieces[0].text
    assert "1 page is a picture without text" in found.pieces[0].left_out
    assert server.requests == 5


async def test_scans_that_nobody_can_look_at_say_what_is_missing(seeing: Seeing, server: OpenAI) -> None:
    assert await problem_of(seeing, scanned(2), pictures=False) == "scanned"
    server.otherwise = fails(400)
    assert await problem_of(seeing, scanned(1)) == "unseen"
    seeing.reader.drawer.files[FILE.file] = shared(scanned(1, words="The cover"), name="a.pdf")
    found = await seeing.read(FILE, pictures=False)
    assert isinstance(found, Material)
    assert found.pieces[0].text == "The cover"
    assert "1 page is a picture without text" in found.pieces[0].left_out


async def test_a_kept_link_to_scans_is_read_again_by_a_model_that_sees(
    seeing: Seeing, server: OpenAI
) -> None:
    server.otherwise = says("All agreed.")
    async with open_site() as site:
        site.says("/a.pdf", scanned(1, words="The cover"), Content_Type="application/pdf")
        link = Link(url=f"{site.url}/a.pdf")
        texts = []
        for pictures in (False, True, True, False):
            found = await seeing.read(link, pictures=pictures)
            assert isinstance(found, Material)
            texts.append("All agreed." in found.pieces[0].text)
        assert texts == [False, True, True, True]
    assert server.requests == 1


async def test_a_picture_that_comes_with_a_mention_is_a_source() -> None:
    files = [{"id": "F1", "mimetype": "image/png", "name": "a.png"}]
    assert attached_files({"files": files}) == ((File(file="F1"),), ())


def posted(number: int, **more: object) -> dict[str, object]:
    """A message with a picture, as Slack gives it."""
    file = {"id": f"F0FILE0002{number}", "mimetype": "image/png", "name": "a.png", **more}
    return {"ts": f"180000000{number}.000000", "user": "U1", "text": "Look", "files": [file]}


async def look(seeing: Seeing, *messages: dict[str, object], pictures: bool = True) -> PostedPictures:
    async def look_at_messages(reader: Reader) -> PostedPictures:
        context = reader.context()
        return await look_at_posted(reader.slack, messages, context)

    return await seeing.seeing_with(look_at_messages, pictures=pictures)


async def test_pictures_that_were_posted_are_told_after_the_messages(seeing: Seeing, server: OpenAI) -> None:
    server.otherwise = says("A chart:\n55 %.")
    for number in range(7):
        content = drawn(size=(40 + number, 30))
        seeing.reader.drawer.files[f"F0FILE0002{number}"] = shared(content, name=f"{number}.png")
    found = await look(seeing, posted(1))
    assert found.text == (
        "\n[2027-01-15 08:00 UTC] The file 1.png, a picture: what it shows:\n    A chart:\n    55 %."
    )
    assert (found.left_out, found.unread, server.requests) == ("", (), 1)
    icon = posted(2, original_w=20, original_h=20)
    assert await look(seeing, icon, posted(3, mimetype="image/svg+xml"), {"ts": "1.0"}) == PostedPictures()
    assert await look(seeing, posted(1), pictures=False) == PostedPictures()
    many = await look(seeing, *map(posted, range(7)))
    assert (many.text.count("a picture"), many.left_out) == (5, "(Older pictures were not looked at: 2.)")
    assert "The file 1.png" not in many.text
    lost = await look(seeing, posted(1), posted(9))
    assert [source.problem for source in lost.unread] == ["gone"]
