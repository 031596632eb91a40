"""What servers say around their documents: addresses, redirects, heads, rules for robots."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from typing import Final

from yarl import URL

from bot.fetch import FetchProblem
from bot.fetch.address import is_allowed, may_be_allowed
from bot.fetch.header_lines import HeaderLines
from bot.fetch.link import is_login, parse_link, parse_redirect
from bot.fetch.meta_refresh import refresh_address
from bot.fetch.robots import Robots, Text
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

_BASE: Final = URL("https://a.example:8443/x/y?z=1#f")


@target(
    *(
        "https://a.example/x?y=1#z",
        "http://[::1]:80/",
        "https://b\u00fccher.example/%zz",
        "//b.example",
        "../up?x#y",
    ),
    *(
        "https://user:pw@a.example",
        "http://127.1",
        "http://a.example:99999/",
        "https://xn--/\\\\",
        "javascript:1",
    ),
    longest=300,
)
def links(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for link in (parse_link(text), parse_redirect(_BASE, text)):
        if link is not None:
            assert link.scheme in ("http", "https")
            assert link.raw_host
            assert link.user is None
            assert not link.fragment
            assert parse_link(str(link)) in (link, None)
            is_login(link)
            may_be_allowed(link.raw_host)


@target(
    bytes(range(16)), ipaddress.ip_address("64:ff9b::7f00:1").packed, b"\x7f\0\0\1", b"\n\0\0\1", longest=17
)
def addresses(data: bytes) -> None:
    """What is let through is public, in whatever form it comes; IPv4 within IPv6 is no way round."""
    for size in (4, 16):
        if len(data) >= size:
            address = ipaddress.ip_address(data[:size])
            if is_allowed(str(address)):
                assert address.is_global
                assert not address.is_multicast
    if len(data) >= 4:
        inner = ipaddress.IPv4Address(data[:4])
        for high in (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96):
            outer = ipaddress.IPv6Address(high + int(inner))
            assert not is_allowed(str(outer)) or is_allowed(str(inner))
        assert not is_allowed(str(ipaddress.IPv6Address((0x2002 << 112) + (int(inner) << 80))))


@target("127.0.0.1", "0x7f.1", "::ffff:127.0.0.1%eth0", "1.1.1.1", "[::1]", "metadata.goog.", longest=60)
def typed_addresses(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    may_be_allowed(text)
    if is_allowed(text):
        assert ipaddress.ip_address(text).is_global


@target(
    '<meta http-equiv="refresh" content="0; url=/y">',
    "<!-- <meta> --><noscript><META content='3;URL=\"x\"' HTTP-EQUIV=Refresh></noscript>",
    longest=600,
)
def meta_refreshes(data: bytes) -> None:
    address = refresh_address(data)
    if address is not None:
        assert address == address.strip()
        parse_redirect(_BASE, address)


@target(
    b"HTTP/1.1 200 OK\r\nContent-Type : text/html\r\nX:y\r\n\r\nbody: a\r\nb : c",
    b"HTTP/1.1 103 Early\r\nLink : x\r\n\r\nHTTP/1.1 200 OK\r\nA\t: b\r\n\r\n",
    longest=400,
)
def response_heads(data: bytes) -> None:
    """However the bytes come in, the same bytes are parsed; of a body, nothing is changed."""
    at_once = HeaderLines()
    whole = at_once.take_bytes(data) + at_once.give_rest()
    choices, piecemeal, parts = Choices(data[::-1]), HeaderLines(), []
    start = 0
    while start < len(data):
        end = start + 1 + choices.take_number(20)
        parts.append(piecemeal.take_bytes(data[start:end]))
        start = end
    assert b"".join(parts) + piecemeal.give_rest() == whole
    head, gap, body = data.partition(b"\r\n\r\n")
    if gap and not re.search(rb"HTTP/\d\.\d 1\d\d|^\r?\n|\n\n", head):
        assert whole.endswith(body)


def _ask(rules: str, paths: tuple[str, ...]) -> list[FetchProblem | None]:
    async def read(_: URL) -> Text:
        return Text(text=rules)

    async def ask_all() -> list[FetchProblem | None]:
        robots = Robots(read, token="Precache", clock=lambda: 0.0)
        return [await robots.why_forbidden(URL(f"https://a.example{path}")) for path in paths]

    return asyncio.run(ask_all())


@target(
    "User-agent: *\nDisallow: /x\nAllow: /x/y$\n\nUser-agent: Precache/1\nDisallow: /*?z=\nCrawl-delay: 1.5\n",
    "\ufeffUSER-AGENT : precache\rDisallow:/\r# c\nSitemap: x\nRequest-rate: 1/5s\nVisit-time: 0600-0845\n",
    longest=500,
)
def robots(data: bytes) -> None:
    rules = data.decode("utf-8", "replace")
    told = _ask(rules, ("/", "/x", "/x/y?z=1", "/%E4%B8%AD", "/robots.txt"))
    assert set(told) <= {None, "robots"}
