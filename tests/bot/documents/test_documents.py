"""Real documents of each kind through the real process, and those that would break or hold it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.documents import MOST_ITEMS, Document, Documents, Patience, Unparsed, open_documents
from bot.documents.document import LONGEST_TEXT
from tests.bot.documents.making import ARTICLE, PAGE, item, pdf, rss
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def read(
    documents: Documents, content: bytes | str, mime: str = "", charset: str | None = None
) -> Document:
    raw = content.encode() if isinstance(content, str) else content
    found = await documents.read_document(raw, mime=mime, charset=charset, url="https://example.com/feed")
    assert isinstance(found, Document), found
    return found


async def problem(documents: Documents, content: bytes, mime: str = "") -> str:
    found = await documents.read_document(content, mime=mime)
    assert isinstance(found, Unparsed), found
    return found.problem


async def test_of_a_page_the_article_is_read_and_not_what_is_around_it(documents: Documents) -> None:
    found = await read(documents, PAGE, "text/html")
    assert (found.kind, found.title, found.cut) == ("page", "Bridge & town", False)
    assert ARTICLE.strip() in found.text
    assert "## Costs" in found.text
    assert "12 million" in found.text
    for noise in ("Shop now", "cookies", "Imprint", "script", "color"):
        assert noise not in found.text


async def test_a_page_in_which_nothing_stands_out_is_read_whole(documents: Documents) -> None:
    page = "<html><body><div>Open <b>9 to 5</b></div><script>no()</script><!-- or --><p>Closed on Sunday</p>"
    found = await read(documents, page)
    assert "9 to 5" in found.text
    assert "Closed on Sunday" in found.text
    assert "no" not in found.text.split()


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><script>app()</script></body></html>",
        "<html><body><noscript>You need to enable JavaScript to run this app.</noscript></body></html>",
        "<!doctype html>",
        "<p></p>",
    ],
)
async def test_a_page_that_scripts_fill_has_no_text(documents: Documents, page: str) -> None:
    assert await problem(documents, page.encode(), "text/html") == "no_text"


async def test_a_page_that_only_asks_for_a_password_is_a_login_and_one_with_an_article_is_not(
    documents: Documents,
) -> None:
    form = (
        "<form><h1>Sign in</h1><label>Password <input name=p type=Password></label><a>Forgot it?</a></form>"
    )
    assert await problem(documents, f"<html><body>{form}</body></html>".encode()) == "login"
    short = f"<html><body>{form}<article><h1>The bridge</h1><p>{ARTICLE}</p></article></body></html>"
    for page in (PAGE.replace("<main>", f"{form}<main>"), short):
        assert ARTICLE.strip() in (await read(documents, page)).text


async def test_a_page_of_very_many_pieces_is_read_in_time(documents: Documents) -> None:
    pieces = "".join(f"<p>Line {number}</p>" for number in range(100_000))
    found = await read(documents, f"<html><body><article>{pieces}</article></body></html>")
    assert found.text.startswith("Line 0\n\nLine 1\n\n")


@pytest.mark.parametrize(
    ("head", "encoding", "charset"),
    [
        ("", "utf-8", "utf-8"),
        ("", "utf-8", None),
        ("", "latin-1", "utf-8"),  # declared wrongly
        ("", "cp1252", "iso-8859-1"),
        ("", "utf-8", "iso-8859-1"),
        ("", "utf-16", None),
        ("", "utf-16-le", "utf-16le"),
        ('<meta charset="utf-16">', "utf-8", None),
        ("", "utf-8", "utf-16"),
        ("", "utf-8-sig", "latin-1"),
        ('<meta charset="cp1251">', "cp1251", None),
        ('<meta charset="none-such">', "utf-8", "x-unknown"),
        ('<meta charset="hex">', "utf-8", "base64"),
    ],
)
async def test_a_page_is_read_in_the_characters_it_is_written_in(
    documents: Documents, head: str, encoding: str, charset: str | None
) -> None:
    word = "Привет" if encoding == "cp1251" else "Käsespätzle über für"
    page = f"<html><head>{head}</head><body><p>{word} {'and more of the same text, ' * 20}</p></body></html>"
    assert word in (await read(documents, page.encode(encoding), "text/html", charset)).text


async def test_a_pdf_gives_the_text_of_its_pages_and_its_title(documents: Documents) -> None:
    found = await read(documents, pdf("The first page", "The second", title="A report"))
    assert (found.kind, found.title) == ("pdf", "A report")
    assert found.text.split("\n\n") == ["The first page", "The second"]


async def test_a_pdf_is_one_whatever_it_was_declared_as(documents: Documents) -> None:
    assert (await read(documents, pdf("Text"), "text/html")).kind == "pdf"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf("A secret", password="pw"), "encrypted"),
        (pdf("A page")[:200], "broken"),
        (b"%PDF-1.7\n" + b"\xff" * 1_000, "broken"),
        (b"%PDF-", "broken"),
        (pdf(""), "no_text"),
        (pdf(), "no_text"),
    ],
)
async def test_a_pdf_that_gives_nothing_says_why(documents: Documents, content: bytes, why: str) -> None:
    assert await problem(documents, content) == why


async def test_rss_gives_its_items_newest_first(documents: Documents) -> None:
    old = item(
        "old", date="Mon, 23 Nov 2026 08:00:00 +0100", text="&lt;p&gt;A &amp;lt; B &amp;amp; C&lt;/p&gt;"
    )
    new = item("new", date="Tue, 24 Nov 2026 08:00:00 GMT")
    found = await read(documents, rss(old + new + item("undated"), title="The &lt;b&gt;news"))
    assert (found.kind, found.title) == ("feed", "The <b>news")
    assert [item.title for item in found.items] == ["new", "old", "undated"]
    first, second, third = found.items
    assert (first.id, first.link) == ("https://example.com/new", "https://example.com/new")
    assert second.published == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert second.summary == "A < B & C"
    assert third.published is None


async def test_atom_and_json_feeds_are_feeds_too(documents: Documents) -> None:
    atom = """<?xml version='1.0'?><!-- made by hand --><feed xmlns="http://www.w3.org/2005/Atom">
    <title>Atom</title><entry><id>urn:1</id><title type="html">&lt;i&gt;One&lt;/i&gt;</title>
    <link href="/one"/>    <updated>2026-11-24T08:00:00+01:00</updated>
    <content type="html">&lt;p&gt;Hello&lt;/p&gt;</content></entry></feed>"""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON",
        "items": [
            {"id": 1, "url": "/one", "title": "One", "content_html": "<p>Hello</p>"},
            {"id": 2, "date_published": "2026-11-24T08:00:00+01:00", "content_text": "Two"},
            "nonsense",
        ],
    }
    (one,) = (await read(documents, atom, "text/plain")).items
    assert (one.id, one.title, one.link, one.summary) == ("urn:1", "One", "https://example.com/one", "Hello")
    assert one.published == datetime(2026, 11, 24, 7, tzinfo=UTC)
    two, other = (await read(documents, json.dumps(feed), "application/json")).items
    assert (two.id, two.published, two.summary) == ("2", one.published, "Two")
    assert (other.link, other.summary) == ("https://example.com/one", "Hello")


async def test_a_feed_with_a_hundred_thousand_items_gives_the_newest(documents: Documents) -> None:
    many = "".join(item(str(number)) for number in range(99_999))
    newest = item("newest", date="Tue, 24 Nov 2026 08:00:00 GMT")
    found = await read(documents, rss(many + newest))
    assert len(found.items) == MOST_ITEMS
    assert found.cut
    assert [item.title for item in found.items[:3]] == ["newest", "0", "1"]


async def test_items_are_told_apart_where_a_feed_gives_all_of_them_one_id_or_one_link(
    documents: Documents,
) -> None:
    link = "<item><title>{}</title><link>https://example.com/</link></item>"
    for entry in (link, "<item><title>{}</title><guid>0</guid></item>"):
        found = await read(documents, rss(entry.format("one") + entry.format("two") + entry.format("two")))
        assert len({item.id for item in found.items}) == 2


async def test_a_broken_feed_gives_what_can_be_made_out(documents: Documents) -> None:
    whole = rss(item("one") + item("two"))
    found = await read(documents, whole[: whole.rindex(b"</item>")])
    assert [item.title for item in found.items] == ["one", "two"]
    assert await problem(documents, b"<rss><channel>") == "broken"
    assert await problem(documents, b'{"version": "https://jsonfeed.org/version/1.1", "items": ') == "broken"


async def test_a_feed_opens_no_file_and_no_address(documents: Documents, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    outside = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>'
        "<rss version='2.0'><channel><title>&x;</title><item><title>&x;</title></item></channel></rss>"
    )
    assert "the secret" not in str(await documents.read_document(outside.encode()))
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><body><p>Hello &x;</p></body></html>'
    assert "the secret" not in str(await documents.read_document(page.encode(), mime="application/xhtml+xml"))
    assert (await read(documents, str(secret), "text/plain")).text == str(secret)


async def test_entities_that_multiply_do_no_harm(documents: Documents) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{laughs}]><rss><channel><title>&l11;</title>'
    )
    found = await documents.read_document(f"{bomb}{item('one')}</channel></rss>".encode())
    assert isinstance(found, Unparsed) or len(str(found)) < 10_000


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        ("Just text", "text/plain"),
        ("# Markdown\n\n- a\n- b", "text/markdown"),
        ('{"a": [1, 2]}', "application/json"),
        ("a,b\n1,2", "text/csv"),
        ("key: value", "application/yaml"),
        ("No type at all", ""),
        ("No type to speak of", "application/octet-stream"),
        ("<note><to>Ada</to></note>", "application/xml"),
    ],
)
async def test_text_is_read_as_it_stands(documents: Documents, content: str, mime: str) -> None:
    found = await read(documents, content, mime)
    assert (found.kind, found.text) == ("text", content)


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/html"),
        (b"PK\x03\x04\x14\0\0\0", ""),
        (b"\x1f\x8b\x08\0\0", "text/plain"),
        (bytes(range(256)) * 10, "application/octet-stream"),
        (b"it says it is a picture", "image/jpeg"),
    ],
)
async def test_what_is_no_text_is_not_read(documents: Documents, content: bytes, mime: str) -> None:
    assert await problem(documents, content, mime) == "not_text"


@pytest.mark.parametrize("content", [b"", b" \n\t ", "\u200b\ufeff".encode()[3:]])
async def test_what_is_empty_has_no_text(documents: Documents, content: bytes) -> None:
    assert await problem(documents, content, "text/plain") == "no_text"


async def test_what_only_a_model_would_see_is_taken_out(documents: Documents) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")
    found = await read(documents, f"Hello{hidden}\x1b world\r\nagain\n\n\n\n\nend", "text/plain")
    assert found.text == "Hello world\nagain\n\nend"


async def test_a_long_text_is_cut_and_says_so(documents: Documents) -> None:
    found = await read(documents, "x" * (LONGEST_TEXT + 1), "text/plain")
    assert (len(found.text), found.cut) == (LONGEST_TEXT, True)
    assert not (await read(documents, "x" * LONGEST_TEXT, "text/plain")).cut


async def test_a_deep_page_does_no_harm(documents: Documents) -> None:
    page = f"<html><body>{'<div>' * 50_000}deep{'</div>' * 50_000}<p>after</p></body></html>"
    found = await documents.read_document(page.encode(), mime="text/html")
    assert isinstance(found, Unparsed) or "deep" in found.text or "after" in found.text
    assert (await read(documents, "still there", "text/plain")).text == "still there"


async def test_one_that_takes_too_long_is_ended_and_the_next_is_read() -> None:
    text = "&lt;b&gt;x&lt;/b&gt;" * 1_500
    feed = rss("".join(item(str(number), text=text) for number in range(2 * MOST_ITEMS)))
    assert len(feed) < 20_000_000
    async with open_documents(processes=1, patience=Patience(cpu=1)) as documents:
        assert await problem(documents, feed) == "too_large"
        assert (await read(documents, "next", "text/plain")).text == "next"


async def test_one_that_unpacks_to_more_than_there_is_memory_is_not_read() -> None:
    async with open_documents(processes=1, patience=Patience(memory=300)) as documents:
        assert await problem(documents, pdf("x", padding=300_000_000)) == "too_large"
        assert (await read(documents, "next", "text/plain")).text == "next"


async def test_a_process_that_hangs_or_dies_is_replaced() -> None:
    async with open_documents(processes=1) as documents:
        assert (await read(documents, "one", "text/plain")).text == "one"
        first = _pid(documents)
        os.kill(first, signal.SIGSTOP)
        reading = asyncio.create_task(documents.read_document(b"two", mime="text/plain"))
        await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        assert await reading == Unparsed(problem="too_large")
        assert (await read(documents, "three", "text/plain")).text == "three"
        assert _pid(documents) != first


async def test_nobody_waits_for_ever_and_nobody_is_blamed_for_another() -> None:
    patience = Patience(wait=timedelta(seconds=5), queue=timedelta(seconds=1))
    async with open_documents(processes=1, patience=patience) as documents:
        assert (await read(documents, "one", "text/plain")).text == "one"
        stopped = _pid(documents)
        os.kill(stopped, signal.SIGSTOP)
        first, second = await asyncio.gather(
            *(documents.read_document(b"x", mime="text/plain") for _ in range(2))
        )
        assert (first, second) == (Unparsed(problem="too_large"), Unparsed(problem="slow"))
        assert (await read(documents, "next", "text/plain")).text == "next"


async def test_the_documents_of_one_site_never_keep_every_process_busy() -> None:
    async with open_documents(processes=2) as documents:

        def begin_reading(site: str) -> asyncio.Task[Document | Unparsed]:
            reading = documents.read_document(
                b"x", mime="text/plain", url=f"https://{site}/{os.urandom(4).hex()}"
            )
            return asyncio.create_task(reading)

        assert isinstance(await begin_reading("slow.example"), Document)
        stopped = _pid(documents)
        os.kill(stopped, signal.SIGSTOP)
        slow = [begin_reading("slow.example") for _ in range(5)]
        assert isinstance(await begin_reading("quick.example"), Document)
        assert not any(reading.done() for reading in slow)
        os.kill(stopped, signal.SIGCONT)
        assert all(isinstance(found, Document) for found in await asyncio.gather(*slow))


async def test_there_is_only_so_much_memory() -> None:
    text = b"word " * 12_000_000
    page = b"<!doctype html><p>" + b"<i>x</i>" * 600_000
    async with open_documents(processes=1, patience=Patience(memory=120)) as documents:
        assert await problem(documents, text, "text/plain") == "too_large"
        assert await problem(documents, page) == "too_large"
        assert (await read(documents, "next", "text/plain")).text == "next"


async def test_a_process_that_has_grown_is_replaced() -> None:
    async with open_documents(processes=1, patience=Patience(weary=150)) as documents:
        await read(documents, "small", "text/plain")
        first = _pid(documents)
        await read(documents, pdf("What reads this is large"))
        await read(documents, "small", "text/plain")
        assert _pid(documents) != first


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="shows what a process was given")
async def test_it_has_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    async with open_documents(processes=1) as documents:
        await read(documents, "one", "text/plain")
        environ = Path(f"/proc/{_pid(documents)}/environ")
        assert b"xoxb-secret" not in await asyncio.to_thread(environ.read_bytes)


async def test_nothing_is_started_before_there_is_something_to_read() -> None:
    async with open_documents() as documents:
        assert all(reader._child.pid is None for reader in documents._readers)  # noqa: SLF001


async def test_it_ends_with_the_one_who_started_it_also_by_kill() -> None:
    code = (
        "import asyncio\n"
        "from bot.documents import open_documents\n"
        "async def main():\n"
        "    async with open_documents(processes=1) as documents:\n"
        "        await documents.read_document(b'x', mime='text/plain')\n"
        "        print(documents._readers[0]._child.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int((await parent.stdout.readline()).split()[0])
    parent.send_signal(signal.SIGKILL)
    await parent.communicate()
    await wait_until(lambda: _gone(child), "the process that reads documents to end")


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def _pid(documents: Documents) -> int:
    pids = (reader._child.pid for reader in documents._readers)  # noqa: SLF001 — as a list of processes has it
    return next(pid for pid in pids if pid is not None)
