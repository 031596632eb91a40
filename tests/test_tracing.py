"""Stages of a run in its line of the log, and as one trace from the command in Slack to the post.

The collector is real as far as the wire goes: OpenTelemetry's own exporter posts protobuf to it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.server.connect.failure import CannotStart
from bot.server.connect.telemetry import open_tracer
from bot.tracing import Attributes, Kind, Stages, begin_work, current_traceparent, stage
from tests.running import precache
from tests.stand_ins.openai import openai, says
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MARK = "Qx7-only-in-a-prompt"


# Without a tracer


async def test_the_time_of_each_stage_is_noted_also_in_tasks_that_the_work_begins() -> None:
    with begin_work(None, "work") as work:
        with stage("claim"):
            pass
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(_read())
        assert list(work.stages) == ["claim", "sources"]
        assert 0 < work.stages["sources"] <= work.seconds * 2
        assert work.traceparent is None
    assert re.fullmatch(r"claim:\d+\.\d{3},sources:\d+\.\d{3}", str(work.stages))
    assert str(Stages()) == "-"


async def _read() -> None:
    with stage("sources"):
        await asyncio.sleep(0)


def test_outside_of_any_work_nothing_is_noted_and_an_error_goes_through() -> None:
    assert current_traceparent() is None
    with pytest.raises(KeyError), stage("model"):
        raise KeyError


# With one


@dataclass(kw_only=True)
class Noted:
    """A span, as a tracer of the test notes it."""

    name: str
    kind: Kind
    parent: str | None
    traceparent: str
    attributes: dict[str, Any]
    error: BaseException | None = None
    is_over: bool = False

    def set_attributes(self, attributes: Attributes) -> None:
        self.attributes.update(attributes)

    def end(self, error: BaseException | None) -> None:
        self.error, self.is_over = error, True


@dataclass(kw_only=True)
class Notes:
    spans: list[Noted] = field(default_factory=list)

    def start_span(self, name: str, *, kind: Kind, attributes: Attributes, parent: str | None) -> Noted:
        here = f"00-{len(self.spans)}"
        span = Noted(name=name, kind=kind, parent=parent, traceparent=here, attributes=dict(attributes))
        self.spans.append(span)
        return span


def _fail(asked: stage) -> None:
    asked.set_attributes({"tokens": 3})
    raise ValueError("no")


def test_each_stage_is_a_span_which_ends_with_its_error() -> None:
    notes = Notes()
    with begin_work(notes, "announce", kind="consumer", parent="00-a", attributes={"run": "r"}) as work:
        assert current_traceparent() == work.traceparent == "00-0"
        asked = stage("model", span="chat gpt", kind="client")
        with pytest.raises(ValueError, match="no"), asked:
            _fail(asked)
        work.set_attributes({"verdict": "done"})
    announce, model = notes.spans
    assert (announce.name, announce.kind, announce.parent) == ("announce", "consumer", "00-a")
    assert announce.attributes == {"run": "r", "verdict": "done"}
    assert (model.name, model.attributes) == ("chat gpt", {"tokens": 3})
    assert isinstance(model.error, ValueError)
    assert all(span.is_over for span in notes.spans)
    assert list(work.stages) == ["model"]


# The whole road


@dataclass(kw_only=True)
class Collector:
    """What was sent to it."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Any]:
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found


@asynccontextmanager
async def run_collector() -> AsyncIterator[Collector]:
    collector = Collector()

    async def take(request: Request) -> Response:
        collector.bodies.append(await request.body())
        return Response(status_code=200)

    async with serve(Starlette(routes=[Route("/v1/traces", take, methods=["POST"])])) as url:
        collector.url = url
        yield collector


def attributes_of(span: Any) -> Mapping[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


async def test_a_collector_that_does_not_answer_holds_no_end_up(monkeypatch: pytest.MonkeyPatch) -> None:
    may_answer, asked = asyncio.Event(), asyncio.Event()

    async def hold(_: Request) -> Response:
        asked.set()
        await may_answer.wait()
        return Response(status_code=200)

    async with serve(Starlette(routes=[Route("/v1/traces", hold, methods=["POST"])])) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "60")
        try:
            async with asyncio.timeout(30), open_tracer(wanted=True, last=timedelta(seconds=0.5)) as tracer:
                assert tracer is not None
                tracer.start_span("work", kind="internal", attributes={}, parent=None).end(None)
            await asked.wait()
        finally:
            may_answer.set()


async def test_one_trace_leads_from_the_command_to_the_post_and_tells_no_words(
    tmp_path: Path,
    valkey_socket: Path,
    redis_raw: RawRedis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with openai() as model, run_collector() as collector:
        model.next.append(says(f"{MARK} answered"))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        async with precache(
            data=tmp_path,
            valkey=valkey_socket,
            model_url=model.url,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        ) as bot:
            await bot.type(f"/precache {MARK}?")
            await bot.posted()
        spans = {span.name: span for span in collector.spans}
        await wait_until(lambda: "process announce" in spans, "the spans, sent at the end")
    slack, publish, announce = (
        spans["receive slack"],
        spans["publish announce"],
        spans["process announce"],
    )
    assert announce.trace_id == publish.trace_id == slack.trace_id
    assert publish.parent_span_id == slack.span_id
    assert announce.parent_span_id == slack.span_id
    for name in ("claim", "chat test", "post"):
        assert spans[name].trace_id == announce.trace_id
    told = attributes_of(announce)
    assert told["messaging.system"] == "qstash"
    assert told["precache.verdict"] == "done"
    assert told["precache.run"].startswith(f"{told['precache.team']}:")
    asked = attributes_of(spans["chat test"])
    assert (asked["gen_ai.provider.name"], asked["gen_ai.request.model"]) == ("openai", "test")
    assert asked["gen_ai.usage.output_tokens"] > 0
    assert not any(MARK.encode() in body for body in collector.bodies)
    line = r"announce\.done run=\S+ team=T\S+ cache=MISS seconds=\S+ stages=claim:\S*model:\S*post:"
    assert re.search(line, caplog.text)


async def test_without_its_packages_traces_refuse_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(CannotStart, match=r"requirements-telemetry\.lock"):
        async with open_tracer(wanted=True):
            pass
    async with open_tracer(wanted=False) as tracer:
        assert tracer is None
