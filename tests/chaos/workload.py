"""The prompts of a storm, what the model says to them, and what must be seen of them in Slack.

Each prompt begins with a label, so that a word about it can be told from all others, and a kind, which says
how it goes. An answer counts its own paragraphs, so that what is missing, doubled or out of order shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from starlette.responses import Response

from tests.chaos.workspace import CHANNELS, SHUT
from tests.stand_ins.openai import OpenAI, fails, says


class Kind(StrEnum):
    """The kind of a prompt."""

    SHORT = "short"
    LONG = "long"
    """Its answer takes several parts."""
    NEWS = "news"
    """Its answer changes every forty minutes."""
    REFUSED = "refused"
    """The model will not answer, and says so."""
    DOWN = "down"
    """The model never answers."""
    SHUT = "shut"
    """It is to be posted where the bot is not."""


REVIEWED: Final = "reviewed"
"""The label of the prompt whose posts somebody looks at first."""
PARAGRAPHS: Final = {Kind.SHORT: 1, Kind.NEWS: 1, Kind.LONG: 24, Kind.SHUT: 1}
_FILLING: Final = "and so it goes on for a while, as answers do, with words that say little " * 4
_PROMPT: Final = re.compile(rf"([a-z]+(?:-\d+)?) ({'|'.join(Kind)}): ")
_MARK: Final = re.compile(r"paragraph (\d+) of (\d+)")
_EDITION: Final = re.compile(r"edition (\d+)")
_LASTS: Final = timedelta(minutes=40)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One thing to ask."""

    label: str
    kind: Kind

    @property
    def text(self) -> str:
        return f"{self.label} {self.kind}: what is there to tell?"

    @property
    def channel(self) -> str:
        """Spread over some, so that one channel's queue is not everyone's."""
        return SHUT if self.kind is Kind.SHUT else CHANNELS[sum(self.label.encode()) % len(CHANNELS)]

    @classmethod
    def read(cls, query: str) -> Prompt:
        """The prompt in a text that contains one."""
        found = _PROMPT.findall(query)
        assert found, f"no prompt of a storm: {query[:80]}"
        label, kind = found[-1]
        return cls(label=label, kind=Kind(kind))


def edition_at(moment: datetime) -> int:
    """The number of the news; they change ten minutes after a slot, when no answer to one is made."""
    return int((moment.timestamp() - 600) // _LASTS.total_seconds())


def marks_in(shown: str) -> list[int]:
    """The paragraphs of an answer that are shown, in order."""
    return [int(number) for number, _ in _MARK.findall(shown)]


def edition_in(shown: str) -> int | None:
    """The number of the news that are shown."""
    found = _EDITION.search(shown)
    return int(found[1]) if found else None


def voice(clock: Callable[[], datetime]) -> Callable[[OpenAI, dict[str, Any]], Response]:
    """The model."""

    def answer(stand_in: OpenAI, body: dict[str, Any]) -> Response:
        asked = str(body["messages"][-1]["content"])
        if "The later answer:" in asked:
            earlier, later = _EDITION.findall(asked)[-2:]
            told = {"changed": earlier != later, "difference": "" if earlier == later else "News."}
            return _said(says(json.dumps(told))(stand_in, body))
        prompt = Prompt.read(asked)
        match prompt.kind:
            case Kind.REFUSED:
                return _said(fails(400)(stand_in, body))
            case Kind.DOWN:
                return _said(fails(503)(stand_in, body))
            case _:
                return _said(says(_text(prompt, edition_at(clock())))(stand_in, body))

    return answer


def _text(prompt: Prompt, edition: int) -> str:
    number = PARAGRAPHS[prompt.kind]
    filling = _FILLING if prompt.kind is Kind.LONG else f"in edition {edition}."
    return "\n\n".join(
        f"{prompt.label}: paragraph {place + 1} of {number}, {filling}" for place in range(number)
    )


def _said(response: Any) -> Response:
    assert isinstance(response, Response)
    return response
