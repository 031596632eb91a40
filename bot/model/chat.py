"""One model that LangChain knows, of any provider.

LangChain takes seconds to import and 66 MB, so the first question imports it (`loading.py`), in a thread.
Nothing is tried twice here: `fallback.py` asks another model, and QStash comes back at a better time.
`provider_errors.py` puts into our words what goes wrong.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import sys
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.errors import ModelRefused
from bot.loading import load_quietly
from bot.model.chat_message import reply_of, tokens_of
from bot.model.json_shape import Shape
from bot.model.meter import Call
from bot.model.metered_call import MeteredCall
from bot.model.packages import find_missing_package
from bot.model.port import ModelRequest, Reply
from bot.model.provider_errors import in_our_words, is_schema_refused, may_be_billed, tokens_told, told_words
from bot.model.server_habits import ServerHabits
from bot.model.settings import ModelSettings
from bot.model.tokens import MOST_OF_PICTURE, at_most
from bot.model.wire import longest_told
from bot.tracing import Attributes, stage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

logger = logging.getLogger(__name__)

WINDOW: Final = 16_000
"""Tokens that any model takes which people run today."""

_OF_A_CALL: Final = (
    "langchain_core.messages.block_translators.langchain_v0",
    "langchain_core.tracers.context",
    "langchain_core.tracers.langchain",
    "langchain_core.tracers.run_collector",
    "langchain_core.tracers.stdout",
    "langsmith",
)
"""What LangChain would import during its first call, on the event loop."""

_ONCE: Final = {"google_genai": 1, "google_vertexai": 1}
"""Google's packages count attempts, and take 0 for their default of several."""


class _Wire(Protocol):
    async def aclose(self) -> None: ...


class _SchemaRefused(Exception):
    """The server does not take a schema."""


class ChatModel:
    """A model that LangChain knows; `name` if it is to be known by another than its settings'."""

    demo = False

    def __init__(self, settings: ModelSettings, *, name: str | None = None) -> None:
        self.name = name or settings.name
        self.fingerprint = _settings_fingerprint(settings)
        self.timeout = settings.timeout
        self._settings = settings
        self._chat: BaseChatModel | None = None
        self._wires: list[_Wire] = []
        self._setting_up = asyncio.Lock()
        self._habits = ServerHabits(self.name)

    @property
    def unknown_ends(self) -> int:
        """Answers that ended for a reason that is in no list."""
        return self._habits.unknown_ends

    @property
    def context_window(self) -> int:
        """What it takes, as its server has told, the operator has set, or LangChain knows."""
        window: int = self._settings.window or self._known_fact("max_input_tokens") or WINDOW
        return min(window, self._habits.window or window)

    @property
    def takes_pictures(self) -> bool:
        told = self._settings.pictures
        return bool(self._known_fact("image_inputs")) if told is None else told

    async def get_ready(self) -> None:
        await self._set_up()

    async def reply_to(self, request: ModelRequest) -> Reply:
        await self._set_up()
        if request.shape is None or not self._keeps_to_schemas:
            return await self._ask_once(request, schema=None)
        try:
            return await self._ask_once(request, schema=request.shape)
        except _SchemaRefused:
            logger.warning("model.parameter_refused model=%s parameter=response_format", self.name)
            self._habits.takes_schemas = False
            return await self._ask_once(request, schema=None)

    def first_call(self, request: ModelRequest) -> Call:
        return self._call_for(request, schema=request.shape if self._keeps_to_schemas else None)

    async def _ask_once(self, request: ModelRequest, *, schema: Shape | None) -> Reply:
        chat, shape = await self._set_up(), request.shape
        system = self._instructions_for(request, schema=schema)
        within = self.timeout if request.within is None else min(request.within, self.timeout)
        metered = MeteredCall(self._call_for(request, schema=schema), request.meter, within=within)
        sent = f"{system}\n{request.query}"
        try:
            async with metered.deadline:
                await metered.start_call()
                with self._begin_stage() as asked:
                    message = await self._send_to_model(chat, system, request, schema)
                    asked.set_attributes(_usage_of(message))
        except asyncio.CancelledError:
            await metered.stop_call(None, billed=True)  # it has been sent, and the provider goes on
            raise
        except Exception as exc:
            await metered.stop_call(tokens_told(exc), billed=may_be_billed(exc))
            if (known := in_our_words(exc, model=self.name)) is None:
                raise
            words = told_words(exc)
            if isinstance(known, ModelRefused) and known.why == "too_long":
                self._habits.learn_window(longest_told(words), sent=sent, window=self.context_window)
            if schema and is_schema_refused(known, words):
                raise _SchemaRefused from exc
            raise known from exc
        cost = await metered.stop_call(tokens_of(message), billed=True)
        reply = reply_of(message, model=self.name, shape=shape, good_ends=self._settings.good_ends)
        self._habits.note_end(reply.unknown_end)
        was_cut = self._habits.notice_cut(reply.tokens_in, sent=sent, window=self.context_window)
        return replace(reply, cost=cost, partly_read=was_cut)

    def _begin_stage(self) -> stage:
        """https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/"""
        provider, _, model = self._settings.name.partition(":")
        attributes: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gen_ai.request.max_tokens": self._settings.max_tokens,
        }
        return stage("model", span=f"chat {model}", kind="client", attributes=attributes)

    async def aclose(self) -> None:
        for wire in self._wires:
            await wire.aclose()

    def _instructions_for(self, request: ModelRequest, *, schema: Shape | None) -> str:
        parts = [request.system or self._settings.system, request.facts]
        if request.shape and schema is None:
            parts.append(request.shape.instructions)
        return "\n\n".join(filter(None, parts))

    def _call_for(self, request: ModelRequest, *, schema: Shape | None) -> Call:
        texts = [self._instructions_for(request, schema=schema), request.query]
        if schema:
            texts.append(schema.instructions)
        return Call(
            model=self.name,
            most_sent=sum(map(at_most, texts)) + MOST_OF_PICTURE * len(request.pictures),
            most_tokens=self._settings.max_tokens,
        )

    async def _send_to_model(
        self, chat: BaseChatModel, system: str, request: ModelRequest, schema: Shape | None
    ) -> AIMessage:
        from langchain_core.messages import HumanMessage, SystemMessage  # loaded with the rest
        from langsmith import tracing_context

        from bot.model.lean_chat import LeanChat

        if self._limit:
            chat = chat.model_copy(update=self._limit)
        messages = [SystemMessage(system), HumanMessage(_content_of(request))]
        if isinstance(chat, LeanChat) and schema is None:
            return await chat.answer(messages)
        with tracing_context(enabled=False):  # whatever LANGSMITH_TRACING says: prompts stay here
            if schema is None:
                return await chat.ainvoke(messages)
            # Raw, because usage, refusals and the reason why it stopped stand in the message alone.
            shaped: Runnable[Any, Any] = chat.with_structured_output(
                schema.titled_schema, method="json_schema", include_raw=True, **self._schema_options
            )
            message: AIMessage = (await shaped.ainvoke(messages))["raw"]
            return message

    @property
    def _keeps_to_schemas(self) -> bool:
        if self._settings.structured is not None:
            return self._habits.takes_schemas and self._settings.structured
        return self._habits.takes_schemas and bool(self._known_fact("structured_output"))

    @property
    def _limit(self) -> dict[str, int]:
        """A shorter answer for a server that counts it among what it takes, as far as it has told that."""
        longest = self._habits.longest_answer
        return {"max_tokens": longest} if longest and longest < self._settings.max_tokens else {}

    @property
    def _schema_options(self) -> dict[str, bool]:
        """OpenAI keeps to a schema only when told to; the others know no other way, nor the word."""
        return {"strict": True} if self._provider_name == "openai" else {}

    @property
    def _provider_name(self) -> str:
        return self._settings.name.partition(":")[0]

    def _known_fact(self, fact: str) -> Any:
        """Look up what LangChain knows of the model, once it is set up."""
        profile: Any = (self._chat.profile if self._chat else None) or {}
        return profile.get(fact)

    async def _set_up(self) -> BaseChatModel:
        async with self._setting_up:
            if self._chat is None:
                self._chat = await asyncio.to_thread(load_quietly, self._build_chat)
            return self._chat

    def _build_chat(self) -> BaseChatModel:
        settings, provider = self._settings, self._provider_name
        for module in _OF_A_CALL:
            with suppress(ImportError):  # another release keeps it elsewhere, and imports it when it asks
                import_module(module)
        options: dict[str, Any] = {
            "timeout": settings.timeout.total_seconds(),
            "max_retries": _ONCE.get(provider, 0),
            "max_tokens": settings.max_tokens,
            "temperature": settings.temperature,
            "base_url": settings.base_url,
            "api_key": settings.api_key,
            "cache": False,  # None would mean LangChain's global one
        }
        options = {name: value for name, value in options.items() if value is not None}
        model = settings.name.partition(":")[2]
        try:
            if provider == "openai":
                return self._build_lean_chat(model, options)
            from langchain.chat_models import init_chat_model

            chat: BaseChatModel = init_chat_model(model, model_provider=provider, **options)
        except ImportError as exc:
            raise ModelRefused(f"{settings.name}: {_advise_on_package(provider)}") from exc
        except Exception as exc:  # noqa: BLE001 — each provider's package has its own, some quote the key
            raise ModelRefused(
                f"{settings.name}: could not be set up ({type(exc).__name__}); "
                "check the provider's name and its key"
            ) from None
        return chat

    def _build_lean_chat(self, model: str, options: dict[str, Any]) -> BaseChatModel:
        from bot.model.lean_chat import LeanChat
        from bot.model.wire.client import PatientClient
        from bot.model.wire.patience import PatientServer

        server = PatientServer(model=self.name)
        # LangChain's default client is shared by the whole process, so nobody could close it.
        http = PatientClient(server)
        self._wires.append(http)
        if self._settings.base_url and not self._settings.api_key:
            options["api_key"] = "none"  # a server of one's own wants no key, the client insists on one
        chat = LeanChat(model=model, http_async_client=http, **options)
        if (road := chat.open_road(server, within=self.timeout)) is not None:
            self._wires.append(road)
        return chat


def _content_of(request: ModelRequest) -> str | list[str | dict[Any, Any]]:
    """https://docs.langchain.com/oss/python/langchain/messages#multimodal"""
    if not request.pictures:
        return request.query
    pictures: list[str | dict[Any, Any]] = [
        {"type": "image", "base64": base64.b64encode(jpeg).decode(), "mime_type": "image/jpeg"}
        for jpeg in request.pictures
    ]
    return [{"type": "text", "text": request.query}, *pictures]


def _advise_on_package(provider: str) -> str:
    """Say what to install, into this very environment; LangChain's own words would do it elsewhere."""
    package = find_missing_package(provider)
    if package is None:
        return "its package is installed, but something that the package needs is not; install it again"
    return f"install its package with: {sys.executable} -m pip install {package}"


def _settings_fingerprint(settings: ModelSettings) -> str:
    parts = [settings.base_url, settings.temperature, settings.max_tokens, settings.system]
    return f"{settings.name}/{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]}"


def _usage_of(message: AIMessage) -> Attributes:
    tokens = tokens_of(message)
    if tokens is None:
        return {}
    return {"gen_ai.usage.input_tokens": tokens.sent, "gen_ai.usage.output_tokens": tokens.received}
