"""The stages of one piece of work: how long each took, for its line in the log and, where traced, as spans.

`begin_work` opens a piece of work and `stage` a part of it, wherever that is done: both are context managers.
What is done in tasks that it begins belongs to it, too. Names and attributes say kinds, ids and numbers,
and never what a person or a model wrote.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final, Literal, Protocol

logger = logging.getLogger(__name__)

AttributeValue = str | int | float | bool
Attributes = Mapping[str, AttributeValue]
Kind = Literal["internal", "client", "consumer", "producer", "server"]


class Span(Protocol):
    """A span that has begun."""

    @property
    def traceparent(self) -> str:
        """How another process names it as the parent of its own: https://www.w3.org/TR/trace-context/"""

    def set_attributes(self, attributes: Attributes) -> None:
        """Add to what is known of it."""

    def end(self, error: BaseException | None) -> None:
        """End it, in the task in which it began."""


class Tracer(Protocol):
    """Where spans go."""

    def start_span(self, name: str, *, kind: Kind, attributes: Attributes, parent: str | None) -> Span:
        """Begin a span, within the one of this task, or within `parent`, a `traceparent`."""


class Stages(dict[str, float]):
    """Seconds by stage, in the order in which they first ended; those of the same name are added up."""

    def __str__(self) -> str:
        return ",".join(f"{name}:{seconds:.3f}" for name, seconds in self.items()) or "-"


class Work:
    """One piece of work, such as a delivery; enter it where it begins."""

    __slots__ = ("_began", "_kind", "_name", "_parent", "_span", "_token", "attributes", "stages", "tracer")

    def __init__(
        self, tracer: Tracer | None, name: str, *, kind: Kind, parent: str | None, attributes: Attributes
    ) -> None:
        self.tracer = tracer
        self.stages = Stages()
        self.attributes = attributes
        self._name, self._kind, self._parent = name, kind, parent
        self._span: Span | None = None
        self._token: Token[Work | None] | None = None
        self._began = 0.0

    @property
    def seconds(self) -> float:
        """The time since it began."""
        return time.perf_counter() - self._began

    @property
    def traceparent(self) -> str | None:
        return None if self._span is None else self._span.traceparent

    def set_attributes(self, attributes: Attributes) -> None:
        if self._span is not None:
            self._span.set_attributes(attributes)

    def __enter__(self) -> Work:
        self._began = time.perf_counter()
        self._token = _work.set(self)
        if self.tracer is not None:
            self._span = self.tracer.start_span(
                self._name, kind=self._kind, attributes=self.attributes, parent=self._parent
            )
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if self._span is not None:
            self._span.end(error)
        if self._token is not None:
            _work.reset(self._token)


_work: ContextVar[Work | None] = ContextVar("work", default=None)


def begin_work(
    tracer: Tracer | None,
    name: str,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    attributes: Attributes | None = None,
) -> Work:
    """A piece of work of its own; `parent` is the `traceparent` of what has caused it."""
    return Work(tracer, name, kind=kind, parent=parent, attributes=attributes or {})


def current_traceparent() -> str | None:
    """The `traceparent` of the work at hand; None where none is traced."""
    work = _work.get()
    return None if work is None else work.traceparent


class stage:  # noqa: N801 - it reads as a statement does
    """A part of the work at hand; outside of any, nothing is noted. Its span may have a name of its own."""

    __slots__ = ("_attributes", "_began", "_kind", "_name", "_span", "_span_name", "_work")

    def __init__(
        self,
        name: str,
        *,
        span: str | None = None,
        kind: Kind = "internal",
        attributes: Attributes | None = None,
    ) -> None:
        self._name, self._span_name, self._kind, self._attributes = name, span or name, kind, attributes
        self._span: Span | None = None

    def set_attributes(self, attributes: Attributes) -> None:
        """Add to what is known of it, where it is traced."""
        if self._span is not None:
            self._span.set_attributes(attributes)

    def __enter__(self) -> stage:
        self._work = work = _work.get()
        if work is not None:
            if work.tracer is not None:
                self._span = work.tracer.start_span(
                    self._span_name, kind=self._kind, attributes=self._attributes or _NOTHING, parent=None
                )
            self._began = time.perf_counter()
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if (work := self._work) is not None:
            took = time.perf_counter() - self._began
            work.stages[self._name] = work.stages.get(self._name, 0.0) + took
            if logger.isEnabledFor(logging.DEBUG):
                run = work.attributes.get("precache.run") or "-"
                logger.debug("stage.done run=%s name=%s seconds=%.3f", run, self._name, took)
            if self._span is not None:
                self._span.end(error)


_NOTHING: Final[Attributes] = {}
