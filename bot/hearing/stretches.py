"""One recording written down stretch by stretch, each kept as soon as it is there, and metered."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.budget import TeamMeter
from bot.documents import Listening, Recording, Sound
from bot.errors import (
    Limited,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    StillListening,
)
from bot.hearing.transcriber import Transcriber
from bot.hearing.transcript import Heard, Line
from bot.hearing.transcript_store import TranscriptStore
from bot.model import Call, Tokens

AT_ONCE: Final = 3
"""Stretches of one recording that are with the transcriber."""
_SHORTEST_BILLED: Final = 10
"""Seconds: some providers bill no less for a call."""
_LONGEST_WAIT: Final = 30.0
"""Seconds for the limit on calls; longer ones are QStash's."""

Tell = Callable[[int, int], Awaitable[None]]
"""Told how many stretches are heard, and how many there are."""


async def tell_nobody(done: int, total: int) -> None:
    """Stand in for `Tell` where nobody waits."""


@dataclass(kw_only=True)
class Stretches:
    """The stretches of one recording, which a transcriber writes down for a team that pays for it."""

    store: TranscriptStore
    transcriber: Transcriber
    team: str
    name: str
    token: str
    heard: dict[int, Heard]
    """Those that are written down already, by their place."""
    meter: TeamMeter | None
    tell: Tell
    until: float
    """The moment of the loop's clock at which the attempt ends."""
    now: Callable[[], datetime]
    count_seconds: Callable[[float], None]
    _new: int = field(default=0, init=False)
    _failure: ModelError | None = field(default=None, init=False)
    """The error of one stretch; the others on their way are still awaited, for they are paid for."""

    @property
    def in_order(self) -> tuple[Heard, ...]:
        return tuple(self.heard[index] for index in sorted(self.heard))

    async def hear_all(self, listening: Listening) -> None:
        """Hear what is not heard yet. Raises `ModelError`, and `StillListening` where time is short."""
        recording = listening.recording
        wanted = [
            index
            for index, stretch in enumerate(recording.stretches)
            if index not in self.heard and not stretch.silent
        ]
        total = sum(not stretch.silent for stretch in recording.stretches)
        await self._ask_caps(recording, wanted)
        turns, tasks = asyncio.Semaphore(AT_ONCE), set[asyncio.Task[None]]()
        try:
            async with asyncio.timeout_at(self.until):
                await self._tell_progress(total)
                async with asyncio.TaskGroup() as group:
                    await turns.acquire()
                    while self._failure is None and (sound := await listening.next_sound()) is not None:
                        tasks.add(group.create_task(self._hear_stretch(recording, sound, turns, total)))
                        await turns.acquire()  # so that no more sound is held than is heard
        except TimeoutError as exc:
            if not self._new:
                raise ModelUnavailable("no stretch was written down in time") from exc
            raise StillListening from exc
        except BaseExceptionGroup as exc:
            raise exc.exceptions[0] from exc
        if self._failure is not None:
            if self._new and isinstance(self._failure, ModelUnavailable):
                raise StillListening from self._failure  # it gets on
            raise self._failure
        await self.store.keep_whole(
            self.team,
            self.name,
            seconds=recording.seconds,
            broken_off=listening.broke_off,
            token=self.token,
        )

    async def _hear_stretch(
        self, recording: Recording, sound: Sound, turns: asyncio.Semaphore, total: int
    ) -> None:
        try:
            stretch = recording.stretches[sound.index]
            call = self._call_for(stretch.seconds)
            heard = _shift_lines(await self._transcribe_metered(sound.flac, call), by=stretch.start)
            self.heard[sound.index] = heard
            self._new += 1
            self.count_seconds(stretch.seconds)
            await self.store.keep_stretch(
                self.team,
                self.name,
                token=self.token,
                index=sound.index,
                heard=heard,
                now=self.now(),
            )
            await self._tell_progress(total)
        except (ModelUnavailable, ModelRefused) as exc:
            self._failure = self._failure or exc
        finally:
            turns.release()

    async def _transcribe_metered(self, flac: bytes, call: Call) -> Heard:
        """The words, metered; what a provider may have billed without a word stays charged."""
        await self._admit_call(call)
        billed, done = True, None
        try:
            heard = await self.transcriber.transcribe(flac)
            done = Tokens(sent=0, received=0, seconds=call.seconds)
        except ModelRefused:
            billed = False
            raise
        finally:
            if self.meter is not None:
                await self.meter.record_call(call, done, billed=billed)
        return heard

    async def _admit_call(self, call: Call) -> None:
        if self.meter is None:
            return
        while True:
            try:
                await self.meter.admit_call(call)
            except Limited as exc:
                wait = exc.retry_after.total_seconds()
                if wait > min(_LONGEST_WAIT, seconds_until(self.until)):
                    raise
                await asyncio.sleep(wait)
            else:
                return

    async def _ask_caps(self, recording: Recording, wanted: list[int]) -> None:
        """Have all that is still to be heard let through at once, or nothing begins. Raises `CapReached`."""
        seconds = sum(recording.stretches[index].seconds for index in wanted)
        if len(wanted) < 2 or self.meter is None:
            return  # the only call is asked for itself
        whole = self._call_for(seconds)
        await self._admit_call(whole)
        await self.meter.record_call(whole, None, billed=False)

    def _call_for(self, seconds: float) -> Call:
        billed = max(_SHORTEST_BILLED, math.ceil(seconds)) if self.transcriber.name.startswith("groq:") else 0
        return Call(
            model=self.transcriber.name,
            most_sent=0,
            most_tokens=0,
            seconds=billed or max(1, math.ceil(seconds)),
        )

    async def _tell_progress(self, total: int) -> None:
        if total > 1:
            await self.tell(len(self.heard), total)


def seconds_until(moment: float) -> float:
    """The seconds left until a moment of the loop's clock."""
    return moment - asyncio.get_running_loop().time()


def _shift_lines(heard: Heard, *, by: float) -> Heard:
    """The same, with times from the recording's beginning."""
    lines = tuple(Line(start=line.start + by, text=line.text) for line in heard.lines)
    return Heard(lines=lines, language=heard.language)
