"""The whole workload of a storm: people ask, schedules fire, and the weather is rough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tests.chaos.storm import Storm
from tests.chaos.workload import REVIEWED, Kind, Prompt
from tests.chaos.workspace import CHANNELS, REVIEWERS

_AT_ONCE: Final = (
    Kind.SHORT,
    Kind.LONG,
    Kind.REFUSED,
    Kind.SHORT,
    Kind.DOWN,
    Kind.LONG,
    Kind.SHUT,
    Kind.SHORT,
)
_ONCE: Final = (Kind.SHORT, Kind.LONG, Kind.SHORT, Kind.REFUSED, Kind.SHORT)
_PLACES: Final = ", ".join(f"<#{channel}|{channel.lower()}>" for channel in CHANNELS)
_ASKING: Final = f", reviewed by {' and '.join(f'<@{user}>' for user in REVIEWERS)}"
_TURN: Final = timedelta(minutes=30)
"""The time between two rounds of asking all of these."""


async def rage(storm: Storm, *, turns: int) -> None:
    """So many half hours of rough weather, and then calm until all is over."""
    await _schedule(storm)
    start = storm.clock()
    storm.weather.calm = False
    for turn in range(turns):
        await _take_turn(storm, turn, start + turn * _TURN)
    await storm.keep_house()
    await storm.drain()


async def _schedule(storm: Storm) -> None:
    """Recurring ones, as people make them; the answers of all but the last are made ahead."""
    await storm.command(Prompt(label="quarterly", kind=Kind.LONG), "every 15 minutes")
    await storm.command(Prompt(label="thirds", kind=Kind.SHORT), "every 20 minutes")
    await storm.command(Prompt(label="gloomy", kind=Kind.DOWN), "every 15 minutes")
    paper = await storm.command(Prompt(label="paper", kind=Kind.NEWS), "every 20 minutes")
    storm.post_only_changes(paper)
    await storm.command(Prompt(label="places", kind=Kind.SHORT), f"every 20 minutes to {_PLACES}:")
    await storm.command(Prompt(label=REVIEWED, kind=Kind.SHORT), "every 20 minutes", ending=_ASKING)
    await storm.command(Prompt(label="often", kind=Kind.LONG), "every 5 minutes")
    await storm.repeat(Prompt(label="foreign", kind=Kind.LONG), "*/15 * * * *")


async def _take_turn(storm: Storm, turn: int, start: datetime) -> None:
    dice = storm.weather.dice(f"turn {turn}")
    for place, kind in enumerate(_ONCE):
        at = start + timedelta(minutes=dice.randint(3, 29))
        await storm.ask(Prompt(label=f"once-{turn * len(_ONCE) + place}", kind=kind), at=at)
    moments = sorted(start + timedelta(seconds=dice.randint(0, 1700)) for _ in _AT_ONCE)
    for place, (kind, moment) in enumerate(zip(_AT_ONCE, moments, strict=True)):
        await storm.carrier.carry(moment)
        await storm.decide()
        await storm.watchdog.do_round()
        await storm.ask(Prompt(label=f"ask-{turn * len(_AT_ONCE) + place}", kind=kind))
        if place % 3 == 0:
            await storm.type(Prompt(label=f"typed-{turn * len(_AT_ONCE) + place}", kind=kind))
    await storm.carrier.carry(start + _TURN)
