"""A server that speaks OpenAI's `/audio/transcriptions`, hears which tones sound, and counts calls."""

from __future__ import annotations

import asyncio
import io
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stand_ins.serve import serve

Behaviour = Callable[["Sound"], Response | Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One request: the fields, and what sounds in its file."""

    fields: dict[str, str]
    file: bytes
    seconds: float
    tones: tuple[int, ...]
    """Hertz, each once as long as it goes on."""


def tells_tones(sound: Sound) -> Response:
    """Words for each tone, with times where they are asked for."""
    words = [f"Tone {tone}." for tone in sound.tones]
    answer: dict[str, Any] = {"text": " ".join(words)}
    if sound.fields.get("response_format") == "verbose_json":
        segments = [{"start": float(place), "text": f" {said}"} for place, said in enumerate(words)]
        answer |= {"language": "english", "duration": sound.seconds, "segments": segments}
    return JSONResponse(answer)


def says(text: str, *, language: str = "english") -> Behaviour:
    segments = [{"start": 0.0, "text": text}]
    return lambda _: JSONResponse({"text": text, "language": language, "segments": segments})


def fails(status: int, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: JSONResponse({"error": {"message": "went wrong"}}, status, named)


def answers(response: Response) -> Behaviour:
    return lambda _: response


def without_times(sound: Sound) -> Response:
    """As models that know no times: the form is refused."""
    if sound.fields.get("response_format") == "verbose_json":
        return JSONResponse({"error": {"param": "response_format"}}, 400)
    return tells_tones(sound)


@dataclass(kw_only=True)
class Transcriber:
    """The running stand-in."""

    url: str = ""
    """With `/v1`."""
    heard: list[Sound] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    next: deque[Behaviour] = field(default_factory=deque)
    otherwise: Behaviour = tells_tones
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, it takes requests and answers none before it is set."""

    async def answer(self, request: Request) -> Response:
        self.headers = dict(request.headers)
        sound = _read_form(self.headers["content-type"], await request.body())
        self.heard.append(sound)
        behaviour = self.next.popleft() if self.next else self.otherwise
        await self.held.wait()
        response = behaviour(sound)
        return response if isinstance(response, Response) else await response


@asynccontextmanager
async def transcriber() -> AsyncIterator[Transcriber]:
    stand_in = Transcriber()
    stand_in.held.set()
    app = Starlette(routes=[Route("/v1/audio/transcriptions", stand_in.answer, methods=["POST"])])
    async with serve(app) as url:
        stand_in.url = f"{url}/v1"
        yield stand_in


def _read_form(content_type: str, body: bytes) -> Sound:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    fields, file = {}, b""
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name == "file":
            file = content
        else:
            fields[str(name)] = content.decode()
    seconds, tones = _listen(file)
    return Sound(fields=fields, file=file, seconds=seconds, tones=tones)


def _listen(file: bytes) -> tuple[float, tuple[int, ...]]:
    """How long it is, and the tones that sound for a second and more, by whole hundreds."""
    with av.open(io.BytesIO(file)) as container:
        assert isinstance(container, InputContainer)
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    samples = np.concatenate(frames).astype(np.float32)
    tones: list[int] = []
    for start in range(0, len(samples) - rate + 1, rate):
        spectrum = np.abs(np.fft.rfft(samples[start : start + rate]))
        loudest = int(spectrum.argmax())
        tone = round(loudest / 100) * 100
        if spectrum[loudest] > rate and tone and (not tones or tones[-1] != tone):
            tones.append(tone)
    return len(samples) / rate, tuple(tones)
