"""The processes that decode recordings and pictures: started when needed, killed when they take too long.

A recording keeps its process for as long as it is listened to, so they are others than those that read
documents: no page waits for a podcast.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from bot.child_process import ChildProcess, Frame
from bot.documents.media.picture import Picture, PictureProblem, Undecoded
from bot.documents.media.recording import Recording, Sound, Unheard
from bot.documents.process import Patience, cause_of_end, child_within

logger = logging.getLogger(__name__)

PROCESSES: Final = 2
PATIENCE: Final = Patience(
    wait=timedelta(seconds=60), queue=timedelta(seconds=60), cpu=50, memory=1_024, weary=400
)
"""For each frame; four hours of sound take half a minute to be looked through."""

_LARGEST_FRAME: Final = 16 << 20


@asynccontextmanager
async def open_media(*, processes: int = PROCESSES, patience: Patience = PATIENCE) -> AsyncIterator[Media]:
    """Nothing is started until the first recording or picture comes."""
    media = Media(processes=processes, patience=patience)
    try:
        yield media
    finally:
        await media.aclose()


class Media:
    """Decodes recordings and pictures; made by `open_media`."""

    def __init__(self, *, processes: int, patience: Patience) -> None:
        self._patience = patience
        self._room = asyncio.Semaphore(processes)
        self._free = [_Decoder(patience) for _ in range(processes)]
        # No picture waits for a podcast.
        self._picture_room = asyncio.Semaphore(1)
        self._picture_free = [_Decoder(patience)]
        self._all = [*self._free, *self._picture_free]

    @asynccontextmanager
    async def listen(
        self,
        content: bytes,
        form: str,
        *,
        known: Collection[int] = (),
    ) -> AsyncIterator[Listening | Unheard]:
        """The recording, and its sound as far as it is not `known` already."""
        asked = {"do": "listen", "format": form, "known": sorted(known)}
        async with self._ask_when_free(self._room, self._free, content, asked) as frames:
            if frames is None:
                yield Unheard(problem="slow")
                return
            told, _ = await anext(frames)
            if "recording" in told:
                yield Listening(Recording.decode(told["recording"]), frames)
                return
            await anext(frames, None)  # the end, so that its process may be asked again
            logger.info("recording.unheard problem=%s size=%d", told["problem"], len(content))
            yield Unheard(problem=told["problem"])

    async def shrink(self, content: bytes, form: str, *, least_side: int = 0) -> Picture | Undecoded:
        """A picture made small enough for a model; one with a shorter side is too small."""
        asked = {"do": "shrink", "format": form, "least": least_side}
        async with self._ask_when_free(self._picture_room, self._picture_free, content, asked) as frames:
            if frames is None:
                return Undecoded(problem="slow")
            told, jpeg = await anext(frames)
            await anext(frames, None)
        if "moves" in told:
            return Picture(jpeg=jpeg, moves=told["moves"])
        logger.info("picture.undecoded problem=%s size=%d", told["problem"], len(content))
        return Undecoded(problem=told["problem"])

    async def draw_pages(self, content: bytes, pages: Sequence[int]) -> list[bytes | Undecoded]:
        """These pages of a PDF, counted from 0, each as a PNG."""
        asked = {"do": "draw", "pages": list(pages)}
        drawn: list[bytes | Undecoded] = []
        problem: PictureProblem = "slow"
        async with self._ask_when_free(self._picture_room, self._picture_free, content, asked) as frames:
            async for told, png in frames or _no_frames():
                if told.get("end"):
                    break
                problem = told.get("problem", "broken")
                drawn.append(png if told.get("drawn") else Undecoded(problem=problem))
        for page in drawn:
            if isinstance(page, Undecoded):
                logger.info("page.undrawn problem=%s size=%d", page.problem, len(content))
        return [*drawn, *(Undecoded(problem=problem) for _ in pages[len(drawn) :])]

    @asynccontextmanager
    async def _ask_when_free(
        self, room: asyncio.Semaphore, free: list[_Decoder], content: bytes, asked: dict[str, Any]
    ) -> AsyncIterator[Frames | None]:
        """Ask a process that is free; None where none becomes it in time, by no fault of this one."""
        try:
            async with asyncio.timeout(self._patience.queue.total_seconds()):
                await room.acquire()
        except TimeoutError:
            yield None
            return
        decoder = free.pop()
        try:
            async with decoder.ask_child(content, asked) as frames:
                yield frames
        finally:
            free.append(decoder)
            room.release()

    async def aclose(self) -> None:
        for decoder in self._all:
            await decoder.stop_process()


Frames = AsyncGenerator[Frame]


async def _no_frames() -> Frames:
    return
    yield


class Listening:
    """A recording that is being decoded."""

    def __init__(self, recording: Recording, frames: Frames) -> None:
        self.recording = recording
        self.broke_off = recording.broken_off
        self._frames = frames

    async def next_sound(self) -> Sound | None:
        """The next stretch; None after the last one, or where the rest cannot be decoded."""
        told, attached = await anext(self._frames)
        if "sound" in told:
            return Sound(index=told["sound"], flac=attached)
        self.broke_off |= "problem" in told
        return None


class _Decoder:
    """Decodes one recording or picture at a time."""

    def __init__(self, patience: Patience) -> None:
        self._within = patience.wait.total_seconds()
        self._child = child_within("bot.documents.media.child", patience)

    @asynccontextmanager
    async def ask_child(self, content: bytes, asked: dict[str, Any]) -> AsyncIterator[Frames]:
        """Ask, and give the frames of the answer; a process that has more to say is not asked again."""
        await self._child.start_process()
        talk = _Talk(self._child, content, asked, within=self._within)
        frames = talk.read_frames()
        try:
            yield frames
        finally:
            await frames.aclose()
            if not talk.is_over:
                await self.stop_process()

    async def stop_process(self) -> None:
        await self._child.stop_process()


class _Talk:
    """One question to a process, and its answer."""

    def __init__(self, child: ChildProcess, content: bytes, asked: dict[str, Any], *, within: float) -> None:
        self._child = child
        self._content = content
        self._asked = asked
        self._within = within
        self.is_over = False

    async def read_frames(self) -> Frames:
        """The frames up to the last; a problem where it ends too early, or takes too long."""
        try:
            async with asyncio.timeout(self._within):
                await self._child.send_request(self._asked, self._content)
            self._content = b""  # nobody needs it any more
            while True:
                async with asyncio.timeout(self._within):
                    told, attached = await self._child.read_frame(most=_LARGEST_FRAME)
                if told.get("end"):
                    # A process is asked for the next one only as long as it is small.
                    self.is_over = not told["weary"]
                    yield {"end": True}, b""
                    return
                yield told, attached
        except TimeoutError:
            yield {"problem": "too_large"}, b""
        except (asyncio.IncompleteReadError, ConnectionError):
            yield {"problem": cause_of_end(await self._child.wait_for_end())}, b""
