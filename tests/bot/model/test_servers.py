"""What servers that speak OpenAI's protocol really send, each in its own way, and what becomes of it.

All of it goes through the real client and LangChain, by way of a server; `test_wire.py` tries what is pure.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from bot.errors import ModelRefused, ModelUnavailable
from bot.model import ChatModel, ModelRequest, ModelSettings, Reply, Shape
from bot.model.meter import Tokens
from tests.bot.gauge import Gauge
from tests.stand_ins.openai import Behaviour, OpenAI, answers, fails, refuses, says, sends

SETTINGS = ModelSettings(name="openai:own", api_key="sk-secret", structured=False)
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
HELLO = {"role": "assistant", "content": "Hello."}
SHAPE = Shape(
    name="answer",
    description="An answer.",
    schema={
        "type": "object",
        "properties": {"yes": {"type": "boolean"}},
        "required": ["yes"],
        "additionalProperties": False,
    },
)


@pytest.fixture
async def model(server: OpenAI) -> AsyncIterator[ChatModel]:
    chat = ChatModel(replace(SETTINGS, base_url=server.url))
    yield chat
    await chat.aclose()


async def ask_model(
    server: OpenAI, model: ChatModel, behaviour: Behaviour, gauge: Gauge | None = None
) -> Reply:
    server.next.append(behaviour)
    return await model.reply_to(ModelRequest(query="hello", meter=gauge))


def sends_body(**fields: Any) -> Behaviour:
    return answers(JSONResponse({"id": "c", "object": "chat.completion", "model": "m", **fields}))


def sends_choice(**fields: Any) -> Behaviour:
    return sends_body(choices=[fields], usage=USAGE)


def sends_stream(*chunks: Any, end: str = "data: [DONE]\n\n") -> Behaviour:
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return answers(Response(lines + end, media_type="text/event-stream"))


def delta_chunk(text: str | None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, **fields}]}


AN_ANSWER: dict[str, Behaviour] = {
    "role model": sends({"role": "model", "content": "Hello."}),
    "role user": sends({"role": "user", "content": "Hello."}),
    "role tool": sends({"role": "tool", "content": "Hello."}),
    "role null": sends({"role": None, "content": "Hello."}),
    "no role": sends({"content": "Hello."}),
    "a choice with text": sends_body(choices=[{"index": 0, "text": "Hello.", "finish_reason": "stop"}]),
    "a delta": sends_choice(delta={"content": "Hello."}, finish_reason="stop"),
    "a message that is a text": sends("Hello."),
    "no index": sends_choice(message=HELLO, finish_reason="stop"),
    "one choice, in no list": sends_body(choices={"message": HELLO, "finish_reason": "stop"}),
    "an empty choice first": sends_body(
        choices=[{"message": {"content": ""}}, {"message": HELLO}], usage=USAGE
    ),
    "choices that are none": sends_body(choices=[None, 7, {"message": HELLO}], usage=USAGE),
    "no id, no model": answers(JSONResponse({"choices": [{"message": HELLO}]})),
    "a list round it": answers(JSONResponse([{"choices": [{"message": HELLO}]}])),
    "a message alone": answers(JSONResponse({"message": HELLO, "done": True, "done_reason": "stop"})),
    "a content alone": answers(JSONResponse({"content": [{"type": "text", "text": "Hello."}]})),
    "thinking beside it": sends({"content": "Hello.", "reasoning_content": "The user wants a greeting."}),
    "parts": sends({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}]}),
    "parts of texts": sends({"content": ["Hel", "lo.", None, 3, ["x"]]}),
    "a part of thinking": sends(
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "Hello."},
            ]
        }
    ),
    "a part of reasoning": sends(
        {"content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "Hello."}]}
    ),
    "a part with its text inside": sends({"content": [{"type": "output_text", "text": {"value": "Hello."}}]}),
    "parts of a kind that is no word": sends(
        {"content": [{"type": ["text"], "text": "Hel"}, {"type": None, "text": "lo."}]}
    ),
    "a block of thoughts": sends({"content": "<think>\nplan\n</think>\n\nHello."}),
    "tools that are none": sends({"content": "Hello.", "tool_calls": ["x", {"function": 3}, None]}),
    "tools that are no list": sends({"content": "Hello.", "tool_calls": {"a": 1}}),
    "a refusal of null": sends({"content": "Hello.", "refusal": None}),
    "a refusal that is no text": sends({"content": "Hello.", "refusal": {"a": 1}}),
    "null is an end": sends(HELLO, finish_reason=None),
    "no reason": sends_choice(message=HELLO),
    "an error of null": sends_body(error=None, choices=[{"message": HELLO}]),
    "the wrong type": answers(
        PlainTextResponse(json.dumps({"choices": [{"message": HELLO}]}), media_type="text/html")
    ),
    "a byte order mark": answers(
        Response(
            b"\xef\xbb\xbf" + json.dumps({"choices": [{"message": HELLO}]}).encode(),
            media_type="application/json",
        )
    ),
    "a stream": sends_stream(
        delta_chunk(None),
        delta_chunk("Hel"),
        delta_chunk("lo."),
        delta_chunk("", finish_reason="stop"),
        {"usage": USAGE},
    ),
    "a stream without an end": sends_stream(
        delta_chunk("Hel"), delta_chunk("lo.", finish_reason="stop"), end=""
    ),
    "lines of JSON": answers(
        PlainTextResponse(
            f"{json.dumps(delta_chunk('Hel'))}\n{json.dumps(delta_chunk('lo.', finish_reason='stop'))}\n"
        )
    ),
    "a count in words": sends(HELLO, usage="many"),
    "a list of counts": sends(HELLO, usage=[1, 2]),
    "details of null": sends(HELLO, usage={**USAGE, "completion_tokens_details": None}),
    "details of text": sends(
        HELLO, usage={**USAGE, "completion_tokens_details": "x", "prompt_tokens_details": 3}
    ),
    "a number of thousands of digits": answers(
        Response(
            json.dumps({"choices": [{"message": HELLO}], "created": 0}).replace(": 0", ": " + "9" * 9_000),
            media_type="application/json",
        )
    ),
    "a number that is none": answers(
        Response('{"created": NaN, "choices": [{"message": {"content": "Hello."}}]}')
    ),
}


async def test_where_there_is_a_text_it_is_the_answer(server: OpenAI, model: ChatModel) -> None:
    for name, behaviour in AN_ANSWER.items():
        reply = await ask_model(server, model, behaviour)
        assert (reply.text, reply.complete) == ("Hello.", True), name


async def test_a_line_of_a_stream_ends_where_no_text_does(server: OpenAI, model: ChatModel) -> None:
    text = "One\u2028two\x85three\x0b."
    chunk = json.dumps(delta_chunk(text, finish_reason="stop"), ensure_ascii=False)
    stream = Response(
        f": comment\r\n\r\ndata: {chunk}\r\n\r\ndata: [DONE]\r\n", media_type="text/event-stream"
    )
    assert (await ask_model(server, model, answers(stream))).text == text


DEEP = "[" * 50_000 + "]" * 50_000
NO_ANSWER: dict[str, tuple[Behaviour, type[Exception]]] = {
    "choices null": (sends_body(choices=None, usage=USAGE), ModelUnavailable),
    "choices of nothing": (sends_body(choices=[], usage=USAGE), ModelUnavailable),
    "choices that are a text": (sends_body(choices="x", usage=USAGE), ModelUnavailable),
    "no body": (answers(Response(b"", media_type="application/json")), ModelUnavailable),
    "no content": (answers(Response(status_code=204)), ModelUnavailable),
    "a page": (answers(HTMLResponse("<h1>Sign in</h1>")), ModelUnavailable),
    "half of JSON": (answers(Response('{"choices": [', media_type="application/json")), ModelUnavailable),
    "a number": (answers(JSONResponse(7)), ModelUnavailable),
    "null": (answers(JSONResponse(None)), ModelUnavailable),
    "a text": (answers(JSONResponse("overloaded")), ModelUnavailable),
    "too deep": (answers(Response(DEEP, media_type="application/json")), ModelUnavailable),
    "no letters": (answers(Response(b"\xff\xfe\x00", media_type="application/json")), ModelUnavailable),
    "an error as words": (sends_body(error="model overloaded"), ModelUnavailable),
    "an error in a stream": (sends_stream({"error": {"message": "overloaded"}}), ModelUnavailable),
    "a choice of nothing": (sends_choice(), ModelRefused),
    "a message of null": (sends(None), ModelRefused),
    "a content of null": (sends({"content": None}), ModelRefused),
    "a content of a number": (sends({"content": 7}), ModelRefused),
    "empty": (sends({"content": ""}), ModelRefused),
    "thoughts beside nothing": (sends({"content": "", "reasoning_content": "hm"}), ModelRefused),
    "thoughts alone": (sends({"content": "<think>plan</think>"}), ModelRefused),
    "thoughts cut off": (sends({"content": "<think>\nplan and"}, finish_reason="length"), ModelRefused),
    "a tool called in text": (sends({"content": '<tool_call>\n{"name": "x"}\n</tool_call>'}), ModelRefused),
    "a tool called": (
        sends(
            {"content": None, "tool_calls": [{"id": "c", "function": {"name": "s", "arguments": "{}"}}]},
            finish_reason="tool_calls",
        ),
        ModelRefused,
    ),
}


async def test_what_is_no_answer_is_told_in_our_words_and_settled(server: OpenAI, model: ChatModel) -> None:
    for name, (behaviour, expected) in NO_ANSWER.items():
        gauge = Gauge()
        with pytest.raises(expected) as raised:
            await ask_model(server, model, behaviour, gauge)
        assert "sk-secret" not in str(raised.value), name
        assert len(gauge.told) == 1, name


def sends_error(code: Any = None, message: str = "went wrong", **fields: Any) -> Behaviour:
    return sends_body(choices=None, error={"message": message, "code": code, **fields})


ERRORS_IN_200: list[Any] = [
    (sends_error(429, "Too Many Requests"), None),
    (sends_error("429"), None),
    (sends_error("rate_limit_exceeded"), None),
    (sends_error(502), None),
    (sends_error(504), None),
    (sends_error(None, type="overloaded_error"), None),
    (sends_error(401, "No auth credentials found"), "key"),
    (sends_error("invalid_api_key"), "key"),
    (sends_error(400, "bad input"), "refused"),
    (sends_error(402, "Insufficient credits"), "credit"),
    (sends_error(404, "No endpoints found for x"), "missing"),
    (sends_error(400, "maximum context length is 4096 tokens"), "too_long"),
    (sends_body(error="model overloaded"), None),
    (sends_body(error=["model overloaded"]), None),
    (sends_body(error={"error": {"code": 401, "message": "no"}}), "key"),
    (sends_body(errors=[{"code": 400, "message": "bad"}]), "refused"),
    (answers(JSONResponse([{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}])), "refused"),
    (answers(JSONResponse({"object": "error", "message": "bad", "code": 400})), "refused"),
    (answers(JSONResponse({"detail": "Service starting"})), None),
    (answers(JSONResponse({"base_resp": {"status_code": 1002, "status_msg": "slow down"}})), None),
    (
        sends_choice(error={"code": 429, "message": "slow"}, message={"content": ""}, finish_reason="error"),
        None,
    ),
]


async def test_an_error_with_status_200_is_that_error_and_costs_nothing(
    server: OpenAI, model: ChatModel
) -> None:
    for behaviour, why in ERRORS_IN_200:
        gauge = Gauge()
        with pytest.raises((ModelUnavailable, ModelRefused)) as raised:
            await ask_model(server, model, behaviour, gauge)
        assert getattr(raised.value, "why", None) == why, raised.value
        assert gauge.told == [(model.name, None, False)]


USAGES: list[Any] = [
    (
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 315,
            "completion_tokens_details": {"reasoning_tokens": 300},
        },
        10,
        305,
    ),
    ({"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 325}, 20, 305),
    (
        {
            "prompt_tokens": 30,
            "completion_tokens": 305,
            "total_tokens": 335,
            "completion_tokens_details": {"reasoning_tokens": 300},
        },
        30,
        305,
    ),
    (
        {
            "prompt_tokens": 9,
            "completion_tokens": 5,
            "completion_tokens_details": {"reasoning_tokens": 7},
        },
        9,
        12,
    ),
    ({"prompt_tokens": 15, "completion_tokens": 6, "total_tokens": 21}, 15, 6),
    ({"prompt_tokens": 15, "completion_tokens": 6, "total_tokens": 3}, 15, 6),
    ({"prompt_tokens": 15, "completion_tokens": 6, "total_tokens": None}, 15, 6),
    ({"prompt_tokens": 15.0, "completion_tokens": "6"}, 15, 6),
    ({"input_tokens": 15, "output_tokens": 6}, 15, 6),
    ({"prompt_tokens": 15, "total_tokens": 21}, 15, 6),
    ({"completion_tokens": 6, "total_tokens": 21}, 15, 6),
    ({"prompt_tokens": 15, "completion_tokens": -6, "total_tokens": 21}, 15, 6),
    ({"prompt_tokens": 15, "completion_tokens": 6, "total_tokens": 10**30}, 15, 6),
]


async def test_tokens_are_counted_as_they_are_billed(server: OpenAI, model: ChatModel) -> None:
    for usage, sent, received in USAGES:
        gauge = Gauge()
        reply = await ask_model(server, model, sends(HELLO, usage=usage), gauge)
        assert gauge.told == [(model.name, Tokens(sent=sent, received=received), True)]
        assert (reply.tokens_in, reply.tokens_out) == (sent, received), usage


IMPOSSIBLE: list[Any] = [
    None,
    {},
    "15",
    {"prompt_tokens": -1, "completion_tokens": 5},
    {"prompt_tokens": True, "completion_tokens": 5},
    {"prompt_tokens": 10},
    {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    {"prompt_tokens": 1.5, "completion_tokens": 5},
]


async def test_an_impossible_count_is_none_told(server: OpenAI, model: ChatModel) -> None:
    for usage in IMPOSSIBLE:
        gauge = Gauge()
        assert (await ask_model(server, model, sends(HELLO, usage=usage), gauge)).tokens_in is None
        assert gauge.told == [(model.name, None, True)]


# How it ended


GOOD_ENDS: list[Any] = [
    *(
        "stop",
        "STOP",
        "eos",
        "eos_token",
        "end_turn",
        "endTurn",
        "stop_sequence",
        "stop-sequence",
        "complete",
    ),
    *("completed", "COMPLETE", "FINISH_REASON_STOP", "none", "null", "", " ", False),
]


async def test_a_good_end_makes_an_answer_whole(server: OpenAI, model: ChatModel) -> None:
    for reason in GOOD_ENDS:
        assert (await ask_model(server, model, sends(HELLO, finish_reason=reason))).complete, reason


OTHER_ENDS: list[Any] = [
    *(
        "length",
        "max_tokens",
        "MAX_TOKENS",
        "error",
        "abort",
        "network_error",
        "insufficient_system_resource",
    ),
    *(
        "tool_calls",
        "function_call",
        "model_context_window_exceeded",
        "incomplete",
        "whatever",
        7,
        ["stop"],
    ),
]


async def test_any_other_end_makes_it_cut_off(server: OpenAI, model: ChatModel) -> None:
    for reason in OTHER_ENDS:
        reply = await ask_model(server, model, sends({"content": "Hello, I"}, finish_reason=reason))
        assert (reply.text, reply.complete) == ("Hello, I", False), reason


STREAMS = {
    "it was broken off": (sends_stream(delta_chunk("Hello, I"), end=""), False),
    "it was broken off in a chunk": (
        sends_stream(delta_chunk("Hello, I"), end='data: {"choices": [{'),
        False,
    ),
    "it has ended": (sends_stream(delta_chunk("Hello, I")), True),
    "it has told a good end": (sends_stream(delta_chunk("Hello, I", finish_reason="stop"), end=""), True),
    "it has told another": (sends_stream(delta_chunk("Hello, I", finish_reason="length")), False),
}


async def test_a_stream_is_whole_when_it_says_that_it_ends(server: OpenAI, model: ChatModel) -> None:
    for name, (behaviour, is_whole) in STREAMS.items():
        reply = await ask_model(server, model, behaviour)
        assert (reply.text, reply.complete) == ("Hello, I", is_whole), name


FILTERS: list[Any] = [
    *(
        "content_filter",
        "PROHIBITED_CONTENT",
        "RECITATION",
        "content_filter: RECITATION",
        "sensitive",
        "SAFETY",
    ),
    *("refusal", "BLOCKLIST", "SPII", "guardrail_intervened", "ERROR_TOXIC", "contentFilter"),
]


async def test_the_word_of_a_filter_is_final(server: OpenAI, model: ChatModel) -> None:
    for reason in FILTERS:
        with pytest.raises(ModelRefused, match="declined") as raised:
            await ask_model(server, model, sends({"content": ""}, finish_reason=reason))
        assert raised.value.why == "declined"


REFUSALS_IN_PLACES: list[Any] = [
    {"content": None, "refusal": "No."},
    {"content": [{"type": "refusal", "refusal": "No."}]},
]


async def test_a_refusal_in_any_place_is_final(server: OpenAI, model: ChatModel) -> None:
    for message in REFUSALS_IN_PLACES:
        with pytest.raises(ModelRefused, match="declined"):
            await ask_model(server, model, sends(message))


FULL_ENDS: list[Any] = ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"]


async def test_a_limit_that_went_into_thoughts_is_final_and_names_its_setting(
    server: OpenAI, model: ChatModel
) -> None:
    for reason in FULL_ENDS:
        with pytest.raises(ModelRefused, match="PRECACHE_MAX_TOKENS") as raised:
            await ask_model(
                server, model, sends({"content": None, "reasoning_content": "hm"}, finish_reason=reason)
            )
        assert raised.value.why == "no_room"


async def test_an_unknown_end_is_told_once_and_counted_and_the_operator_can_call_it_good(
    server: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    odd = sends(HELLO, finish_reason="Finished-OK")
    model = ChatModel(replace(SETTINGS, base_url=server.url))
    told = ChatModel(replace(SETTINGS, base_url=server.url, good_ends=frozenset({"finished_ok"})))
    replies = [
        await ask_model(server, model, odd),
        await ask_model(server, model, odd),
        await ask_model(server, told, odd),
    ]
    assert [reply.complete for reply in replies] == [False, False, True]
    assert (model.unknown_ends, told.unknown_ends) == (2, 0)
    assert caplog.text.count("reason=finished_ok") == 1
    await asyncio.gather(model.aclose(), told.aclose())


# What it refuses

_UNSUPPORTED = "Unsupported parameter: 'max_completion_tokens' is not supported with this model."
NO_MAX_COMPLETION = [
    refuses("max_completion_tokens", {"error": {"message": _UNSUPPORTED, "code": "unsupported_parameter"}}),
    refuses(
        "max_completion_tokens",
        {"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "extra fields not permitted"}]},
        status=422,
    ),
    refuses("max_completion_tokens", {"error": 'json: unknown field "max_completion_tokens"'}),
    refuses("max_completion_tokens", "property max_completion_tokens is unsupported"),
    refuses(
        "max_completion_tokens",
        {"message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"]}]}},
        status=422,
    ),
]


@pytest.mark.parametrize("behaviour", NO_MAX_COMPLETION)
async def test_a_server_of_the_older_parameter_is_asked_once_more_with_it_and_remembered(
    server: OpenAI, model: ChatModel, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    server.otherwise = behaviour
    gauge = Gauge()
    request = ModelRequest(query="hello", meter=gauge)
    assert (await model.reply_to(request)).text == "Hello."
    assert (await model.reply_to(request)).text == "Hello."
    assert ["max_completion_tokens" in asked for asked in server.bodies] == [True, False, False]
    assert [asked.get("max_tokens") for asked in server.bodies] == [None, 4_000, 4_000]
    assert caplog.text.count("parameter=max_completion_tokens") == 1
    assert len(gauge.told) == 2


async def test_a_temperature_that_is_refused_is_left_to_the_model(server: OpenAI) -> None:
    model = ChatModel(replace(SETTINGS, base_url=server.url, temperature=0.2))
    server.otherwise = refuses("temperature", {"error": {"message": "'temperature' does not support 0.2."}})
    assert (await model.reply_to(ModelRequest(query="hello"))).text == "Hello."
    assert server.bodies[-1].keys() == {"model", "stream", "messages", "max_completion_tokens"}
    await model.aclose()


async def test_what_is_refused_under_both_names_is_refused_and_not_remembered(
    server: OpenAI, model: ChatModel
) -> None:
    server.otherwise = fails(400, message="max_completion_tokens or max_tokens must be at most 2048")
    for _ in range(2):
        with pytest.raises(ModelRefused, match="max_completion_tokens"):
            await model.reply_to(ModelRequest(query="hello"))
    assert [asked.keys() & {"max_tokens", "max_completion_tokens"} for asked in server.bodies] == [
        {"max_completion_tokens"},
        {"max_tokens"},
    ] * 2


async def test_a_server_that_takes_no_schema_is_told_the_shape_in_words_and_remembered(
    server: OpenAI,
) -> None:
    model = ChatModel(replace(SETTINGS, base_url=server.url, structured=True))
    fine = says('{"yes": true}')
    unavailable = JSONResponse({"error": {"message": "This response_format type is unavailable now"}}, 400)
    server.otherwise = lambda own, asked: unavailable if "response_format" in asked else fine(own, asked)
    for _ in range(2):
        assert (await model.reply_to(ModelRequest(query="hello", shape=SHAPE))).text == '{"yes": true}'
    assert ["response_format" in asked for asked in server.bodies] == [True, False, False]
    assert "JSON Schema" in server.bodies[-1]["messages"][0]["content"]
    await model.aclose()


REFUSALS: list[tuple[str, int, str, str]] = [
    ("too_long", 400, "context_length_exceeded", "This model's maximum context length is 4096 tokens."),
    ("too_long", 400, "", "prompt is too long: 210000 tokens > 200000 maximum"),
    ("too_long", 400, "exceed_context_size_error", "the request exceeds the available context size"),
    (
        "too_long",
        400,
        "",
        "The input token count (1200000) exceeds the maximum number of tokens (1048576).",
    ),
    ("too_long", 400, "string_above_max_length", "Invalid input: string too long."),
    ("too_long", 413, "", "Payload Too Large"),
    ("too_long", 422, "", "inputs tokens + max_new_tokens must be <= 4096; input is too long"),
    ("too_long", 500, "", "the request exceeds the available context size"),
    ("too_long", 429, "rate_limit_exceeded", "Request too large for m on tokens per min (TPM): Limit 6000"),
    ("missing", 404, "", "model 'x' not found, try pulling it first"),
    ("missing", 404, "model_not_found", "The model `x` does not exist or you do not have access to it."),
    ("missing", 400, "", "Model Not Exist"),
    ("missing", 400, "", "x is not a valid model ID"),
    ("missing", 400, "model_decommissioned", "The model `x` has been decommissioned"),
    ("missing", 410, "", "gone"),
    ("credit", 429, "insufficient_quota", "You exceeded your current quota"),
    ("credit", 402, "", "Insufficient Balance"),
    ("credit", 400, "", "Your credit balance is too low to access the API."),
    ("credit", 403, "", "Your team doesn't have any credits yet"),
    ("declined", 400, "content_filter", "The response was filtered due to the prompt."),
    ("declined", 400, "", "triggering Azure OpenAI's content management policy"),
    ("declined", 400, "data_inspection_failed", "Input data may contain inappropriate content."),
    ("declined", 403, "", "x requires moderation and your input was flagged"),
    ("key", 401, "", "Incorrect API key"),
    ("key", 403, "", "Your key has no permission for this"),
    ("key", 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    ("refused", 400, "", "bad input"),
    ("refused", 400, "", "max_tokens must be less than or equal to 8192, the context_window of this model"),
    ("refused", 403, "", "Country, region, or territory not supported"),
]


async def test_each_refusal_has_its_own_reason(server: OpenAI, model: ChatModel) -> None:
    for why, status, code, message in REFUSALS:
        server.otherwise = fails(status, code=code, message=message)
        with pytest.raises(ModelRefused) as raised:
            await model.reply_to(ModelRequest(query="hello"))
        assert raised.value.why == why, message
        assert message not in str(raised.value)


WAITS: list[tuple[float | None, dict[str, str], str]] = [
    (7, {"Retry-After": "7s"}, "slow"),
    (90, {"Retry-After": "1m30s"}, "slow"),
    (72, {"x-ratelimit-reset-requests": "1m12s", "x-ratelimit-remaining-requests": "0"}, "slow"),
    (432, {}, "Rate limit reached. Please try again in 7m12s."),
    (25, {"retry-after-ms": "soon", "Retry-After": "25"}, "slow"),
    (28, {"Retry-After": "27.5"}, "slow"),
    (20, {"Retry-After": "20"}, "slow"),
    (26, {}, "Please retry after 26 seconds."),
    (86_400, {}, "Please try again in 999999999999999 days."),
    (None, {}, "slow"),
]


async def test_the_wait_is_read_wherever_it_is_told(server: OpenAI, model: ChatModel) -> None:
    for seconds, headers, message in WAITS:
        with pytest.raises(ModelUnavailable) as raised:
            await ask_model(server, model, fails(429, code="rate_limit_exceeded", message=message, **headers))
        assert raised.value.retry_after == (None if seconds is None else timedelta(seconds=seconds))


# What it takes


PAGE = "The mill stands by the river, and the miller sleeps. " * 450


async def test_a_server_that_says_what_it_takes_is_believed_from_then_on(
    server: OpenAI, model: ChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    told = "This model's maximum context length is 4,096 tokens. However, you requested 9000 tokens."
    with pytest.raises(ModelRefused):
        await ask_model(server, model, fails(400, message=told))
    assert model.context_window == 4_096
    assert "PRECACHE_WINDOW" in caplog.text
    await model.reply_to(ModelRequest(query="hello"))
    assert server.bodies[-1]["max_completion_tokens"] == 1_024


@pytest.mark.parametrize("told", ["maximum context length is 4096 tokens", "too long"])
async def test_questions_that_are_refused_at_once_teach_what_one_of_them_does(
    server: OpenAI, model: ChatModel, told: str
) -> None:
    server.otherwise = fails(413, message=told)
    windows = []
    for _ in range(2):
        asking = (model.reply_to(ModelRequest(query=PAGE)) for _ in range(4))
        refused = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(error, ModelRefused) for error in refused)
        windows.append(model.context_window)
    assert windows[0] == windows[1] > 4_000


async def test_a_server_that_only_says_no_is_sent_half(server: OpenAI, model: ChatModel) -> None:
    for _ in range(2):
        server.next.append(fails(413))
        with pytest.raises(ModelRefused):
            await model.reply_to(ModelRequest(query=PAGE))
    assert 1_000 < model.context_window < 5_000
    server.next.append(fails(413))
    with pytest.raises(ModelRefused):
        await model.reply_to(ModelRequest(query="short"))
    assert model.context_window > 1_000, "of a short question nothing is learnt"


@pytest.mark.parametrize(
    ("query", "counted", "cut"),
    [
        (PAGE, 2_048, True),
        (PAGE, 512, True),
        (PAGE, 5_000, False),
        (PAGE, 10, False),
        ("hello", 10, False),
        ("雨が降る" * 3_000, 7_000, False),
        ("0123456789" * 2_000, 7_000, False),
        ("Word1 " * 4_000, 4_000, False),
        (" " * 60_000, 600, False),
        ("-" * 60_000, 600, False),
    ],
)
async def test_a_prompt_that_the_server_cut_is_noticed(
    server: OpenAI, model: ChatModel, query: str, counted: int, cut: bool, caplog: pytest.LogCaptureFixture
) -> None:
    server.next.append(sends(HELLO, usage={"prompt_tokens": counted, "completion_tokens": 9}))
    reply = await model.reply_to(ModelRequest(query=query))
    assert reply.partly_read is cut
    assert ("PRECACHE_WINDOW" in caplog.text) is cut
    assert (model.context_window == counted) is cut
