"""A site whose pages are as bad as pages are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from tests.bot.documents.making import PAGE, item, pdf, rss

_PDF: Final = pdf("The bridge is built.", "It costs 12 million.")
_BODIES: Final[Mapping[str, tuple[str, bytes]]] = {
    "/article": ("text/html", PAGE.encode()),
    "/nested": ("text/html", b"<div>" * 3_000 + b"deep" + b"</div>" * 3_000),
    "/broken": ("text/html", PAGE.encode()[:700] + b"\xff\xfe<table><tr><td>"),
    "/empty": ("text/html", b""),
    "/paper.pdf": ("application/pdf", _PDF),
    "/half.pdf": ("application/pdf", _PDF[: len(_PDF) // 2]),
    "/locked.pdf": ("application/pdf", pdf("Nobody reads this.", password="secret")),
    "/feed": ("application/rss+xml", rss("".join(item(f"news-{number}") for number in range(30)))),
    "/half-a-feed": ("application/rss+xml", rss(item("news"))[:150]),
    "/not-a-picture.png": ("image/png", b"\x89PNG\r\n"),
}
PATHS: Final = (*_BODIES, "/gone", "/breaks-off", "/leads-round")


@asynccontextmanager
async def open_site() -> AsyncIterator[str]:
    """Its address."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/gone":
                return web.Response(status=410)
            case "/robots.txt":
                return web.Response(status=404)
            case "/leads-round":
                return web.Response(status=302, headers={"Location": "/leads-round"})
            case "/breaks-off":
                begun = web.StreamResponse(headers={"Content-Type": "text/html"})
                begun.content_length = 10_000
                await begun.prepare(request)
                await begun.write(b"<p>It begins")
                if request.transport is not None:
                    request.transport.abort()
                return begun
            case path:
                kind, body = _BODIES[path]
                return web.Response(body=body, content_type=kind)

    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
