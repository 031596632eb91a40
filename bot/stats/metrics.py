"""The numbers for Prometheus: counts and times of this process, and nothing that a person wrote.

Labels name kinds and models, never a team, a channel or a person, so their number stays small.
Each process counts for itself; Prometheus adds the copies up.
"""

from __future__ import annotations

import hmac
import platform
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final, Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import VERSION, fetch
from bot.answers import Cache, NearCache
from bot.model import Call, Tokens
from bot.schedules import Outcome
from bot.subscriptions import SubscriptionAct
from scheduler import Done, Drop, Retry, Verdict

Delivered = Literal["done", "retry", "limited", "queued", "drop", "unsigned", "unread"]
"""The result of a delivery; one that is unread was too large, too slow, or came as the process ended."""

LookedAt = Literal["described", "known", "sent", "unseen"]
"""The end of a picture: described by a call, known by its content, sent with a question, or none of these."""

Called = Literal["answered", "untold", "failed"]
"""The result of one call of a model; one that is untold may have been billed, nobody said for what."""

Fetched = Literal["read", "unchanged", "unavailable", "refused"]
"""The result of asking for one link."""

Copied = Literal["sent", "nothing", "unseen", "ended", "failed"]
"""The end of a copy: it was sent; nothing was new; its post is gone, or may not be shown; its person may not
read there any more; Slack would not have it."""

TurnedAway = Literal["unsigned", "secret", "clock"]
"""The reason for which a request to Slack's address is turned away: it bears no signature, one that does not
fit our secret, or one that is too old or too new."""

ReviewStep = Literal["asked", "posted", "edited", "skipped", "undecided"]
"""A post that somebody looks at first: they were asked, or decided, or nobody had at its time."""

Voted = Literal["up", "down", "withdrawn"]
"""What a person thinks of an answer, or that it is never to be shown again."""

Renewed = Literal["asked", "paused"]
"""What became of a schedule that nobody looks at."""

_UNSIGNED: Final = frozenset({"unsigned", "unread"})  # anyone can send them, as fast as they like
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_LATE: Final = (0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600)
_BILLION: Final = 1_000_000_000


class Metrics:
    """One method for each event, called where it happens; in a registry of its own, never the global one."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        # A second line for each number, of no use in this format.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self._deliveries = Counter(
            "precache_deliveries", "Deliveries to the announce URL", ["verdict"], registry=registry
        )
        self._delivery_seconds = Histogram(
            "precache_delivery_seconds",
            "From the first byte of a delivery that QStash signed to its answer",
            buckets=_SECONDS,
            registry=registry,
        )
        self._answers = Counter(
            "precache_answers", "Answers, by how they were come by", ["cache"], registry=registry
        )
        self._renewals = Counter(
            "precache_renewals",
            "Schedules that nobody looks at: their owner was asked, or they were paused",
            ["result"],
            registry=registry,
        )
        self._runs = Counter("precache_runs", "Runs that are over", ["outcome"], registry=registry)
        self._calls = Counter(
            "precache_model_calls", "Calls of a model", ["model", "outcome"], registry=registry
        )
        self._tokens = Counter(
            "precache_model_tokens",
            "Tokens that a model was sent and gave",
            ["model", "way"],
            registry=registry,
        )
        self._cost = Counter(
            "precache_model_cost_dollars",
            "What calls of a model cost, where it has a price",
            ["model"],
            registry=registry,
        )
        self._fetches = Counter("precache_fetches", "Sources that were read", ["outcome"], registry=registry)
        self._heard = Counter(
            "precache_heard_seconds", "Seconds of recordings that were written down", registry=registry
        )
        self._pictures = Counter(
            "precache_pictures", "Pictures that were looked at", ["outcome"], registry=registry
        )
        self._turned_away = Counter(
            "precache_slack_turned_away",
            "Requests to Slack's address that were turned away",
            ["reason"],
            registry=registry,
        )
        self._reviews = Counter(
            "precache_reviews", "Steps of posts that are looked at first", ["outcome"], registry=registry
        )
        self._votes = Counter(
            "precache_votes",
            "Votes on answers, the last one of each person, and answers that were withdrawn",
            ["vote"],
            registry=registry,
        )
        self._copies = Counter(
            "precache_copies", "Copies of posts for subscribers, by their end", ["outcome"], registry=registry
        )
        self._subscriptions = Counter(
            "precache_subscriptions", "Subscriptions that have begun or ended", ["outcome"], registry=registry
        )
        self._posts = Counter("precache_posts", "Answers posted to Slack", registry=registry)
        self._late = Histogram(
            "precache_post_late_seconds",
            "From the time for which an answer was wanted to its post",
            buckets=_LATE,
            registry=registry,
        )
        Info("precache_build", "What is running", registry=registry).info(
            {"version": VERSION, "python": platform.python_version()}
        )
        self._late_slots = _LateSlots()
        registry.register(self._late_slots)
        ProcessCollector(registry=registry)
        # A rate needs a zero to rise from, so what can be known before it happens is there at once.
        self._by_verdict = _named_counters(self._deliveries, get_args(Delivered))
        self._by_cache = _named_counters(self._answers, get_args(Cache))
        self._by_outcome = _named_counters(self._runs, get_args(Outcome))
        for counter, names in (
            (self._fetches, get_args(Fetched)),
            (self._turned_away, get_args(TurnedAway)),
            (self._reviews, get_args(ReviewStep)),
            (self._votes, get_args(Voted)),
            (self._pictures, get_args(LookedAt)),
            (self._copies, get_args(Copied)),
            (self._subscriptions, get_args(SubscriptionAct)),
            (self._renewals, get_args(Renewed)),
        ):
            _named_counters(counter, names)

    def watch_gauges(
        self,
        *,
        redis_requests: Callable[[], int],
        tasks: Callable[[], int],
        unknown_ends: Callable[[], int],
        near_cache: NearCache,
    ) -> None:
        """Read these when Prometheus looks: they are counted elsewhere already. Once a `Metrics`."""
        self._registry.register(_Asked(redis_requests, tasks, unknown_ends, near_cache))

    def count_delivery(self, verdict: Delivered, seconds: float) -> None:
        """Count a request to the announce URL, or to that for failures, answered after so long."""
        self._by_verdict[verdict].inc()
        if verdict not in _UNSIGNED:
            self._delivery_seconds.observe(seconds)

    def count_heard(self, seconds: float) -> None:
        """Count a stretch of a recording that was written down."""
        self._heard.inc(seconds)

    def count_picture(self, outcome: LookedAt) -> None:
        """Count a picture that is read, or a scanned page."""
        self._pictures.labels(outcome).inc()

    def count_answer(self, cache: Cache) -> None:
        """Count a delivery that got an answer."""
        self._by_cache[cache].inc()

    def count_run(self, outcome: Outcome) -> None:
        """Count a run that is over, and will not be tried again."""
        self._by_outcome[outcome].inc()

    def count_call(self, call: Call, tokens: Tokens | None, *, billed: bool, cost: int | None) -> None:
        """Count a call of a model; `cost` is in billionths of a dollar, None where it has no price."""
        outcome: Called = "answered" if tokens else "untold" if billed else "failed"
        self._calls.labels(call.model, outcome).inc()
        if tokens is not None:
            self._tokens.labels(call.model, "in").inc(tokens.sent)
            self._tokens.labels(call.model, "out").inc(tokens.received)
        if cost is not None:
            self._cost.labels(call.model).inc(cost / _BILLION)

    def count_fetch(self, fetched: fetch.FetchOutcome) -> None:
        """Count a request for a link."""
        self._fetches.labels(_fetch_name(fetched)).inc()

    def count_turned_away(self, reason: TurnedAway) -> None:
        """Count a request that Slack did not sign, or that did not fit."""
        self._turned_away.labels(reason).inc()

    def count_review(self, step: ReviewStep) -> None:
        """Count a step of a review."""
        self._reviews.labels(step).inc()

    def count_vote(self, vote: Voted) -> None:
        """Count a vote that is another than its person's last one, or an answer that was withdrawn."""
        self._votes.labels(vote).inc()

    def count_copy(self, copied: Copied) -> None:
        """Count a copy that is over."""
        self._copies.labels(copied).inc()

    def count_subscription(self, act: SubscriptionAct) -> None:
        """Count a subscription that has begun or ended."""
        self._subscriptions.labels(act).inc()

    def count_post(self, late: timedelta | None) -> None:
        """Count a posted answer, so long after its slot; None for one that was wanted at once."""
        self._posts.inc()
        if late is not None:
            self._late.observe(max(late.total_seconds(), 0.0))

    def count_renewed(self, what: Renewed) -> None:
        """Count a schedule that nobody looks at: its owner was asked about it, or it is paused."""
        self._renewals.labels(what).inc()

    def note_late_slots(self, number: int | None) -> None:
        """Note how many slots are late now; None if that is not known."""
        self._late_slots.number = number

    def render_page(self) -> bytes:
        """Write all of it in Prometheus's text format."""
        return generate_latest(self._registry)


class _LateSlots(Collector):
    number: int | None = None

    def collect(self) -> Iterator[Metric]:
        if self.number is not None:
            words = "Slots, one-offs and questions that have come to nothing so far; the same in every copy"
            yield GaugeMetricFamily("precache_late_slots", words, value=self.number)


class _Asked(Collector):
    def __init__(
        self,
        redis_requests: Callable[[], int],
        tasks: Callable[[], int],
        unknown_ends: Callable[[], int],
        near_cache: NearCache,
    ) -> None:
        self._redis_requests = redis_requests
        self._tasks = tasks
        self._unknown_ends = unknown_ends
        self._near_cache = near_cache

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "precache_redis_requests", "Round trips to Redis", value=self._redis_requests()
        )
        yield CounterMetricFamily(
            "precache_model_unknown_ends",
            "Answers that ended for a reason that is not known to be good",
            value=self._unknown_ends(),
        )
        yield GaugeMetricFamily("precache_background_tasks", "Tasks under way", value=self._tasks())
        yield GaugeMetricFamily(
            "precache_near_cache_bytes",
            "Answers, and answers as they are posted, that are held here",
            value=self._near_cache.size,
        )
        lookups = CounterMetricFamily(
            "precache_near_cache_lookups",
            "Looks for an answer, or an answer as it is posted, among those held here",
            labels=["held", "result"],
        )
        for held, counts in self._near_cache.lookups.items():
            lookups.add_metric([held, "hit"], counts.hits)
            lookups.add_metric([held, "miss"], counts.misses)
        yield lookups


def _named_counters(counter: Counter, names: Iterable[str]) -> dict[str, Counter]:
    """The counter of each name, looked up once: that costs more than to count."""
    return {name: counter.labels(name) for name in names}


def verdict_name(verdict: Verdict) -> Delivered:
    """Name the kind of verdict that is counted."""
    match verdict:
        case Done():
            return "done"
        case Retry(limited=True):
            return "limited"
        case Retry(queued=True):
            return "queued"
        case Retry():
            return "retry"
        case Drop():
            return "drop"


def _fetch_name(outcome: fetch.FetchOutcome) -> Fetched:
    match outcome:
        case fetch.Fetched():
            return "read"
        case fetch.NotModified():
            return "unchanged"
        case fetch.Unfetched(problem=problem):
            return "unavailable" if problem in ("unreachable", "slow") else "refused"


async def _count_nothing() -> None:
    return None


def metrics_endpoint(
    metrics: Metrics,
    *,
    token: str | None,
    count_late: Callable[[], Awaitable[int | None]] = _count_nothing,
) -> Callable[[Request[Any]], Awaitable[Response]]:
    """The endpoint for Prometheus: open, for it tells nothing but counts, unless a `token` is set."""

    async def answer_scrape(request: Request[Any]) -> Response:
        if token is not None and not _bears_token(token, request.headers.get("authorization", "")):
            return PlainTextResponse(
                "a token is needed\n", status_code=401, headers={"WWW-Authenticate": "Bearer"}
            )
        metrics.note_late_slots(await count_late())
        return Response(metrics.render_page(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return answer_scrape


def _bears_token(token: str, authorization: str) -> bool:
    scheme, _, given = authorization.partition(" ")
    # Headers are bytes that Starlette reads as Latin-1; the comparison takes as long wherever they differ.
    same = hmac.compare_digest(given.strip().encode("latin-1"), token.encode())
    return same and scheme.lower() == "bearer"
