"""Channels and threads of apps, whose words stand in blocks and attachments, as the sandbox keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from bot.slack import Slack
from bot.sources import Channel, Material, Piece, Thread, Unreadable
from bot.storage.client import CountedRedis
from tests.bot.sandbox.town import ADA, GENERAL, NEWS, Town
from tests.bot.sources.reading import Reader, open_reader

UNSEEN = "[no preview available]"


@pytest_asyncio.fixture
async def reader(town: Town, slack: Slack, redis: CountedRedis) -> AsyncIterator[Reader]:
    async with open_reader(slack, redis, now=town.clock) as opened:
        yield opened


async def post(town: Town, **message: Any) -> str:
    posted = await town.do("messages", **{"channel": NEWS, **message})
    assert posted["ok"], posted
    return str(posted["ts"])


async def piece_of(reader: Reader, source: Channel | Thread) -> Piece:
    found = await reader.read(source)
    assert isinstance(found, Material)
    (piece,) = found.pieces
    return piece


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def test_a_channel_of_alerts_is_read_from_blocks_and_attachments(town: Town, reader: Reader) -> None:
    await post(town, app="Alerts", blocks=[section("*SEV1* checkout is down since 09:12")])
    card = {"title": "CPU 99% on db-3", "fields": [{"title": "Zone", "value": "eu-7"}], "fallback": UNSEEN}
    await post(town, app="Alerts", attachments=[card])
    await post(town, app="Alerts", text="Disk full", blocks=[section("*Disk full* on <#C0RANDOM001|>")])
    piece = await piece_of(reader, Channel(channel=NEWS, hours=1))
    lines = [line.partition("] ")[2] or line for line in piece.text.splitlines()]
    assert lines == [
        "Alerts: *SEV1* checkout is down since 09:12",
        "Alerts: CPU 99% on db-3",
        "    Zone: eu-7",
        "Alerts: *Disk full* on #random",
    ]
    assert piece.left_out == ""


async def test_a_thread_is_read_with_forwards_tables_and_groups_by_name(town: Town, reader: Reader) -> None:
    forward = {"is_share": True, "author_name": "Quentin", "text": "We ship Monday", "fallback": UNSEEN}
    ts = await post(town, user=ADA, channel=GENERAL, text="<!subteam^S0EDITORS01> FYI", attachments=[forward])
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": word} for word in ("nut", "17")]]}
    await post(
        town, user=ADA, channel=GENERAL, thread_ts=ts, attachments=[{"fallback": UNSEEN, "blocks": [table]}]
    )
    piece = await piece_of(reader, Thread(channel=GENERAL, ts=ts))
    lines = [line.partition("] ")[2] or line for line in piece.text.splitlines()]
    assert lines == [
        "Ada Lovelace: @editors FYI",
        "    (forwarded, by Quentin:)",
        "    We ship Monday",
        "Ada Lovelace: nut | 17",
    ]


async def test_messages_without_words_are_counted_among_what_is_left_out(town: Town, reader: Reader) -> None:
    await post(town, app="Alerts", attachments=[{"fallback": UNSEEN}])
    assert await reader.read(Channel(channel=NEWS, hours=1)) == Unreadable(
        problem="wordless", name=f"<#{NEWS}>"
    )
    await post(town, app="Alerts", text="all good again")
    piece = await piece_of(reader, Channel(channel=NEWS, hours=1))
    assert piece.left_out == "(Messages without words that can be read are left out: 1.)"
    assert piece.window is not None
    assert piece.window.until - piece.window.since == timedelta(hours=1)
