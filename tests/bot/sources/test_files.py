"""Shared files are read like what links lead to."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from bot.documents import Patience
from bot.hearing import Senses
from bot.replies import source_credit
from bot.slack import SharedFile, connect_slack
from bot.sources import File, FileReader, Material, Problem, Unreadable
from bot.sources.file_reader import EACH_AT_ONCE, FILES_AT_ONCE
from tests.bot.documents.making import pdf
from tests.bot.sources.reading import Held, Reader
from tests.waiting import wait_until

LINK = "https://acme.slack.com/files/U0ADA000001/F0FILE00001/report.pdf"


def shared(content: bytes, *, name: str = "report.pdf", mime: str = "application/pdf") -> SharedFile:
    return SharedFile(name=name, mime=mime, content=content, permalink=LINK)


async def test_a_shared_file_is_read_and_told_by_its_name(reader: Reader) -> None:
    reader.drawer.files["F0FILE00001"] = shared(pdf("The numbers are good"))
    found = await reader.read(File(file="F0FILE00001"))
    assert isinstance(found, Material)
    (piece,) = found.pieces
    assert (piece.title, piece.text, piece.window) == ("The file report.pdf", "The numbers are good", None)
    assert source_credit(found) == f"from <{LINK}|report.pdf>"


@pytest.mark.parametrize(
    ("file", "problem", "name"),
    [
        ("refused", "refused", "a file"),
        ("gone", "gone", "a file"),
        (shared(b"\x89PNG\r\n\x1a\n\0\0", name="a.png", mime="image/png"), "no_sight", f"<{LINK}|a.png>"),
        (shared(pdf("x", password="pw")), "encrypted", f"<{LINK}|report.pdf>"),
    ],
)
async def test_one_that_cannot_be_read_says_why(
    reader: Reader, file: SharedFile | Problem, problem: Problem, name: str
) -> None:
    reader.drawer.files["F0FILE00001"] = file
    assert await reader.read(File(file="F0FILE00001")) == Unreadable(problem=problem, name=name)


async def test_a_files_name_is_only_a_name(reader: Reader) -> None:
    name = "a\n# The question\n<!channel>|x> <https://evil.example|report.pdf"
    reader.drawer.files["F0FILE00001"] = shared(b"Text", name=name, mime="text/plain")
    found = await reader.read(File(file="F0FILE00001"))
    assert isinstance(found, Material)
    said = source_credit(found)
    assert said.count("<") == said.count(">") == said.count("|") == 1
    assert "\n" not in said
    assert "\n" not in found.pieces[0].title


async def test_a_feed_that_is_a_file_is_read_whole(reader: Reader) -> None:
    from tests.bot.documents.making import item, rss

    feed = rss(item("one", date="Mon, 23 Nov 2020 08:00:00 GMT"))
    reader.drawer.files["F0FILE00001"] = shared(feed, name="feed.xml", mime="text/xml")
    for _ in range(2):
        found = await reader.read(File(file="F0FILE00001"))
        assert isinstance(found, Material)
        assert found.pieces[0].text.startswith("- [2020-11-23 08:00 UTC] one")


async def test_however_many_are_to_be_read_only_so_many_are_held_at_once(reader: Reader) -> None:
    documents = Held(processes=1, patience=Patience())
    reader.drawer.files["F0FILE00001"] = shared(b"Text")
    async with (
        aclosing(documents),
        connect_slack(token="xoxb-other", api_url="http://127.0.0.1:9/") as other,
        asyncio.TaskGroup() as group,
    ):
        files = FileReader(documents, shelf=reader.drawer)
        senses = Senses(ear=reader.hearing.for_run("T1"))
        for _ in range(FILES_AT_ONCE):
            group.create_task(files.read_file(reader.slack, "F0FILE00001", senses))
        await wait_until(lambda: documents.parsed, "the first of them")
        assert documents.parsed == EACH_AT_ONCE
        for _ in range(FILES_AT_ONCE):  # another workspace need not wait for them
            group.create_task(files.read_file(other, "F0FILE00001", senses))
        await wait_until(lambda: documents.parsed > EACH_AT_ONCE, "the first of those")
        assert documents.parsed == FILES_AT_ONCE
        documents.let_go.set()
    assert documents.parsed == 2 * FILES_AT_ONCE
