"""The transcriber that the operator chose, refused unless all that it needs is set."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from bot.hearing import OWN_SERVER, PROVIDERS, USUAL_MODEL, TranscriberSettings
from bot.settings.environ import EnvironReader

_NAME: Final = "PRECACHE_TRANSCRIBER"
_KEY: Final = "PRECACHE_TRANSCRIBER_KEY"
_LANGUAGE: Final = "PRECACHE_TRANSCRIBER_LANGUAGE"
_KEYS: Final = {"openai": "OPENAI_API_KEY", "groq": "GROQ_API_KEY"}
_EXPECTED: Final = "expected provider:model, such as openai:whisper-1, or a server's address, with #model"


def read_transcriber(reader: EnvironReader) -> TranscriberSettings | None:
    """Read it; None when none is named."""
    language, key = _read_language(reader), reader.read_secret(_KEY)
    value = reader.value_of(_NAME)
    if value is None:
        for name in (_KEY, _LANGUAGE):
            if reader.value_of(name) is not None:
                reader.problems.append(f"{name}: is set, but {_NAME} is not")
        return None
    if value.startswith(("http://", "https://")):
        return _read_server(reader, value, key=key, language=language)
    provider, _, model = value.partition(":")
    if provider not in PROVIDERS or not (model and model.isprintable() and " " not in model):
        known = " and ".join(PROVIDERS)
        reader.problems.append(f"{_NAME}: {_EXPECTED}; the providers known by name are {known}")
        return None
    base_url = PROVIDERS[provider]
    if provider == "openai" and reader.value_of("OPENAI_BASE_URL") is not None:
        base_url = reader.read_url("OPENAI_BASE_URL", base_url)
    key = key or reader.read_secret(_KEYS[provider])
    if key is None and base_url == PROVIDERS[provider]:
        reader.problems.append(f"{_NAME}: its provider needs {_KEYS[provider]}, which is not set")
    return TranscriberSettings(name=value, base_url=base_url.rstrip("/"), api_key=key, language=language)


def _read_server(
    reader: EnvironReader, value: str, *, key: str | None, language: str | None
) -> TranscriberSettings | None:
    """`http://127.0.0.1:8080/v1#model`; the model may be left out where a server has one alone."""
    address, _, model = value.partition("#")
    model = model or USUAL_MODEL
    try:
        parts = urlsplit(address)
        fine = bool(parts.hostname) and parts.port != 0 and not (parts.query or "@" in parts.netloc)
    except ValueError:
        fine = False
    if not (fine and value.isascii() and value.isprintable() and " " not in value):
        reader.problems.append(f"{_NAME}: {_EXPECTED}")
        return None
    return TranscriberSettings(
        name=f"{OWN_SERVER}:{model}", base_url=address.rstrip("/"), api_key=key, language=language
    )


def _read_language(reader: EnvironReader) -> str | None:
    value = reader.value_of(_LANGUAGE)
    if value is not None and not re.fullmatch(r"[a-z]{2,3}", value):
        reader.problems.append(f"{_LANGUAGE}: expected a language's short name, such as en or de")
        return None
    return value
