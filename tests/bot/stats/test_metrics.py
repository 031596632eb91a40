"""Metrics: what happened, in numbers, to those who may know; and nothing that a person wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import get_args

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis as RawRedis

from bot.answers.near_cache import NearCache
from bot.answers.records import Cache
from bot.fetch import FetchProblem, Unfetched
from bot.markdown import to_parts
from bot.model.meter import Call, Tokens
from bot.schedules.history.run import Outcome
from bot.stats.metrics import Delivered, Metrics, verdict_name
from scheduler import Done, Drop, Job, Retry, Verdict
from tests.running import ADA, GENERAL, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai

TOKEN = "only-prometheus-knows-this"
SOON = timedelta(seconds=5)


def read(page: str) -> dict[str, float]:
    """Each line as a name with its labels, and its number."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def told(metrics: Metrics) -> dict[str, float]:
    return read(metrics.render_page().decode())


def test_everything_that_can_be_known_beforehand_begins_at_nought() -> None:
    page = told(Metrics())
    for verdict in get_args(Delivered):
        assert page[f"precache_deliveries_total {verdict}"] == 0
    for cache in get_args(Cache):
        assert page[f"precache_answers_total {cache}"] == 0
    for outcome in get_args(Outcome):
        assert page[f"precache_runs_total {outcome}"] == 0
    assert page["precache_posts_total"] == 0
    assert not [name for name in page if "_created" in name]


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        (Done(text="Yes."), "done"),
        (Retry(after=SOON, reason="Redis is down"), "retry"),
        (Retry(after=SOON, reason="limited", limited=True), "limited"),
        (Retry(after=SOON, reason="its turn comes later", queued=True), "queued"),
        (Drop(reason="cron"), "drop"),
    ],
)
def test_each_verdict_has_a_name(verdict: Verdict, name: str) -> None:
    assert verdict_name(verdict) == name


def test_a_delivery_is_counted_by_its_verdict_and_timed_if_qstash_signed_it() -> None:
    metrics = Metrics()
    metrics.count_delivery("done", 0.2)
    metrics.count_delivery("drop", 40)
    metrics.count_delivery("unsigned", 0.0001)
    metrics.count_delivery("unread", 30)
    page = told(metrics)
    assert [page[f"precache_deliveries_total {name}"] for name in ("done", "drop", "unsigned")] == [1, 1, 1]
    assert page["precache_delivery_seconds_count"] == 2
    assert page["precache_delivery_seconds_sum"] == pytest.approx(40.2)
    assert page["precache_delivery_seconds_bucket 0.25"] == 1


def test_a_call_of_a_model_is_counted_with_what_it_took_and_cost() -> None:
    metrics = Metrics()
    big = Call(model="openai:big", most_sent=400, most_tokens=100)
    metrics.count_call(big, Tokens(sent=100, received=20), billed=True, cost=1_500_000)
    metrics.count_call(big, Tokens(sent=50, received=5), billed=True, cost=500_000)
    metrics.count_call(big, None, billed=False, cost=0)
    metrics.count_call(big, None, billed=True, cost=7_000_000)
    metrics.count_call(replace(big, model="demo"), Tokens(sent=1, received=1), billed=True, cost=None)
    page = told(metrics)
    assert page["precache_model_calls_total openai:big answered"] == 2
    assert page["precache_model_calls_total openai:big failed"] == 1
    assert page["precache_model_calls_total openai:big untold"] == 1
    assert page["precache_model_tokens_total openai:big in"] == 150
    assert page["precache_model_tokens_total openai:big out"] == 25
    assert page["precache_model_cost_dollars_total openai:big"] == pytest.approx(0.009)
    assert "precache_model_cost_dollars_total demo" not in page, "it has no price, and is not free"


def test_each_event_is_counted() -> None:
    metrics = Metrics()
    metrics.count_answer("STALE")
    metrics.count_run("skipped")
    problems: tuple[FetchProblem, ...] = ("robots", "slow", "unreachable")
    for problem in problems:
        metrics.count_fetch(Unfetched(problem=problem))
    page = told(metrics)
    assert page["precache_answers_total STALE"] == 1
    assert page["precache_runs_total skipped"] == 1
    assert page["precache_fetches_total refused"] == 1
    assert page["precache_fetches_total unavailable"] == 2


def test_a_post_tells_how_long_after_its_slot_it_came_and_an_early_one_is_on_the_dot() -> None:
    metrics = Metrics()
    metrics.count_post(timedelta(seconds=3))
    metrics.count_post(timedelta(milliseconds=-200))
    metrics.count_post(None)
    page = told(metrics)
    assert page["precache_posts_total"] == 3
    assert page["precache_post_late_seconds_count"] == 2
    assert page["precache_post_late_seconds_sum"] == 3
    assert page["precache_post_late_seconds_bucket 0.25"] == 1


def test_what_is_counted_elsewhere_is_asked_for_when_somebody_looks() -> None:
    metrics, requests = Metrics(), [4]
    near_cache = NearCache()
    metrics.watch_gauges(
        redis_requests=lambda: requests[0],
        tasks=lambda: 2,
        unknown_ends=lambda: 3,
        near_cache=near_cache,
    )
    requests[0] = 5
    near_cache.hold_rendering("text", to_parts("text"), tables=True)
    for text in ("text", "text", "another"):
        near_cache.find_rendering(text, tables=True)
    page = told(metrics)
    assert (page["precache_redis_requests_total"], page["precache_background_tasks"]) == (5, 2)
    assert page["precache_near_cache_bytes"] == near_cache.size > 0
    assert page["precache_near_cache_lookups_total rendering hit"] == 2
    assert page["precache_near_cache_lookups_total rendering miss"] == 1
    assert page["precache_near_cache_lookups_total answer hit"] == 0


def test_two_apps_in_one_process_share_nothing_and_leave_the_global_registry_alone() -> None:
    one, other = Metrics(), Metrics()
    one.count_answer("HIT")
    assert told(other)["precache_answers_total HIT"] == 0
    assert not [family for family in REGISTRY.collect() if family.name.startswith("precache")]


# Over HTTP


@dataclass(frozen=True, kw_only=True)
class Running:
    bot: Precache
    model: OpenAI

    async def get(self, authorization: str | None = None) -> tuple[int, str]:
        headers = {} if authorization is None else {"Authorization": authorization}
        async with self.bot.http.get(f"{self.bot.url}/metrics", headers=headers) as response:
            return response.status, await response.text()

    async def numbers(self) -> dict[str, float]:
        status, page = await self.get()
        assert status == 200
        return read(page)


@pytest_asyncio.fixture
async def running(valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path) -> AsyncIterator[Running]:
    async with (
        openai() as model,
        precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as bot,
    ):
        yield Running(bot=bot, model=model)


async def test_prometheus_reads_what_became_of_deliveries(running: Running) -> None:
    query = "Qx7-only-in-a-prompt"
    job = Job(query=query, team=TEAM, channel=GENERAL, user=ADA, id="run-1")
    before = await running.numbers()
    assert (await running.bot.deliver(Job(query=query, team=TEAM))).status == 200
    assert (await running.bot.deliver(job)).status == 200
    assert (await running.bot.deliver(job, key="sig_somebody_elses_key_0123456789")).status == 401
    assert (await running.bot.post("/api/announce", b"{}")).status == 489
    assert (await running.bot.give_up(job, status=503)).status == 200
    async with running.bot.http.post(
        f"{running.bot.url}/api/announce", data=BytesIO(b"x" * 1_100_000)
    ) as response:
        assert response.status == 413
    after = await running.numbers()
    counted = {name: after[f"precache_deliveries_total {name}"] for name in get_args(Delivered)}
    assert counted == {
        **dict.fromkeys(get_args(Delivered), 0),
        "done": 3,
        "drop": 1,
        "unsigned": 1,
        "unread": 1,
    }
    assert (after["precache_answers_total MISS"], after["precache_answers_total HIT"]) == (1, 1)
    assert after["precache_delivery_seconds_count"] == 4
    assert after["precache_redis_requests_total"] > before["precache_redis_requests_total"]
    _, page = await running.get()
    for private in (query, TEAM, GENERAL, ADA, running.bot.keys["QSTASH_TOKEN"]):
        assert private not in page


async def test_what_the_page_says_is_what_prometheus_takes(running: Running) -> None:
    async with running.bot.http.get(f"{running.bot.url}/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        page = await response.text()
        assert "# TYPE precache_deliveries_total counter" in page
        assert "\nprecache_late_slots 0.0\n" in page
    async with running.bot.http.post(f"{running.bot.url}/metrics", data=b"") as response:
        assert response.status == 405


async def test_with_a_token_set_only_its_bearer_may_look(
    valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with precache(
        valkey=valkey_socket,
        data=tmp_path,
        PRECACHE_METRICS_TOKEN=TOKEN,
        OPENAI_BASE_URL="http://127.0.0.1:9",
    ) as bot:
        running = Running(bot=bot, model=OpenAI())
        for wrong in (
            None,
            "",
            TOKEN,
            "Bearer",
            f"Bearer {TOKEN}x",
            f"Basic {TOKEN}",
            "Bearer é",
            "Bearer  ",
        ):
            status, page = await running.get(wrong)
            assert (wrong, status) == (wrong, 401)
            assert "precache_" not in page
        for right in (f"Bearer {TOKEN}", f"bearer {TOKEN}"):
            assert (await running.get(right))[0] == 200
        async with bot.http.get(f"{bot.url}/healthz") as response:
            assert response.status == 200, "the token is for the numbers alone"
