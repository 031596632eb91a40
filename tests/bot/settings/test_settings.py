"""Settings: what may be set, what must be set together, and nothing secret is ever repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import Caps, Prices, parse_caps
from bot.model import DEFAULT_MODEL, ModelSettings, ModelsSettings
from bot.server.connect.models import open_models
from bot.server.connect.redis import open_redis
from bot.settings import (
    Embedded,
    HostedQStash,
    HttpSlack,
    RestRedis,
    Settings,
    SettingsError,
    SocketRedis,
    is_loopback,
)
from scheduler import PUBLIC_KEYS

SLACK = {"SLACK_BOT_TOKEN": "xoxb-test-token", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}
QSTASH = {
    "QSTASH_TOKEN": "a-qstash-token",
    "QSTASH_CURRENT_SIGNING_KEY": "sig_" + "c" * 28,
    "QSTASH_NEXT_SIGNING_KEY": "sig_" + "n" * 28,
}
REST = {"UPSTASH_REDIS_REST_URL": "https://eu1.upstash.io", "UPSTASH_REDIS_REST_TOKEN": "AX-token"}
PUBLIC = {"PUBLIC_URL": "https://precache.example.com"}
EVERYTHING = {**SLACK, **QSTASH, **REST, **PUBLIC, "OPENAI_API_KEY": "sk-key"}
SECRETS = [name for name in EVERYTHING if not name.endswith("_URL")]
PUBLIC_KEY, OTHER_PUBLIC_KEY = sorted(PUBLIC_KEYS)


PLACE = "http://127.0.0.1:1/v1"
SEVERAL = {
    "OPENAI_API_KEY": "sk-openai",
    "OPENAI_BASE_URL": PLACE,
    "ANTHROPIC_API_KEY": "sk-ant",
    "GOOGLE_API_KEY": "sk-goo",
    "PRECACHE_MODELS": "anthropic:claude-haiku-4-5, openai:big",
    "PRECACHE_FALLBACKS": "google_genai:gemini-3-flash,anthropic:claude-haiku-4-5",
}


def models_of(environ: Mapping[str, str]) -> ModelsSettings:
    models = Settings.from_environ(environ).models
    assert not isinstance(models, Embedded)
    return models


def problems(environ: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ(environ)
    return refused.value.problems


# Configured or embedded


def test_with_nothing_set_everything_is_embedded_on_this_machine() -> None:
    settings = Settings.from_environ({})
    services = (settings.redis, settings.qstash, settings.slack, settings.models)
    assert services == (Embedded(), Embedded(), Embedded(), Embedded())
    assert settings.announce_url == "http://127.0.0.1:3000/api/announce"
    assert is_loopback(settings.host)


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    assert Settings.from_environ(dict.fromkeys((*EVERYTHING, "HOST", "PORT"), "")) == Settings.from_environ(
        {}
    )


def test_with_everything_set_nothing_is_embedded() -> None:
    settings = Settings.from_environ(EVERYTHING | {"HOST": "0.0.0.0"})  # noqa: S104 - nothing is bound
    assert settings.redis == RestRedis(url=REST["UPSTASH_REDIS_REST_URL"], token="AX-token")
    assert settings.slack == HttpSlack(
        bot_token=SLACK["SLACK_BOT_TOKEN"],
        signing_secret=SLACK["SLACK_SIGNING_SECRET"],
        api_url="https://slack.com/api/",
    )
    assert settings.qstash == HostedQStash(
        token=QSTASH["QSTASH_TOKEN"],
        current_key=QSTASH["QSTASH_CURRENT_SIGNING_KEY"],
        next_key=QSTASH["QSTASH_NEXT_SIGNING_KEY"],
        url="https://qstash.upstash.io",
    )
    assert not isinstance(settings.models, Embedded)
    usual = settings.models.usual
    assert (usual.name.partition(":")[0], usual.api_key) == ("openai", "sk-key")
    assert settings.announce_url == "https://precache.example.com/api/announce"


def test_the_same_clients_can_be_pointed_at_servers_on_this_machine() -> None:
    settings = Settings.from_environ(
        SLACK
        | QSTASH
        | {
            "HOST": "0.0.0.0",  # noqa: S104 - nothing is bound
            "SLACK_API_URL": "http://127.0.0.1:4001/api",
            "QSTASH_URL": "http://127.0.0.1:4002",
            "OPENAI_BASE_URL": "http://127.0.0.1:4003/v1",
            "UPSTASH_REDIS_REST_URL": "http://127.0.0.1:4004/",
            "UPSTASH_REDIS_REST_TOKEN": "t",
        }
    )
    assert isinstance(settings.slack, HttpSlack)
    assert settings.slack.api_url == "http://127.0.0.1:4001/api/", "Slack's client appends to it"
    assert isinstance(settings.qstash, HostedQStash)
    assert settings.qstash.url == "http://127.0.0.1:4002"
    assert not isinstance(settings.models, Embedded)
    assert settings.models.usual.base_url == "http://127.0.0.1:4003/v1"
    assert settings.redis == RestRedis(url="http://127.0.0.1:4004", token="t")


@pytest.mark.parametrize("key", ["sig_0123456789ab", "sig_" + "k" * 28])
def test_signing_keys_of_another_qstash_may_be_shorter(key: str) -> None:
    keys = {"QSTASH_CURRENT_SIGNING_KEY": key, "QSTASH_NEXT_SIGNING_KEY": key}
    assert isinstance(Settings.from_environ(QSTASH | PUBLIC | keys).qstash, HostedQStash)


@pytest.mark.parametrize(
    "url", ["redis://:secret@db.example.com:6380/1", "rediss://db.example.com", "unix:///run/valkey.sock"]
)
def test_any_redis_will_do(url: str) -> None:
    assert Settings.from_environ({"REDIS_URL": url}).redis == SocketRedis(url=url)


def test_a_model_of_another_provider_gets_the_key_of_that_provider_and_no_other() -> None:
    environ = {
        "PRECACHE_MODEL": "anthropic:claude-haiku-4-5",
        "ANTHROPIC_API_KEY": "sk-ant",
        "OPENAI_API_KEY": "sk-openai",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    }
    model = models_of(environ).usual
    assert (model.name, model.api_key, model.base_url) == ("anthropic:claude-haiku-4-5", "sk-ant", None)


def test_several_models_have_each_their_own_key_and_place() -> None:
    models = models_of(SEVERAL)
    assert models.usual == ModelSettings(name=DEFAULT_MODEL, api_key="sk-openai", base_url=PLACE)
    assert models.others == (
        ModelSettings(name="anthropic:claude-haiku-4-5", api_key="sk-ant"),
        ModelSettings(name="openai:big", api_key="sk-openai", base_url=PLACE),
    )
    assert models.fallbacks == (
        ModelSettings(name="google_genai:gemini-3-flash", api_key="sk-goo"),
        ModelSettings(name="anthropic:claude-haiku-4-5", api_key="sk-ant"),
    )
    assert all(key not in repr(models) for key in ("sk-openai", "sk-ant", "sk-goo"))


def test_a_model_that_is_named_twice_is_there_once() -> None:
    models = models_of(
        {
            "OPENAI_API_KEY": "sk-openai",
            "PRECACHE_MODEL": "openai:a",
            "PRECACHE_MODELS": "openai:a, openai:b,openai:b,",
            "PRECACHE_FALLBACKS": "openai:a,openai:c, openai:c",
        }
    )
    assert [model.name for model in models.others] == ["openai:b"]
    assert [model.name for model in models.fallbacks] == ["openai:a", "openai:c"]


def test_what_a_model_takes_can_be_set_for_all_of_them() -> None:
    models = models_of(SEVERAL | {"PRECACHE_WINDOW": "8000"})
    assert {model.window for model in (models.usual, *models.others, *models.fallbacks)} == {8_000}
    assert models_of(SEVERAL).usual.window is None


def test_the_longest_answer_and_other_words_for_its_end_can_be_set_for_all_of_them() -> None:
    models = models_of(
        SEVERAL | {"PRECACHE_MAX_TOKENS": "16000", "PRECACHE_GOOD_ENDS": "Done, finishedOk,done"}
    )
    for model in (models.usual, *models.others, *models.fallbacks):
        assert (model.max_tokens, model.good_ends) == (16_000, frozenset({"done", "finished_ok"}))
    assert (models_of(SEVERAL).usual.max_tokens, models_of(SEVERAL).usual.good_ends) == (4_000, frozenset())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"PRECACHE_MODELS": "anthropic:claude"},
            ["PRECACHE_MODELS: its provider needs ANTHROPIC_API_KEY, which is not set"],
        ),
        (
            {"PRECACHE_FALLBACKS": "mistralai:small,groq:llama"},
            [
                "PRECACHE_FALLBACKS: its provider needs MISTRAL_API_KEY, which is not set",
                "PRECACHE_FALLBACKS: its provider needs GROQ_API_KEY, which is not set",
            ],
        ),
        (
            {"PRECACHE_MODELS": "gpt-5", "PRECACHE_FALLBACKS": "openai:,:x"},
            [
                f"PRECACHE_MODELS: expected provider:name, such as {DEFAULT_MODEL}",
                f"PRECACHE_FALLBACKS: expected provider:name, such as {DEFAULT_MODEL}",
            ],
        ),
        (
            {"PRECACHE_FALLBACKS": ",".join(f"openai:{name}" for name in "abcd")},
            ["PRECACHE_FALLBACKS: expected at most 3 models"],
        ),
        *(
            ({"PRECACHE_WINDOW": window}, ["PRECACHE_WINDOW: expected a number of tokens, 1000 or more"])
            for window in ("999", "many", "-4000", "8k", "²000")
        ),
        *(
            ({"PRECACHE_MAX_TOKENS": most}, ["PRECACHE_MAX_TOKENS: expected a number of tokens, 100 or more"])
            for most in ("99", "many", "-4000", "4k")
        ),
        *(
            (
                {"PRECACHE_GOOD_ENDS": words},
                ["PRECACHE_GOOD_ENDS: expected words with commas between them, such as done, finished"],
            )
            for words in ("done finished", "7", "a" * 61, "done,<x>")
        ),
    ],
)
def test_everything_that_is_wrong_with_the_models_is_told_at_once(
    environ: dict[str, str], expected: list[str]
) -> None:
    assert list(problems({"OPENAI_API_KEY": "sk-openai"} | environ)) == expected


@pytest.mark.parametrize("variable", ["PRECACHE_MODELS", "PRECACHE_FALLBACKS"])
def test_the_usual_model_of_several_needs_its_key_as_well(variable: str) -> None:
    (problem,) = problems({variable: "anthropic:claude", "ANTHROPIC_API_KEY": "sk-ant"})
    assert problem == "PRECACHE_MODEL: a model of OpenAI's needs OPENAI_API_KEY, which is not set"


def test_a_window_without_a_model_is_half_of_a_setting() -> None:
    for variable, value in (
        ("PRECACHE_WINDOW", "8000"),
        ("PRECACHE_MAX_TOKENS", "8000"),
        ("PRECACHE_GOOD_ENDS", "done"),
    ):
        assert problems({variable: value}) == (f"{variable}: is set, but no model is",)


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"OPENAI_API_KEY": "sk-key"}, DEFAULT_MODEL),
        ({"OPENAI_BASE_URL": PLACE}, f"{DEFAULT_MODEL} at {PLACE}"),
        (
            SEVERAL,
            f"{DEFAULT_MODEL} at {PLACE}; "
            "or anthropic:claude-haiku-4-5, openai:big where a schedule says so; "
            "when it fails google_genai:gemini-3-flash, then anthropic:claude-haiku-4-5",
        ),
    ],
)
async def test_the_table_at_the_start_names_all_models(environ: dict[str, str], shown: str) -> None:
    async with AsyncExitStack() as stack:
        models, row = await open_models(stack, Settings.from_environ(environ))
        assert row == ("Model", "real", shown)
        assert models.usual == DEFAULT_MODEL


def test_posts_in_a_workspace_keep_a_pace_that_no_window_sees_exceeded() -> None:
    for text in ("1/1s", "3/1m", "300/1m", "4000/1m", "100/5s"):
        pace = Settings.from_environ({"PRECACHE_POSTS": text}).pace
        at_once = pace.step_burst / pace.step + 1
        assert at_once + pace.workspace.window / pace.step <= 1.001 * max(2, pace.workspace.calls)
    for text in ("20/1s", "300/1m", "4000/1m"):  # the last of many comes about when the rate itself allows it
        pace = Settings.from_environ({"PRECACHE_POSTS": text}).pace
        assert pace.step <= 1.06 * pace.workspace.window / pace.workspace.calls
    assert Settings.from_environ({}).pace.workspace.calls == 400


def test_the_limit_of_a_team_is_the_overall_one_unless_it_is_set() -> None:
    same = Settings.from_environ({"PRECACHE_LIMIT": "3/1m"})
    assert same.team_limit == same.limit
    other = Settings.from_environ({"PRECACHE_LIMIT": "3/1m", "PRECACHE_TEAM_LIMIT": "1/1m"})
    assert (other.limit.calls, other.team_limit.calls) == (3, 1)


def test_caps_on_money_go_with_a_price_for_the_model_and_caps_on_calls_without() -> None:
    model = {"OPENAI_API_KEY": "sk", "PRECACHE_MODEL": "openai:gpt-5"}
    settings = Settings.from_environ(
        model
        | {
            "PRECACHE_PRICES": "openai:gpt-5=1/10",
            "PRECACHE_CAP_SCHEDULE": "0.50/day",
            "PRECACHE_CAP_TEAM": "40 calls/day, 30/month",
            "PRECACHE_CAP_ALL": "100/month",
        }
    )
    assert str(settings.prices) == "openai:gpt-5=1/10"
    assert settings.caps == Caps(
        schedule=parse_caps("0.50/day"),
        team=parse_caps("40 calls/day, 30/month"),
        overall=parse_caps("100/month"),
    )
    assert Settings.from_environ(model | {"PRECACHE_CAP_TEAM": "40 calls/day"}).prices == Prices()


def test_the_demo_model_may_be_capped_for_it_is_free() -> None:
    assert Settings.from_environ({"PRECACHE_CAP_TEAM": "30/month"}).caps.on_money


# Half-configured


@pytest.mark.parametrize(
    ("service", "complete"),
    [("Slack", SLACK), ("QStash", QSTASH), ("Upstash Redis", REST)],
)
def test_what_is_set_in_part_names_each_missing_variable(service: str, complete: dict[str, str]) -> None:
    for missing in complete:
        (problem,) = problems({name: value for name, value in complete.items() if name != missing} | PUBLIC)
        assert problem.startswith(f"{service}: ")
        there, _, absent = problem.partition(", but not ")
        assert missing in absent
        assert missing not in there
        assert all(name in there for name in complete if name != missing)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (
            {"SLACK_API_URL": "http://127.0.0.1:1/api/"},
            "Slack: SLACK_API_URL is set, but not SLACK_BOT_TOKEN",
        ),
        ({"QSTASH_URL": "http://127.0.0.1:1"}, "QStash: QSTASH_URL is set, but not QSTASH_TOKEN"),
        (
            REST | {"REDIS_URL": "redis://localhost"},
            "Redis: both REDIS_URL and UPSTASH_REDIS_REST_URL are set",
        ),
        ({"PRECACHE_MODEL": "openai:gpt-5"}, "OPENAI_API_KEY"),
        ({"PRECACHE_MODEL": "anthropic:claude", "OPENAI_API_KEY": "sk"}, "ANTHROPIC_API_KEY"),
        ({"PRECACHE_MODEL": "gpt-5", "OPENAI_API_KEY": "sk"}, "PRECACHE_MODEL: expected provider:name"),
        ({"PRECACHE_MODEL": ":gpt-5", "OPENAI_API_KEY": "sk"}, "PRECACHE_MODEL: expected provider:name"),
        ({"HOST": "["}, "HOST: expected"),
        ({"HOST": "two words"}, "HOST: expected"),
        *(({"PORT": port}, "PORT: expected") for port in ("65536", "-1", "3000.0", "http", "٣", " 1")),
        *(
            ({"PUBLIC_URL": url}, "PUBLIC_URL: expected an address")
            for url in (
                "precache.example.com",
                "ftp://x",
                "https://",
                "https://x:99999",
                "https://[",
                "https://a b",
                "https://x\n",
                "https://ö.example",
                "https://user:password@x",
                "https://x/?a=1",
                "https://x/#a",
            )
        ),
        *(
            ({"REDIS_URL": url}, "REDIS_URL: expected")
            for url in (
                "localhost",
                "http://x",
                "redis://",
                "unix://",
                "redis://x?password=hidden",
                "redis://\n",
            )
        ),
        ({"PRECACHE_DATA": "~nobody-of-this-name/data"}, "PRECACHE_DATA: expected"),
        ({"PRECACHE_DATA": "a\0b"}, "PRECACHE_DATA: expected"),
        *(
            ({"PRECACHE_LIMIT": limit}, "PRECACHE_LIMIT: expected")
            for limit in ("10", "0/10s", "x/y", "1/0s")
        ),
        ({"PRECACHE_TEAM_LIMIT": "10 a second"}, "PRECACHE_TEAM_LIMIT: expected"),
        ({"PRECACHE_POSTS": "many"}, "PRECACHE_POSTS: expected posts and a window, such as 400/1m"),
        ({"PRECACHE_POSTS": "0/1m"}, "PRECACHE_POSTS: expected posts and a window, such as 400/1m"),
        *(
            ({"PRECACHE_PRICES": prices}, "PRECACHE_PRICES: expected each model once")
            for prices in ("openai:gpt-5=1", "gpt-5=1/2", "openai:gpt-5=1/2, openai:gpt-5=1/2")
        ),
        *(
            ({name: caps}, f"{name}: expected dollars or calls")
            for name in ("PRECACHE_CAP_SCHEDULE", "PRECACHE_CAP_TEAM", "PRECACHE_CAP_ALL")
            for caps in ("2.50", "0/day", "2.50/week", "1/day, 2/day")
        ),
        (
            {"OPENAI_API_KEY": "sk", "PRECACHE_MODEL": "openai:gpt-5", "PRECACHE_CAP_TEAM": "30/month"},
            "PRECACHE_PRICES: money is capped, but openai:gpt-5 has no price",
        ),
        ({"PRECACHE_MAX_AGE": "an hour"}, "PRECACHE_MAX_AGE: expected a number of seconds"),
        ({"PRECACHE_NEAR_CACHE_MB": "32 MB"}, "PRECACHE_NEAR_CACHE_MB: expected a number of megabytes"),
        ({"PRECACHE_HISTORY_DAYS": "6"}, "PRECACHE_HISTORY_DAYS: expected a number from 7 to 3660"),
        ({"PRECACHE_HISTORY_RUNS": "all"}, "PRECACHE_HISTORY_RUNS: expected a number from 1 to 10000"),
        ({"PRECACHE_HISTORY_DAYS": "0000000079999999"}, "PRECACHE_HISTORY_DAYS: expected a number"),
        ({"PRECACHE_USAGE_DAYS": "-1"}, "PRECACHE_USAGE_DAYS: expected a number from 7 to 3660"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT: expected console or json"),
        ({"PRECACHE_LEAD": "-1"}, "PRECACHE_LEAD: expected a number of seconds"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: expected"),
        *(
            ({"PRECACHE_CHANNELS": ids}, "PRECACHE_CHANNELS: expected the ids of channels, not their names")
            for ids in ("general", "#general", "C0123ABCD,general", "c0123abcd", "S0123ABCD", "CHAT", "C-1")
        ),
        *(
            ({"PRECACHE_GROUPS": ids}, "PRECACHE_GROUPS: expected the ids of user groups, not their names")
            for ids in ("@ops", "ops", "C0123ABCD", "S0123ABCD, ops")
        ),
        *(
            ({"PRECACHE_REVIEW": value}, "PRECACHE_REVIEW: expected each channel once, with the ids")
            for value in (
                *("C0123ABCD", "C0123ABCD=", "=U0123ABCD", "C0123ABCD=@ada", "#news=U0123ABCD"),
                *(
                    "C0123ABCD=U0123ABCD/",
                    "C0123ABCD=C0123ABCD",
                    "D0123ABCD=U0123ABCD",
                    "C0123ABCD=U012,U034",
                ),
                "C0123ABCD=U0123ABCD, C0123ABCD=U0456ABCD",
            )
        ),
        ({"PRECACHE_CHECK_MODELS": "maybe"}, "PRECACHE_CHECK_MODELS: expected yes or no"),
        ({"PRECACHE_SHOW_COSTS": "maybe"}, "PRECACHE_SHOW_COSTS: expected"),
        (
            SLACK | PUBLIC | {"SLACK_BOT_TOKEN": "xoxp-a-users-token"},
            "SLACK_BOT_TOKEN: expected it to begin with xoxb-",
        ),
        (SLACK | PUBLIC | {"SLACK_SIGNING_SECRET": "short"}, "SLACK_SIGNING_SECRET: expected at least 8"),
        (QSTASH | PUBLIC | {"QSTASH_NEXT_SIGNING_KEY": "not-a-key"}, "QSTASH_NEXT_SIGNING_KEY: expected"),
    ],
)
def test_what_is_wrong_is_told_alone_and_by_name(environ: dict[str, str], told: str) -> None:
    (problem,) = problems(environ)
    assert told in problem


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("blemish", [" ", "\n", "\t", "\0", "\x7f", "ö", "​", "”"])
def test_white_space_and_control_characters_in_a_secret_are_found(name: str, blemish: str) -> None:
    for value in (EVERYTHING[name] + blemish, EVERYTHING[name][:6] + blemish + EVERYTHING[name][6:]):
        (problem,) = problems(EVERYTHING | {name: value})
        assert problem.startswith(f"{name}: expected")


@pytest.mark.parametrize("blank", [" " * 20, "\t" * 20, "​" * 20])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_of_blanks_never_passes_for_one(name: str, blank: str) -> None:
    assert any(problem.startswith(f"{name}: expected") for problem in problems(EVERYTHING | {name: blank}))


def test_everything_that_is_wrong_is_told_at_once_and_once() -> None:
    found = problems(
        {
            "PORT": "x",
            "SLACK_BOT_TOKEN": "xoxb-token",
            "QSTASH_CURRENT_SIGNING_KEY": "wrong",
            "UPSTASH_REDIS_REST_TOKEN": "a b",
            "OPENAI_BASE_URL": "nowhere",
            "PRECACHE_LIMIT": "many",
        }
    )
    begun = sorted(problem.partition(":")[0] for problem in found)
    assert begun == [
        "OPENAI_BASE_URL",
        "PORT",
        "PRECACHE_LIMIT",
        "QSTASH_CURRENT_SIGNING_KEY",
        "QStash",
        "Slack",
        "UPSTASH_REDIS_REST_TOKEN",
        "Upstash Redis",
    ]


# Exposure


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "box.example.com"])  # noqa: S104 - nothing is bound
def test_what_is_embedded_is_not_served_to_the_network(host: str) -> None:
    (problem,) = problems({"HOST": host})
    assert problem.startswith("HOST: not a loopback address")
    assert "SLACK_BOT_TOKEN" in problem
    assert "QSTASH_TOKEN" in problem
    (problem,) = problems({"HOST": host} | SLACK | PUBLIC)
    assert "SLACK_BOT_TOKEN" not in problem
    assert Settings.from_environ({"HOST": host} | SLACK | QSTASH | PUBLIC).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_address_may_serve_what_is_embedded(host: str) -> None:
    assert Settings.from_environ({"HOST": host}).qstash == Embedded()


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:3000"])
def test_hosted_qstash_needs_an_address_that_it_can_reach(url: str) -> None:
    (problem,) = problems(QSTASH | {"PUBLIC_URL": url})
    assert problem.startswith("PUBLIC_URL: QStash cannot reach")
    (problem,) = problems(QSTASH)
    assert problem.startswith("PUBLIC_URL: QStash cannot reach")


@pytest.mark.parametrize("name", ["QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"])
@pytest.mark.parametrize("key", sorted(PUBLIC_KEYS))
def test_keys_that_everyone_knows_are_for_this_machine_alone(name: str, key: str) -> None:
    local = {"QSTASH_URL": "http://127.0.0.1:8080", "SLACK_API_URL": "http://127.0.0.1:4001/api"}
    (problem,) = problems(QSTASH | PUBLIC | {name: key})
    assert "these signing keys are public" in problem
    exposed = SLACK | QSTASH | local | {"HOST": "0.0.0.0", name: key}  # noqa: S104 - nothing is bound
    (problem,) = problems(exposed)
    assert "these signing keys are public" in problem
    assert isinstance(Settings.from_environ(SLACK | QSTASH | local | {name: key}).qstash, HostedQStash)


# The port


@pytest.mark.parametrize(
    ("environ", "public_url"),
    [
        ({"PORT": "0"}, "http://127.0.0.1:4567"),
        ({"PORT": "0", "HOST": "::1"}, "http://[::1]:4567"),
        ({"PORT": "0"} | PUBLIC, "https://precache.example.com"),
        (
            {"PORT": "0", "PUBLIC_URL": "https://precache.example.com/bot/"},
            "https://precache.example.com/bot",
        ),
    ],
)
def test_a_free_port_becomes_part_of_the_address_unless_that_is_set(
    environ: dict[str, str], public_url: str
) -> None:
    settings = Settings.from_environ(environ).on_port(4567)
    assert settings.port == 4567
    assert settings.own_url.endswith(":4567")
    assert settings.public_url == public_url
    assert settings.announce_url == f"{public_url}/api/announce"


# Nothing secret is repeated

GARBAGE = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), min_size=6, max_size=60)
MODELS = (
    *("PRECACHE_MODEL", "PRECACHE_MODELS", "PRECACHE_FALLBACKS", "PRECACHE_WINDOW"),
    *("PRECACHE_MAX_TOKENS", "PRECACHE_GOOD_ENDS"),
)
# With letters that no sentence of ours has, so that finding it means that it was repeated.
RECOGNISABLE = GARBAGE.map(lambda text: f"Qx7{text}zK9")


@given(
    st.dictionaries(
        st.sampled_from([*EVERYTHING, "REDIS_URL", "PRECACHE_PRICES", "PRECACHE_CAP_TEAM", *MODELS]),
        RECOGNISABLE,
        min_size=1,
    )
)
def test_no_value_of_a_setting_is_ever_repeated(garbage: dict[str, str]) -> None:
    environ: dict[str, str] = EVERYTHING | garbage
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ(environ | {"PORT": "none"})
    told = f"{refused.value}\n{refused.value!r}"
    assert "Qx7" not in told
    assert all(environ[name] not in told for name in SECRETS)
    assert refused.value.__context__ is None, "a chained error would show what it could not parse"


TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40).map(
    "Zq{}".format
)


@given(st.lists(TOKENS, min_size=7, max_size=7, unique=True))
def test_settings_can_be_shown_without_showing_a_secret(tokens: list[str]) -> None:
    named = dict(zip(SECRETS, tokens, strict=True))
    named["SLACK_BOT_TOKEN"] = f"xoxb-{named['SLACK_BOT_TOKEN']}"
    for name in ("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"):
        named[name] = f"sig_{named[name]}"
    settings = Settings.from_environ(EVERYTHING | named)
    assert not any(token in repr(settings) for token in tokens)


def test_the_password_of_a_redis_is_not_shown_either() -> None:
    assert "pa55word" not in repr(Settings.from_environ({"REDIS_URL": "redis://me:pa55word@db.example.com"}))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pa55word@db.example.com:6380/1", "db.example.com:6380/1"),
        ("rediss://me:pa55@word@db.example.com", "db.example.com"),
        ("redis://db.example.com", "db.example.com"),
        ("unix://me:pa55word@/run/valkey.sock", "/run/valkey.sock"),
    ],
)
async def test_the_table_at_the_start_shows_where_redis_is_and_no_password(url: str, shown: str) -> None:
    settings = Settings.from_environ({"REDIS_URL": url})
    async with AsyncExitStack() as stack:
        _, row = await open_redis(stack, settings, None)
    assert row == ("Redis", "yours", shown)


# The example


class Recorded(Mapping[str, str]):
    """Remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values_ = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def test_the_example_names_exactly_what_is_read() -> None:
    example = (Path(__file__).parents[3] / ".env.example").read_text()
    named = re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)
    asked: set[str] = set()
    for values in ({}, EVERYTHING):
        recorded = Recorded(values)
        Settings.from_environ(recorded)
        asked |= recorded.asked
    assert sorted(named) == sorted(asked)


def test_the_example_is_a_setting_in_itself_and_says_what_holds_without_it() -> None:
    lines: list[Any] = re.findall(
        r"^([A-Z_]+)=(.*)$", (Path(__file__).parents[3] / ".env.example").read_text(), re.MULTILINE
    )
    assert Settings.from_environ(dict(lines)) == Settings.from_environ({})


# Metrics


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("https://hc-ping.example/0a1b", "https://hc-ping.example/0a1b"),
        (
            "http://127.0.0.1:3001/api/push/k?status=up&msg=OK",
            "http://127.0.0.1:3001/api/push/k?status=up&msg=OK",
        ),
        ("", None),
        ("hc-ping.example/0a1b", ...),
        ("ftp://hc-ping.example/0a1b", ...),
        ("https:///0a1b", ...),
        ("https://hc ping.example/0a1b", ...),
        ("https://hc-ping.example:99999/0a1b", ...),
    ],
)
def test_a_heartbeat_address_is_read_whole_and_shown_to_nobody(given: str, read: Any) -> None:
    if read is ...:
        (problem,) = problems({"PRECACHE_HEARTBEAT_URL": given})
        assert problem == "PRECACHE_HEARTBEAT_URL: expected an address that begins with http:// or https://"
        return
    settings = Settings.from_environ({"PRECACHE_HEARTBEAT_URL": given})
    assert settings.heartbeat_url == read
    assert "0a1b" not in repr(settings)


def test_a_metrics_token_is_kept_to_itself_and_one_that_can_be_guessed_is_none() -> None:
    token = "only-prometheus-knows-this"
    settings = Settings.from_environ({"PRECACHE_METRICS_TOKEN": token})
    assert settings.metrics_token == token
    assert token not in repr(settings)
    assert Settings.from_environ({}).metrics_token is None
    (problem,) = problems({"PRECACHE_METRICS_TOKEN": "short"})
    assert "PRECACHE_METRICS_TOKEN" in problem
    assert "short" not in problem.partition(":")[2]
