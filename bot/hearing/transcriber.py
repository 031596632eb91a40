"""Transcribers: a server that speaks OpenAI's protocol, or the demo's own recogniser.

LangChain's community package has `OpenAIWhisperParser` for it. It does not fit: it needs pydub and an ffmpeg
program, holds the whole recording as raw sound, cuts every twenty minutes in the middle of a word, waits in
`time.sleep` on the loop's thread, prints, leaves out a piece that failed without a word, and gives no times.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

import aiohttp

from bot.errors import ModelRefused, ModelUnavailable, WhyRefused
from bot.hearing.settings import TranscriberSettings
from bot.hearing.transcript import Heard

logger = logging.getLogger(__name__)

_LARGEST: Final = 4_000_000
"""Bytes of an answer about one stretch."""
_CONNECT: Final = 10.0
_WHY: Final[Mapping[int, WhyRefused]] = {401: "key", 402: "credit", 403: "key", 404: "missing"}
_NO_SPEECH: Final = 0.6
_MOST_SECONDS: Final = 1e9
_UNSURE: Final = -1.0
"""Beyond both, Whisper is so sure that nobody speaks, and so unsure of its words, that it made them up."""


class Transcriber(Protocol):
    """Writes down what is said in one stretch."""

    @property
    def name(self) -> str:
        """`provider:model`, as prices are listed by."""

    @property
    def fingerprint(self) -> str:
        """Another one where the same sound may come to other words."""

    @property
    def demo(self) -> bool: ...

    async def transcribe(self, flac: bytes) -> Heard:
        """The words, with the seconds from the stretch's beginning.

        Raises `ModelUnavailable` and `ModelRefused`.
        """

    async def aclose(self) -> None: ...


class RemoteTranscriber:
    """A server that speaks OpenAI's `/audio/transcriptions`."""

    demo = False

    def __init__(self, settings: TranscriberSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._gives_times = True

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def fingerprint(self) -> str:
        return f"{self._settings.name} {self._settings.base_url} {self._settings.language or ''}"

    async def transcribe(self, flac: bytes) -> Heard:
        if self._gives_times:
            status, raw, wait = await self._post_sound(flac, form="verbose_json")
            if status not in (400, 422):
                return self._read_answer(status, raw, wait)
        # Some models have no times: a stretch is then told by its beginning.
        status, raw, wait = await self._post_sound(flac, form="json")
        heard = self._read_answer(status, raw, wait)
        if self._gives_times:
            logger.warning("hearing.without_times model=%s", self.name)
            self._gives_times = False
        return heard

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post_sound(self, flac: bytes, *, form: str) -> tuple[int, bytes, timedelta | None]:
        fields = aiohttp.FormData()
        fields.add_field("file", io.BytesIO(flac), filename="sound.flac", content_type="audio/flac")
        fields.add_field("model", self._settings.model)
        fields.add_field("response_format", form)
        if self._settings.language:
            fields.add_field("language", self._settings.language)
        if self._session is None:  # not before: it belongs to the loop that asks
            self._session = self._connect_session()
        url = f"{self._settings.base_url}/audio/transcriptions"
        try:
            async with self._session.post(url, data=fields, allow_redirects=False) as response:
                raw = await response.content.read(_LARGEST + 1)
                while len(raw) <= _LARGEST and (more := await response.content.read(_LARGEST)):
                    raw += more
                return response.status, raw[: _LARGEST + 1], _wait_in(response.headers)
        except (TimeoutError, aiohttp.ClientError, OSError) as exc:
            raise ModelUnavailable(f"{self.name}: {type(exc).__name__}") from exc

    def _connect_session(self) -> aiohttp.ClientSession:
        key = self._settings.api_key
        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=True,
            timeout=aiohttp.ClientTimeout(
                total=self._settings.timeout.total_seconds(), sock_connect=_CONNECT
            ),
        )

    def _read_answer(self, status: int, raw: bytes, wait: timedelta | None) -> Heard:
        if status == 429 or status >= 500 or status == 408:
            raise ModelUnavailable(f"{self.name} answered {status}", retry_after=wait)
        if not 200 <= status < 300:
            why: WhyRefused = _WHY.get(status, "refused")
            raise ModelRefused(f"{self.name} answered {status}", why=why)
        if len(raw) > _LARGEST:
            raise ModelRefused(f"{self.name} answered at more length than there is sound")
        return heard_in(raw)


def heard_in(raw: bytes) -> Heard:
    """The words of an answer."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as exc:  # a page of a proxy, say
        raise ModelUnavailable("the transcriber answered with something else than JSON") from exc
    if not isinstance(body, Mapping):
        raise ModelUnavailable("the transcriber answered with something else than an object")
    language = body.get("language")
    segments = body.get("segments")
    if not (isinstance(segments, list) and segments):
        segments = [{"start": 0, "text": body.get("text")}]
    return Heard.of_lines(
        (
            (_number_or_zero(segment.get("start")), str(segment.get("text") or ""))
            for segment in segments
            if isinstance(segment, Mapping) and not _is_made_up(segment)
        ),
        language=language[:40] if isinstance(language, str) else "",
    )


def _is_made_up(segment: Mapping[str, Any]) -> bool:
    silence, certainty = (
        _number_or_zero(segment.get("no_speech_prob")),
        _number_or_zero(segment.get("avg_logprob")),
    )
    return silence > _NO_SPEECH and certainty < _UNSURE


def _number_or_zero(value: object) -> float:
    """A number that counts seconds or likelihood; JSON has endless ones, and some that are none, too."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    return float(value) if -_MOST_SECONDS < value < _MOST_SECONDS else 0.0


def _wait_in(headers: Mapping[str, str]) -> timedelta | None:
    told = headers.get("Retry-After", "")
    return timedelta(seconds=int(told)) if told.isascii() and told.isdigit() and len(told) < 6 else None
