"""Recordings written down: each once for a team, stretch by stretch.

A stretch is kept as soon as it is there, so a run that is cut short, killed or out of time pays for none
twice: the next attempt goes on where it ended. Caps are asked about the whole before the first stretch.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from weakref import WeakValueDictionary

from upstash_redis.asyncio import Redis

from bot.budget import TeamMeter
from bot.documents import Document, Media, RecordingProblem, Signature, Unheard
from bot.errors import (
    ModelRefused,
    ModelUnavailable,
    RedisUnavailable,
    StillListening,
)
from bot.hearing.stretches import Stretches, Tell, seconds_until, tell_nobody
from bot.hearing.transcriber import Transcriber
from bot.hearing.transcript import NOT_ENGLISH, Heard, Transcript
from bot.hearing.transcript_store import Begun, TakenByAnother, TranscriptStore
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
RECORDINGS: Final = 2
"""Held at once, from their first byte to their last stretch: each may have 100 MB."""

_POLL: Final = 1.0
_VERSION: Final = "1"
"""Raised when recordings come to be heard otherwise: each is then heard again."""


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
                work = self._begin_work(name, token, known=taken.known)
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

    def _begin_work(self, name: str, token: str, *, known: Mapping[int, Heard]) -> Stretches:
        transcriber = self.hearing.transcriber
        assert transcriber is not None  # noqa: S101 - asked before
        return Stretches(
            store=self.hearing.store,
            transcriber=transcriber,
            team=self.team,
            name=name,
            token=token,
            heard=dict(known),
            meter=self.meter,
            tell=self.tell,
            until=self.until,
            now=self.hearing.now,
            count_seconds=self.hearing.count_seconds,
        )

    async def _take_transcript(self, name: str, token: str) -> Transcript | Begun:
        """Take the right to go on, after waiting for another run that has it."""
        while True:
            taken = await self.hearing.store.take(self.team, name, token=token, now=self.hearing.now())
            if not isinstance(taken, TakenByAnother):
                return taken
            if seconds_until(self.until) < _POLL:
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


def document_of(transcript: Transcript, title: str) -> Document | Unhearable:
    """Its text; `speechless` where nobody speaks: music, noise."""
    if transcript.languages == (NOT_ENGLISH,):
        return Unhearable(problem="not_english")
    return transcript.as_document(title) or Unhearable(problem="speechless")


def _recording_name(content: bytes, transcriber: str) -> str:
    digest = hashlib.sha256(f"{_VERSION}\n{transcriber}\n".encode())
    digest.update(content)
    return digest.hexdigest()[:32]
