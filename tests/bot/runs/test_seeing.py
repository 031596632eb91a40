"""A picture and a question about it: the picture itself goes to a model that takes pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.answers import Found, NoAnswer
from bot.documents import Documents, Patience
from bot.model import ChatModel, ModelSettings
from bot.runs.prepare import Prepare
from bot.slack import SharedFile
from bot.sources import FileReader
from bot.storage.client import CountedRedis
from scheduler import Job
from tests.bot.announcing import JOB, process
from tests.bot.hearing.seeing import FILE, drawn, shared
from tests.bot.sources.reading import Drawer
from tests.stand_ins.openai import OpenAI, fails, says
from tests.stand_ins.slack_channel import Slack

NOTE = {"type": "file", "file": "F0FILE00002"}
ASKED = replace(JOB, query="What is the error?", sources=({"type": "file", "file": FILE.file},))


class Desk:
    """Prepares answers about what lies in a drawer."""

    def __init__(self, prepare: Prepare, drawer: Drawer) -> None:
        self.prepare, self.drawer = prepare, drawer

    async def answer(self, job: Job = ASKED) -> Found | NoAnswer:
        question = self.prepare.questions.of_job(job, slot=None)
        return await self.prepare.prepare_answer(job, question, slot=None)


@pytest_asyncio.fixture
async def desk(
    request: pytest.FixtureRequest, redis: CountedRedis, workspace: Slack, model: OpenAI
) -> AsyncIterator[Desk]:
    sees = getattr(request, "param", True)
    chat = ChatModel(ModelSettings(name="openai:test", base_url=model.url, pictures=sees))
    documents, drawer = Documents(processes=1, patience=Patience()), Drawer()
    drawer.files[FILE.file] = shared(drawn(), name="screen.png")
    drawer.files[NOTE["file"]] = SharedFile(
        name="b.txt", mime="text/plain", content=b"Since Monday.", permalink="https://x.example/b"
    )
    async with process(redis, slack_url=workspace.url, model=chat) as bot, aclosing(documents):
        yield Desk(replace(bot.announcer.prepare, files=FileReader(documents, shelf=drawer)), drawer)


async def test_it_goes_with_the_question_once_for_the_same_content(desk: Desk, model: OpenAI) -> None:
    model.otherwise = says("A timeout.")
    for _ in range(2):
        found = await desk.answer()
        assert isinstance(found, Found)
        assert found.answer.text == "A timeout."
    assert model.requests == 1
    text, picture = model.bodies[0]["messages"][-1]["content"]
    assert text["text"].endswith("What is the error?")
    assert "The file screen.png, a picture" in text["text"]
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,")
    desk.drawer.files[FILE.file] = shared(drawn(size=(41, 30)))
    await desk.answer()
    assert model.requests == 2


async def test_a_schedule_has_it_described_once_whatever_is_asked(desk: Desk, model: OpenAI) -> None:
    for query in ("What is the error?", "Who is to blame?"):
        await desk.answer(replace(ASKED, query=query, schedule="kolu-tane"))
    assert [isinstance(body["messages"][-1]["content"], str) for body in model.bodies] == [False, True, True]


async def test_one_that_the_model_refuses_is_left_out_and_the_others_count(desk: Desk, model: OpenAI) -> None:
    model.next.append(fails(400))
    model.otherwise = says("Since Monday.")
    found = await desk.answer(replace(ASKED, sources=(*ASKED.sources, NOTE)))
    assert isinstance(found, Found)
    assert "I couldn't look at" in found.answer.credit
    assert isinstance(model.bodies[-1]["messages"][-1]["content"], str)
    model.otherwise = fails(400)
    alone = await desk.answer(replace(ASKED, query="And now?"))
    assert isinstance(alone, NoAnswer)
    assert alone.reason == "source_unseen"


@pytest.mark.parametrize("desk", [False], indirect=True)
async def test_a_model_that_takes_no_pictures_is_never_sent_one(desk: Desk, model: OpenAI) -> None:
    found = await desk.answer()
    assert isinstance(found, NoAnswer)
    assert found.reason == "source_no_sight"
    assert model.requests == 0
