"""The models that the operator chose, refused unless all that they need is set."""

from __future__ import annotations

import re
from typing import Final

from bot.model import (
    DEFAULT_MODEL,
    MAX_TOKENS,
    MOST_FALLBACKS,
    ModelSettings,
    ModelsSettings,
    normal_word,
)
from bot.settings.environ import EnvironReader

# The key that each provider's package reads. Others are left to the package, which names what it misses.
PROVIDER_KEYS: Final = {
    "anthropic": "ANTHROPIC_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "xai": "XAI_API_KEY",
}

_LEAST_WINDOW: Final = 1_000
_LEAST_ANSWER: Final = 100


def read_models(reader: EnvironReader) -> ModelsSettings | None:
    """Read them; None when none is named, nor a key or an address that would do for the default one."""
    models = _ModelsReader(reader)
    others = models.read_names("PRECACHE_MODELS")
    fallbacks = models.read_names("PRECACHE_FALLBACKS")
    if len(fallbacks) > MOST_FALLBACKS:
        reader.problems.append(f"PRECACHE_FALLBACKS: expected at most {MOST_FALLBACKS} models")
    if not (others or fallbacks or models.has_openai or reader.value_of("PRECACHE_MODEL")):
        for variable in ("PRECACHE_WINDOW", "PRECACHE_MAX_TOKENS", "PRECACHE_GOOD_ENDS", "PRECACHE_PICTURES"):
            if reader.value_of(variable) is not None:
                reader.problems.append(f"{variable}: is set, but no model is")
        return None
    usual = models.settings_of("PRECACHE_MODEL", reader.read_text("PRECACHE_MODEL", DEFAULT_MODEL))
    if reader.problems or usual is None:
        return None  # the problems are told instead
    return ModelsSettings(
        usual=usual,
        others=tuple(model for model in others if model.name != usual.name),
        fallbacks=tuple(fallbacks),
    )


class _ModelsReader:
    """Makes settings of names, and notes what they lack."""

    def __init__(self, reader: EnvironReader) -> None:
        self._reader = reader
        has_url = reader.value_of("OPENAI_BASE_URL") is not None
        self._base_url = reader.read_url("OPENAI_BASE_URL", "http://unset.invalid") if has_url else None
        self._openai_key = reader.read_secret("OPENAI_API_KEY")
        self._window = self._read_tokens("PRECACHE_WINDOW", least=_LEAST_WINDOW)
        self._max_tokens = self._read_tokens("PRECACHE_MAX_TOKENS", least=_LEAST_ANSWER) or MAX_TOKENS
        self._good_ends = self._read_words("PRECACHE_GOOD_ENDS")
        told = reader.value_of("PRECACHE_PICTURES") is not None
        self._pictures = reader.read_yes_or_no("PRECACHE_PICTURES") if told else None

    @property
    def has_openai(self) -> bool:
        return self._openai_key is not None or self._base_url is not None

    def read_names(self, variable: str) -> list[ModelSettings]:
        """Read names with commas between them; a name that is repeated counts once."""
        names = [part.strip() for part in self._reader.read_text(variable, "").split(",")]
        models = (self.settings_of(variable, name) for name in dict.fromkeys(filter(None, names)))
        return [model for model in models if model is not None]

    def settings_of(self, variable: str, name: str) -> ModelSettings | None:
        provider, _, model = name.partition(":")
        if not (provider and model and name.isprintable() and " " not in name):
            self._note_problem(variable, f"expected provider:name, such as {DEFAULT_MODEL}")
            return None
        if provider == "openai":
            if not self.has_openai:
                self._note_problem(variable, "a model of OpenAI's needs OPENAI_API_KEY, which is not set")
            return self._settings_with(name, key=self._openai_key, base_url=self._base_url)
        needed = PROVIDER_KEYS.get(provider)
        key = self._reader.read_secret(needed) if needed else None
        if needed and key is None:
            self._note_problem(variable, f"its provider needs {needed}, which is not set")
        return self._settings_with(name, key=key)

    def _settings_with(self, name: str, *, key: str | None, base_url: str | None = None) -> ModelSettings:
        return ModelSettings(
            name=name,
            api_key=key,
            base_url=base_url,
            window=self._window,
            max_tokens=self._max_tokens,
            good_ends=self._good_ends,
            pictures=self._pictures,
        )

    def _read_tokens(self, variable: str, *, least: int) -> int | None:
        value = self._reader.value_of(variable)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) >= least):
            self._note_problem(variable, f"expected a number of tokens, {least} or more")
            return None
        return int(value)

    def _read_words(self, variable: str) -> frozenset[str]:
        """Read words with commas between them, in any case."""
        words = [part.strip() for part in self._reader.read_text(variable, "").split(",")]
        if not all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,59}", word) for word in words if word):
            self._note_problem(variable, "expected words with commas between them, such as done, finished")
            return frozenset()
        return frozenset(normal_word(word) for word in words if word)

    def _note_problem(self, variable: str, what: str) -> None:
        self._reader.problems.append(f"{variable}: {what}")
