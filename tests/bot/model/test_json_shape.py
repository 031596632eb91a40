"""Answers of a shape: asked for in both ways over HTTP, checked against a real validator, and never half."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from bot.errors import ModelRefused, ModelUnavailable
from bot.model import ChatModel, ModelRequest, ModelSettings, Shape, reply_of
from bot.model.fallback import WithFallbacks
from bot.model.json_shape import fits_schema
from bot.model.meter import Tokens
from bot.model.tokens import at_most
from tests.bot.gauge import Gauge
from tests.stand_ins.openai import OpenAI, fails, says

START = datetime(2026, 11, 22, 9, tzinfo=UTC)


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SHAPE = Shape(
    name="news",
    description="What is new.",
    schema=closed(
        items={
            "type": "array",
            "items": closed(
                title={"type": "string", "description": "In a few words."},
                level={"type": "string", "enum": ["low", "high"]},
            ),
        },
        note={"anyOf": [{"type": "string"}, {"type": "null"}]},
    ),
)
GOOD = {"items": [{"title": "Grüße", "level": "low"}], "note": None}
TEXT = json.dumps(GOOD, ensure_ascii=False)


@pytest.fixture
async def knowing(server: OpenAI) -> AsyncIterator[ChatModel]:
    """A model of which LangChain says that its provider keeps to schemas."""
    async with aclosing(ChatModel(ModelSettings(name="openai:gpt-5.4-mini", base_url=server.url))) as chat:
        yield chat


@pytest.fixture
async def unknowing(server: OpenAI) -> AsyncIterator[ChatModel]:
    """A model that LangChain does not know."""
    async with aclosing(ChatModel(ModelSettings(name="openai:mine", base_url=server.url))) as chat:
        yield chat


@pytest.fixture(params=["knowing", "unknowing"])
def model(request: pytest.FixtureRequest) -> ChatModel:
    chat: ChatModel = request.getfixturevalue(request.param)
    return chat


# Asked


async def test_a_provider_that_keeps_to_schemas_is_given_ours(server: OpenAI, knowing: ChatModel) -> None:
    server.next.append(says(TEXT))
    gauge = Gauge()
    reply = await knowing.reply_to(
        ModelRequest(query="What is new?", shape=SHAPE, system="Be brief.", meter=gauge)
    )
    assert json.loads(reply.text) == GOOD
    assert reply.complete
    asked = server.bodies[0]
    given_schema = asked["response_format"]["json_schema"]
    assert asked["response_format"]["type"] == "json_schema"
    assert (given_schema["name"], given_schema["strict"]) == ("news", True)
    assert given_schema["schema"] == SHAPE.schema
    assert [message["content"] for message in asked["messages"]] == ["Be brief.", "What is new?"]
    assert gauge.calls[0].most_sent > at_most(json.dumps(SHAPE.schema)) + at_most("Be brief.What is new?")
    assert gauge.told == [(knowing.name, Tokens(sent=5, received=len(TEXT.split())), True)]
    assert (reply.tokens_in, reply.tokens_out, reply.cost) == (5, len(TEXT.split()), 7)


async def test_another_is_told_in_words_and_its_answer_is_looked_through(
    server: OpenAI, unknowing: ChatModel
) -> None:
    server.next.append(says(f"Here it is:\n```json\n{json.dumps(GOOD, indent=2)}\n```\nAnything {{else}}?"))
    gauge = Gauge()
    reply = await unknowing.reply_to(
        ModelRequest(query="What is {new}?", shape=SHAPE, system="Be brief.", meter=gauge)
    )
    assert reply.text == TEXT
    asked = server.bodies[0]
    assert "response_format" not in asked
    system, question = (message["content"] for message in asked["messages"])
    assert system == f"Be brief.\n\n{SHAPE.instructions}"
    assert json.dumps(SHAPE.schema) in system
    assert question == "What is {new}?"
    assert gauge.calls[0].most_sent == at_most(system) + at_most(question)
    assert (reply.tokens_in, reply.cost) == (len(f"{system} {question}".split()), 7)


async def test_the_operators_word_on_it_counts_more_than_what_langchain_knows(server: OpenAI) -> None:
    for name, structured in (("gpt-5.4-mini", False), ("mine", True)):
        server.next.append(says(TEXT))
        settings = ModelSettings(name=f"openai:{name}", base_url=server.url, structured=structured)
        async with aclosing(ChatModel(settings)) as chat:
            assert (await chat.reply_to(ModelRequest(query="What is new?", shape=SHAPE))).text == TEXT
        assert ("response_format" in server.bodies[-1]) is structured


# Not given


@pytest.mark.parametrize(
    "text",
    [
        "I would rather write prose.",
        "{}",
        "null",
        TEXT[:-1],
        json.dumps(GOOD | {"more": 1}),
        json.dumps({"items": []}),
        json.dumps(GOOD | {"items": [{"title": "x", "level": "middling"}]}),
        json.dumps(GOOD | {"note": 3}),
        '{"a":' * 20_000,
    ],
    ids=lambda text: text[:25],
)
async def test_what_does_not_fit_is_worth_another_try(server: OpenAI, model: ChatModel, text: str) -> None:
    server.next.append(says(text))
    gauge = Gauge()
    with pytest.raises(ModelUnavailable, match="not of the shape that was asked for") as told:
        await model.reply_to(ModelRequest(query="?", shape=SHAPE, meter=gauge))
    assert text not in str(told.value)
    assert gauge.told[0][1] is not None, "it is to be paid for all the same"


async def test_half_an_object_was_cut_off(server: OpenAI, model: ChatModel) -> None:
    server.next.append(says(TEXT[:20], finish_reason="length"))
    gauge = Gauge()
    with pytest.raises(ModelUnavailable, match="cut off"):
        await model.reply_to(ModelRequest(query="?", shape=SHAPE, meter=gauge))
    assert gauge.told[0][1] is not None
    assert gauge.told[0][1].received == len(TEXT[:20].split())


@pytest.mark.parametrize(
    "behaviour",
    [says("", refusal="I will not."), says("{", finish_reason="content_filter")],
    ids=["refusal", "filter"],
)
async def test_a_refusal_is_final_here_too(server: OpenAI, model: ChatModel, behaviour: Any) -> None:
    server.next.append(behaviour)
    with pytest.raises(ModelRefused, match="declined"):
        await model.reply_to(ModelRequest(query="?", shape=SHAPE))


async def test_an_empty_answer_has_no_shape(server: OpenAI, model: ChatModel) -> None:
    server.next.append(says(""))
    with pytest.raises(ModelRefused, match="empty"):
        await model.reply_to(ModelRequest(query="?", shape=SHAPE))


async def test_a_provider_that_is_down_is_down(server: OpenAI, model: ChatModel) -> None:
    server.next.append(fails(503, retry_after="3"))
    with pytest.raises(ModelUnavailable) as error:
        await model.reply_to(ModelRequest(query="?", shape=SHAPE))
    assert error.value.retry_after == timedelta(seconds=3)


async def test_the_next_model_is_asked_for_the_shape_in_its_own_way(
    server: OpenAI, knowing: ChatModel, unknowing: ChatModel
) -> None:
    server.models = {"gpt-5.4-mini": says("Prose."), "mine": says(f"```\n{TEXT}\n```")}
    chain = WithFallbacks(knowing, [unknowing])
    reply = await chain.reply_to(ModelRequest(query="?", shape=SHAPE))
    assert (reply.text, reply.model) == (TEXT, "openai:mine")
    assert ["response_format" in body for body in server.bodies] == [True, False]


def test_a_package_that_makes_a_tool_of_the_schema_is_understood() -> None:
    message = AIMessage("", tool_calls=[{"name": "news", "args": GOOD, "id": "1"}])
    assert reply_of(message, model="m", shape=SHAPE).text == TEXT


def test_what_was_cut_off_after_the_object_is_not_missed() -> None:
    message = AIMessage(f"{TEXT} And now", response_metadata={"finish_reason": "length"})
    assert reply_of(message, model="m", shape=SHAPE).complete


# Read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TEXT, TEXT),
        (f" \n{TEXT}\n", TEXT),
        (f"```json\n{TEXT}\n```", TEXT),
        (f"[{TEXT}", TEXT),
        (f"<think>{{not}} {{}} {{'so'}}</think>{TEXT}", TEXT),
        (f'{{"answer": {TEXT}}}', None),
        (f"{TEXT}{json.dumps(GOOD | {'note': 'later'})}", TEXT),
        (TEXT.replace("null", "NaN"), None),
        ("", None),
    ],
)
def test_the_object_is_found_in_the_text(text: str, found: str | None) -> None:
    assert SHAPE.find_object(text) == found


SCALARS = st.sampled_from([{"type": name} for name in ("string", "integer", "number", "boolean", "null")])
ENUMS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(
    lambda texts: {"type": "string", "enum": texts}
)
NAMES = st.sampled_from(["x", "y", "z"])
OBJECTS = st.recursive(
    st.one_of(SCALARS, ENUMS),
    lambda inner: st.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        st.lists(inner, min_size=1, max_size=2).map(lambda choices: {"anyOf": choices}),
        st.dictionaries(NAMES, inner, min_size=1, max_size=2).map(lambda properties: closed(**properties)),
    ),
    max_leaves=6,
)
SCHEMAS = st.dictionaries(NAMES, OBJECTS, min_size=1, max_size=2).map(lambda properties: closed(**properties))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 2),
        st.sampled_from([0.0, 1.0, 1.5]),
        st.sampled_from(["a", "b", "other"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, max_size=2)),
    max_leaves=6,
)


def made_for(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values that are right, or nearly: any value may stand anywhere."""
    if "anyOf" in schema:
        right = st.one_of([made_for(choice) for choice in schema["anyOf"]])
    elif schema["type"] == "object":
        right = st.fixed_dictionaries({name: made_for(inner) for name, inner in schema["properties"].items()})
    elif schema["type"] == "array":
        right = st.lists(made_for(schema["items"]), max_size=2)
    elif "enum" in schema:
        right = st.sampled_from(schema["enum"])
    else:
        right = VALUES
    return st.one_of(right, right, right, VALUES)


@given(SCHEMAS.flatmap(lambda schema: st.tuples(st.just(schema), made_for(schema))))
def test_what_fits_is_what_json_schema_says(pair: tuple[dict[str, Any], Any]) -> None:
    schema, value = pair
    shape = Shape(name="any", description="Anything.", schema=schema)
    valid = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert fits_schema(value, schema) is valid
    found = shape.find_object(json.dumps(value))
    if valid:
        assert found is not None
        assert json.loads(found) == value
    elif isinstance(value, dict) and found is not None:
        jsonschema.validate(json.loads(found), schema)


# Refused


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object"},
        {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        closed(x={"type": "string"}) | {"additionalProperties": True},
        closed(x={"type": "string"}) | {"required": []},
        closed(x={"type": ["string", "null"]}),
        closed(x={"type": "text"}),
        closed(x={"type": "string", "minLength": 3}),
        closed(x={"type": "integer", "enum": [1, 2]}),
        closed(x={"type": "array"}),
        closed(x={"anyOf": [{"type": "string"}], "type": "string"}),
        closed(x={"$ref": "#"}),
        closed(x={"type": "array", "items": {"type": "object"}}),
    ],
    ids=str,
)
def test_a_schema_that_not_every_provider_keeps_to_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Shape(name="any", description="Anything.", schema=schema)


@pytest.mark.parametrize("name", ["", "two words", "ü", "x" * 65])
def test_the_name_of_a_shape_is_one_that_providers_take(name: str) -> None:
    with pytest.raises(ValueError, match="expected a name"):
        replace(SHAPE, name=name)
