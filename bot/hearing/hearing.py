"""Recordings written down: each once for a team, stretch by stretch.

A stretch is kept as soon as it is there, so a run that is cut short, killed or out of time pays for none
twice: the next attempt goes on where it ended. Caps are asked about the whole before the first stretch.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from weakref import WeakValueDictionary

from upstash_redis.asyncio import Redis

from bot.budget import TeamMeter
from bot.documents import Document, Listening, Media, Recording, RecordingProblem, Signature, Sound, Unheard
from bot.errors import (
    Limited,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    RedisUnavailable,
    StillListening,
)
from bot.hearing.transcriber import Transcriber
from bot.hearing.transcript import NOT_ENGLISH, Heard, Line, Transcript
from bot.hearing.transcript_store import Begun, TakenByAnother, TranscriptStore
from bot.model import Call, Tokens
from bot.storage import run_scripts

logger = logging.getLogger(__name__)

HearingProblem = Literal[
    RecordingProblem,
    "no_transcriber",
    "speechless",
    "not_english",
    "transcriber_refused",
    "transcriber_away",
]

LookedAt = Literal["described", "known", "sent", "unseen"]
"""The end of a picture, as the metrics count it."""

ATTEMPT: Final = timedelta(seconds=70)
"""For all recordings of one attempt at a run; the rest of its time is the answer's."""
AT_ONCE: Final = 3
"""Stretches of one recording that are with the transcriber."""
RECORDINGS: Final = 2
"""Held at once, from their first byte to their last stretch: each may have 100 MB."""

_SHORTEST_BILLED: Final = 10
"""Seconds: some providers bill no less for a call."""
_POLL: Final = 1.0
_LONGEST_WAIT: Final = 30.0
_VERSION: Final = "1"
"""Raised when recordings come to be heard otherwise: each is then heard again."""

Tell = Callable[[int, int], Awaitable[None]]
"""Told how many stretches are heard, and how many there are."""


async def tell_nobody(done: int, total: int) -> None:
    """Stand in for `Tell` where nobody waits."""


@dataclass(frozen=True, kw_only=True)
class Unhearable:
    """A recording that gave nothing now, and why."""

    problem: HearingProblem


class Hearing:
    """Hears recordings for all runs of this process, and has pictures counted."""

    def __init__(
        self,
        redis: Redis,
        media: Media,
        transcriber: Transcriber | None,
        *,
        now: Callable[[], datetime],
        count_seconds: Callable[[float], None] = lambda _: None,
        count_picture: Callable[[LookedAt], None] = lambda _: None,
        attempt: timedelta = ATTEMPT,
    ) -> None:
        self.redis = redis
        self.media = media
        self.transcriber = transcriber
        self.store = TranscriptStore(redis=redis)
        self.now = now
        self.count_seconds = count_seconds
        self.count_picture = count_picture
        self.attempt = attempt
        self.room = asyncio.Semaphore(RECORDINGS)
        self.turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def can_hear(self) -> bool:
        return self.transcriber is not None

    @property
    def demo(self) -> bool:
        return self.transcriber is not None and self.transcriber.demo

    def for_run(self, team: str, *, meter: TeamMeter | None = None, tell: Tell = tell_nobody) -> Ear:
        """The ear of one attempt at a run, whose time begins now."""
        until = asyncio.get_running_loop().time() + self.attempt.total_seconds()
        return Ear(hearing=self, team=team, meter=meter, tell=tell, until=until)


@dataclass(frozen=True, kw_only=True)
class Ear:
    """Hears for one attempt at a run, whose team pays for it."""

    hearing: Hearing
    team: str
    meter: TeamMeter | None
    tell: Tell
    until: float
    """The moment of the loop's clock at which the attempt ends."""

    @property
    def can_hear(self) -> bool:
        return self.hearing.can_hear

    @property
    def demo(self) -> bool:
        return self.hearing.demo

    @property
    def room(self) -> asyncio.Semaphore:
        """To be held from a recording's first byte on."""
        return self.hearing.room

    async def find_known(self, source: str) -> Transcript | None:
        """The transcript of what a file or a link held when it was last heard."""
        return await self.hearing.store.find_by_source(self.team, self._source_name(source))

    async def hear(
        self, content: bytes, signature: Signature, *, source: str = "", title: str = ""
    ) -> Document | Unhearable:
        """The words of a recording, as a document; found again by its `source` without another look.

        Raises `StillListening`, `Limited`, `CapReached`, `RedisUnavailable`.
        """
        if self.hearing.transcriber is None:
            return Unhearable(problem="no_transcriber")
        name = await asyncio.to_thread(_recording_name, content, self.hearing.transcriber.fingerprint)
        async with self.hearing.turns.setdefault(name, asyncio.Lock()):
            try:
                heard = await self._hear_once(content, signature, name)
            except ModelUnavailable as exc:
                logger.warning("hearing.away: %s", exc)
                return Unhearable(problem="transcriber_away")
            except ModelRefused as exc:
                logger.error("hearing.refused: %s", exc)  # noqa: TRY400 - a sentence for the operator
                return Unhearable(problem="transcriber_refused")
        if isinstance(heard, Unhearable):
            return heard
        if source:
            await self.hearing.store.note_source(self.team, self._source_name(source), name)
        return document_of(heard, title)

    def _source_name(self, source: str) -> str:
        known = self.hearing.transcriber.fingerprint if self.hearing.transcriber else ""
        return f"{_VERSION}\n{known}\n{source}"

    async def _hear_once(self, content: bytes, signature: Signature, name: str) -> Transcript | Unhearable:
        token, is_whole = secrets.token_hex(8), False
        taken = await self._take_transcript(name, token)
        if isinstance(taken, Transcript):
            return taken
        try:
            async with self.hearing.media.listen(content, signature.format, known=taken.known) as listening:
                del content
                if isinstance(listening, Unheard):
                    return Unhearable(problem=listening.problem)
                work = _Work(ear=self, name=name, token=token, heard=dict(taken.known))
                await work.hear_all(listening)
                is_whole = True
                return Transcript(
                    seconds=listening.recording.seconds,
                    heard=work.in_order,
                    broken_off=listening.broke_off,
                )
        finally:
            await self._settle_calls()
            if not is_whole:
                await self._give_back(name, token)

    async def _take_transcript(self, name: str, token: str) -> Transcript | Begun:
        """Take the right to go on, after waiting for another run that has it."""
        while True:
            taken = await self.hearing.store.take(self.team, name, token=token, now=self.hearing.now())
            if not isinstance(taken, TakenByAnother):
                return taken
            if self.seconds_left < _POLL:
                raise StillListening
            await asyncio.sleep(_POLL)

    async def _settle_calls(self) -> None:
        settlements = self.meter.take_settlements(at_the_end=True) if self.meter else []
        if self.meter is None or not settlements:
            return
        try:
            await run_scripts(self.hearing.redis, settlements)
        except RedisUnavailable as exc:
            self.meter.tell_unsettled(exc)

    async def _give_back(self, name: str, token: str) -> None:
        try:
            await self.hearing.store.give_back(self.team, name, token=token)
        except RedisUnavailable as exc:  # the lease ends by itself
            logger.warning("hearing.not_given_back: %s", exc)

    @property
    def seconds_left(self) -> float:
        return self.until - asyncio.get_running_loop().time()


@dataclass(kw_only=True)
class _Work:
    """One recording that is being written down."""

    ear: Ear
    name: str
    token: str
    heard: dict[int, Heard]
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
            async with asyncio.timeout_at(self.ear.until):
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
        await self.ear.hearing.store.keep_whole(
            self.ear.team,
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
            self.ear.hearing.count_seconds(stretch.seconds)
            await self.ear.hearing.store.keep_stretch(
                self.ear.team,
                self.name,
                token=self.token,
                index=sound.index,
                heard=heard,
                now=self.ear.hearing.now(),
            )
            await self._tell_progress(total)
        except (ModelUnavailable, ModelRefused) as exc:
            self._failure = self._failure or exc
        finally:
            turns.release()

    async def _transcribe_metered(self, flac: bytes, call: Call) -> Heard:
        """The words, metered; what a provider may have billed without a word stays charged."""
        transcriber, meter = self.ear.hearing.transcriber, self.ear.meter
        assert transcriber is not None  # noqa: S101 - asked before
        await self._admit_call(call)
        billed, done = True, None
        try:
            heard = await transcriber.transcribe(flac)
            done = Tokens(sent=0, received=0, seconds=call.seconds)
        except ModelRefused:
            billed = False
            raise
        finally:
            if meter is not None:
                await meter.record_call(call, done, billed=billed)
        return heard

    async def _admit_call(self, call: Call) -> None:
        if self.ear.meter is None:
            return
        while True:
            try:
                await self.ear.meter.admit_call(call)
            except Limited as exc:
                wait = exc.retry_after.total_seconds()
                if wait > min(_LONGEST_WAIT, self.ear.seconds_left):
                    raise
                await asyncio.sleep(wait)
            else:
                return

    async def _ask_caps(self, recording: Recording, wanted: list[int]) -> None:
        """Have all that is still to be heard let through at once, or nothing begins. Raises `CapReached`."""
        seconds = sum(recording.stretches[index].seconds for index in wanted)
        if len(wanted) < 2 or self.ear.meter is None:
            return  # the only call is asked for itself
        whole = self._call_for(seconds)
        await self._admit_call(whole)
        await self.ear.meter.record_call(whole, None, billed=False)

    def _call_for(self, seconds: float) -> Call:
        transcriber = self.ear.hearing.transcriber
        assert transcriber is not None  # noqa: S101
        billed = max(_SHORTEST_BILLED, math.ceil(seconds)) if transcriber.name.startswith("groq:") else 0
        return Call(
            model=transcriber.name,
            most_sent=0,
            most_tokens=0,
            seconds=billed or max(1, math.ceil(seconds)),
        )

    async def _tell_progress(self, total: int) -> None:
        if total > 1:
            await self.ear.tell(len(self.heard), total)


def document_of(transcript: Transcript, title: str) -> Document | Unhearable:
    """Its text; `speechless` where nobody speaks: music, noise."""
    if transcript.languages == (NOT_ENGLISH,):
        return Unhearable(problem="not_english")
    return transcript.as_document(title) or Unhearable(problem="speechless")


def _shift_lines(heard: Heard, *, by: float) -> Heard:
    """The same, with times from the recording's beginning."""
    lines = tuple(Line(start=line.start + by, text=line.text) for line in heard.lines)
    return Heard(lines=lines, language=heard.language)


def _recording_name(content: bytes, transcriber: str) -> str:
    digest = hashlib.sha256(f"{_VERSION}\n{transcriber}\n".encode())
    digest.update(content)
    return digest.hexdigest()[:32]
