"""Settings of the transcriber: anything that speaks OpenAI's `/audio/transcriptions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

PROVIDERS: Final[Mapping[str, str]] = {
    "openai": "https://api.openai.com/v1",
    "groq": "https://api.groq.com/openai/v1",
}
"""The addresses of those who are known by name; others are given by their own."""

OWN_SERVER: Final = "server"
"""The provider of a server that is given by its address, for its price."""
USUAL_MODEL: Final = "whisper-1"


@dataclass(frozen=True, kw_only=True)
class TranscriberSettings:
    """One transcriber."""

    name: str
    """`provider:model`, as prices are listed by."""
    base_url: str
    """Without a slash at its end; `/audio/transcriptions` follows."""
    api_key: str | None = field(default=None, repr=False)
    language: str | None = None
    """Two letters (ISO 639-1); without it, what is spoken is recognised."""
    timeout: timedelta = timedelta(seconds=60)
    """For three minutes of sound."""

    @property
    def model(self) -> str:
        return self.name.partition(":")[2]
