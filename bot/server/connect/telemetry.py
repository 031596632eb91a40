"""Traces by OpenTelemetry, where its packages are installed and an endpoint is set.

The SDK reads its own variables, such as the headers, the service's name and the share that is sampled:
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. Spans are sent in a thread,
in batches; one that cannot be sent is dropped, and nothing waits for it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot import VERSION
from bot.server.connect.failure import CannotStart
from bot.tracing import Attributes, Kind, Tracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PACKAGES: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_MISSING: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT: traces need the packages of requirements-telemetry.lock, which are not "
    f"installed here; install them with: {sys.executable} -m pip install --no-deps --require-hashes "
    "-r requirements-telemetry.lock"
)
_LAST: Final = timedelta(seconds=3)
"""In which the last spans are sent at the end of the process."""


@asynccontextmanager
async def open_tracer(*, wanted: bool, last: timedelta = _LAST) -> AsyncIterator[Tracer | None]:
    """Open the way to the endpoint; None if none is wanted. Raises `CannotStart`."""
    if not wanted:
        yield None
        return
    provider = _make_provider()
    try:
        yield OpenTelemetryTracer(provider)
    finally:
        await asyncio.to_thread(_end_provider, provider, last)


def _end_provider(provider: TracerProvider, last: timedelta) -> None:
    """Send the last spans; the SDK waits ten seconds for each batch, whatever time-out it is given."""
    sending = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
    sending.start()
    sending.join(last.total_seconds())


def missing_telemetry() -> str | None:
    """Say what to do if its packages are not installed, without importing them."""
    try:
        is_installed = all(importlib.util.find_spec(package) for package in _PACKAGES)
    except ModuleNotFoundError:
        is_installed = False
    return None if is_installed else _MISSING


def _make_provider() -> TracerProvider:
    if (missing := missing_telemetry()) is not None:
        raise CannotStart(missing)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    ours = {"service.name": "precache", "service.version": VERSION}
    resource = Resource.create({**ours, **OTELResourceDetector().detect().attributes})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class OpenTelemetryTracer:
    """Spans of OpenTelemetry's SDK."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import trace

        self._tracer = provider.get_tracer("precache", VERSION)
        self._kinds = {
            "internal": trace.SpanKind.INTERNAL,
            "client": trace.SpanKind.CLIENT,
            "consumer": trace.SpanKind.CONSUMER,
            "producer": trace.SpanKind.PRODUCER,
            "server": trace.SpanKind.SERVER,
        }

    def start_span(
        self, name: str, *, kind: Kind, attributes: Attributes, parent: str | None
    ) -> OpenTelemetrySpan:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        within = None
        if parent is not None:
            within = TraceContextTextMapPropagator().extract({"traceparent": parent})
        span = self._tracer.start_span(
            name, context=within, kind=self._kinds[kind], attributes=dict(attributes)
        )
        return OpenTelemetrySpan(span, context.attach(trace.set_span_in_context(span, within)))


class OpenTelemetrySpan:
    """One span, which is the current one until it ends."""

    def __init__(self, span: Any, token: Any) -> None:
        self._span = span
        self._token = token

    @property
    def traceparent(self) -> str:
        told = self._span.get_span_context()
        return f"00-{told.trace_id:032x}-{told.span_id:016x}-{int(told.trace_flags):02x}"

    def set_attributes(self, attributes: Attributes) -> None:
        self._span.set_attributes(dict(attributes))

    def end(self, error: BaseException | None) -> None:
        from opentelemetry import context, trace

        if error is not None:
            # Not its words, which may repeat what somebody wrote.
            self._span.set_attribute("error.type", type(error).__qualname__)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()
        context.detach(self._token)
