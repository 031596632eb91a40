"""Fallbacks: who is asked when the chosen model fails, how often, for how long, and what it comes to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.answers.judging.comparison import SHAPE
from bot.errors import (
    BotError,
    Limited,
    Misshapen,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    RedisUnavailable,
)
from bot.model import TOTAL, ChatModel, ModelRequest, Models, ModelSettings, ModelsSettings, NoModelConfigured
from bot.model.fallback import WithFallbacks
from bot.model.meter import Call, Tokens
from bot.runs.state.claims import BUDGET
from tests.bot.gauge import Gauge
from tests.stand_ins.openai import OpenAI, fails, says, stalls

SECOND = timedelta(seconds=1)
START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def of(server: OpenAI, name: str) -> ModelSettings:
    return ModelSettings(name=f"openai:{name}", base_url=server.url)


@asynccontextmanager
async def models(server: OpenAI, *fallbacks: str, others: tuple[str, ...] = ()) -> AsyncIterator[Models]:
    settings = ModelsSettings(
        usual=of(server, "usual"),
        others=tuple(of(server, name) for name in others),
        fallbacks=tuple(of(server, name) for name in fallbacks),
    )
    async with aclosing(Models.of_settings(settings)) as choice:
        yield choice


@asynccontextmanager
async def within(server: OpenAI, total: timedelta, *fallbacks: str) -> AsyncIterator[WithFallbacks]:
    chosen, *rest = [ChatModel(of(server, name)) for name in ("usual", *fallbacks)]
    for model in (chosen, *rest):
        await model.get_ready()
    async with aclosing(WithFallbacks(chosen, rest, total=total)) as chain:
        yield chain


async def test_a_model_that_answers_is_the_only_one_asked(server: OpenAI) -> None:
    async with models(server, "spare") as choice:
        assert (
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello"))
        ).model == "openai:usual"
    assert server.asked == {"usual": 1}


@pytest.mark.parametrize(
    "behaviour",
    [
        fails(503),
        fails(429, code="insufficient_quota"),
        fails(401),
        says(""),
        says("", refusal="I will not."),
    ],
    ids=["down", "quota", "key", "empty", "refusal"],
)
async def test_whatever_the_model_fails_with_the_next_one_answers(server: OpenAI, behaviour: Any) -> None:
    server.models = {"usual": behaviour, "spare": says("Spare.")}
    async with models(server, "spare", "never") as choice:
        reply = await choice.allowed_model(None).reply_to(ModelRequest(query="hello"))
    assert (reply.text, reply.model) == ("Spare.", "openai:spare")
    assert server.asked == {"usual": 1, "spare": 1}


async def test_fallbacks_are_asked_in_their_order_and_none_twice(server: OpenAI) -> None:
    server.otherwise = fails(503)
    async with models(server, "b", "usual", "a") as choice:
        with pytest.raises(ModelUnavailable):
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello"))
    assert [body["model"] for body in server.bodies] == ["usual", "b", "a"]


async def test_a_model_that_a_schedule_chose_has_the_same_fallbacks(server: OpenAI) -> None:
    server.otherwise = fails(503)
    async with models(server, "spare", others=("mine", "spare")) as choice:
        for name in ("openai:mine", "openai:spare"):
            model = choice.allowed_model(name)
            assert model is not None
            with pytest.raises(ModelUnavailable):
                await model.reply_to(ModelRequest(query="hello"))
    assert [body["model"] for body in server.bodies] == ["mine", "spare", "spare"]


async def test_a_model_that_cannot_be_set_up_is_passed_over(server: OpenAI) -> None:
    chain = WithFallbacks(ChatModel(ModelSettings(name="nosuch:model")), [ChatModel(of(server, "spare"))])
    async with aclosing(chain):
        await chain.get_ready()
        assert (await chain.reply_to(ModelRequest(query="hello"))).model == "openai:spare"


async def test_without_any_model_that_can_be_set_up_the_first_is_told() -> None:
    chain = WithFallbacks(*_unknown("nosuch:a", "nosuch:b"))
    for asking in (chain.get_ready(), chain.reply_to(ModelRequest(query="hello"))):
        with pytest.raises(ModelRefused, match="nosuch:a"):
            await asking


def _unknown(first: str, *others: str) -> tuple[ChatModel, list[ChatModel]]:
    chosen, *rest = [ChatModel(ModelSettings(name=name)) for name in (first, *others)]
    return chosen, rest


async def test_each_step_is_told_to_the_operator_and_the_question_is_not(
    server: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    server.models = {"usual": fails(503, code="overloaded", message="about: my secret question")}
    with caplog.at_level(logging.INFO):
        async with models(server, "spare") as choice:
            await choice.allowed_model(None).reply_to(
                ModelRequest(query="my secret question", system="my rules")
            )
    (line,) = [line for line in caplog.messages if line.startswith("model.fallback")]
    assert line == "model.fallback to=openai:spare: openai:usual: HTTP 503 (overloaded)"
    assert not any("secret" in message or "my rules" in message for message in caplog.messages)


# What all attempts come to


async def fails_with(server: OpenAI, **behaviours: Any) -> ModelError:
    server.models = behaviours
    async with models(server, *[name for name in behaviours if name != "usual"]) as choice:
        with pytest.raises(ModelError) as failed:
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello"))
    return failed.value


async def test_what_may_pass_with_one_of_them_is_worth_another_try_as_soon_as_the_first_is_back(
    server: OpenAI,
) -> None:
    error = await fails_with(
        server,
        usual=fails(401),
        a=fails(503, retry_after="30"),
        b=fails(429, retry_after="7"),
        c=fails(500),
    )
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == timedelta(seconds=7)
    for told in ("usual: HTTP 401", "a: HTTP 503", "b: HTTP 429", "c: HTTP 500"):
        assert told in str(error)


async def test_nobody_waits_for_a_moment_that_none_of_them_named(server: OpenAI) -> None:
    error = await fails_with(server, usual=fails(503), a=fails(400))
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after is None


async def test_what_all_refuse_is_refused_in_the_words_of_the_first(server: OpenAI) -> None:
    error = await fails_with(server, usual=fails(401), a=fails(400))
    assert isinstance(error, ModelRefused)
    assert str(error).startswith("openai:usual: HTTP 401")


@pytest.mark.parametrize("others", [{}, {"a": fails(401)}, {"a": fails(503), "b": fails(401)}])
async def test_an_answer_in_another_shape_is_told_as_one_if_none_of_the_others_may_yet_answer(
    server: OpenAI, others: dict[str, Any]
) -> None:
    server.models = {"usual": fails(400), "spare": says("Nothing is new."), **others}
    async with models(server, "spare", *others) as choice:
        with pytest.raises(ModelError) as failed:
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello", shape=SHAPE))
    assert isinstance(failed.value, Misshapen) is ("b" not in others)


# The meter


async def test_each_attempt_passes_the_meter_and_the_reply_tells_the_sum(server: OpenAI) -> None:
    server.models = {"usual": says(""), "a": fails(503)}
    gauge = Gauge(price=100)
    async with models(server, "a", "b") as choice:
        reply = await choice.allowed_model(None).reply_to(ModelRequest(query="hello", meter=gauge))
    assert [call.model for call in gauge.calls] == ["openai:usual", "openai:a", "openai:b"]
    assert [(model, tokens is not None, billed) for model, tokens, billed in gauge.told] == [
        ("openai:usual", True, True),
        ("openai:a", False, False),
        ("openai:b", True, True),
    ]
    assert gauge.events == ["before", "after"] * 3
    assert reply.cost == 300


async def test_a_reply_of_a_model_without_a_price_has_no_cost(server: OpenAI) -> None:
    class Partly(Gauge):
        async def record_call(self, call: Call, tokens: Tokens | None, *, billed: bool) -> int | None:
            return 100 if call.model == "openai:usual" else None

    server.models = {"usual": says("")}
    async with models(server, "spare") as choice:
        assert (
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello", meter=Partly()))
        ).cost is None


@pytest.mark.parametrize(
    "fault", [Limited(retry_after=SECOND), RedisUnavailable(), BotError("no money")], ids=repr
)
async def test_what_the_meter_forbids_is_forbidden_to_all(server: OpenAI, fault: BotError) -> None:
    class OnceOnly(Gauge):
        async def admit_call(self, call: Call) -> None:
            if self.calls:
                raise fault
            await super().admit_call(call)

    server.models = {"usual": fails(503)}
    async with models(server, "a", "b") as choice:
        with pytest.raises(type(fault)) as told:
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello", meter=OnceOnly()))
        assert told.value is fault
        with pytest.raises(type(fault)):
            await choice.allowed_model(None).reply_to(ModelRequest(query="hello", meter=Gauge(fault=fault)))
    assert server.asked == {"usual": 1}


# The flight around them


async def test_the_first_call_is_that_of_the_first_model_that_is_ready(server: OpenAI) -> None:
    chain = WithFallbacks(ChatModel(ModelSettings(name="nosuch:model")), [ChatModel(of(server, "spare"))])
    async with aclosing(chain):
        await chain.get_ready()
        gauge, request = Gauge(), ModelRequest(query="Why?")
        first = chain.first_call(request)
        await chain.reply_to(replace(request, meter=gauge))
    assert (first.model, gauge.calls) == ("openai:spare", [first])


async def test_other_fallbacks_leave_every_answer_where_it_is(server: OpenAI) -> None:
    async with models(server) as bare, models(server, "a") as one, models(server, "b", "c") as two:
        assert len({models.allowed_model(None).fingerprint for models in (bare, one, two)}) == 1


# The time


async def test_a_model_that_stalls_leaves_half_of_the_time_to_those_after_it(server: OpenAI) -> None:
    server.models = {"usual": stalls(), "a": stalls()}
    async with within(server, 2 * SECOND, "a", "b") as chain, asyncio.timeout(60):
        assert (await chain.reply_to(ModelRequest(query="hello"))).model == "openai:b"
    assert server.asked == {"usual": 1, "a": 1, "b": 1}


async def test_all_attempts_together_end_in_time(server: OpenAI) -> None:
    for name in ("usual", "a", "b"):
        server.models[name] = stalls()
    async with within(server, SECOND, "a", "b") as chain, asyncio.timeout(60):
        with pytest.raises(ModelUnavailable, match=r"usual: no answer in time; .*b: no answer in time"):
            await chain.reply_to(ModelRequest(query="hello"))
    assert server.asked == {"usual": 1, "a": 1, "b": 1}


async def test_one_who_has_less_time_may_say_so(server: OpenAI) -> None:
    server.models = {"usual": stalls()}
    async with within(server, 1_000 * SECOND, "spare") as chain, asyncio.timeout(60):
        assert (await chain.reply_to(ModelRequest(query="hello", within=SECOND))).model == "openai:spare"


@pytest.mark.parametrize("left", [timedelta(0), -SECOND])
async def test_without_time_nobody_is_asked(server: OpenAI, left: timedelta) -> None:
    async with within(server, SECOND, "spare") as chain:
        with pytest.raises(ModelUnavailable, match="no time"):
            await chain.reply_to(ModelRequest(query="hello", within=left))
    assert not server.asked


def test_the_time_of_a_question_is_known_to_those_who_hold_it(server: OpenAI) -> None:
    usual, spare = ChatModel(of(server, "usual")), ChatModel(of(server, "spare"))
    assert Models(usual).timeout == usual.timeout == ModelSettings.timeout
    assert Models(usual, fallbacks=[spare]).timeout == TOTAL
    assert Models(spare, others=[usual], fallbacks=[spare]).timeout == TOTAL
    assert BUDGET - timedelta(seconds=5) > TOTAL


# The choice


async def test_a_schedule_may_choose_what_the_operator_allows_and_nothing_else(server: OpenAI) -> None:
    async with models(server, "spare", others=("big", "small")) as choice:
        assert choice.usual == "openai:usual"
        assert choice.choices == ("openai:usual", "openai:big", "openai:small")
        assert [choice.allowed_model(name) is not None for name in choice.choices] == [True] * 3
        assert choice.allowed_model("openai:spare") is None
        assert choice.allowed_model("openai:other") is None
        big = choice.allowed_model("openai:big")
        assert big is not None
        assert (await big.reply_to(ModelRequest(query="hello"))).model == big.name == "openai:big"
        assert big.fingerprint != choice.allowed_model(None).fingerprint
        assert choice.allowed_model(None) is choice.allowed_model("openai:usual")
        assert not choice.demo


async def test_no_model_is_a_choice_too() -> None:
    none = Models(NoModelConfigured())
    await none.allowed_model(None).get_ready()
    assert (none.usual, none.timeout, none.demo) == ("none", timedelta(0), False)
    await none.aclose()


def test_a_choice_names_each_model_once_and_not_too_many(server: OpenAI) -> None:
    one = of(server, "one")
    with pytest.raises(ValueError, match="once"):
        ModelsSettings(usual=one, others=(one,))
    with pytest.raises(ValueError, match="at most 3"):
        ModelsSettings(usual=one, fallbacks=tuple(of(server, name) for name in "abcd"))
