"""The road as the app wires it, on real Redis, with stand-ins for what is not ours, and a clock to set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from bot.answers import AnswerCache, Answers, Questions
from bot.background import Background
from bot.budget import Caps, Pace, Rate
from bot.documents import Documents, open_documents, open_media
from bot.fetch import open_fetcher
from bot.hearing import ATTEMPT, Transcriber
from bot.model import ChatModel, Model, Models, ModelSettings
from bot.runs import Admission, Announcer, Ledger, Sleep
from bot.schedules import Schedule, ScheduleStore, Warming
from bot.server.connect import Services, StandIns
from bot.server.connect.reach import Reach
from bot.server.parts.ground import Ground, build_ground
from bot.server.parts.road import build_road
from bot.settings import Settings
from bot.slack import Slack, open_session, web_client
from bot.storage import CountedRedis
from bot.workspaces import OneWorkspace
from scheduler import Delivery, Failure, Job, Publisher, Receiver, Verdict
from tests.bot.paying import PLENTY, PRICES
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN

JOB = Job(query="Why is the sky blue?", team="T1", channel="C1", user="U1", id="run-1")
RUN = "T1:run-1"
AT_ONCE = Pace(workspace=Rate(calls=1_000_000, window=timedelta(seconds=1)), channel=timedelta(0))
ANNOUNCE_URL = "https://bot.example/api/announce"


async def anybody(_: Schedule | None, __: datetime | None, ___: frozenset[str]) -> Admission:
    """A workspace in which nobody's membership matters."""
    return Admission()


class Clock:
    """The wall clock, moved."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def turn_to(self, moment: datetime) -> None:
        """Make it that moment now; from there the clock goes on."""
        self.ahead = moment - datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Process:
    """One copy of what handles deliveries."""

    ground: Ground
    announcer: Announcer
    answers: Answers
    questions: Questions
    answer_cache: AnswerCache
    slack: Slack
    redis: CountedRedis
    clock: Clock

    @property
    def publisher(self) -> Publisher:
        return self.ground.services.publisher

    @property
    def warming(self) -> Warming:
        return self.ground.warming

    @property
    def ledger(self) -> Ledger:
        return self.ground.ledger

    @property
    def schedule_store(self) -> ScheduleStore:
        return self.ground.schedule_store

    async def deliver(self, job: Job = JOB, *, retried: int = 0, sent_at: datetime | None = None) -> Verdict:
        return await self.announcer.announce(
            Delivery(job=job, body=job.encode(), retried=retried, message_id="m", sent_at=sent_at)
        )

    async def give_up(
        self, job: Job = JOB, *, status: int = 503, created_at: datetime | None = None
    ) -> Verdict:
        created = created_at or self.clock()
        return await self.announcer.announce_failure(
            Failure(job=job, status=status, retried=3, created_at=created)
        )


@asynccontextmanager
async def process(
    redis: CountedRedis,
    *,
    slack_url: str,
    model: Model | str,
    qstash_url: str = "http://127.0.0.1:9",
    clock: Clock | None = None,
    rate: Rate = PLENTY,
    pace: Pace = AT_ONCE,
    sleep: Sleep = asyncio.sleep,
    caps: Caps = Caps(),  # noqa: B008 - frozen
    window: int = 100_000,
    documents: Documents | None = None,
    transcriber: Transcriber | None = None,
    attempt: timedelta = ATTEMPT,
    watchful: bool = False,
    renewal: timedelta | None = None,
) -> AsyncIterator[Process]:
    """A new process without memories; `model` may be the address of a stand-in.

    A `watchful` one looks, as the app does, whether the owner of a schedule is still there.
    """
    clock = clock or Clock()
    settings = replace(
        Settings.from_environ({}), limit=rate, team_limit=rate, prices=PRICES, caps=caps, pace=pace
    )
    settings = replace(settings, renewal=renewal)
    if isinstance(model, str):
        model = ChatModel(ModelSettings(name="openai:test", base_url=model, window=window))
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        models = await enter(aclosing(Models(model)))
        session = await enter(open_session())
        slack = Slack(web_client(session, api_url=slack_url, token=SLACK_TOKEN))
        services = Services(
            redis=redis,
            publisher=await enter(
                Publisher.connect(token=QSTASH_TOKEN, base_url=qstash_url, announce_url=ANNOUNCE_URL)
            ),
            receiver=Receiver(current_key=CURRENT_KEY, next_key=NEXT_KEY, url=ANNOUNCE_URL),
            slack=Reach(workspaces=OneWorkspace(slack), client=web_client(session, api_url=slack_url)),
            models=models,
            fetcher=await enter(open_fetcher(agent="Precache/test", networks=[ip_network("127.0.0.0/8")])),
            documents=await enter(open_documents(processes=1)) if documents is None else documents,
            media=await enter(open_media(processes=1)),
            transcriber=transcriber,
            stand_ins=StandIns(),
            table=(),
        )
        background = await enter(Background())
        ground = build_ground(settings, services, background=background, now=clock)
        road = build_road(ground, may_run=None if watchful else anybody, sleep=sleep, attempt=attempt)
        await enter(aclosing(road.answers))
        yield Process(
            ground=ground,
            announcer=road.announcer,
            answers=road.answers,
            questions=road.questions,
            answer_cache=AnswerCache(redis=redis),
            slack=slack,
            redis=redis,
            clock=clock,
        )
