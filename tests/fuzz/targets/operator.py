"""What operators write: `.env` files, and every setting."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from bot.settings import Settings, SettingsError, advise_on_file, merge_environ, read_env_file
from bot.settings.known_names import advise_on_names
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

_FOLDER: Final = Path(tempfile.mkdtemp(prefix="precache-fuzz-"))
FILE: Final = _FOLDER / ".env"

ENV: Final = """# Slack
export SLACK_BOT_TOKEN='xoxb-1-2'
SLACK_SIGNING_SECRET="8f7422\\n31b10e" # from the app's page
PRECACHE_PRICES=openai:gpt=1/2
EMPTY=

OPENAI_API_KEY = sk-key
TWICE=${EMPTY:-x}
"""


@target(ENV, "A=b\r\nA='c", "\ufeffPORT=3000\nno assignment\n=x\nB=$A${", longest=800)
def env_files(data: bytes) -> None:
    """What python-dotenv reads is read, or the line is named; and no value stands in a sentence about it."""
    FILE.write_bytes(data)
    try:
        file = read_env_file(FILE, is_needed=True)
    except SettingsError as exc:
        assert all(problem.startswith(str(FILE)) for problem in exc.problems), exc
        return
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    assert file.values == {
        name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value is not None
    }
    merge_environ(file, {}, project=_FOLDER)
    advise_on_file(file, {})


EXAMPLES: Final = {
    "HOST": "127.0.0.1",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "INFO",
    "OPENAI_API_KEY": "sk-key",
    "OPENAI_BASE_URL": "http://127.0.0.1:4003/v1",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
    "PORT": "3000",
    "PRECACHE_CAP_ALL": "$5/day, 100 calls/month",
    "PRECACHE_CAP_SCHEDULE": "$0.5/day",
    "PRECACHE_CAP_TEAM": "200 calls/day",
    "PRECACHE_CHANNELS": "C0GENERAL01,C0NEWS00001",
    "PRECACHE_CHECK_MODELS": "yes",
    "PRECACHE_CLOSURES": "2026-12-24..2027-01-01, 2027-05-07",
    "PRECACHE_DATA": "data/precache",
    "PRECACHE_FALLBACKS": "openai:gpt-5-mini",
    "PRECACHE_GROUPS": "S0GROUP0001",
    "PRECACHE_REVIEW": "C0123ABCD=U0123ABCD/S0123ABCD",
    "PRECACHE_KEY": "YSBtYWRlLXVwIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=",
    "PRECACHE_HEARTBEAT_URL": "https://a.example/ping",
    "PRECACHE_HISTORY_DAYS": "30",
    "PRECACHE_HISTORY_RUNS": "50",
    "PRECACHE_RENEWAL_DAYS": "90",
    "PRECACHE_GOOD_ENDS": "done,fin",
    "PRECACHE_MAX_TOKENS": "800",
    "PRECACHE_LEAD": "90",
    "PRECACHE_LIMIT": "10/10s",
    "PRECACHE_MAX_AGE": "1200",
    "PRECACHE_METRICS_TOKEN": "a-long-metrics-token",
    "PRECACHE_MODEL": "openai:gpt-5",
    "PRECACHE_MODELS": "openai:gpt-5-mini",
    "PRECACHE_NEAR_CACHE_MB": "32",
    "PRECACHE_NETWORKS": "10.0.0.0/8, fd00::/8",
    "PRECACHE_POSTS": "1/s",
    "PRECACHE_PRICES": "openai:gpt-5=1.25/10",
    "PRECACHE_SHOW_COSTS": "no",
    "PRECACHE_TEAM_LIMIT": "100/60s",
    "PRECACHE_THREAD_QUESTIONS": "20",
    "PRECACHE_USAGE_DAYS": "90",
    "PRECACHE_PICTURES": "yes",
    "PRECACHE_TRANSCRIBER": "http://127.0.0.1:4004/v1#whisper-1",
    "PRECACHE_TRANSCRIBER_KEY": "sk-sound",
    "PRECACHE_TRANSCRIBER_LANGUAGE": "en",
    "PRECACHE_WINDOW": "100000",
    "PUBLIC_URL": "https://precache.example.com",
    "QSTASH_CURRENT_SIGNING_KEY": "sig_0123456789abcdef",
    "QSTASH_NEXT_SIGNING_KEY": "sig_fedcba9876543210",
    "QSTASH_TOKEN": "a-token",
    "QSTASH_URL": "https://qstash.upstash.io",
    "REDIS_URL": "redis://me:secret@db.example.com:6380/1",
    "SLACK_API_URL": "https://slack.com/api/",
    "SLACK_APP_TOKEN": "xapp-1-a",
    "SLACK_BOT_TOKEN": "xoxb-1-a",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "0123456789abcdef",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "UPSTASH_REDIS_REST_TOKEN": "AX-token",
    "UPSTASH_REDIS_REST_URL": "https://a.upstash.io",
}
"""A usual value of each variable; a test holds that none is missing."""
_MARK: Final = "Qx7"


@target(
    *(bytes([place]) + b"\0" + value.encode() for place, value in enumerate(EXAMPLES.values())),
    b"\x06\2\x05\0\x0cfive dollars",
    longest=200,
)
def settings(data: bytes) -> None:
    """Settings, or one error that names every problem and repeats no value."""
    choices = Choices(data)
    names = sorted(EXAMPLES)
    list_of_names = list(EXAMPLES)
    first = choices.pick(list_of_names)
    others = [choices.pick(names) for _ in range(choices.take_number(5))]
    environ = {name: EXAMPLES[name] for name in others}
    value = choices.take_rest().decode("utf-8", "replace")
    environ[first] = value
    try:
        found = Settings.from_environ(environ)
    except SettingsError as exc:
        assert exc.problems
        try:
            Settings.from_environ({**environ, first: f"{_MARK}{value}"})
        except SettingsError as marked:
            assert _MARK not in str(marked), marked
        return
    assert found.announce_url.endswith("/api/announce")
    shown = repr(found)
    for name in ("SLACK_BOT_TOKEN", "QSTASH_TOKEN", "SLACK_CLIENT_SECRET", "UPSTASH_REDIS_REST_TOKEN"):
        if len(environ.get(name, "")) > 8:
            assert environ[name] not in shown


@target("PRECACHE_MODLE", "SLACK_TOKEN", "precache_model", longest=60)
def names_of_settings(data: bytes) -> None:
    name = data.decode("utf-8", "replace")
    advise_on_names([name], own_file=True)
    advise_on_names([name], own_file=False)
