"""Recordings that were shared in Slack: heard once, told with times, and refused with a reason."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, Response

from bot.documents import Document, open_media, signature_of
from bot.errors import StillListening
from bot.hearing import Hearing, RemoteTranscriber, Senses, TranscriberSettings
from bot.hearing.transcriber import heard_in
from bot.hearing.transcript import Heard, text_with_times
from bot.replies import source_credit
from bot.slack import SharedFile
from bot.sources import File, FileReader, Material, Piece, Problem, Unreadable, attached_files
from bot.storage.client import CountedRedis
from tests.bot.documents.sounds import encoded, wav
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader
from tests.measuring import grows_evenly
from tests.stand_ins.transcriber import (
    Behaviour,
    Sound,
    Transcriber,
    answers,
    fails,
    says,
    tells_tones,
    without_times,
)
from tests.waiting import wait_until

LINK = "https://acme.slack.com/files/U0ADA000001/F0FILE00001/standup.m4a"
FILE = File(file="F0FILE00001")
LONG = wav((400, 130.0), (0, 2.0), (600, 60.0))
"""Two stretches."""


def shared(content: bytes, *, name: str = "standup.wav", mime: str = "audio/wav") -> SharedFile:
    return SharedFile(name=name, mime=mime, content=content, permalink=LINK)


async def piece_of(reader: Reader, content: bytes, *, mime: str = "audio/wav") -> Piece:
    reader.drawer.files[FILE.file] = shared(content, mime=mime)
    found = await reader.read(FILE)
    assert isinstance(found, Material), found
    return found.pieces[0]


async def test_a_recording_is_told_with_its_times(reader: Reader, server: Transcriber) -> None:
    piece = await piece_of(reader, LONG)
    assert piece.text == "0:00 Tone 400.\n\n2:11 Tone 600."
    assert "a recording, as it was written down" in piece.title
    assert piece.name == f"<{LINK}|standup.wav>"
    assert [sound.fields for sound in server.heard] == [
        {"model": "whisper-1", "response_format": "verbose_json"}
    ] * 2
    assert server.headers["authorization"] == "Bearer sk-sound"
    assert sum(sound.seconds for sound in server.heard) == pytest.approx(192, abs=0.5)


async def test_one_in_several_languages_is_told_in_all_of_them(reader: Reader, server: Transcriber) -> None:
    def tell(sound: Sound) -> Response | Awaitable[Response]:
        spoken = says("Guten Morgen.", language="german"), says("Bonjour.", language="french")
        return spoken[600 in sound.tones](sound)

    server.otherwise = tell
    assert (await piece_of(reader, LONG)).text == "0:00 Guten Morgen.\n\n2:11 Bonjour."


async def test_the_next_to_read_it_neither_fetches_nor_pays(reader: Reader, server: Transcriber) -> None:
    first = await piece_of(reader, LONG)
    assert (reader.drawer.loaded, len(server.heard)) == (1, 2)
    assert await reader.read(FILE) == Material(pieces=(first,))
    assert (reader.drawer.loaded, len(server.heard)) == (1, 2)
    other = File(file="F0FILE00002")  # the same content, shared once more
    reader.drawer.files[other.file] = shared(LONG, name="again.wav")
    found = await reader.read(other)
    assert isinstance(found, Material)
    assert found.pieces[0].text == first.text
    assert (reader.drawer.loaded, len(server.heard)) == (2, 2)
    await reader.read(FILE, team="T2")  # what one team has paid for is not told to another
    assert len(server.heard) == 4


async def test_many_at_once_have_it_heard_once(reader: Reader, server: Transcriber) -> None:
    reader.drawer.files[FILE.file] = shared(wav((400, 2.0)))
    found = await asyncio.gather(*(reader.read(FILE) for _ in range(4)))
    assert len({str(one) for one in found}) == 1
    assert len(server.heard) == 1


async def test_after_a_kill_no_stretch_is_paid_for_twice(
    reader: Reader, server: Transcriber, redis: CountedRedis, clock: Clock
) -> None:
    reader.drawer.files[FILE.file] = shared(LONG)
    server.next.extend([says("First."), lambda _: asyncio.sleep(3_600, Response())])
    attempt = asyncio.create_task(reader.read(FILE))
    await wait_until(lambda: len(server.heard) == 2, "the second stretch to be on its way")
    keys = await redis.keys("precache:transcript:T1:*")

    async def first_is_kept() -> bool:
        return bool(await redis.hexists(keys[0], "stretch:0"))

    await wait_until(first_is_kept, "the first stretch to be kept")
    attempt.cancel()
    await asyncio.wait({attempt})
    found = await reader.read(FILE)
    assert isinstance(found, Material)
    assert found.pieces[0].text == "0:00 First.\n\n2:11 Tone 600."
    assert [sound.tones for sound in server.heard] == [(400,), (600,), (600,)]


async def test_a_process_that_is_killed_between_stretches_has_the_killed_one_alone_paid_twice(
    redis: CountedRedis, valkey_socket: Path, server: Transcriber, clock: Clock, tmp_path: Path
) -> None:
    content = wav((400, 130.0), (0, 2.0), (600, 130.0), (0, 2.0), (700, 60.0))
    path = tmp_path / "talk.wav"
    path.write_bytes(content)
    server.otherwise = lambda sound: (
        asyncio.sleep(3_600, Response()) if 700 in sound.tones else tells_tones(sound)
    )
    module = "tests.bot.hearing.hearing_child"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, path, valkey_socket, server.url, clock.now.isoformat())
    )
    try:

        async def two_are_kept() -> bool:
            keys = await redis.keys("precache:transcript:T1:*")
            kept = [await redis.hexists(key, f"stretch:{index}") for key in keys for index in (0, 1)]
            return sum(map(bool, kept)) == 2 and len(server.heard) == 3

        await wait_until(two_are_kept, "two stretches to be kept, and the third to be on its way")
    finally:
        process.kill()
        await process.wait()
    server.otherwise = tells_tones
    clock.now += timedelta(seconds=101)  # its lease is over
    settings = TranscriberSettings(name="server:whisper-1", base_url=server.url)
    signature = signature_of(content)
    assert signature is not None
    async with aclosing(RemoteTranscriber(settings)) as remote, open_media(processes=1) as media:
        found = await Hearing(redis, media, remote, now=clock).for_run("T1").hear(content, signature)
    assert isinstance(found, Document)
    assert found.text == "0:00 Tone 400.\n\n2:11 Tone 600.\n\n4:23 Tone 700."
    tones = Counter(tone for sound in server.heard for tone in sound.tones)
    assert tones == {400: 1, 600: 1, 700: 2}


async def test_when_one_stretch_fails_those_on_their_way_are_kept(
    reader: Reader, server: Transcriber
) -> None:
    held = asyncio.Event()

    async def tell_late(sound: Sound) -> Response:
        await held.wait()
        return tells_tones(sound)

    def fail_at_600(sound: Sound) -> Response | Awaitable[Response]:
        if 600 not in sound.tones:
            return tell_late(sound)
        asyncio.get_running_loop().call_soon(held.set)
        return fails(503)(sound)

    reader.drawer.files[FILE.file] = shared(LONG)
    server.otherwise = fail_at_600
    with pytest.raises(StillListening):  # it gets on
        await reader.read(FILE)
    server.otherwise = fails(503)
    assert await problem_of(reader) == "transcriber_away"
    server.otherwise = tells_tones
    assert isinstance(await reader.read(FILE), Material)
    assert [sound.tones for sound in server.heard] == [(400,), (600,), (600,), (600,)]


async def test_a_copy_that_died_holds_it_up_no_longer_than_its_lease(
    reader: Reader, server: Transcriber, redis: CountedRedis, clock: Clock
) -> None:
    piece = await piece_of(reader, wav((400, 2.0)))
    (key,) = await redis.keys("precache:transcript:T1:*")
    await redis.hdel(key, "whole", "stretch:0")
    await redis.hset(key, values={"token": "dead", "until": int((clock.now.timestamp() + 60) * 1_000)})
    async with open_media(processes=1) as media:
        hearing = Hearing(redis, media, reader.hearing.transcriber, now=clock, attempt=timedelta(seconds=0.1))
        files = FileReader(reader.documents, shelf=reader.drawer)
        with pytest.raises(StillListening):
            await files.read_file(reader.slack, FILE.file, Senses(ear=hearing.for_run("T1")))
    clock.now += timedelta(seconds=61)
    found = await reader.read(FILE)
    assert isinstance(found, Material)
    assert found.pieces == (piece,)


async def test_an_attempt_without_time_goes_on_later(
    reader: Reader, server: Transcriber, redis: CountedRedis, clock: Clock
) -> None:
    def stall_at_600(sound: Sound) -> Response | Awaitable[Response]:
        return asyncio.sleep(3_600, Response()) if 600 in sound.tones else says("First.")(sound)

    reader.drawer.files[FILE.file] = shared(LONG)
    files, server.otherwise = FileReader(reader.documents, shelf=reader.drawer), stall_at_600
    piece: Piece | Unreadable | None = None
    for seconds in (1, 2, 4, 8, 16):  # until there was time for one stretch
        attempt = timedelta(seconds=seconds)
        hearing = Hearing(redis, reader.hearing.media, reader.hearing.transcriber, now=clock, attempt=attempt)
        try:
            piece = await files.read_file(reader.slack, FILE.file, Senses(ear=hearing.for_run("T1")))
        except StillListening:
            break
        assert isinstance(piece, Unreadable)
        assert piece.problem == "transcriber_away"
    server.otherwise = tells_tones
    server.heard.clear()
    piece = await files.read_file(reader.slack, FILE.file, Senses(ear=reader.hearing.for_run("T1")))
    assert isinstance(piece, Piece)
    assert piece.text == "0:00 First.\n\n2:11 Tone 600."
    assert [sound.tones for sound in server.heard] == [(600,)]


async def test_who_waits_sees_how_far_it_is(reader: Reader) -> None:
    told: list[tuple[int, int]] = []

    async def tell(done: int, total: int) -> None:
        told.append((done, total))

    reader.drawer.files[FILE.file] = shared(LONG)
    files = FileReader(reader.documents, shelf=reader.drawer)
    await files.read_file(reader.slack, FILE.file, Senses(ear=reader.hearing.for_run("T1", tell=tell)))
    assert told == [(0, 2), (1, 2), (2, 2)]


async def test_words_that_slack_has_written_down_cost_nothing(reader: Reader, server: Transcriber) -> None:
    reader.drawer.captions[FILE.file] = (
        b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\nHello <v Ada>everyone</v> &amp; all.\n\n"
        b"00:00:40.500 --> 00:00:44.000\nThe bridge opens on Monday.\n"
    )
    piece = await piece_of(reader, b"\0" * 100, mime="video/mp4")
    assert piece.text == "0:01 Hello everyone & all.\n\n0:40 The bridge opens on Monday."
    assert (reader.drawer.loaded, server.heard) == (0, [])


async def test_captions_that_say_nothing_are_passed_over(reader: Reader, server: Transcriber) -> None:
    reader.drawer.captions[FILE.file] = b"WEBVTT\n\nNOTE nothing\n"
    assert (await piece_of(reader, wav((400, 2.0)))).text == "0:00 Tone 400."


async def test_a_model_without_times_tells_the_stretchs(reader: Reader, server: Transcriber) -> None:
    server.otherwise = without_times
    assert (await piece_of(reader, LONG)).text == "0:00 Tone 400.\n\n2:11 Tone 600."
    forms = [sound.fields["response_format"] for sound in server.heard]
    assert forms[0] == "verbose_json"
    assert forms[-1] == "json"
    server.heard.clear()
    await piece_of(reader, wav((500, 2.0)))
    assert [sound.fields["response_format"] for sound in server.heard] == ["json"]


async def test_what_is_mislabelled_is_what_it_is(reader: Reader, server: Transcriber) -> None:
    text = await piece_of(reader, b"Just a text.", mime="audio/mpeg")
    assert text.text == "Just a text."
    sound = await piece_of(reader, encoded("ogg", "libopus", (400, 2.0)), mime="text/plain")
    assert sound.text == "0:00 Tone 400."


async def test_what_a_recogniser_makes_of_noise_is_no_speech(reader: Reader, server: Transcriber) -> None:
    made_up = {"start": 0, "text": "Thanks for watching!", "no_speech_prob": 0.9, "avg_logprob": -1.4}
    server.next.append(lambda _: JSONResponse({"text": "x", "segments": [made_up]}))
    reader.drawer.files[FILE.file] = shared(wav((400, 2.0)))
    assert await problem_of(reader) == "speechless"


async def problem_of(reader: Reader) -> Problem:
    found = await reader.read(FILE)
    assert isinstance(found, Unreadable), found
    assert found.name == f"<{LINK}|standup.wav>"
    return found.problem


UNHEARABLE: Mapping[Problem, bytes] = {
    "silent": wav((0, 3.0)),
    "soundless": encoded("mp4", "aac", picture=True),
    "broken": wav((400, 2.0))[:44],
    "too_long": wav((0, 36_000.0), rate=100),
}


async def test_one_that_cannot_be_heard_says_why_and_the_others_count(
    reader: Reader, server: Transcriber
) -> None:
    text = File(file="F0FILE00002")
    reader.drawer.files[text.file] = SharedFile(
        name="b.txt", mime="text/plain", content=b"Words", permalink=LINK
    )
    for problem, content in UNHEARABLE.items():
        reader.drawer.files[FILE.file] = shared(content)
        assert await problem_of(reader) == problem
        found = await reader.read(FILE, text)
        assert isinstance(found, Material)
        assert [source.problem for source in found.unread] == [problem]
        assert "standup.wav" in source_credit(found)
    assert server.heard == []


REFUSALS: Sequence[tuple[Behaviour, Problem]] = (
    (fails(400), "transcriber_refused"),
    (fails(415), "transcriber_refused"),
    (fails(401), "transcriber_refused"),
    (fails(413), "transcriber_refused"),
    (fails(429), "transcriber_away"),
    (fails(503), "transcriber_away"),
    (answers(Response("<html>Log in</html>")), "transcriber_away"),
    (answers(Response("[]")), "transcriber_away"),
    (answers(Response(b"", 302, {"Location": "http://127.0.0.1:9/"})), "transcriber_refused"),
    (says(""), "speechless"),
    (says("♪♪ [Music] ♪"), "speechless"),
    (says("(applause)"), "speechless"),
)


async def test_a_transcriber_that_will_not_is_told_as_that(reader: Reader, server: Transcriber) -> None:
    for number, (behaviour, problem) in enumerate(REFUSALS):
        server.otherwise = behaviour
        reader.drawer.files[FILE.file] = shared(wav((400 + number, 1.0)))
        assert await problem_of(reader) == problem, number


async def test_a_file_of_sound_that_comes_with_a_mention_is_a_source() -> None:
    files = [
        {"id": "F1", "mimetype": "audio/mp4", "name": "a.m4a"},
        {"id": "F2", "mimetype": "video/mp4", "name": "clip.mp4"},
        {"id": "F3", "mimetype": "application/zip", "name": "a.zip"},
    ]
    assert attached_files({"files": files}) == ((File(file="F1"), File(file="F2")), ("a.zip",))


@pytest.mark.parametrize("start", ["1e999", "NaN", "-5", "true", '"soon"', "1" + "0" * 400])
def test_a_time_that_is_none_is_the_beginning(start: str) -> None:
    heard = heard_in(f'{{"segments": [{{"start": {start}, "text": "Hello."}}]}}'.encode())
    assert text_with_times(heard.lines) == "0:00 Hello."


@pytest.mark.parametrize("piece", ["[*", "(", "*", "♪ "])
def test_marks_in_a_row_take_no_longer_than_their_number(piece: str) -> None:
    assert grows_evenly(lambda text: Heard.of_lines([(0.0, f"{text}x")]), piece * 500, piece * 1_000)
