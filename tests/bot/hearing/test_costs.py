"""Recordings are paid for by the minute, within the caps, and only as far as they were heard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.budget import Caps, Limit, Prices, Purse, Rate, TeamMeter, parse_caps, read_tallies
from bot.errors import CapReached
from bot.hearing import Senses
from bot.slack import SharedFile
from bot.sources import FileReader, Piece, Unreadable
from bot.storage.client import CountedRedis
from tests.bot.documents.sounds import wav
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader
from tests.stand_ins.transcriber import Transcriber, fails

MINUTE = 600_000_000
"""Billionths of a dollar."""
LONG = wav((400, 130.0), (0, 2.0), (600, 60.0))
"""192 seconds in two stretches."""


class Payer:
    """Reads one recording on a team's account."""

    def __init__(self, reader: Reader, redis: CountedRedis, clock: Clock, caps: str = "") -> None:
        rate = Rate(calls=100, window=timedelta(seconds=1))
        purse = Purse(
            redis,
            prices=Prices.parse("server:whisper-1=0.6/min"),
            caps=Caps(team=parse_caps(caps)),
            now=clock,
        )
        limit = Limit(redis, overall=rate, per_team=rate)
        self.meter = TeamMeter(limit, purse, team="T1", schedule="kolu", warned=lambda _: None)
        self.reader, self.redis, self.clock = reader, redis, clock

    async def read(self, content: bytes) -> Piece | Unreadable:
        reader = self.reader
        reader.drawer.files["F0FILE00001"] = SharedFile(
            name="a.wav", mime="audio/wav", content=content, permalink="https://x.example/a"
        )
        ear = reader.hearing.for_run("T1", meter=self.meter)
        files = FileReader(reader.documents, shelf=reader.drawer)
        return await files.read_file(reader.slack, "F0FILE00001", Senses(ear=ear))

    async def tally(self) -> dict[str, int]:
        (day,) = await read_tallies(self.redis, "T1", [self.clock.now.date()])
        return day


async def test_a_recording_costs_its_minutes_and_nothing_the_next_time(
    reader: Reader, redis: CountedRedis, clock: Clock
) -> None:
    payer = Payer(reader, redis, clock)
    assert isinstance(await payer.read(LONG), Piece)
    assert payer.meter.spent == pytest.approx(3.2 * MINUTE, rel=0.02)
    tally = await payer.tally()
    assert (tally["calls"], tally["cost"]) == (2, payer.meter.spent)
    assert tally["cost:kolu"] == payer.meter.spent
    again = Payer(reader, redis, clock)
    assert isinstance(await again.read(LONG), Piece)
    assert again.meter.spent == 0
    assert await payer.tally() == tally


async def test_a_cap_that_the_whole_would_pass_holds_before_it_begins(
    reader: Reader, redis: CountedRedis, clock: Clock, server: Transcriber
) -> None:
    payer = Payer(reader, redis, clock, caps="1.50/day")  # two minutes and a half
    with pytest.raises(CapReached):
        await payer.read(LONG)
    assert server.heard == []
    assert await payer.tally() == {}
    assert isinstance(await payer.read(wav((400, 100.0))), Piece)  # there is room for this one


async def test_what_is_refused_costs_nothing(
    reader: Reader, redis: CountedRedis, clock: Clock, server: Transcriber
) -> None:
    server.otherwise = fails(400)
    payer = Payer(reader, redis, clock)
    assert isinstance(await payer.read(wav((400, 20.0))), Unreadable)
    assert payer.meter.spent == 0
    assert await payer.tally() == {}
