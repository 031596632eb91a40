"""Pictures: made small in the child, described once by a model that takes them, refused with a reason."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
from PIL import Image

from bot.budget import Caps, Rate
from bot.documents import Media, Picture, Undecoded, signature_of
from bot.documents.media.picture import LONGEST_SIDE
from bot.errors import CapReached, Limited
from bot.sources import File, Link, Material, Unreadable, attached_files
from bot.sources.conversation import PostedPictures, look_at_posted
from tests.bot.fetch.site import open_site
from tests.bot.hearing.seeing import (
    FILE,
    Seeing,
    claiming,
    drawn,
    media,
    problem_of,
    seeing,
    server,
    shared,
)
from tests.bot.sources.reading import Reader
from tests.stand_ins.openai import OpenAI, fails, says

__all__ = ["media", "seeing", "server"]


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
    assert seeing.counted == ["described", "known", "known"]


async def test_a_link_to_a_picture_is_looked_at(seeing: Seeing, server: OpenAI) -> None:
    server.otherwise = says("A bridge.")
    async with open_site() as site:
        site.says("/a.png", drawn(), Content_Type="image/png")
        found = await seeing.read(Link(url=f"{site.url}/a.png"))
        assert isinstance(found, Material)
        assert found.pieces[0].text == "A bridge."
        assert found.pieces[0].title == f"What a picture shows ({site.url}/a.png)"


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


async def test_a_short_limit_on_calls_is_waited_for_and_a_long_one_is_not(
    seeing: Seeing, server: OpenAI
) -> None:
    others = [File(file=f"F0FILE0001{number}") for number in range(2)]
    for number, file in enumerate(others):
        seeing.reader.drawer.files[file.file] = shared(drawn(size=(40 + number, 30)))
    seeing.rate = Rate(calls=1, window=timedelta(seconds=1))
    assert isinstance(await seeing.read(*others), Material)
    assert server.requests == 2
    for number, file in enumerate(others):
        seeing.reader.drawer.files[file.file] = shared(drawn(size=(50 + number, 30)))
    seeing.rate = Rate(calls=1, window=timedelta(hours=1))
    with pytest.raises(Limited):
        await seeing.read(*others)


async def test_no_more_than_so_many_pictures_are_looked_at(seeing: Seeing, server: OpenAI) -> None:
    files = [File(file=f"F0FILE0001{number}") for number in range(6)]
    for number, file in enumerate(files):
        seeing.reader.drawer.files[file.file] = shared(drawn(size=(40 + number, 30)))
    found = await seeing.read(*files)
    assert isinstance(found, Material)
    assert [source.problem for source in found.unread] == ["too_many_pictures"]
    assert server.requests == 5


async def test_a_picture_that_is_sent_with_a_question_goes_along_itself(
    seeing: Seeing, server: OpenAI
) -> None:
    seeing.reader.drawer.files[FILE.file] = shared(drawn())
    found = await seeing.read(FILE, directly=True)
    assert isinstance(found, Material)
    (picture,) = found.pictures
    assert picture.startswith(b"\xff\xd8")
    assert found.pieces[0].title == "The file chart.png, a picture"
    seeing.reader.drawer.files[FILE.file] = shared(drawn(size=(41, 30)))
    other = await seeing.read(FILE, directly=True)
    assert isinstance(other, Material)
    assert other.content_fingerprint != found.content_fingerprint
    blind = await seeing.read(FILE, directly=True, pictures=False)
    assert isinstance(blind, Unreadable)
    assert blind.problem == "no_sight"
    assert server.requests == 0  # the question's answer is the only call
    assert seeing.counted == ["sent", "sent", "unseen"]


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
