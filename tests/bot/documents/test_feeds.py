"""Entries of a feed with the title, link, text and moment that its author meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.documents import Document, Documents, Item
from tests.bot.documents.making import rss

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def entries(documents: Documents, feed: bytes | str, mime: str = "application/xml") -> tuple[Item, ...]:
    content = feed.encode() if isinstance(feed, str) else feed
    found = await documents.read_document(content, mime=mime, url="https://example.com/feed")
    assert isinstance(found, Document), found
    assert found.kind == "feed"
    return found.items


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Vec&lt;T&gt; explained", "Vec<T> explained"),
        ("List&lt;String&gt; and &lt;b&gt;bold&lt;/b&gt;", "List<String> and bold"),
        ("Q&amp;amp;A: List&amp;lt;int&amp;gt;", "Q&A: List<int>"),
        ("Tom &amp;amp; Co", "Tom & Co"),
        ("Tom &amp; Co", "Tom & Co"),
        ("3 &lt; 4 and 5 &gt; 4", "3 < 4 and 5 > 4"),
        ("How to use &lt;script&gt;", "How to use <script>"),
        ("Use &lt;img&gt; well, a &lt; b", "Use <img> well, a < b"),
        ("<![CDATA[One<br/>two <i>three</i>]]>", "One two three"),
    ],
)
async def test_a_title_is_text_and_what_looks_like_a_tag_stays(
    documents: Documents, written: str, title: str
) -> None:
    (entry,) = await entries(documents, rss(f"<item><title>{written}</title></item>"))
    assert entry.title == title
    entry_told = f'<entry><id>1</id><title type="html">{written}</title></entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom">{entry_told}'
    (entry,) = await entries(documents, f"{atom}</feed>")
    assert entry.title == title


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 23 Nov 2026 10:00:00 CET", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 AEST", datetime(2026, 11, 23, 0, tzinfo=UTC)),
        ("Tue, 23 Jun 2026 10:00 BST", datetime(2026, 6, 23, 9, tzinfo=UTC)),
        ("Tue, 23 Jun 2026 10:00:00 CEST", datetime(2026, 6, 23, 8, tzinfo=UTC)),
        ("23 Nov 26 10:00 EST", datetime(2026, 11, 23, 15, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 UTC+1", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("Mo, 23 Nov 2026 10:00:00 +0100", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 -0330 (NST)", datetime(2026, 11, 23, 13, 30, tzinfo=UTC)),
        ("2026-11-23 10:00:00 UTC", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23T10:00:00.123+01:00", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("1795428000", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("1795428000000", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 IST", None),
        ("Mon, 23 Nov 2026 10:00:00 XYZ", None),
        ("11/23/2026 10:00 AM", None),
        ("Mon, 32 Nov 2026 10:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +0000", None),
        ("0001-01-01T00:00:00Z", None),
        ("Fri, 31 Dec 1969 23:59:59 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("9999-12-31T23:59:59Z", None),
        ("soon", None),
    ],
)
async def test_a_date_is_read_in_its_zone_or_not_at_all(
    documents: Documents, written: str, moment: datetime | None
) -> None:
    (entry,) = await entries(documents, rss(f"<item><title>A</title><pubDate>{written}</pubDate></item>"))
    assert entry.published == moment


async def test_an_id_makes_a_link_only_if_it_is_an_address(documents: Documents) -> None:
    sound = '<enclosure url="https://ex.example/1.mp3" type="audio/mpeg" length="1"/>'
    items = (
        f"<item><title>1</title><guid>u1</guid>{sound}</item>"
        "<item><title>2</title><guid>https://ex.example/2?a=1&amp;b=2</guid></item>"
        "<item><title>3</title><guid>u3</guid><link>/3</link></item>"
    )
    links = {entry.title: entry.link for entry in await entries(documents, rss(items))}
    assert links == {"1": "", "2": "https://ex.example/2?a=1&b=2", "3": "https://example.com/3"}


async def test_the_whole_text_is_used_beside_a_teaser(documents: Documents) -> None:
    feed = (
        '<rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>T</title>'
        "<item><title>1</title><description>teaser</description><c:encoded><![CDATA[<p>All of the harbour,"
        " and H<sub>2</sub>O for <b>everybody</b>.</p>]]></c:encoded></item>"
        "<item><title>2</title><itunes:summary>Said</itunes:summary><description>Said at length</description>"
        "</item>"
        "</channel></rss>"
    )
    texts = {entry.title: entry.summary for entry in await entries(documents, feed)}
    assert texts == {"1": "All of the harbour, and H2O for everybody.", "2": "Said at length"}


async def test_a_namespace_may_have_a_space_in_it(documents: Documents) -> None:
    feed = (
        '<rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/ " xmlns:x="a\u0085b"'
        " xmlns:y='c&#32;d'><channel><title>T</title><item><title>1</title><x:a>n</x:a><y:b>n</y:b>"
        "<description>teaser</description><c:encoded>All of it</c:encoded></item></channel></rss>"
    )
    assert [entry.summary for entry in await entries(documents, feed)] == ["All of it"]


async def test_a_json_feed_is_one_however_late_it_says_so(documents: Documents) -> None:
    feed = {
        "title": "T",
        "description": "x" * 9_000,
        "version": "https://jsonfeed.org/version/1",
        "items": [
            {"id": "1", "external_url": "https://other.example/x", "content_text": "A link"},
            {
                "id": "2",
                "url": "/b",
                "date_modified": "2026-11-24T08:00:00Z",
                "summary": "<p>Say <b>so</b></p>",
            },
            {"id": "3", "url": "/c", "date_published": "0001-01-01T00:00:00Z", "content_text": "Undated"},
        ],
    }
    second, first, third = await entries(documents, json.dumps(feed), "application/json")
    assert (first.link, first.summary) == ("https://other.example/x", "A link")
    assert (second.published, second.summary) == (datetime(2026, 11, 24, 8, tzinfo=UTC), "Say so")
    assert third.published is None


@pytest.mark.parametrize("mime", ["text/html", "application/xml", "text/plain"])
@pytest.mark.parametrize(
    "words",
    [
        "<br />\n<b>Warning</b>: foo() in <b>/x.php</b> on line 3<br />\n",
        "PHP Strict Standards:  x in y\n",
        "array(0) {\n}\n",
        "Connected",
    ],
)
async def test_words_of_the_server_before_a_feed_do_not_make_it_a_page(
    documents: Documents, mime: str, words: str
) -> None:
    items = "<item><title>After a warning</title><link>https://ex.example/a</link></item>"
    (entry,) = await entries(documents, words + rss(items).decode(), mime)
    assert (entry.title, entry.link) == ("After a warning", "https://ex.example/a")


async def test_a_text_that_shows_a_feed_is_a_text_and_a_feeds_own_title_is_read_as_those_of_its_items(
    documents: Documents,
) -> None:
    feed = rss("<item><title>A</title></item>", title="R&amp;amp;D").decode()
    told = await documents.read_document(f"Write this:\n{feed}\nand send it.".encode(), mime="text/plain")
    assert isinstance(told, Document)
    assert told.kind == "text"
    found = await documents.read_document(feed.encode(), mime="application/xml")
    assert isinstance(found, Document)
    assert found.title == "R&D"
