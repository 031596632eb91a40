"""Pages, feeds, PDFs and plain text, as strangers serve them: read, or refused with a reason."""

from __future__ import annotations

import io
from typing import Final

from bot.documents.document import Document, Unparsed, decode_document, encode_document
from bot.documents.feed import read_feed
from bot.documents.feed_dates import UnknownForm, parse_moment
from bot.documents.page import read_page
from bot.documents.pdf import read_pdf
from bot.documents.plain_text import read_plain, to_text
from bot.documents.sniff import kind_of
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

_CHARSETS: Final = (
    None,
    "utf-8",
    "iso-8859-1",
    "utf-16",
    "windows-1251",
    "shift_jis",
    "hex",
    "idna",
    "no-such",
)
_URL: Final = "https://a.example/x/"


def _check_document(found: Document | Unparsed) -> None:
    """It can be kept and read again."""
    assert decode_document(encode_document(found)) == found
    if isinstance(found, Document):
        "".join((found.title, found.text)).encode()


PAGE: Final = """<!doctype html><html lang=en><head><meta charset=utf-8><title>A &amp; B</title><style>.x{display:none}
</style></head><body><nav><a href=/>Home</a></nav><main><h1>Title</h1><p class=x>hidden</p><p>One <b>two</b>
<a href="y?z=1">three</a><br>four</p><ul><li>a<ol start=3><li>b</ol></ul><table><tr><th colspan=2>c<tr><td>d<td>e
</table><pre>  code\n\tx</pre><details><summary>s</summary>t</details><img alt="picture" src=p.png>
<input type=checkbox checked> done <math><mi>x</mi><msup><mn>2</mn></msup></math><noscript>n</noscript>
<template>t</template><svg><title>v</title></svg><del>old</del><sup>1</sup></main><!-- c --></body></html>"""


@target(
    PAGE, "<p>a<table><tr><td rowspan=99 colspan=99>b", '<div style="display:none">a</div>b', longest=2_500
)
def pages(data: bytes) -> None:
    choices = Choices(data[-2:])
    _check_document(read_page(data, choices.pick(_CHARSETS), url=_URL))


RSS: Final = """<?xml version="1.0"?><rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/"><channel>
<title>News</title><link>https://a.example</link><item><title>One &lt;b&gt;</title><link>/1</link><guid>g</guid>
<pubDate>Wed, 25 Nov 2026 12:00:00 GMT</pubDate><description><![CDATA[<p>text <a href="x">y</a></p>]]></description>
<c:encoded>more</c:encoded></item></channel></rss>"""
ATOM: Final = """<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">N</title><entry><id>1</id><title>One</title>
<link href="x" rel="alternate"/><updated>2026-11-25T12:00:00Z</updated><content type="xhtml"><div>t</div></content>
</entry></feed>"""
JSON_FEED: Final = """{"version":"https://jsonfeed.org/version/1.1","title":"N","items":[{"id":"1","url":"x",
"title":"One","content_html":"<p>t</p>","date_published":"2026-11-25T12:00:00+01:00","authors":[{"name":"a"}]}]}"""


@target(RSS, ATOM, JSON_FEED, RSS.replace("rss", "rdf:RDF"), longest=2_000)
def feeds(data: bytes) -> None:
    choices = Choices(data[-2:])
    _check_document(read_feed(data, charset=choices.pick(_CHARSETS), url=_URL))


@target(
    *(
        "Wed, 25 Nov 2026 12:00:00 GMT",
        "2026-11-25T12:00:00Z",
        "25.11.2026 12:00",
        "2026-W48-3",
        "20261125T120000",
    ),
    *("Mittwoch, 25. November 2026", "1795000000", "Nov 25, 2026 12:00 PM PST", "0001-01-01T00:00:00-23:59"),
    longest=80,
)
def moments_of_feeds(data: bytes) -> None:
    try:
        moment = parse_moment(data.decode("utf-8", "replace"))
    except UnknownForm:
        return
    assert moment is None or moment.tzinfo is not None


@target(
    "caf\u00e9",
    "caf\u00e9".encode("utf-16"),
    b"\xef\xbb\xbfx",
    b"\xff\xfe\0\0a\0\0\0",
    b"<meta charset=x>",
    longest=600,
)
def plain_texts(data: bytes) -> None:
    for charset in _CHARSETS:
        _check_document(read_plain(data, charset))
        kind_of(data, "text/plain", charset)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    if (
        b"\0" not in data
        and b"charset" not in data
        and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    ):
        assert to_text(data, "utf-8") == text


@target(
    PAGE[:300],
    RSS[:300],
    "%PDF-1.7",
    JSON_FEED,
    "<b>Warning</b> <?xml?><rss version='2'></rss>",
    longest=1_000,
)
def kinds(data: bytes) -> None:
    for mime in ("", "text/html", "text/plain", "application/json", "image/png"):
        kind_of(data, mime)


def _make_pdf() -> bytes:
    """Two lines, a note and a field on one page."""
    content = b"BT /F1 12 Tf 72 720 Td (Hello) Tj 0 -14 Td [(W) -20 (orld)] TJ ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Annots[6 0 R 7 0 R]"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/V(Ada)/Rect[0 0 9 9]>>",
        b"<</Type/Annot/Subtype/Text/Contents(A note)/Rect[0 0 9 9]>>",
    )
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


PDF: Final = _make_pdf()


@target(PDF, longest=2_500)
def pdfs(data: bytes) -> None:
    """What the library raises of a damaged file ends in the child process as a reason; ours raises nothing."""
    try:
        found = read_pdf(data)
    except MemoryError:
        raise
    except Exception as exc:
        if _is_ours(exc):
            raise
        return
    _check_document(found)


def _is_ours(exc: BaseException) -> bool:
    last = exc.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and "/bot/" in last.tb_frame.f_code.co_filename
