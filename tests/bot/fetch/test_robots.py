"""A site's robots.txt is asked for first, believed, and not asked for again all the time."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from bot.fetch import Fetched, Fetcher, Unfetched
from bot.fetch.robots import AGAIN, LARGEST, TTL
from tests.bot.fetch.site import BRIEF, Names, Site, fetching, raw_site


async def outcome(fetcher: Fetcher, url: str) -> str:
    match await fetcher.fetch(url):
        case Unfetched(problem=problem):
            return problem
        case Fetched():
            return "fetched"
    raise AssertionError("nothing was known")


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("User-agent: *\nDisallow: /private", "/private/a", "robots"),
        ("User-agent: *\nDisallow: /private", "/a", "fetched"),
        ("User-agent: Precache\nDisallow: /", "/a", "robots"),
        ("User-agent: precache\nDisallow: /", "/a", "robots"),
        ("User-agent: Other\nDisallow: /", "/a", "fetched"),
        ("User-agent: Pre\nDisallow: /", "/a", "fetched"),
        ("User-agent: P\nDisallow: /", "/a", "fetched"),
        ("User-agent: Precache2\nDisallow: /", "/a", "fetched"),
        ("User-agent: Precache/1.0\nDisallow: /", "/a", "robots"),
        ("USER-AGENT:PRECACHE 2 # ours\nDisallow: /", "/a", "robots"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Pre\nAllow: /", "/a", "robots"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Precache\nAllow: /", "/a", "fetched"),
        ("User-agent: *\nDisallow: /\nAllow: /a$", "/a", "fetched"),
        ("User-agent: *\nDisallow:", "/a", "fetched"),
        ("<!doctype html><p>not found", "/a", "fetched"),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", "robots"),
        ("\0\x01\udcff" * 100, "/a", "fetched"),
        ("User-agent: *\nDisallow: /*" + "a*" * 500 + "b\n", "/" + "a" * 1_500, "fetched"),
    ],
)
async def test_what_is_written_counts(site: Site, fetcher: Fetcher, text: str, path: str, found: str) -> None:
    site.says("/robots.txt", text.encode("utf-8", "surrogateescape"))
    site.says(path, "x")
    assert await outcome(fetcher, f"{site.url}{path}") == found
    assert site.count(path) == (found == "fetched")


@pytest.mark.parametrize(
    ("status", "found"),
    [(404, "fetched"), (403, "fetched"), (410, "fetched"), (429, "unreachable"), (500, "unreachable")],
)
async def test_without_it_all_is_allowed_and_while_it_fails_nothing(
    site: Site, fetcher: Fetcher, status: int, found: str
) -> None:
    site.says("/robots.txt", status=status)
    site.says("/a", "x")
    assert await outcome(fetcher, f"{site.url}/a") == found


async def test_it_may_be_elsewhere_but_not_within(site: Site, fetcher: Fetcher) -> None:
    site.says("/a", "x")
    site.says("/elsewhere", gzip.compress(b"User-agent: *\nDisallow: /"), Content_Encoding="gzip")
    site.sends_on("/robots.txt", "/elsewhere")
    assert await outcome(fetcher, f"{site.url}/a") == "robots"


@pytest.mark.parametrize(
    ("to", "found"), [("/robots.txt", "fetched"), ("http://10.0.0.1/", "not_public"), ("/login", "fetched")]
)
async def test_it_is_not_followed_anywhere(site: Site, fetcher: Fetcher, to: str, found: str) -> None:
    site.says("/a", "x")
    site.sends_on("/robots.txt", to)
    assert await outcome(fetcher, f"{site.url}/a") == found


async def test_each_site_on_the_way_is_asked(site: Site) -> None:
    port = site.url.rpartition(":")[2]
    site.says("/robots.txt", "User-agent: *\nDisallow: /inner")
    site.sends_on("/a", f"http://other.test:{port}/inner")
    site.says("/inner", "x")
    async with fetching(resolver=Names(other_test=[["127.0.0.1"]])) as fetcher:
        assert await outcome(fetcher, f"{site.url}/a") == "robots"
    assert [request.path for request in site.asked] == ["/robots.txt", "/a", "/robots.txt"]


async def test_it_is_kept_for_an_hour_and_a_failure_for_a_minute(site: Site) -> None:
    now = 0.0
    site.says("/a", "x")
    async with fetching(clock=lambda: now) as fetcher:
        for _ in range(3):
            assert await outcome(fetcher, f"{site.url}/a") == "fetched"
        assert site.count("/robots.txt") == 1
        site.says("/robots.txt", status=503)
        now += TTL.total_seconds()
        for _ in range(3):
            assert await outcome(fetcher, f"{site.url}/a") == "unreachable"
        assert site.count("/robots.txt") == 2
        site.says("/robots.txt", "")
        now += AGAIN.total_seconds()
        assert await outcome(fetcher, f"{site.url}/a") == "fetched"


async def test_of_a_long_one_the_beginning_counts(site: Site, fetcher: Fetcher) -> None:
    padding = "#" * LARGEST
    site.says("/robots.txt", f"User-agent: *\nDisallow: /a\n{padding}\nDisallow: /b\n")
    site.says("/a", "x")
    site.says("/b", "x")
    assert await outcome(fetcher, f"{site.url}/a") == "robots"
    assert await outcome(fetcher, f"{site.url}/b") == "fetched"


async def test_one_that_never_ends_takes_no_longer_than_all_may() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    async with raw_site(talk, robots=True) as url, fetching(bounds=BRIEF) as fetcher:
        assert await outcome(fetcher, f"{url}/a") == "slow"
