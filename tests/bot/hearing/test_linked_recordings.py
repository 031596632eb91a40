"""Recordings that links lead to, and the episodes of podcasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from bot.replies import source_credit
from bot.sources import Link, Material, Unreadable
from tests.bot.documents.making import rss
from tests.bot.documents.sounds import encoded, wav
from tests.bot.fetch.site import Site, open_site
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader
from tests.stand_ins.transcriber import Transcriber, fails

HOUR = timedelta(hours=1)
LATELY = "Tue, 24 Nov 2026 08:30:00 GMT"


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


def episode(site: Site, name: str, *, date: str = LATELY, kind: str = "audio/mpeg") -> str:
    return (
        f'<item><title>{name}</title><guid isPermaLink="false">{name}</guid><pubDate>{date}</pubDate>'
        f'<enclosure url="{site.url}/{name}.mp3" type="{kind}" length="1"/></item>'
    )


async def read(reader: Reader, url: str, *, since: timedelta = HOUR) -> Material:
    found = await reader.read(Link(url=url), since=reader.now() - since)
    assert isinstance(found, Material), found
    return found


async def test_a_link_to_a_recording_is_heard_and_fetched_again_only_when_it_changes(
    site: Site, reader: Reader, server: Transcriber, clock: Clock
) -> None:
    site.says("/talk.mp3", encoded("mp3", "libmp3lame", (400, 2.0)), Content_Type="audio/mpeg", ETag='"1"')
    (piece,) = (await read(reader, f"{site.url}/talk.mp3")).pieces
    assert piece.text == "0:00 Tone 400."
    assert piece.title == f"What is said in a recording, with its times ({site.url}/talk.mp3)"
    await read(reader, f"{site.url}/talk.mp3")  # at once
    assert (site.count("/talk.mp3"), len(server.heard)) == (1, 1)
    clock.now += HOUR
    await read(reader, f"{site.url}/talk.mp3")  # its server sends it once more: it is known all the same
    assert (site.count("/talk.mp3"), len(server.heard)) == (2, 1)


async def test_a_recording_may_be_larger_than_a_page(site: Site, reader: Reader) -> None:
    large = wav((400, 2.0), (0, 640.0))  # more than 10 MB
    assert len(large) > 10_000_000
    site.says("/talk", large, Content_Type="audio/wav")
    assert (await read(reader, f"{site.url}/talk")).pieces[0].text == "0:00 Tone 400."
    site.says("/page", large, Content_Type="text/html")
    found = await reader.read(Link(url=f"{site.url}/page"))
    assert isinstance(found, Unreadable)
    assert found.problem == "too_large"


async def test_new_episodes_are_told_with_what_is_said_in_them(
    site: Site, reader: Reader, server: Transcriber, clock: Clock
) -> None:
    site.says("/1.mp3", encoded("mp3", "libmp3lame", (400, 2.0)), Content_Type="audio/mpeg")
    site.says("/2.mp3", encoded("mp3", "libmp3lame", (600, 2.0)), Content_Type="audio/mpeg")
    site.says("/feed", rss(episode(site, "1")))
    (piece,) = (await read(reader, f"{site.url}/feed")).pieces
    assert piece.text == (
        "- [2026-11-24 08:30 UTC] 1\n    What is said in its recording:\n    0:00 Tone 400."
    )
    clock.now += HOUR
    site.says("/feed", rss(episode(site, "1") + episode(site, "2")))
    (piece,) = (await read(reader, f"{site.url}/feed")).pieces
    assert "Tone 600" in piece.text
    assert "Tone 400" not in piece.text
    assert (site.count("/1.mp3"), site.count("/2.mp3"), len(server.heard)) == (1, 1, 2)


async def test_a_second_schedule_on_the_same_episode_costs_neither_a_fetch_nor_a_call(
    site: Site, reader: Reader, server: Transcriber
) -> None:
    site.says("/1.mp3", encoded("mp3", "libmp3lame", (400, 2.0)), Content_Type="audio/mpeg")
    site.says("/feed", rss(episode(site, "1")))
    site.says("/other", rss(episode(site, "1")))
    first = await read(reader, f"{site.url}/feed")
    second = await read(reader, f"{site.url}/other")
    assert second.pieces[0].text == first.pieces[0].text
    assert (site.count("/1.mp3"), len(server.heard)) == (1, 1)


async def test_an_episode_that_cannot_be_heard_is_told_and_the_others_count(
    site: Site, reader: Reader, server: Transcriber
) -> None:
    site.says("/1.mp3", encoded("mp3", "libmp3lame", (400, 2.0)), Content_Type="audio/mpeg")
    site.says("/2.mp3", "<html>Not here</html>", Content_Type="audio/mpeg")
    site.says("/feed", rss("".join(episode(site, name) for name in ("1", "2", "3"))))
    found = await read(reader, f"{site.url}/feed")
    assert "Tone 400." in found.pieces[0].text
    assert found.pieces[0].text.count("(Its recording could not be listened to.)") == 2
    assert [source.problem for source in found.unread] == ["broken", "gone"]
    assert "because it's damaged" in source_credit(found)


async def test_of_many_new_episodes_the_newest_are_heard(
    site: Site, reader: Reader, server: Transcriber
) -> None:
    server.otherwise = fails(400)
    for name in "12345":
        site.says(f"/{name}.mp3", wav((400 + int(name), 1.0)), Content_Type="audio/mpeg")
    dates = {name: f"Tue, 24 Nov 2026 08:3{name}:00 GMT" for name in "12345"}
    site.says("/feed", rss("".join(episode(site, name, date=dates[name]) for name in "12345")))
    found = await read(reader, f"{site.url}/feed")
    assert [site.count(f"/{name}.mp3") for name in "12345"] == [0, 0, 1, 1, 1]
    assert found.pieces[0].text.count("too many are new") == 2


async def test_an_enclosure_that_is_no_recording_is_left_alone(site: Site, reader: Reader) -> None:
    site.says("/feed", rss(episode(site, "1", kind="image/png")))
    found = await read(reader, f"{site.url}/feed")
    assert found.pieces[0].text == "- [2026-11-24 08:30 UTC] 1"
    assert site.count("/1.mp3") == 0


async def test_a_json_feed_has_attachments(site: Site, reader: Reader) -> None:
    site.says("/1.mp3", wav((400, 2.0)), Content_Type="audio/mpeg")
    attachment = f'{{"url": "{site.url}/1.mp3", "mime_type": "audio/mpeg"}}'
    site.says(
        "/feed",
        '{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{"id": "1", "title": "One", '
        f'"date_published": "2026-11-24T08:30:00Z", "attachments": [{attachment}]}}]}}',
    )
    assert "0:00 Tone 400." in (await read(reader, f"{site.url}/feed")).pieces[0].text
