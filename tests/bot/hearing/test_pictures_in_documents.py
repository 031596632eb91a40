"""Pictures inside documents: scanned pages of PDFs, and what web pages show, each in its place."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from bot.documents import Media, Undecoded
from bot.documents.media.picture import LONGEST_SIDE
from bot.hearing import UNSEEN_FIGURE
from bot.sources import Link, Material, Unreadable
from tests.bot.documents.sounds import wav
from tests.bot.fetch.site import Site, open_site
from tests.bot.hearing.seeing import FILE, Seeing, drawn, media, problem_of, scanned, seeing, server, shared
from tests.bot.sources.conftest import Clock, site
from tests.stand_ins.openai import OpenAI, fails, says

__all__ = ["media", "seeing", "server", "site"]


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
    assert "(1 page is a picture without text, and left out.)" in found.pieces[0].left_out
    assert server.requests == 5


async def test_scans_that_nobody_can_look_at_say_what_is_missing(seeing: Seeing, server: OpenAI) -> None:
    assert await problem_of(seeing, scanned(2), pictures=False) == "scanned"
    server.otherwise = fails(400)
    assert await problem_of(seeing, scanned(1)) == "unseen"
    seeing.reader.drawer.files[FILE.file] = shared(scanned(1, words="The cover"), name="a.pdf")
    found = await seeing.read(FILE, pictures=False)
    assert isinstance(found, Material)
    assert found.pieces[0].text == "The cover"
    assert "(1 page is a picture without text, and left out.)" in found.pieces[0].left_out


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


async def test_a_scanned_page_is_told_among_the_others(seeing: Seeing, server: OpenAI) -> None:
    server.otherwise = says("Minutes of May.")
    seeing.reader.drawer.files[FILE.file] = shared(scanned(1, words="The cover", end="The end"), name="a.pdf")
    found = await seeing.read(FILE)
    assert isinstance(found, Material)
    assert found.pieces[0].text == (
        "The cover\n\nPage 2, a picture: what it shows\n\nMinutes of May.\n\nThe end"
    )


CHART = '<p>Water rose.</p><figure><img src="/chart.png"><figcaption>May</figcaption></figure><p>It fell.</p>'


def page(body: str) -> str:
    return f"<!doctype html><html><head><title>T</title></head><body><main>{body}</main></body></html>"


async def text_of(seeing: Seeing, url: str, *, pictures: bool = True) -> str:
    found = await seeing.read(Link(url=url), pictures=pictures)
    assert isinstance(found, Material), found
    assert not found.unread
    return found.pieces[0].text


async def test_a_picture_in_a_page_is_told_in_its_place_by_a_model_that_sees(
    seeing: Seeing, server: OpenAI, site: Site, clock: Clock
) -> None:
    server.otherwise = says("A chart:\n55 %.")
    site.says("/a", page(CHART), Content_Type="text/html", ETag='"1"')
    site.says("/chart.png", drawn(size=(300, 200)), Content_Type="image/png", Cache_Control="max-age=600")
    assert await text_of(seeing, f"{site.url}/a", pictures=False) == "Water rose.\n\nMay\n\nIt fell."
    assert (site.count("/chart.png"), server.requests) == (0, 0)
    for _ in range(2):
        shown = "(A picture stands here. What it shows:\n    A chart:\n    55 %.)"
        assert await text_of(seeing, f"{site.url}/a") == f"Water rose.\n\n{shown}\n\nMay\n\nIt fell."
    assert (site.count("/a"), site.count("/chart.png"), server.requests) == (1, 1, 1)
    clock.now += timedelta(hours=1)  # the page has changed, and its picture has not
    site.says("/a", page(f"{CHART}<p>More.</p>"), Content_Type="text/html")
    assert (await text_of(seeing, f"{site.url}/a")).endswith("It fell.\n\nMore.")
    assert (site.count("/chart.png"), server.requests) == (2, 1)


async def test_what_is_no_picture_of_content_is_not_paid_for(
    seeing: Seeing, server: OpenAI, site: Site
) -> None:
    heard = wav((400, 2.0))
    site.says("/small.png", drawn(size=(300, 40)), Content_Type="image/png")
    site.says("/sound.png", heard, Content_Type="image/png")
    site.says("/page.png", page("<p>Words of another page.</p><img src=/a>"), Content_Type="text/html")
    shown = "".join(f"<img src={url}>" for url in ("/small.png", "/sound.png", "/page.png", "/gone.png"))
    site.says("/a", page(f"<p>Words.</p>{shown}"), Content_Type="text/html")
    text = await text_of(seeing, f"{site.url}/a")
    assert text == f"Words.\n\n{UNSEEN_FIGURE}\n\n(1 more picture of the page: not looked at.)"
    assert server.requests == 0
    assert site.count("/gone.png") == 0


async def test_a_picture_on_a_private_network_is_not_asked_for(
    seeing: Seeing, server: OpenAI, site: Site
) -> None:
    private = site.url.replace("127.0.0.1", "127.0.0.2")
    site.says("/a", page(f"<p>Words.</p><img src={private}/chart.png>"), Content_Type="text/html")
    assert "could not be looked at" in await text_of(seeing, f"{site.url}/a")
    assert site.count("/chart.png") == 0


async def test_a_page_that_is_a_picture_alone_is_read_by_a_model_that_sees(
    seeing: Seeing, server: OpenAI, site: Site
) -> None:
    server.otherwise = says("Lunch: soup, 5 EUR.")
    site.says("/menu", page("<img src=menu.jpg>"), Content_Type="text/html")
    site.says("/menu.jpg", drawn("JPEG", size=(300, 300)), Content_Type="image/jpeg")
    for pictures in (False, True, False):
        found = await seeing.read(Link(url=f"{site.url}/menu"), pictures=pictures)
        if pictures:
            assert isinstance(found, Material)
            assert "soup, 5 EUR" in found.pieces[0].text
        else:
            assert isinstance(found, Unreadable)
            assert found.problem == "no_text"
