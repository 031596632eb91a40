"""Runs whose recordings take longer than one attempt, or whose transcriber is away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from starlette.responses import Response

from bot.hearing import RemoteTranscriber, TranscriberSettings
from bot.sources import Link, encode_sources
from bot.storage.client import CountedRedis
from scheduler import Done, Retry, warm_job
from tests.bot.announcing import JOB, Clock, Process, process
from tests.bot.documents.sounds import wav
from tests.bot.fetch.site import Site, open_site
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.slack_channel import Slack
from tests.stand_ins.transcriber import Sound, Transcriber, fails, tells_tones, transcriber

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
LONG = wav((400, 130.0), (0, 2.0), (600, 60.0))


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


async def announced(bot: Process, url: str, *, run: int) -> Retry | Done:
    job = replace(JOB, id=f"run-{run}", sources=encode_sources([Link(url=url)]))
    verdict = await bot.deliver(job)
    assert isinstance(verdict, Retry | Done), verdict
    return verdict


async def test_a_long_recording_is_heard_over_several_attempts_and_paid_for_once(
    redis: CountedRedis, workspace: Slack, model: OpenAI, site: Site
) -> None:
    def stall_at_600(sound: Sound) -> Response | Awaitable[Response]:
        return asyncio.sleep(3_600, Response()) if 600 in sound.tones else tells_tones(sound)

    site.says("/talk.wav", LONG, Content_Type="audio/wav")
    async with transcriber() as server:
        await _play(server, stall_at_600, redis, workspace, model, f"{site.url}/talk.wav")


async def _play(
    server: Transcriber, stall_at_600: object, redis: CountedRedis, workspace: Slack, model: OpenAI, url: str
) -> None:
    server.otherwise = stall_at_600  # type: ignore[assignment]  # a behaviour
    remote = RemoteTranscriber(TranscriberSettings(name="server:whisper-1", base_url=server.url))
    async with aclosing(remote):
        verdict: Retry | Done | None = None
        for seconds in (1, 2, 4, 8, 16):  # until there was time for one stretch
            async with process(
                redis,
                slack_url=workspace.url,
                model=model.url,
                transcriber=remote,
                attempt=timedelta(seconds=seconds),
            ) as bot:
                verdict = await announced(bot, url, run=seconds)
            if isinstance(verdict, Retry) and verdict.queued:
                break
        assert isinstance(verdict, Retry)
        assert verdict.queued
        assert model.requests == 0
        server.otherwise = tells_tones
        server.heard.clear()
        async with process(redis, slack_url=workspace.url, model=model.url, transcriber=remote) as bot:
            assert isinstance(await announced(bot, url, run=seconds), Done)
    assert [sound.tones for sound in server.heard] == [(600,)]
    asked = str(model.bodies[-1])
    assert "0:00 Tone 400." in asked
    assert "2:11 Tone 600." in asked


async def test_a_slot_waits_a_minute_for_a_transcriber_that_is_away_and_then_does_without(
    redis: CountedRedis, workspace: Slack, model: OpenAI, site: Site
) -> None:
    site.says("/talk.wav", LONG, Content_Type="audio/wav")
    site.says("/page", "<html><body><p>The mill is open.</p></body></html>", Content_Type="text/html")
    async with transcriber() as server:
        remote = RemoteTranscriber(TranscriberSettings(name="server:whisper-1", base_url=server.url))
        clock = Clock()
        clock.turn_to(NINE - timedelta(minutes=5))
        async with (
            aclosing(remote),
            process(redis, slack_url=workspace.url, model=model.url, transcriber=remote, clock=clock) as bot,
        ):
            sources = (Link(url=f"{site.url}/talk.wav"), Link(url=f"{site.url}/page"))
            job = job_of(await store_daily(redis, clock, sources=sources))
            server.otherwise = lambda sound: (fails(503) if 600 in sound.tones else tells_tones)(sound)
            ahead = await bot.deliver(warm_job(job, slot=NINE))
            assert isinstance(ahead, Retry), ahead
            clock.turn_to(NINE)
            for retried in range(2):
                assert isinstance(await bot.deliver(job, retried=retried, sent_at=NINE), Retry)
            assert (model.requests, workspace.posts) == (0, [])
            assert isinstance(await bot.deliver(job, retried=2, sent_at=NINE), Done)
    assert "The mill is open." in str(model.bodies[-1])
    assert "the transcription service didn't answer" in workspace.shown()
    assert [sound.tones for sound in server.heard].count((400,)) == 1
