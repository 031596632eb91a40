"""The real LangChain and the real OpenAI client against a server that speaks their protocol."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.errors import Limited, ModelRefused, ModelUnavailable, NoModel, RedisUnavailable
from bot.model import ChatModel, ModelRequest, ModelSettings, NoModelConfigured, reply_of
from bot.model.chat import WINDOW
from bot.model.chat_message import LONGEST
from bot.model.meter import Call, Tokens
from bot.model.provider_errors import in_our_words, may_be_billed
from bot.model.tokens import at_most
from bot.model.wire import wait_in_body, wait_in_headers
from bot.model.wire.counts import plausible_tokens
from tests.bot.gauge import Gauge
from tests.stand_ins.openai import OpenAI, answers, fails, hangs_up, says, stalls
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
KEY = "sk-secret"
SETTINGS = ModelSettings(name="openai:gpt-5.4-mini", api_key=KEY)
WORDS = "Answer in a few words."
SENT = len(WORDS.split()) + 1
"""Tokens, as the stand-in counts them, of these instructions and one word."""


@pytest.fixture
async def model(server: OpenAI) -> AsyncIterator[ChatModel]:
    chat = ChatModel(replace(SETTINGS, base_url=server.url))
    yield chat
    await chat.aclose()


async def test_a_question_is_answered_with_what_it_cost(server: OpenAI, model: ChatModel) -> None:
    server.next.append(says("**Blue**, {mostly}."))
    reply = await model.reply_to(ModelRequest(query="Which colour has {the} sky?"))
    assert reply.text == "**Blue**, {mostly}."
    assert reply.complete
    assert reply.model == "openai:gpt-5.4-mini"
    assert reply.tokens_in is not None
    assert reply.tokens_in > 0
    assert reply.tokens_out == 2
    asked = server.bodies[0]
    assert asked["model"] == "gpt-5.4-mini"
    assert asked["max_completion_tokens"] == SETTINGS.max_tokens
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert asked["messages"][1]["content"] == "Which colour has {the} sky?"
    assert server.headers["authorization"] == f"Bearer {KEY}"


async def test_a_server_of_ones_own_needs_no_key(server: OpenAI) -> None:
    chat = ChatModel(
        replace(SETTINGS, name="openai:mine", api_key=None, base_url=server.url, temperature=0.5)
    )
    assert (await chat.reply_to(ModelRequest(query="hello"))).text
    assert server.bodies[0]["temperature"] == 0.5
    await chat.aclose()


async def test_the_meter_is_asked_first_the_model_second_and_the_meter_told_last(
    server: OpenAI, model: ChatModel
) -> None:
    events: list[str] = []

    def answer(stand_in: OpenAI, body: dict[str, Any]) -> Response:
        events.append("model")
        answered = says("An answer.")(stand_in, body)
        assert isinstance(answered, Response)
        return answered

    server.otherwise = answer
    await model.reply_to(ModelRequest(query="hello", meter=Gauge(events)))
    assert events == ["before", "model", "after"]


@pytest.mark.parametrize(
    "fault", [Limited(retry_after=timedelta(seconds=3)), RedisUnavailable(), OSError("mine")]
)
async def test_what_the_meter_raises_comes_out_unchanged(
    server: OpenAI, model: ChatModel, fault: Exception
) -> None:
    with pytest.raises(type(fault)) as from_meter:
        await model.reply_to(ModelRequest(query="hello", meter=Gauge(fault=fault)))
    assert from_meter.value is fault
    assert server.requests == 0


async def test_questions_at_once_do_not_meet(server: OpenAI, model: ChatModel) -> None:
    server.otherwise = lambda _, body: says(body["messages"][1]["content"])(server, body)
    server.delay = timedelta(milliseconds=20)
    replies = await asyncio.gather(
        *(model.reply_to(ModelRequest(query=f"question {number}")) for number in range(20))
    )
    assert [reply.text for reply in replies] == [f"question {number}" for number in range(20)]
    assert server.most_at_once > 1


async def test_a_cut_off_answer_says_so(server: OpenAI, model: ChatModel) -> None:
    server.next.append(says("It begins", finish_reason="length"))
    reply = await model.reply_to(ModelRequest(query="hello"))
    assert reply.text == "It begins"
    assert not reply.complete


@pytest.mark.parametrize(
    ("message", "text", "complete"),
    [
        (AIMessage([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]), "one two", True),
        (AIMessage("x", response_metadata={"stop_reason": "max_tokens"}), "x", False),
        (AIMessage("x", response_metadata={"finish_reason": "MAX_TOKENS"}), "x", False),
        (
            AIMessage("x", response_metadata={"incomplete_details": {"reason": "max_output_tokens"}}),
            "x",
            False,
        ),
        (
            AIMessage("x", response_metadata={"stop_reason": "end_turn", "incomplete_details": None}),
            "x",
            True,
        ),
    ],
)
def test_every_providers_message_is_read(message: AIMessage, text: str, complete: bool) -> None:
    reply = reply_of(message, model="m")
    assert (reply.text, reply.complete) == (text, complete)
    assert reply.tokens_in is None


async def test_an_answer_without_end_ends_and_says_so(server: OpenAI, model: ChatModel) -> None:
    server.next.append(says("word " * LONGEST))
    reply = await model.reply_to(ModelRequest(query="hello"))
    assert (len(reply.text), reply.complete) == (LONGEST, False)


@pytest.mark.parametrize(
    ("sent", "received", "tokens"),
    [
        (10, 0, Tokens(sent=10, received=0)),
        (0, 0, None),
        (-1, 5, None),
        (10**12, 5, None),
        (5, 10**12, None),
        ("many", 5, None),
        (None, None, None),
    ],
)
def test_a_count_that_cannot_be_is_none(sent: object, received: object, tokens: Tokens | None) -> None:
    assert plausible_tokens(sent, received) == (tokens and (tokens.sent, tokens.received))


@pytest.mark.parametrize("text", ["", " \n"])
@pytest.mark.parametrize("reason", ["stop", "length"])
async def test_an_empty_answer_is_none_and_not_paid_for_twice(
    server: OpenAI, model: ChatModel, text: str, reason: str
) -> None:
    server.next.append(says(text, finish_reason=reason))
    with pytest.raises(ModelRefused, match=f"empty.*{reason}"):
        await model.reply_to(ModelRequest(query="hello"))


@pytest.mark.parametrize(
    "behaviour", [says("", refusal="I will not."), says("Half", finish_reason="content_filter")]
)
async def test_a_refusal_is_final(server: OpenAI, model: ChatModel, behaviour: Any) -> None:
    server.next.append(behaviour)
    with pytest.raises(ModelRefused, match="declined"):
        await model.reply_to(ModelRequest(query="hello"))


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_what_may_pass_is_worth_another_try_and_is_not_tried_again_here(
    server: OpenAI, model: ChatModel, status: int
) -> None:
    server.next.append(fails(status, code="overloaded", retry_after="7"))
    with pytest.raises(
        ModelUnavailable, match=rf"openai:gpt-5.4-mini: HTTP {status} \(overloaded\)"
    ) as error:
        await model.reply_to(ModelRequest(query="hello"))
    assert error.value.retry_after == timedelta(seconds=7)
    assert server.requests == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
async def test_what_will_not_pass_is_refused_without_quoting_anything(
    server: OpenAI, model: ChatModel, status: int
) -> None:
    server.next.append(fails(status, code="some_code", message=f"bad {KEY} in: my question"))
    with pytest.raises(ModelRefused, match=f"HTTP {status}") as error:
        await model.reply_to(ModelRequest(query="my question"))
    assert KEY not in str(error.value)
    assert "my question" not in str(error.value)


@pytest.mark.parametrize(
    "response",
    [
        HTMLResponse("<h1>Sign in</h1>"),
        Response("{", media_type="application/json"),
        JSONResponse({}),
        JSONResponse({"choices": None}),
        JSONResponse({"choices": []}),
        JSONResponse({"error": {"message": "overloaded", "code": 502}}),
        JSONResponse([]),
    ],
    ids=lambda response: response.body.decode()[:30],
)
async def test_an_answer_of_no_known_shape_is_worth_another_try(
    server: OpenAI, model: ChatModel, response: Response
) -> None:
    server.next.append(answers(response))
    with pytest.raises(ModelUnavailable):
        await model.reply_to(ModelRequest(query="hello"))


async def test_a_model_that_stalls_is_given_up(server: OpenAI) -> None:
    server.stalled = True
    chat = ChatModel(replace(SETTINGS, base_url=server.url, timeout=timedelta(milliseconds=200)))
    with pytest.raises(ModelUnavailable, match="in time"):
        await chat.reply_to(ModelRequest(query="hello"))
    assert server.requests == 1
    await chat.aclose()


async def test_waiting_for_the_meter_is_not_the_models_time(server: OpenAI) -> None:
    within = timedelta(seconds=1)

    class Slow(Gauge):
        async def admit_call(self, call: Call) -> None:
            await asyncio.sleep(2 * within.total_seconds())
            await super().admit_call(call)

    chat = ChatModel(replace(SETTINGS, base_url=server.url, timeout=within))
    assert (await chat.reply_to(ModelRequest(query="hello", meter=Slow()))).text == "An answer."
    await chat.aclose()


# What the meter is told


async def test_the_meter_is_asked_with_what_the_call_will_be_and_told_what_it_was(
    server: OpenAI, model: ChatModel
) -> None:
    gauge = Gauge(price=250)
    reply = await model.reply_to(ModelRequest(query="How are you?", system="Be kind.", meter=gauge))
    assert gauge.calls == [
        Call(
            model=model.name,
            most_sent=at_most("Be kind.") + at_most("How are you?"),
            most_tokens=SETTINGS.max_tokens,
        )
    ]
    assert gauge.told == [(model.name, Tokens(sent=5, received=2), True)]
    assert reply.cost == 250
    assert server.bodies[0]["messages"][0]["content"] == "Be kind."


@pytest.mark.parametrize(
    ("behaviour", "tokens", "billed"),
    [
        (says("", refusal="I will not."), Tokens(sent=SENT, received=0), True),
        (says(""), Tokens(sent=SENT, received=0), True),
        (says("Half of", finish_reason="length"), Tokens(sent=SENT, received=2), True),
        (says("No counts.", usage=False), None, True),
        (answers(HTMLResponse("<h1>Sign in</h1>")), None, True),
        (hangs_up(), None, True),
        (fails(400), None, False),
        (fails(401), None, False),
        (fails(429, code="rate_limit_exceeded"), None, False),
        (fails(500), None, False),
        (fails(503), None, False),
        (fails(504), None, True),
    ],
)
async def test_the_meter_is_told_once_of_every_outcome(
    server: OpenAI, model: ChatModel, behaviour: Any, tokens: Tokens | None, billed: bool
) -> None:
    gauge = Gauge()
    server.next.append(behaviour)
    with contextlib.suppress(ModelRefused, ModelUnavailable):
        await model.reply_to(ModelRequest(query="hello", system=WORDS, meter=gauge))
    assert gauge.told == [(model.name, tokens, billed)]
    assert gauge.events == ["before", "after"]


async def test_a_call_that_was_given_up_may_be_billed(server: OpenAI, model: ChatModel) -> None:
    gauge = Gauge()
    server.next.append(stalls())
    with pytest.raises(ModelUnavailable, match="in time"):
        await model.reply_to(ModelRequest(query="hello", meter=gauge, within=timedelta(milliseconds=200)))
    assert gauge.told == [(model.name, None, True)]


async def test_a_connection_that_never_was_is_not_billed(unused_tcp_port: int) -> None:
    chat = ChatModel(replace(SETTINGS, base_url=f"http://127.0.0.1:{unused_tcp_port}/v1"))
    gauge = Gauge()
    with pytest.raises(ModelUnavailable, match="no connection"):
        await chat.reply_to(ModelRequest(query="hello", meter=gauge))
    assert gauge.told == [(chat.name, None, False)]
    await chat.aclose()


async def test_what_was_sent_may_be_billed_although_nobody_waits_for_it_any_more(
    server: OpenAI, model: ChatModel
) -> None:
    server.stalled = True
    gauge = Gauge()
    asking = asyncio.create_task(model.reply_to(ModelRequest(query="hello", meter=gauge)))
    await wait_until(lambda: server.requests, "the model is asked")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert gauge.told == [(model.name, None, True)]


async def test_what_the_meter_forbids_is_not_told_to_it(model: ChatModel) -> None:
    gauge = Gauge(fault=Limited(retry_after=timedelta(seconds=1)))
    with pytest.raises(Limited):
        await model.reply_to(ModelRequest(query="hello", meter=gauge))
    assert gauge.events == ["before"]


async def test_an_answer_is_not_lost_because_the_meter_could_not_note_it(
    server: OpenAI, model: ChatModel
) -> None:
    reply = await model.reply_to(ModelRequest(query="hello", meter=Gauge(lost=RedisUnavailable())))
    assert (reply.text, reply.cost) == ("An answer.", None)
    server.next.append(fails(429))
    with pytest.raises(ModelUnavailable, match="429"):
        await model.reply_to(ModelRequest(query="hello", meter=Gauge(lost=RedisUnavailable())))


# How much it takes


async def test_the_window_is_what_langchain_knows_once_the_model_is_warm(model: ChatModel) -> None:
    assert model.context_window == WINDOW
    await model.get_ready()
    assert model.context_window > 100_000


async def test_a_model_that_langchain_does_not_know_takes_what_any_does_or_what_was_set(
    server: OpenAI,
) -> None:
    own = replace(SETTINGS, name="openai:mine", base_url=server.url)
    for settings, window in (
        (own, WINDOW),
        (replace(own, window=5_000), 5_000),
        (replace(SETTINGS, window=5_000), 5_000),
    ):
        chat = ChatModel(settings)
        await chat.get_ready()
        assert chat.context_window == window
        await chat.aclose()


# What goes wrong


async def test_nobody_there_is_worth_another_try(unused_tcp_port: int) -> None:
    chat = ChatModel(replace(SETTINGS, base_url=f"http://127.0.0.1:{unused_tcp_port}/v1"))
    with pytest.raises(ModelUnavailable, match="no connection"):
        await chat.reply_to(ModelRequest(query="hello"))
    await chat.aclose()


async def test_a_provider_without_its_package_names_the_package() -> None:
    with pytest.raises(ModelRefused, match="pip install langchain-anthropic"):
        await ChatModel(replace(SETTINGS, name="anthropic:claude")).reply_to(ModelRequest(query="hello"))


async def test_an_unknown_provider_is_refused_and_the_key_is_not_told() -> None:
    with pytest.raises(ModelRefused, match="nosuch:model: could not be set up") as error:
        await ChatModel(replace(SETTINGS, name="nosuch:model")).reply_to(ModelRequest(query="hello"))
    assert KEY not in str(error.value)


async def test_without_a_model_a_question_says_so() -> None:
    with pytest.raises(NoModel):
        await NoModelConfigured().reply_to(ModelRequest(query="hello"))


@pytest.mark.parametrize("name", ["", "gpt-5", "openai:", ":gpt-5"])
def test_a_model_has_a_provider_and_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="expected provider:model"):
        ModelSettings(name=name)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(SETTINGS)


def test_the_fingerprint_changes_with_what_changes_answers() -> None:
    variants = [
        SETTINGS,
        replace(SETTINGS, name="openai:other"),
        replace(SETTINGS, base_url="http://elsewhere/v1"),
        replace(SETTINGS, temperature=0.1),
        replace(SETTINGS, max_tokens=1),
        replace(SETTINGS, system="Be rude."),
    ]
    assert len({ChatModel(settings).fingerprint for settings in variants}) == len(variants)
    same = [SETTINGS, replace(SETTINGS, api_key="other"), replace(SETTINGS, timeout=timedelta(seconds=1))]
    assert len({ChatModel(settings).fingerprint for settings in same}) == 1


class _Response:
    def __init__(self, status_code: int = 503, **headers: str) -> None:
        self.status_code = status_code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class APITimeoutError(Exception):
    """As the packages of several providers name it."""


class ConnectTimeout(Exception):
    """httpx's."""


class ReadTimeout(Exception):
    """httpx's."""


class HTTPStatusError(Exception):
    def __init__(self, response: _Response | None = None) -> None:
        self.response = response or _Response()


class OverloadedError(HTTPStatusError):
    """Anthropic's, with the status beside the response, as OpenAI's have it."""

    status_code = 529


class ClientError(Exception):
    """Google's: the status as a number in `code`, its name in `status`, and the body in `details`."""

    def __init__(self, code: int, status: str, *details: dict[str, Any]) -> None:
        self.code = code
        self.status = status
        self.details = {"error": {"code": code, "status": status, "details": list(details)}}


class GoogleRateLimitError(Exception):
    """LangChain's around Google's: says nothing by itself."""


def around(cause: Exception) -> Exception:
    error = GoogleRateLimitError("Error calling model")
    error.__cause__ = cause
    return error


def because(exc: Exception, cause: Exception) -> Exception:
    exc.__cause__ = cause
    return exc


RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
QUOTA = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []}


@pytest.mark.parametrize(
    ("exc", "expected", "billed"),
    [
        (APITimeoutError(), ModelUnavailable, True),
        (because(APITimeoutError(), ReadTimeout()), ModelUnavailable, True),
        (because(APITimeoutError(), ConnectTimeout()), ModelUnavailable, False),
        (ConnectTimeout(), ModelUnavailable, False),
        (HTTPStatusError(), ModelUnavailable, False),
        (ConnectionResetError(), ModelUnavailable, True),
        (ConnectionRefusedError(), ModelUnavailable, False),
        (TimeoutError(), ModelUnavailable, True),
        (OverloadedError(), ModelUnavailable, False),
        (ClientError(404, "NOT_FOUND"), ModelRefused, False),
        (around(ClientError(404, "NOT_FOUND")), ModelRefused, False),
        (around(ClientError(429, "RESOURCE_EXHAUSTED")), ModelUnavailable, False),
        (around(ClientError(504, "DEADLINE_EXCEEDED")), ModelUnavailable, True),
        (ZeroDivisionError(), type(None), True),
        (Limited(retry_after=timedelta()), type(None), True),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_other_providers_errors_are_known_by_their_shape(
    exc: Exception, expected: type, billed: bool
) -> None:
    assert type(in_our_words(exc, model="m")) is expected
    assert may_be_billed(exc) is billed


@pytest.mark.parametrize(
    ("exc", "seconds"),
    [
        (OverloadedError(_Response(529, retry_after="20")), 20),
        (OverloadedError(_Response(529, Retry_After="20")), 20),
        (OverloadedError(), None),
        (ClientError(429, "RESOURCE_EXHAUSTED", QUOTA, RETRY_INFO), 35),
        (around(ClientError(429, "RESOURCE_EXHAUSTED", RETRY_INFO)), 35),
        (around(ClientError(429, "RESOURCE_EXHAUSTED", QUOTA)), None),
    ],
)
def test_every_provider_says_when_to_come_back_in_its_own_way(exc: Exception, seconds: float | None) -> None:
    error = in_our_words(exc, model="m")
    assert isinstance(error, ModelUnavailable)
    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"details": [RETRY_INFO]}}, 35),
        ({"details": [RETRY_INFO]}, 35),
        ({"error": {"details": [{"retryDelay": "999999999s"}]}}, 86_400),
        ({"error": {"details": [{"retryDelay": "soon"}]}}, None),
        ({"error": {"details": [{"retryDelay": 3}, "?"]}}, 3),
        ({"error": {"retry_after": "2m"}}, 120),
        ({"error": {"retry_after": True, "message": "Please try again in 1 hour."}}, 3_600),
        ({"error": {"message": "Rate limit reached. Please try again in 6.5s."}}, 7),
        ({"error": {"message": "try again in 1h2m3.5s"}}, 3_724),
        ({"error": {"message": "Please retry after 5 seconds."}}, 5),
        ({"error": {"message": "Please retry your request after 20 seconds."}}, 20),
        ({"error": {"message": "try again in 850ms"}}, 1),
        ({"error": {"message": "Please wait 2 minutes and 5 seconds."}}, 125),
        ({"error": {"message": "try again later"}}, None),
        ("Too many requests, retry in 30 s", 30),
        ({"error": "no"}, None),
        ("no", None),
        (None, None),
    ],
)
def test_googles_retry_info_is_read(body: object, seconds: float | None) -> None:
    assert wait_in_body(body) == (None if seconds is None else timedelta(seconds=seconds))


async def test_a_spent_account_is_not_asked_again_and_again(server: OpenAI, model: ChatModel) -> None:
    server.next.append(fails(429, code="insufficient_quota", retry_after="7"))
    with pytest.raises(ModelRefused, match="quota is spent"):
        await model.reply_to(ModelRequest(query="hello"))


NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20),
        ({"retry-after": "0.5"}, 1),
        ({"retry-after": "27.5"}, 28),
        ({"retry-after": "7s"}, 7),
        ({"retry-after": "1m30s"}, 90),
        ({"retry-after": "1h 2m"}, 3_720),
        ({"retry-after": "500ms"}, 1),
        ({"retry-after": "2 minutes"}, 120),
        ({"retry-after": "2026-11-05T12:00:30Z"}, 30),
        ({"retry-after": "1793880030"}, 30),
        ({"retry-after": "1793880030000"}, 30),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "25", "retry-after-ms": "soon"}, 25),
        ({"x-ratelimit-reset-requests": "1m12s", "x-ratelimit-remaining-requests": "0"}, 72),
        (
            {
                "x-ratelimit-reset-requests": "1m12s",
                "x-ratelimit-remaining-requests": "9",
                "x-ratelimit-reset-tokens": "6s",
                "x-ratelimit-remaining-tokens": "0",
            },
            6,
        ),
        ({"x-ratelimit-reset-requests": "1m12s", "x-ratelimit-remaining-requests": "9"}, None),
        ({"X-RateLimit-Reset": "1793880030000", "X-RateLimit-Remaining": "0"}, 30),
        ({"ratelimit-reset": "30"}, 30),
        ({"ratelimit": "limit=100, remaining=0, reset=30"}, 30),
        ({"ratelimit": '"default";r=0;t=30'}, 30),
        ({"ratelimit": "limit=100, remaining=4, reset=30"}, None),
        (
            {
                "anthropic-ratelimit-tokens-reset": "2026-11-05T12:00:30Z",
                "anthropic-ratelimit-tokens-remaining": "0",
            },
            30,
        ),
        ({"Retry-After": "20"}, 20),
        ({"retry-after": "20", "retry-after-ms": "1500"}, 2),
        ({"retry-after": "Thu, 05 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Thu, 05 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "99999999999999999999"}, None),
        ({"retry-after": "9999999"}, 86_400),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "1.2.3"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert wait_in_headers(headers, now=NOW) == expected


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, bot.model; print([n for n in ('langchain_core', 'openai', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_no_prompt_is_sent_to_a_tracing_service(server: OpenAI) -> None:
    """In a process of its own, with tracing switched on and pointed at our server."""
    code = (
        "import asyncio, sys\n"
        "from bot.model import ChatModel, ModelRequest, ModelSettings\n"
        "chat = ChatModel(ModelSettings(name='openai:m', base_url=sys.argv[1]))\n"
        "print(asyncio.run(chat.reply_to(ModelRequest(query='hello'))).text)\n"
        "from langchain_core.tracers.langchain import wait_for_all_tracers\n"
        "wait_for_all_tracers()\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, server.url),
        cwd=ROOT,
        env={"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": server.url, "LANGSMITH_API_KEY": "k"},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert output == b"An answer.\n"
    assert server.others == 0
