"""The model as the rest of the bot knows it: it is asked, and replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.errors import NoModel
from bot.model.json_shape import Shape
from bot.model.meter import Call, Meter


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A model's reply to one request."""

    text: str
    """JSON of the question's shape and nothing else, if it has one."""
    complete: bool
    """False when the answer was cut off, or ended for a reason that nobody knows to be good."""
    model: str
    """The one that answered: the model that was asked, or one of its fallbacks."""
    tokens_in: int | None
    tokens_out: int | None
    cost: int | None = None
    """The cost of all calls that it took, in billionths of a dollar; None where a model has no price."""
    partly_read: bool = False
    """The server cut what it was sent: it counted far fewer tokens than that has."""
    unknown_end: str = ""
    """The server's reason for ending it, if that is in no list."""
    shortened: bool = False
    """It was cut off, and is as complete as its model's answers get."""


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One question to a model, and what goes around it."""

    query: str
    facts: str = ""
    """The day, in sentences, for whatever instructions there are; it changes no fingerprint."""
    system: str | None = None
    """Stands in place of the usual instructions; it changes answers without changing the fingerprint."""
    shape: Shape | None = None
    """The form of the answer, as JSON."""
    pictures: tuple[bytes, ...] = ()
    """JPEGs that it is about; only for models that take them."""
    meter: Meter | None = None
    within: timedelta | None = None
    """Shortens the model's own time-out."""


class Model(Protocol):
    """Answers questions."""

    name: str
    fingerprint: str
    """Changes with everything that changes answers, and with nothing else."""
    demo: bool
    """Its answers are to be labelled as a demo model's."""
    timeout: timedelta
    """From the moment the meter lets its first call through to the end of its last one."""

    @property
    def context_window(self) -> int:
        """The tokens of question that it takes; known once it is ready."""

    @property
    def takes_pictures(self) -> bool:
        """True if it may be asked about pictures; known once it is ready."""

    async def get_ready(self) -> None:
        """Get ready, so that the first question need not wait for it."""

    def first_call(self, request: ModelRequest) -> Call:
        """The call that `reply_to` will ask the meter for first; known once it is ready."""

    async def reply_to(self, request: ModelRequest) -> Reply:
        """The meter, then the model. Raises `ModelError`, and what the meter raises."""

    async def aclose(self) -> None:
        """Close the connections; it is not asked again."""


class NoModelConfigured:
    """Stands where a model would, and says that there is none."""

    name = "none"
    fingerprint = "none"
    demo = False
    takes_pictures = False
    context_window = 0
    timeout = timedelta(0)

    async def get_ready(self) -> None:
        """Nothing to do."""

    def first_call(self, request: ModelRequest) -> Call:
        raise NoModel

    async def reply_to(self, request: ModelRequest) -> Reply:
        raise NoModel

    async def aclose(self) -> None:
        """Nothing to do."""
