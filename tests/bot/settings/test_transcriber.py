"""The transcriber's settings, and what is refused of them."""

from __future__ import annotations

import pytest

from bot.hearing import TranscriberSettings
from bot.settings import Embedded, Settings, SettingsError

SERVER = "http://127.0.0.1:8080/v1"


def chosen(**environ: str) -> TranscriberSettings | Embedded:
    return Settings.from_environ(environ).transcriber


def test_without_one_the_demos_stands_in() -> None:
    assert isinstance(chosen(), Embedded)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        (
            {"PRECACHE_TRANSCRIBER": "openai:whisper-1", "OPENAI_API_KEY": "sk-1"},
            TranscriberSettings(
                name="openai:whisper-1", base_url="https://api.openai.com/v1", api_key="sk-1"
            ),
        ),
        (
            {"PRECACHE_TRANSCRIBER": "openai:whisper-1", "OPENAI_BASE_URL": f"{SERVER}/"},
            TranscriberSettings(name="openai:whisper-1", base_url=SERVER),
        ),
        (
            {
                "PRECACHE_TRANSCRIBER": "groq:whisper-large-v3-turbo",
                "GROQ_API_KEY": "gsk-1",
                "PRECACHE_TRANSCRIBER_LANGUAGE": "de",
            },
            TranscriberSettings(
                name="groq:whisper-large-v3-turbo",
                base_url="https://api.groq.com/openai/v1",
                api_key="gsk-1",
                language="de",
            ),
        ),
        (
            {"PRECACHE_TRANSCRIBER": f"{SERVER}#large-v3", "PRECACHE_TRANSCRIBER_KEY": "k"},
            TranscriberSettings(name="server:large-v3", base_url=SERVER, api_key="k"),
        ),
        (
            {"PRECACHE_TRANSCRIBER": SERVER},
            TranscriberSettings(name="server:whisper-1", base_url=SERVER),
        ),
    ],
)
def test_a_provider_or_an_address_is_taken(environ: dict[str, str], wanted: TranscriberSettings) -> None:
    assert chosen(**environ) == wanted


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PRECACHE_TRANSCRIBER": "whisper-1"}, "PRECACHE_TRANSCRIBER: expected provider:model"),
        ({"PRECACHE_TRANSCRIBER": "nobody:whisper-1"}, "openai and groq"),
        ({"PRECACHE_TRANSCRIBER": "openai:"}, "expected provider:model"),
        ({"PRECACHE_TRANSCRIBER": "groq:x"}, "needs GROQ_API_KEY, which is not set"),
        ({"PRECACHE_TRANSCRIBER": "openai:whisper-1"}, "needs OPENAI_API_KEY, which is not set"),
        ({"PRECACHE_TRANSCRIBER": "http://user:pw@host/v1"}, "expected provider:model"),
        ({"PRECACHE_TRANSCRIBER": "http://[::1/v1"}, "expected provider:model"),
        ({"PRECACHE_TRANSCRIBER_KEY": "k"}, "PRECACHE_TRANSCRIBER_KEY: is set, but"),
        ({"PRECACHE_TRANSCRIBER": SERVER, "PRECACHE_TRANSCRIBER_LANGUAGE": "German"}, "such as en or de"),
        ({"PRECACHE_TRANSCRIBER": SERVER, "PRECACHE_CAP_ALL": "5/day"}, "add server:whisper-1=…/min"),
        (
            {
                "PRECACHE_TRANSCRIBER": SERVER,
                "PRECACHE_CAP_ALL": "5/day",
                "PRECACHE_PRICES": "server:whisper-1=1/2",
            },
            "add server:whisper-1=…/min",
        ),
    ],
)
def test_half_a_transcriber_is_refused_without_its_value(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        chosen(**environ)
    told = "\n".join(refused.value.problems)
    assert words in told
    assert "pw" not in told
