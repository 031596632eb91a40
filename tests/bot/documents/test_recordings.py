"""Recordings of each form through the real process, and those that would break or hold it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.documents import Media, Patience, Recording, Sound, Unheard, open_media, signature_of
from bot.documents.media.decoding import scan_recording
from bot.documents.media.recording import LONGEST_STRETCH, plan_stretches
from tests.bot.documents.making import PAGE, pdf
from tests.bot.documents.sounds import FORMS, encoded, wav

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def media() -> AsyncIterator[Media]:
    patience = Patience(wait=timedelta(minutes=3), queue=timedelta(minutes=3), cpu=100)
    async with open_media(processes=1, patience=patience) as opened:
        yield opened


async def heard(media: Media, content: bytes, **known: list[int]) -> tuple[Recording, list[Sound]]:
    signature = signature_of(content)
    assert signature is not None
    assert signature.medium == "recording"
    async with media.listen(content, signature.format, **known) as listening:
        assert not isinstance(listening, Unheard), listening
        sounds = []
        while (sound := await listening.next_sound()) is not None:
            sounds.append(sound)
        return listening.recording, sounds


async def problem(media: Media, content: bytes, form: str = "") -> str:
    signature = signature_of(content)
    form = form or (signature.format if signature else "")
    async with media.listen(content, form) as listening:
        assert isinstance(listening, Unheard), listening
        return listening.problem


@pytest.mark.parametrize(("form", "codec"), FORMS)
async def test_each_form_is_known_by_its_content_and_heard(media: Media, form: str, codec: str) -> None:
    recording, sounds = await heard(media, encoded(form, codec, (400, 2.0)))
    assert recording.seconds == pytest.approx(2.0, abs=0.3)  # some encoders fill the end up
    assert [sound.index for sound in sounds] == [0]
    assert sounds[0].flac.startswith(b"fLaC")
    assert not recording.broken_off


async def test_of_a_film_the_sound_is_heard(media: Media) -> None:
    recording, sounds = await heard(media, encoded("mp4", "aac", (400, 2.0), picture=True))
    assert recording.seconds == pytest.approx(2.0, abs=0.3)
    assert len(sounds) == 1


async def test_a_long_one_is_cut_where_nobody_speaks(media: Media) -> None:
    content = wav((400, 130.0), (0, 2.0), (600, 60.0), (0, 300.0), (700, 3.0))
    recording, sounds = await heard(media, content)
    first, second, silence, last = recording.stretches
    assert first.end == pytest.approx(131, abs=1)
    assert last.end == pytest.approx(495, abs=0.2)
    assert (silence.silent, second.silent) == (True, False)
    assert [sound.index for sound in sounds] == [0, 1, 3]  # nobody pays for silence
    assert all(stretch.seconds <= LONGEST_STRETCH for stretch in recording.stretches)
    again, rest = await heard(media, content, known=[0])
    assert again == recording
    assert rest == sounds[1:]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (wav((0, 5.0)), "silent"),
        (encoded("mp4", "aac", picture=True), "soundless"),
        (wav((0, 0.0)), "broken"),
        (b"ID3\x04\0\0\0\0\0\0" + b"no sound at all " * 100, "broken"),
        (encoded("mp4", "aac", (400, 2.0))[:500], "broken"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 2_000, "broken"),
    ],
    ids=["silence", "film without sound", "nothing", "noise", "film without its end", "wrong lengths"],
)
async def test_one_that_cannot_be_heard_says_why(media: Media, content: bytes, why: str) -> None:
    assert await problem(media, content) == why
    assert len((await heard(media, wav((400, 1.0))))[1]) == 1  # the next one is


async def test_hours_that_would_never_end_are_not_listened_to(media: Media) -> None:
    ten_hours = wav((0, 36_000.0), rate=100)
    assert await problem(media, ten_hours) == "too_long"
    assert scan_recording(wav((400, 3.0)), "wav", longest=2) == Unheard(problem="too_long")


async def test_one_that_breaks_off_is_heard_as_far_as_it_goes(media: Media) -> None:
    content = encoded("flac", "flac", (400, 20.0))
    recording, sounds = await heard(media, content[: len(content) // 2])
    assert recording.broken_off
    assert recording.seconds == pytest.approx(10.0, abs=2)
    assert len(sounds) == 1


async def test_a_header_that_claims_much_takes_no_room(media: Media) -> None:
    content = bytearray(wav((400, 2.0)))
    content[22:24] = (255).to_bytes(2, "little")  # channels
    content[24:28] = (4_000_000_000).to_bytes(4, "little")  # samples a second
    assert await problem(media, bytes(content)) in ("broken", "too_large", "silent")
    assert len((await heard(media, wav((400, 1.0))))[1]) == 1


async def test_what_takes_too_long_is_given_up() -> None:
    patience = Patience(wait=timedelta(seconds=0), queue=timedelta(minutes=3))
    async with open_media(processes=1, patience=patience) as media:
        assert await problem(media, wav((400, 1.0))) == "too_large"


@pytest.mark.parametrize("content", [PAGE, pdf("x"), b"", b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n", b"ffconcat"])
async def test_texts_and_playlists_are_no_recordings(content: bytes | str) -> None:
    assert signature_of(content.encode() if isinstance(content, str) else content) is None


async def test_no_playlist_is_opened_whatever_it_is_called(media: Media) -> None:
    assert await problem(media, b"ffconcat version 1.0\nfile /etc/passwd\n", "mp3") == "broken"


async def test_without_a_pause_it_is_cut_all_the_same() -> None:
    stretches = plan_stretches([100.0] * 4_000, quiet=60, window=0.1)
    assert stretches[0].start == 0
    assert stretches[-1].end == 400
    assert all(LONGEST_STRETCH / 2 <= stretch.seconds <= LONGEST_STRETCH for stretch in stretches[:-1])
