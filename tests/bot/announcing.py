"""An announcer by hand: real Redis, stand-ins for the services that are not ours, and a clock to set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network

from bot.answers.answer_cache import AnswerCache
from bot.answers.answers import Answers, Freshness, Question
from bot.background import Background
from bot.budget import Caps, TeamMeter
from bot.budget.rate_limit import Budget, Limit
from bot.documents import Documents, open_documents
from bot.fetch import open_fetcher
from bot.model import ChatModel, Model, Models, ModelSettings
from bot.runs.announce import Announcer
from bot.runs.cap_alerts import Alerts
from bot.runs.ledger import Ledger
from bot.runs.owner_check import Members
from bot.runs.prepare import Prepare
from bot.runs.preview import PreviewDelivery
from bot.runs.runner import Runs
from bot.schedules.permissions import Permissions
from bot.schedules.policy import Policy
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.schedules.service import Schedules
from bot.schedules.warming import Warming
from bot.slack import Slack, connect_slack
from bot.sources import FileReader, LinkReader
from bot.stats.metrics import Metrics
from bot.storage.client import CountedRedis
from bot.ui.composer.forms import Forms
from bot.ui.composer.previews import FormFoot
from bot.workspaces import OneWorkspace
from scheduler import Closures, Delivery, Failure, Job, Publisher, Verdict
from tests.bot.paying import PLENTY, purse_of
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN

JOB = Job(query="Why is the sky blue?", team="T1", channel="C1", user="U1", id="run-1")
RUN = "T1:run-1"


async def anybody(_: Schedule | None, __: datetime | None) -> bool:
    """Where nobody's membership matters."""
    return True


class Clock:
    """The wall clock, moved."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True, kw_only=True)
class Process:
    """One copy of what handles deliveries."""

    announcer: Announcer
    publisher: Publisher
    warming: Warming
    answers: Answers
    ledger: Ledger
    answer_cache: AnswerCache
    schedule_store: ScheduleStore
    slack: Slack
    redis: CountedRedis
    clock: Clock

    async def deliver(self, job: Job = JOB, *, retried: int = 0) -> Verdict:
        return await self.announcer.announce(Delivery(job=job, body=b"", retried=retried, message_id="m"))

    async def give_up(
        self, job: Job = JOB, *, status: int = 503, created_at: datetime | None = None
    ) -> Verdict:
        created = created_at or self.clock()
        return await self.announcer.failed(Failure(job=job, status=status, retried=3, created_at=created))


@asynccontextmanager
async def process(
    redis: CountedRedis,
    *,
    slack_url: str,
    model: Model | str,
    qstash_url: str = "http://127.0.0.1:9",
    clock: Clock | None = None,
    budget: Budget = PLENTY,
    caps: Caps = Caps(),  # noqa: B008 - frozen
    window: int = 100_000,
    documents: Documents | None = None,
    watchful: bool = False,
) -> AsyncIterator[Process]:
    """A new process without memories; `model` may be the address of a stand-in.

    A `watchful` one looks, as the app does, whether the owner of a schedule is still there.
    """
    clock = clock or Clock()
    ledger, answer_cache = Ledger(redis=redis), AnswerCache(redis=redis)
    async with AsyncExitStack() as stack:
        if isinstance(model, str):
            model = ChatModel(ModelSettings(name="openai:test", base_url=model, window=window))
        models = Models(model)
        stack.push_async_callback(models.aclose)
        slack = await stack.enter_async_context(connect_slack(token=SLACK_TOKEN, api_url=slack_url))
        publisher = await stack.enter_async_context(
            Publisher.connect(
                token=QSTASH_TOKEN, base_url=qstash_url, announce_url="https://bot.example/api/announce"
            )
        )
        purse = purse_of(redis, caps=caps, now=clock)
        workspaces, book = OneWorkspace(slack), ScheduleStore(redis=redis)
        alerts = Alerts(
            book=book,
            workspaces=workspaces,
            background=await stack.enter_async_context(Background()),
        )
        limit = Limit(redis, overall=budget, per_team=budget)

        def meter(question: Question) -> TeamMeter:
            return TeamMeter(
                limit,
                purse,
                team=question.team,
                schedule=question.schedule,
                warned=partial(alerts.near, question),
            )

        answers = Answers(answer_cache, models, meter=meter, now=clock, freshness=Freshness())
        stack.push_async_callback(answers.aclose)
        if documents is None:
            documents = await stack.enter_async_context(open_documents(processes=1))
        fetcher = await stack.enter_async_context(
            open_fetcher(agent="Precache/test", networks=[ip_network("127.0.0.0/8")])
        )
        prepare = Prepare(
            answers=answers,
            store=book,
            workspaces=workspaces,
            links=LinkReader(redis, fetcher=fetcher, documents=documents, now=clock),
            files=FileReader(documents),
            now=clock,
        )
        showing = PreviewDelivery(
            answers=answers,
            prepare=prepare,
            foot=FormFoot(forms=Forms(redis=redis), closures=Closures(), now=clock),
            workspaces=workspaces,
            permissions=Permissions(slack_of=workspaces.slack, policy=Policy()),
            demo=model.demo,
            now=clock,
        )
        warming = Warming(
            book=book,
            publisher=publisher,
            closures=Closures(),
            lead=Freshness().lead,
            now=clock,
        )
        permissions = Permissions(slack_of=workspaces.slack, policy=Policy())
        schedules = Schedules(
            book=book,
            publisher=publisher,
            warming=warming,
            permissions=permissions,
            closures=Closures(),
            now=clock,
        )
        members = Members(store=book, schedules=schedules, workspaces=workspaces, now=clock)
        may_run = members.may_run if watchful else anybody
        runs = Runs(
            answers=answers,
            prepare=prepare,
            ledger=ledger,
            workspaces=workspaces,
            models=models,
            purse=purse,
            closures=Closures(),
            warming=warming,
            metrics=Metrics(),
            now=clock,
            may_run=may_run,
        )
        announcer = Announcer(
            runs=runs,
            prepare=prepare,
            answers=answers,
            ledger=ledger,
            store=book,
            workspaces=workspaces,
            publisher=publisher,
            models=models,
            showing=showing,
            warming=warming,
            now=clock,
            may_run=may_run,
        )
        yield Process(
            announcer=announcer,
            publisher=publisher,
            warming=warming,
            answers=answers,
            ledger=ledger,
            answer_cache=answer_cache,
            schedule_store=book,
            slack=slack,
            redis=redis,
            clock=clock,
        )
