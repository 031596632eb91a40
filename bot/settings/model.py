"""Which models the operator chose, and whether all that they need is set."""

from __future__ import annotations

from typing import Final

from bot.model import DEFAULT_MODEL, MOST_FALLBACKS, ModelSettings, ModelsSettings
from bot.settings.environ import Reader

# The key that each provider's package reads. Others are left to the package, which names what it misses.
_PROVIDER_KEYS: Final = {
    "anthropic": "ANTHROPIC_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "xai": "XAI_API_KEY",
}

_LEAST_WINDOW: Final = 1_000


def read_models(read: Reader) -> ModelsSettings | None:
    """None when no model is named, nor a key or an address that would do for the default one."""
    models = _Models(read)
    others = models.named("PRECACHE_MODELS")
    fallbacks = models.named("PRECACHE_FALLBACKS")
    if len(fallbacks) > MOST_FALLBACKS:
        read.problems.append(f"PRECACHE_FALLBACKS: expected at most {MOST_FALLBACKS} models")
    if not (others or fallbacks or models.any_openai or read.get("PRECACHE_MODEL")):
        if models.window is not None:
            read.problems.append("PRECACHE_WINDOW: is set, but no model is")
        return None
    usual = models.of("PRECACHE_MODEL", read.read_text("PRECACHE_MODEL", DEFAULT_MODEL))
    if read.problems or usual is None:
        return None  # nothing comes of it: the problems are told
    return ModelsSettings(
        usual=usual,
        others=tuple(each for each in others if each.name != usual.name),
        fallbacks=tuple(fallbacks),
    )


class _Models:
    """Makes settings of names, and collects what they lack."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._base_url = (
            read.url("OPENAI_BASE_URL", "http://unset.invalid") if read.get("OPENAI_BASE_URL") else None
        )
        self._openai_key = read.secret("OPENAI_API_KEY")
        self.window = self._window()

    @property
    def any_openai(self) -> bool:
        return self._openai_key is not None or self._base_url is not None

    def named(self, variable: str) -> list[ModelSettings]:
        """Several names with commas between them; each once, however often it is named."""
        names = [part.strip() for part in self._read.read_text(variable, "").split(",")]
        models = (self.of(variable, name) for name in dict.fromkeys(filter(None, names)))
        return [each for each in models if each is not None]

    def of(self, variable: str, name: str) -> ModelSettings | None:
        provider, _, model = name.partition(":")
        if not (provider and model and name.isprintable() and " " not in name):
            self._problem(variable, f"expected provider:name, such as {DEFAULT_MODEL}")
            return None
        if provider == "openai":
            if not self.any_openai:
                self._problem(variable, "a model of OpenAI's needs OPENAI_API_KEY, which is not set")
            return ModelSettings(
                name=name, api_key=self._openai_key, base_url=self._base_url, window=self.window
            )
        needed = _PROVIDER_KEYS.get(provider)
        key = self._read.secret(needed) if needed else None
        if needed and key is None:
            self._problem(variable, f"its provider needs {needed}, which is not set")
        return ModelSettings(name=name, api_key=key, window=self.window)

    def _window(self) -> int | None:
        value = self._read.get("PRECACHE_WINDOW")
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) >= _LEAST_WINDOW):
            self._problem("PRECACHE_WINDOW", f"expected a number of tokens, {_LEAST_WINDOW} or more")
            return None
        return int(value)

    def _problem(self, variable: str, what: str) -> None:
        self._read.problems.append(f"{variable}: {what}")
