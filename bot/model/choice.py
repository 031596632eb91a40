"""The operator's choice of models: the usual one, those that a schedule may name, and the fallbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Self, overload

from bot.model.chat import ChatModel
from bot.model.fallback import WithFallbacks
from bot.model.port import Model, ModelRequest, Reply
from bot.model.settings import ModelsSettings


class Models:
    """All models that are asked; each is set up when it is first asked."""

    def __init__(
        self, usual: Model, *, others: Sequence[Model] = (), fallbacks: Sequence[Model] = ()
    ) -> None:
        named = {model.name: model for model in (usual, *others)}
        self.usual = usual.name
        self.choices = tuple(named)
        """The usual one first."""
        self.demo = usual.demo
        self._all_models = [*{model.name: model for model in (*fallbacks, *named.values())}.values()]
        self._by_name = {name: _with_fallbacks(model, fallbacks) for name, model in named.items()}

    @classmethod
    def of_settings(cls, settings: ModelsSettings) -> Self:
        every = (settings.usual, *settings.others, *settings.fallbacks)
        models = {wanted.name: ChatModel(wanted) for wanted in every}
        return cls(
            models[settings.usual.name],
            others=[models[wanted.name] for wanted in settings.others],
            fallbacks=[models[wanted.name] for wanted in settings.fallbacks],
        )

    @overload
    def allowed_model(self, name: None) -> Model: ...
    @overload
    def allowed_model(self, name: str | None) -> Model | None: ...
    def allowed_model(self, name: str | None) -> Model | None:
        """Find a model with its fallbacks: the usual one without a name, None for one that is not allowed."""
        return self._by_name.get(self.usual if name is None else name)

    async def ask_alone(self, name: str, request: ModelRequest) -> Reply:
        """Ask one of them, a fallback too, and nobody else if it fails. Raises `ModelError`."""
        return await self._find_model(name).reply_to(request)

    def window_of(self, name: str) -> int:
        """The tokens of question that one of them takes; known once it was asked."""
        return self._find_model(name).context_window

    def _find_model(self, name: str) -> Model:
        return next(model for model in self._all_models if model.name == name)

    @property
    def timeout(self) -> timedelta:
        """The longest that any of them takes, all of its attempts together."""
        return max(model.timeout for model in self._by_name.values())

    @property
    def unknown_ends(self) -> int:
        """Answers of all of them that ended for a reason that is in no list."""
        return sum(model.unknown_ends for model in self._all_models if isinstance(model, ChatModel))

    async def aclose(self) -> None:
        await asyncio.gather(*(model.aclose() for model in self._all_models))


def _with_fallbacks(model: Model, fallbacks: Sequence[Model]) -> Model:
    others = [other for other in fallbacks if other.name != model.name]
    return WithFallbacks(model, others) if others else model
