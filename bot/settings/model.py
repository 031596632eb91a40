"""The models that the operator chose, refused unless all that they need is set."""

from __future__ import annotations

from typing import Final

from bot.model import DEFAULT_MODEL, MOST_FALLBACKS, ModelSettings, ModelsSettings
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


def read_models(reader: EnvironReader) -> ModelsSettings | None:
    """Read them; None when none is named, nor a key or an address that would do for the default one."""
    models = _ModelsReader(reader)
    others = models.read_names("PRECACHE_MODELS")
    fallbacks = models.read_names("PRECACHE_FALLBACKS")
    if len(fallbacks) > MOST_FALLBACKS:
        reader.problems.append(f"PRECACHE_FALLBACKS: expected at most {MOST_FALLBACKS} models")
    if not (others or fallbacks or models.has_openai or reader.value_of("PRECACHE_MODEL")):
        if models.window is not None:
            reader.problems.append("PRECACHE_WINDOW: is set, but no model is")
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
        self.window = self._read_window()

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
            return ModelSettings(
                name=name, api_key=self._openai_key, base_url=self._base_url, window=self.window
            )
        needed = PROVIDER_KEYS.get(provider)
        key = self._reader.read_secret(needed) if needed else None
        if needed and key is None:
            self._note_problem(variable, f"its provider needs {needed}, which is not set")
        return ModelSettings(name=name, api_key=key, window=self.window)

    def _read_window(self) -> int | None:
        value = self._reader.value_of("PRECACHE_WINDOW")
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) >= _LEAST_WINDOW):
            self._note_problem("PRECACHE_WINDOW", f"expected a number of tokens, {_LEAST_WINDOW} or more")
            return None
        return int(value)

    def _note_problem(self, variable: str, what: str) -> None:
        self._reader.problems.append(f"{variable}: {what}")
