"""The operator's choice of models: the usual one, those that a schedule may name, and the fallbacks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Self, overload

from bot.errors import ModelError
from bot.model.chat import ChatModel
from bot.model.fallback import WithFallbacks
from bot.model.port import Model
from bot.model.settings import ModelsSettings

logger = logging.getLogger(__name__)


class Models:
    """All models that are asked; each is set up when it is first needed, or by `warm`."""

    def __init__(
        self, usual: Model, *, others: Sequence[Model] = (), fallbacks: Sequence[Model] = ()
    ) -> None:
        named = {each.name: each for each in (usual, *others)}
        self.usual = usual.name
        self.choices = tuple(named)
        """The usual one first."""
        self.demo = usual.demo
        self._each = [*{each.name: each for each in (*fallbacks, *named.values())}.values()]
        self._of = {name: _behind(model, fallbacks) for name, model in named.items()}

    @classmethod
    def of_settings(cls, settings: ModelsSettings) -> Self:
        every = (settings.usual, *settings.others, *settings.fallbacks)
        models = {each.name: ChatModel(each) for each in every}
        return cls(
            models[settings.usual.name],
            others=[models[each.name] for each in settings.others],
            fallbacks=[models[each.name] for each in settings.fallbacks],
        )

    @overload
    def of(self, name: None) -> Model: ...
    @overload
    def of(self, name: str | None) -> Model | None: ...
    def of(self, name: str | None) -> Model | None:
        """That model with its fallbacks; the usual one without a name, None for one that is not allowed."""
        return self._of.get(self.usual if name is None else name)

    @property
    def timeout(self) -> timedelta:
        """The longest that any of them takes, all of its attempts together."""
        return max(model.timeout for model in self._of.values())

    async def warm(self) -> None:
        """Set all of them up. One that cannot be is told to the operator, and fails whenever it is asked."""
        for model in self._each:
            try:
                await model.warm()
            except ModelError as exc:
                logger.error("model.not_ready: %s", exc)  # noqa: TRY400 - a sentence for the operator

    async def aclose(self) -> None:
        await asyncio.gather(*(model.aclose() for model in self._each))


def _behind(model: Model, fallbacks: Sequence[Model]) -> Model:
    others = [each for each in fallbacks if each.name != model.name]
    return WithFallbacks(model, others) if others else model
