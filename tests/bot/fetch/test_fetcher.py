"""Against servers, names and redirects that mean no good; and what a good server is told and believed."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web

from bot.fetch import Bounds, Fetched, Fetcher, NotModified, Unfetched, Validators, parse_link
from tests.bot.fetch.site import AGENT, BRIEF, LOOPBACK, Names, Site, fetching, raw_site


async def fetched(fetcher: Fetcher, url: str, **more: Any) -> Fetched:
    outcome = await fetcher.fetch(url, **more)
    assert isinstance(outcome, Fetched), outcome
    return outcome


async def problem(fetcher: Fetcher, url: str) -> str:
    outcome = await fetcher.fetch(url)
    assert isinstance(outcome, Unfetched), outcome
    return outcome.problem


async def test_a_page_comes_with_what_its_server_says_of_it(site: Site, fetcher: Fetcher) -> None:
    site.says("/a", "Grüße", Content_Type="Text/HTML; charset=UTF-8", ETag='"1"', Cache_Control="max-age=60")
    found = await fetched(fetcher, f"{site.url}/a#part")
    assert found.content.decode() == "Grüße"
    assert (found.url, found.mime, found.charset) == (f"{site.url}/a", "text/html", "UTF-8")
    assert found.validators == Validators(url=f"{site.url}/a", etag='"1"')
    assert (found.fresh_for, found.keep) == (timedelta(seconds=60), True)


async def test_who_asks_is_said_and_nothing_else_is_given_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    home = site.url.replace("127.0.0.1", "cookies.test")
    site.says("/a", status=302, Location="/b", Set_Cookie="id=1; Path=/")
    site.says("/b", "x")
    async with fetching(resolver=Names(cookies_test=[["127.0.0.1"]])) as fetcher:
        await fetched(fetcher, f"{home}/a")
        assert site.asked.pop().headers["Cookie"] == "id=1"  # within the fetch that was given it
        await fetched(fetcher, f"{home}/b")
    for request in site.asked:
        assert (
            request.headers["User-Agent"] == AGENT == "Precache/1.2.3 (Slack bot; +https://precache.example)"
        )
        assert request.headers["Accept-Encoding"] == "gzip"
        assert not {"Cookie", "Referer", "Authorization", "If-None-Match"} & set(request.headers)


async def test_a_content_without_a_type_is_not_given_one(fetcher: Fetcher) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

    async with raw_site(talk) as url:
        found = await fetched(fetcher, url)
    assert (found.content, found.mime, found.charset) == (b"hi", "", None)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://example.com/",
            "gopher://example.com/",
            "javascript:alert(1)",
            "data:,x",
        ),
        *("//example.com/", "example.com", "", "http://", "http:///x", "https://?q", "http://example.com:0/"),
        *("http://user@example.com/", "http://user:secret@example.com/", "http://example.com@127.0.0.1/"),
        *("http://exa\nmple.com/", "http://example.com/a b", "http://example.com\\@127.0.0.1/"),
        *(
            "http://example.com:99999/",
            f"http://example.com/{'a' * 2_000}",
            "http://[::1/",
            "http://[2:]:80/",
            "http://[1.1.1.1:8080]/",
            "http://ex.com/\u202e",
        ),
    ],
)
async def test_what_is_no_link_is_not_followed(fetcher: Fetcher, url: str) -> None:
    assert await problem(fetcher, url) == "bad_link"


@pytest.mark.parametrize(
    ("host", "problems"),
    [
        ("127.0.0.1", {"not_public"}),
        ("[::1]", {"not_public"}),
        ("[::ffff:127.0.0.1]", {"not_public"}),
        ("[64:ff9b::7f00:1]", {"not_public"}),
        ("169.254.169.254", {"not_public"}),
        ("10.0.0.1", {"not_public"}),
        ("localhost", {"not_public"}),
        ("①②⑦.0.0.1", {"not_public"}),
        ("2130706433", {"not_public"}),
        ("127.1", {"not_public"}),
        ("017700000001", {"not_public"}),
        ("0x7f000001", {"not_public", "unreachable"}),  # as the system's resolver takes it
        ("0x7f.0.0.1", {"not_public", "unreachable"}),
    ],
)
async def test_this_machine_is_not_reached_however_it_is_written(
    site: Site, host: str, problems: set[str]
) -> None:
    port = site.url.rpartition(":")[2]
    async with fetching(networks=()) as strict:
        assert await problem(strict, f"http://{host}:{port}/") in problems
    assert not site.asked


async def test_a_name_must_lead_to_allowed_addresses_alone(site: Site) -> None:
    names = Names(
        good_test=[["127.0.0.1"]],
        inner_test=[["10.0.0.1"]],
        mixed_test=[["127.0.0.1", "169.254.169.254"]],
        six_test=[["::ffff:127.0.0.1"]],
        none_test=[[]],
    )
    port = site.url.rpartition(":")[2]
    site.says("/", "hi")
    async with fetching(resolver=names) as fetcher:
        assert (await fetched(fetcher, f"http://good.test:{port}/")).content == b"hi"
        asked = len(site.asked)
        for name in ("inner", "mixed", "six"):
            assert await problem(fetcher, f"http://{name}.test:{port}/") == "not_public"
        for name in ("none", "unknown"):
            assert await problem(fetcher, f"http://{name}.test:{port}/") == "unreachable"
    assert len(site.asked) == asked


async def test_a_name_that_changes_its_mind_reaches_nothing(site: Site) -> None:
    """Public when it is looked at first, private for the next connection."""
    port = site.url.rpartition(":")[2]

    async def closing(_: web.BaseRequest) -> web.StreamResponse:
        answer = web.Response(status=404)
        answer.force_close()
        return answer

    site.pages["/robots.txt"] = closing
    names = Names(turning_test=[["127.0.0.1"], ["127.0.0.2"]])
    async with fetching(resolver=names) as fetcher:
        assert await problem(fetcher, f"http://turning.test:{port}/secret") == "not_public"
    assert names.asked == ["turning.test", "turning.test"]
    assert site.count("/secret") == 0


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("http://127.0.0.2/", "not_public"),
        ("http://169.254.169.254/latest/meta-data/", "not_public"),
        ("http://[::1]/", "not_public"),
        ("//10.0.0.1/", "not_public"),
        ("http://inner.test/", "not_public"),
        ("file:///etc/passwd", "bad_link"),
        ("ftp://127.0.0.1/", "bad_link"),
        ("http://user:secret@127.0.0.1/", "bad_link"),
        ("http://[", "bad_link"),
        ("/around", "unreachable"),
        ("/login?next=/a", "login"),
        ("https://accounts.google.com/v3/signin/identifier", "login"),
        ("/users/sign_in", "login"),
        ("/gone", "gone"),
    ],
)
async def test_each_redirect_is_looked_at_again(site: Site, to: str, why: str) -> None:
    site.sends_on("/a", to)
    site.sends_on("/around", "/a")
    site.says("/login", "name and password")
    async with fetching(resolver=Names(inner_test=[["10.0.0.1"]])) as fetcher:
        assert await problem(fetcher, f"{site.url}/a") == why
    assert site.count("/login") == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_few_redirects_are_followed(site: Site, fetcher: Fetcher, status: int) -> None:
    for number in range(5):
        site.sends_on(f"/{number}", f"{number + 1}", status=status)
    site.says("/5", "here")
    found = await fetched(fetcher, f"{site.url}/0")
    assert (found.content, found.url) == (b"here", f"{site.url}/5")
    site.sends_on("/before", "/0")
    assert await problem(fetcher, f"{site.url}/before") == "unreachable"


async def test_a_page_about_logins_can_be_read(site: Site, fetcher: Fetcher) -> None:
    site.says("/blog/login-screens", "x")
    site.says("/login", "How to log in")
    assert (await fetched(fetcher, f"{site.url}/login")).content == b"How to log in"
    site.sends_on("/a", "/blog/login-screens")
    await fetched(fetcher, f"{site.url}/a")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        *((401, "login"), (403, "barred"), (407, "login"), (404, "gone"), (410, "gone")),
        *((400, "barred"), (402, "barred"), (406, "barred"), (418, "barred"), (451, "legal")),
        *((429, "unreachable"), (500, "unreachable"), (503, "unreachable"), (204, "unreachable")),
        *((206, "unreachable"), (304, "unreachable"), (302, "unreachable")),
    ],
)
async def test_what_is_no_page_says_why(site: Site, fetcher: Fetcher, status: int, why: str) -> None:
    site.says("/a", status=status)
    assert await problem(fetcher, f"{site.url}/a") == why


async def test_five_gigabytes_that_are_announced_are_not_begun(fetcher: Fetcher) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    async with raw_site(talk) as url:
        async with asyncio.timeout(60):
            assert await problem(fetcher, url) == "too_large"


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
async def test_five_gigabytes_that_are_not_end_where_it_is_too_much(head: bytes) -> None:
    sent = 0

    async def talk(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        block = b"x" * 65_536
        while sent < 5_000_000_000:
            writer.write(b"%x\r\n%s\r\n" % (len(block), block) if head else block)
            await writer.drain()
            sent += len(block)

    async with fetching(bounds=Bounds(size=1_000_000)) as fetcher, raw_site(talk) as url:
        assert await problem(fetcher, url) == "too_large"
    assert sent < 100_000_000


async def test_what_is_packed_is_unpacked(site: Site, fetcher: Fetcher) -> None:
    site.says("/a", gzip.compress(b"hello " * 1_000), Content_Encoding="gzip")
    assert (await fetched(fetcher, f"{site.url}/a")).content == b"hello " * 1_000


@pytest.mark.parametrize("coding", ["UTF-8", "identity", "iso-8859-1", "none"])
async def test_a_coding_that_is_none_changes_nothing(site: Site, fetcher: Fetcher, coding: str) -> None:
    site.says("/a", "hello", Content_Encoding=coding)
    assert (await fetched(fetcher, f"{site.url}/a")).content == b"hello"


@pytest.mark.parametrize("window", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
async def test_deflate_is_unpacked_with_and_without_a_head(site: Site, fetcher: Fetcher, window: int) -> None:
    pack = zlib.compressobj(wbits=window)
    site.says("/a", pack.compress(b"hello " * 1_000) + pack.flush(), Content_Encoding="deflate")
    assert (await fetched(fetcher, f"{site.url}/a")).content == b"hello " * 1_000


async def test_a_long_header_and_a_page_that_a_proxy_changed_are_read(site: Site, fetcher: Fetcher) -> None:
    site.says("/a", "hello", status=203, Content_Security_Policy="default-src " + "x" * 50_000)
    assert (await fetched(fetcher, f"{site.url}/a")).content == b"hello"


async def test_a_cookie_counts_within_one_fetch(site: Site, fetcher: Fetcher) -> None:
    async def ask_for_cookie(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Cookie") == "seen=1":
            return web.Response(text="behind the cookie")
        return web.Response(status=302, headers={"Location": "/a", "Set-Cookie": "seen=1; Path=/"})

    site.pages["/a"] = ask_for_cookie
    for _ in range(2):
        assert (await fetched(fetcher, f"{site.url}/a")).content == b"behind the cookie"
    cookies = [request.headers.get("Cookie") for request in site.asked]
    assert cookies == [None, None, "seen=1", None, "seen=1"]


async def test_a_cookie_does_not_leave_its_site(site: Site) -> None:
    home = site.url.replace("127.0.0.1", "home.test")
    away = site.url.replace("127.0.0.1", "away.test")
    site.says("/a", status=302, Location=f"{away}/b", Set_Cookie="id=1")
    site.says("/b", "x")
    async with fetching(resolver=Names(home_test=[["127.0.0.1"]], away_test=[["127.0.0.1"]])) as fetcher:
        await fetched(fetcher, f"{home}/a")
    assert all("Cookie" not in request.headers for request in site.asked)


def leading(content: str) -> str:
    return f"<!doctype html><html><head><meta http-equiv=Refresh content='{content}'></head><p>Moved"


@pytest.mark.parametrize(
    "content", ["0; url=/new", "5;URL=new", '0; url="/new"', "1, /new", "0;url=/n&#101;w"]
)
async def test_a_page_that_leads_elsewhere_at_once_is_a_redirect(
    site: Site, fetcher: Fetcher, content: str
) -> None:
    site.says("/a", leading(content), Content_Type="text/html")
    site.says("/new", "the new one")
    found = await fetched(fetcher, f"{site.url}/a")
    assert (found.content, found.url) == (b"the new one", f"{site.url}/new")


@pytest.mark.parametrize(
    "page",
    [
        leading("300"),
        leading("0"),
        leading("0; url=/a"),
        leading("30; url=/new"),
        f"<noscript>{leading('0; url=/new')}</noscript>",
        f"<!-- {leading('0; url=/new')} -->",
    ],
)
async def test_a_page_that_stays_or_reloads_itself_is_a_page(site: Site, fetcher: Fetcher, page: str) -> None:
    site.says("/a", page, Content_Type="text/html")
    site.says("/new", "the new one")
    assert (await fetched(fetcher, f"{site.url}/a")).content == page.encode()


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("http://127.0.0.2/", "not_public"),
        ("file:///etc/passwd", "bad_link"),
        ("/login", "login"),
        ("/b", "unreachable"),
    ],
)
async def test_a_page_that_leads_elsewhere_is_looked_at_as_every_redirect(
    site: Site, fetcher: Fetcher, to: str, why: str
) -> None:
    site.says("/a", leading(f"0; url={to}"), Content_Type="text/html")
    site.says("/b", leading("0; url=/a"), Content_Type="text/html")
    site.says("/login", "name and password")
    assert await problem(fetcher, f"{site.url}/a") == why
    assert site.count("/login") == 0


async def test_a_page_of_half_tags_is_read(site: Site, fetcher: Fetcher) -> None:
    page = '<meta "" \'' * 3_000
    site.says("/a", page, Content_Type="text/html")
    assert (await fetched(fetcher, f"{site.url}/a")).content == page.encode()


async def test_a_bomb_does_not_go_off(site: Site, fetcher: Fetcher) -> None:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(pack.compress(b"\0" * 10_000_000) for _ in range(30)) + pack.flush()
    assert len(bomb) < 1_000_000
    site.says("/a", bomb, Content_Encoding="gzip")
    assert await problem(fetcher, f"{site.url}/a") == "too_large"


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (gzip.compress(b"hello", mtime=0)[:-10], "gzip", "unreachable"),  # the time would name the test
        (b"not packed at all", "gzip", "unreachable"),
        (b"", "gzip", "unreachable"),
        (zlib.compress(b"hello")[:-6], "deflate", "unreachable"),
        (b"hello", "br", "not_text"),
        (b"hello", "gzip, gzip", "not_text"),
    ],
)
async def test_what_is_packed_otherwise_or_in_pieces_is_refused(
    site: Site, fetcher: Fetcher, body: bytes, encoding: str, why: str
) -> None:
    site.says("/a", body, Content_Encoding=encoding)
    assert await problem(fetcher, f"{site.url}/a") == why


async def test_an_endless_drip_is_not_waited_for() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with fetching(bounds=BRIEF) as fetcher, raw_site(talk) as url:
        assert await problem(fetcher, url) == "slow"


async def test_a_server_that_takes_its_time_to_begin_is_not_waited_for() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 10_000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)

    async with fetching(bounds=BRIEF) as fetcher, raw_site(talk) as url:
        assert await problem(fetcher, url) == "slow"


@pytest.mark.parametrize("line", [b"X-%d: y\r\n", b"X-%d: " + b"y" * 9_000 + b"\r\n"])
async def test_headers_without_an_end_are_too_much(fetcher: Fetcher, line: bytes) -> None:
    sent = 0

    async def talk(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(line % sent)
            await writer.drain()
            sent += 1

    async with raw_site(talk) as url:
        assert await problem(fetcher, url) == "garbled"
    assert sent < 1_000_000


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Odd : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Odd\t : 1\r\nContent-Type : text/plain\r\nContent-Length :19\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink : x\r\n\r\nHTTP/1.1 200 OK\nServer : y : z\n\n",
    ],
)
@pytest.mark.parametrize("size", [1, 1_000])
async def test_a_blank_before_the_colon_of_a_header_does_no_harm(
    fetcher: Fetcher, head: bytes, size: int
) -> None:
    body = b"Story : of the inn\n"

    async def talk(writer: asyncio.StreamWriter) -> None:
        sent = head + body
        for start in range(0, len(sent), size):
            writer.write(sent[start : start + size])
            await writer.drain()

    async with raw_site(talk) as url:
        assert (await fetched(fetcher, url)).content == body


async def test_a_blank_before_a_colon_does_no_harm_on_a_connection_that_is_used_again() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while asked := await reader.readuntil(b"\r\n\r\n"):
                body = b"" if b"/robots.txt" in asked else b"A story of the inn"
                writer.write(b"HTTP/1.1 200 OK\r\nX-Odd : 1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, fetching() as fetcher:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a"
        assert (await fetched(fetcher, url)).content == b"A story of the inn"


@pytest.mark.parametrize("line", [b"no header at all", b": 1", b"Content-Length: many"])
async def test_headers_that_break_the_rules_are_told_as_that(fetcher: Fetcher, line: bytes) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + line + b"\r\n\r\nA story of the inn.")

    async with raw_site(talk) as url:
        assert await problem(fetcher, url) == "garbled"


async def test_an_answer_that_breaks_off_is_none(fetcher: Fetcher) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of i")

    async with raw_site(talk) as url:
        assert await problem(fetcher, url) == "unreachable"


@pytest.mark.parametrize("host", ["127.0.0.1:9", "nothing.invalid", f"{'a' * 70}.invalid", "a..invalid"])
async def test_nobody_there_is_unreachable(fetcher: Fetcher, host: str) -> None:
    assert await problem(fetcher, f"http://{host}/") == "unreachable"


async def test_what_is_known_is_asked_for_only_if_it_has_changed(site: Site, fetcher: Fetcher) -> None:
    async def page(request: web.BaseRequest) -> web.StreamResponse:
        same = request.headers.get("If-None-Match") == '"1"'
        return web.Response(status=304 if same else 200, text="" if same else "x", headers={"ETag": '"1"'})

    for path in ("/a", "/", "", "/ü?a=ä|<b>"):
        site.pages[path.partition("?")[0] or "/"] = page
        found = await fetched(fetcher, f"{site.url}{path}")
        assert found.validators is not None
        again = await fetcher.fetch(f"{site.url}{path}", known=found.validators)
        assert again == NotModified(url=found.url, fresh_for=timedelta(0))
    date = "Tue, 24 Nov 2026 08:00:00 GMT"
    await fetcher.fetch(f"{site.url}/a", known=Validators(url=f"{site.url}/a", modified=date))
    assert site.asked[-1].headers["If-Modified-Since"] == date


async def test_another_page_is_not_told_what_was_known_of_one(site: Site, fetcher: Fetcher) -> None:
    site.sends_on("/a", "/b")
    site.says("/b", "x", ETag='"1"')
    known = Validators(url=f"{site.url}/b", etag='"1"')
    await fetched(fetcher, f"{site.url}/a", known=known)
    a, b = (next(r for r in site.asked if r.path == path) for path in ("/a", "/b"))
    assert "If-None-Match" not in a.headers
    assert b.headers["If-None-Match"] == '"1"'
    site.sends_on("/a", "/c")
    site.says("/c", status=304)
    assert await fetcher.fetch(f"{site.url}/a", known=known) == Unfetched(problem="unreachable")


@pytest.mark.parametrize(
    ("headers", "fresh_for", "keep"),
    [
        ({}, 0, True),
        ({"Cache_Control": "public, Max-Age=120"}, 120, True),
        ({"Cache_Control": 'max-age="120"'}, 120, True),
        ({"Cache_Control": "max-age=120", "Age": "100"}, 20, True),
        ({"Cache_Control": "max-age=120", "Age": "500"}, 0, True),
        ({"Cache_Control": "max-age=31536000"}, 3_600, True),
        ({"Cache_Control": "max-age=120, no-cache"}, 0, True),
        ({"Cache_Control": "no-store, max-age=120"}, 0, False),
        ({"Cache_Control": "max-age=-5"}, 0, True),
        ({"Cache_Control": "max-age=99999999999999999999"}, 0, True),
    ],
)
async def test_a_server_says_how_long_its_word_holds(
    site: Site, fetcher: Fetcher, headers: dict[str, Any], fresh_for: int, keep: bool
) -> None:
    site.says("/a", "x", ETag='"1"', **headers)
    found = await fetched(fetcher, f"{site.url}/a")
    assert (found.fresh_for.total_seconds(), found.keep) == (fresh_for, keep)
    assert (found.validators is not None) == keep


async def test_an_operators_network_is_reached_and_metadata_never(site: Site) -> None:
    site.says("/a", "x")
    async with fetching(networks=(*LOOPBACK, ip_network("169.254.0.0/16"))) as fetcher:
        await fetched(fetcher, f"{site.url}/a")
        assert await problem(fetcher, "http://169.254.169.254/") == "not_public"


def test_a_link_is_a_link_to_a_host() -> None:
    link = parse_link("HTTPS://Example.com/a?b=1#c")
    assert link is not None
    assert str(link) == "https://example.com/a?b=1"
