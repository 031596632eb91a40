"""The sound of a recording or a clip, decoded twice: to find out where to cut, and to cut.

Runs in the child alone. Nothing is held but one stretch: four hours would be half a gigabyte.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from bot.documents.media.recording import (
    LONGEST,
    RATE,
    Recording,
    Sound,
    Unheard,
    plan_stretches,
)

_WINDOW: Final = RATE // 10
"""Samples that count as one moment."""
_MANY: Final = 100
"""Windows that are measured together."""
_QUIET: Final = 60.0
"""Of 32,768; about −55 dB, which no voice in a recording stays below."""
_MOST_DAMAGED: Final = 200
"""Packets that cannot be decoded, before the rest is given up."""
_MISSING: Final = 5.0
"""Seconds by which a recording may be shorter than it says."""
_LONGEST_CLAIM: Final = 100 * 3_600.0


def scan_recording(content: bytes, form: str, *, longest: int = LONGEST) -> Recording | Unheard:
    """Listen once through, for how loud it is; no longer than so many seconds."""
    import av

    levels: list[float] = []
    try:
        with _open_container(content, form) as container:
            if not container.streams.audio:
                return Unheard(problem="soundless" if container.streams.video else "broken")
            claimed = min((container.duration or 0) / 1_000_000, _LONGEST_CLAIM)
            if claimed > 2 * longest:  # a claim may be wrong, if hardly so wrong
                return Unheard(problem="too_long")
            decoder = _Decoder(container)
            for samples in decoder.blocks(_MANY * _WINDOW):
                levels += _window_levels(samples)
                if len(levels) * _WINDOW > longest * RATE:
                    return Unheard(problem="too_long")
    except av.error.FFmpegError:
        return Unheard(problem="broken")
    if not levels:
        return Unheard(problem="broken")
    seconds = len(levels) * _WINDOW / RATE
    if max(levels) < _QUIET:
        return Unheard(problem="silent")
    return Recording(
        seconds=seconds,
        stretches=plan_stretches(levels, quiet=_QUIET, window=_WINDOW / RATE),
        broken_off=decoder.broke_off or claimed - seconds > _MISSING,
    )


def cut_recording(
    content: bytes,
    form: str,
    recording: Recording,
    *,
    known: Collection[int],
    ease: Callable[[], None] = lambda: None,
) -> Iterator[Sound]:
    """The sound of each stretch, one after the other, but for those that are `known` or silent.

    `ease` is called before each: what comes next has its own time.
    """
    wanted = [
        index
        for index, stretch in enumerate(recording.stretches)
        if index not in known and not stretch.silent
    ]
    if not wanted:
        return
    ends = [round(stretch.end * RATE / _WINDOW) for stretch in recording.stretches]
    with _open_container(content, form) as container:
        index, held = 0, bytearray()
        for place, samples in enumerate(_Decoder(container).blocks(_WINDOW), 1):
            if index in wanted:
                held += samples.tobytes()
            if place >= ends[index]:
                if held:
                    yield Sound(index=index, flac=_as_flac(bytes(held)))
                    held.clear()
                    ease()
                index += 1
                if index > wanted[-1]:
                    return
        if held:
            yield Sound(index=index, flac=_as_flac(bytes(held)))


def _open_container(content: bytes, form: str) -> Any:
    import av

    # Only the bytes that are here: no other file, and nothing over a network.
    return av.open(io.BytesIO(content), format=form, options={"protocol_whitelist": "none"})


class _Decoder:
    """The first sound track as samples of one channel, whatever it was made of."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._stream = container.streams.audio[0]
        self._stream.thread_count = 1
        self.broke_off = False

    def blocks(self, size: int) -> Iterator[Any]:
        """Arrays of so many samples; the last one may be shorter."""
        import numpy as np

        rest = np.empty(0, dtype=np.int16)
        for samples in self._resample_frames():
            rest = np.concatenate((rest, samples)) if len(rest) else samples
            whole = len(rest) // size * size
            for start in range(0, whole, size):
                yield rest[start : start + size]
            rest = rest[whole:]
        if len(rest):
            yield rest

    def _resample_frames(self) -> Iterator[Any]:
        import av
        import numpy as np

        resampler, form = None, None
        for frame in self._decode_frames():
            if (frame.format.name, frame.layout.name, frame.sample_rate) != form:  # also in the middle
                form = (frame.format.name, frame.layout.name, frame.sample_rate)
                resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            assert resampler is not None  # noqa: S101 - made with the first frame
            frame.pts = None  # gaps that a damaged file claims are not filled
            for made in resampler.resample(frame):
                yield np.frombuffer(bytes(made.planes[0]), dtype=np.int16)[: made.samples]
        for made in resampler.resample(None) if resampler is not None else ():
            yield np.frombuffer(bytes(made.planes[0]), dtype=np.int16)[: made.samples]

    def _decode_frames(self) -> Iterator[Any]:
        import av

        damaged = 0
        try:
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.error.InvalidDataError:
                    damaged += 1
                    self.broke_off = damaged > 1  # tags at the end are taken for sound by some
                    if damaged > _MOST_DAMAGED:
                        return
        except (av.error.InvalidDataError, av.error.EOFError):
            self.broke_off = True


def _window_levels(samples: Any) -> list[float]:
    """How loud each window is; of the last one, what there is of it."""
    import numpy as np

    whole = np.pad(samples.astype(np.float32), (0, -len(samples) % _WINDOW)).reshape(-1, _WINDOW)
    return [float(level) for level in np.sqrt(np.mean(np.square(whole), axis=1))]


def _as_flac(pcm: bytes) -> bytes:
    import av
    import numpy as np

    samples, target = np.frombuffer(pcm, dtype=np.int16), io.BytesIO()
    with av.open(target, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        for start in range(0, len(samples), RATE):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + RATE], format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()
