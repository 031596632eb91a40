"""Sources as values: the same on the wire before and after, whichever version has written them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.replies import source_name
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_record import decode_schedule, encode_schedule
from bot.sources import (
    Channel,
    ChannelMembers,
    Everyone,
    File,
    FileViewers,
    ForeignSource,
    Link,
    Readers,
    Source,
    SourceLabel,
    Thread,
    are_readable,
    channels_read,
    decode_source,
    distinct_sources,
)

SCHEDULE = Schedule(
    id="kolu-tane", team="T1", channel="C1", user="U1", query="q", zone="UTC", cron="0 9 * * *"
)
BEGAN = datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.parametrize(
    ("wire", "source", "readers", "label"),
    [
        (
            {"type": "link", "url": "https://example.com/a"},
            Link(url="https://example.com/a"),
            Everyone(),
            SourceLabel(kind="link", url="https://example.com/a"),
        ),
        (
            {"type": "file", "file": "F0123456789"},
            File(file="F0123456789"),
            FileViewers(file="F0123456789"),
            SourceLabel(kind="file"),
        ),
        (
            {"type": "thread", "channel": "C0123456789", "ts": "1700000000.000000"},
            Thread(channel="C0123456789", ts="1700000000.000000"),
            ChannelMembers(channel="C0123456789"),
            SourceLabel(kind="thread", channel="C0123456789", began=BEGAN),
        ),
        (
            {"type": "channel", "channel": "C0123456789", "hours": 168},
            Channel(channel="C0123456789", hours=168),
            ChannelMembers(channel="C0123456789"),
            SourceLabel(kind="channel", channel="C0123456789", hours=168),
        ),
        (
            {"type": "channel", "channel": "C0123456789"},
            Channel(channel="C0123456789"),
            ChannelMembers(channel="C0123456789"),
            SourceLabel(kind="channel", channel="C0123456789"),
        ),
    ],
)
def test_a_source_tells_its_form_its_readers_and_its_label(
    wire: dict[str, Any], source: Source, readers: Readers, label: SourceLabel
) -> None:
    assert decode_source(wire) == source
    assert source.encode() == wire
    assert list(source.encode()) == list(wire)
    assert (source.readers, source.label) == (readers, label)
    assert are_readable([source])


@pytest.mark.parametrize(
    ("wire", "readable", "channels", "name"),
    [
        ({"type": "poem", "lines": [1, {"b": 2}]}, False, (), "another source"),
        ({"type": "poem", "channel": "C2"}, False, ("C2",), "another source"),
        ({"type": "thread", "channel": "C0123456789"}, False, ("C0123456789",), "another source"),
        ({"depth": 2, "type": "link", "url": "https://a.example"}, True, (), "https://a.example"),
        (
            {"type": "channel", "channel": "C0123456789", "hours": 24, "bots": True},
            True,
            ("C0123456789",),
            "a channel (the last day)",
        ),
    ],
)
async def test_what_another_version_has_written_is_kept_to_the_letter(
    wire: dict[str, Any], readable: bool, channels: tuple[str, ...], name: str
) -> None:
    source = decode_source(wire)
    assert isinstance(source, ForeignSource)
    assert are_readable([source]) is readable
    assert channels_read([source]) == channels
    assert source_name(source) == name
    schedule = replace(SCHEDULE, sources=(source,))
    kept = await decode_schedule((encode_schedule(schedule), "active", "1"))
    assert kept is not None
    assert kept.sources == (source,)
    assert [list(other.items()) for other in kept.job.sources] == [list(wire.items())]


def test_a_foreign_source_counts_once_whatever_the_order_of_its_fields() -> None:
    wire = {"type": "poem", "lines": [1, 2]}
    one, other = decode_source(wire), decode_source(dict(reversed(wire.items())))
    assert distinct_sources([one, other]) == (one,)
    assert {one, other} == {one}
