"""Documents of each kind, as their programs make them."""

from __future__ import annotations

import io
import zlib
from typing import Final

import pypdf
from pypdf.generic import DictionaryObject, NameObject, StreamObject

ARTICLE: Final = "The council has decided to build the bridge after all, and work begins in the spring. " * 8
PAGE: Final = f"""<!doctype html><html><head><title>Bridge &amp; town</title>
<script>var a = "script";</script>
<style>p {{ color: red }}</style></head><body>
<nav><ul><li><a href="/">Home page</a></li><li><a href="/shop">Shop now</a></li></ul></nav>
<div class="cookie-banner">We value your cookies. Accept all?</div>
<main><article><h1>The bridge</h1><p>{ARTICLE}</p><h2>Costs</h2><p>{ARTICLE}</p>
<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2026</td><td>12 million</td></tr></table></article></main>
<footer>Imprint and privacy notice</footer></body></html>"""


def pdf(*pages: str, title: str = "", password: str = "", padding: int = 0) -> bytes:
    """A line of text on each page, before it so many blanks, packed."""
    writer = pypdf.PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(width=600, height=800)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = StreamObject()
        stream.set_data(b"BT /F1 12 Tf 50 700 Td (%s) Tj ET" % text.encode("latin-1"))
        if padding:
            stream = _packed(stream.get_data(), padding)
        page[NameObject("/Contents")] = writer._add_object(stream)  # noqa: SLF001 — there is no other way in
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _packed(data: bytes, padding: int) -> StreamObject:
    pack = zlib.compressobj(9)
    block = b" " * 1_000_000
    raw = (
        b"".join(pack.compress(block) for _ in range(padding // len(block)))
        + pack.compress(data)
        + pack.flush()
    )
    stream = StreamObject()
    stream.set_data(raw)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    return stream


def rss(items: str, *, title: str = "News") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://example.com/</link>{items}</channel></rss>"
    ).encode()


def item(name: str, *, date: str = "", text: str = "") -> str:
    dated = f"<pubDate>{date}</pubDate>" if date else ""
    return (
        f"<item><title>{name}</title><link>https://example.com/{name}</link><guid>{name}</guid>{dated}"
        f"<description>{text}</description></item>"
    )
