"""Recordings made of tones and silence, in every form that people share."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from typing import Any

import av
import numpy as np

RATE = 8_000


def tones(*parts: tuple[int, float], rate: int = RATE) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Samples: tones of so many hertz for so many seconds; 0 is silence."""
    made = []
    for hertz, seconds in parts:
        at = np.arange(round(seconds * rate)) / rate
        made.append((8_000 * np.sin(2 * np.pi * hertz * at) if hertz else 0 * at).astype(np.int16))
    return np.concatenate(made) if made else np.empty(0, dtype=np.int16)


def wav(*parts: tuple[int, float], rate: int = RATE) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(tones(*parts, rate=rate).tobytes())
    return target.getvalue()


def encoded(form: str, codec: str, *parts: tuple[int, float], picture: bool = False) -> bytes:
    """The same in another container: `mp3`, `mp4`, `ogg`, `flac`, `webm`; with a `picture`, as a film."""
    rate = 48_000 if codec in ("libopus", "libmp3lame") else 16_000
    samples, target = tones(*parts, rate=rate), io.BytesIO()
    with av.open(target, "w", format=form) as container:
        film: Any = container.add_stream("vp9" if form == "webm" else "mpeg4", rate=5) if picture else None
        if film is not None:
            film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        stream: Any = container.add_stream(codec, rate=rate, layout="mono") if len(samples) else None
        if film is not None:
            for number in range(10):
                frame = av.VideoFrame(64, 48, "yuv420p")
                frame.pts = number
                container.mux(film.encode(frame))
            container.mux(film.encode(None))
        if stream is not None:
            resampler = av.AudioResampler(stream.format, "mono", rate, frame_size=stream.frame_size or 1_024)
            whole = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
            whole.sample_rate = rate
            for part in (*resampler.resample(whole), *resampler.resample(None)):
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
    return target.getvalue()


FORMS: Sequence[tuple[str, str]] = (
    ("mp3", "libmp3lame"),
    ("mp4", "aac"),
    ("ogg", "libopus"),
    ("flac", "flac"),
    ("webm", "libopus"),
    ("adts", "aac"),
)
