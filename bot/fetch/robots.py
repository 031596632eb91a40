"""Rules of a site for robots, as RFC 9309 has it.

A robots.txt that is not there (4xx, or redirects in circles) forbids nothing; one that cannot be reached
(5xx, 429, no answer) forbids everything for a minute. What was read counts for an hour.
https://www.rfc-editor.org/rfc/rfc9309#section-2.3.1
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from yarl import URL

from bot.fetch.outcome import FetchProblem

if TYPE_CHECKING:
    from protego import Protego

TTL: Final = timedelta(hours=1)
AGAIN: Final = timedelta(minutes=1)
LARGEST: Final = 512_000
"""Bytes; the RFC wants 500 KiB to be understood, and the rest does not count."""

_AGENT_LINE: Final = re.compile(r"^([ \t]*user-agent[ \t]*:[ \t]*)([^\r\n#]*)", re.IGNORECASE | re.MULTILINE)
_ORIGINS: Final = 1_000
_CHARACTERS: Final = 4_000_000  # of all that is kept


@dataclass(frozen=True, kw_only=True)
class Text:
    """The text of a robots.txt; "" if there is none."""

    text: str


@dataclass(frozen=True, kw_only=True)
class _Known:
    rules: Protego | FetchProblem
    size: int
    until: float


class Robots:
    """Remembers what each site allows; `read` brings a robots.txt."""

    def __init__(
        self,
        read: Callable[[URL], Awaitable[Text | FetchProblem]],
        *,
        token: str,
        clock: Callable[[], float],
    ) -> None:
        self._read = read
        self._token = token
        self._clock = clock
        self._known: OrderedDict[URL, _Known] = OrderedDict()

    async def why_forbidden(self, link: URL) -> FetchProblem | None:
        """The reason why `link` may not be read; None if it may."""
        origin = link.origin()
        known = self._known.get(origin)
        if known is None or known.until <= self._clock():
            known = await self._learn_rules(origin)
        if isinstance(known.rules, str):
            return known.rules
        return None if known.rules.can_fetch(str(link), self._token) else "robots"

    def _parse_rules(self, text: str) -> Protego:
        """The rules, with every group named as ours, everyone's or another's: Protego compares beginnings."""
        from protego import Protego  # its tables take 0.7 MB, and come with the first link

        return Protego.parse(_AGENT_LINE.sub(lambda line: f"{line[1]}{self._whose_group(line[2])}", text))

    def _whose_group(self, name: str) -> str:
        own = re.split(r"[/\s]", name.strip(), maxsplit=1)[0].casefold()
        return self._token if own == self._token.casefold() else "*" if own == "*" else "another"

    async def _learn_rules(self, origin: URL) -> _Known:
        match await self._read(origin.with_path("/robots.txt")):
            case Text(text=text):
                rules = await asyncio.to_thread(self._parse_rules, text)  # half a megabyte takes 0.2 s
                known = _Known(rules=rules, size=len(text), until=self._clock() + TTL.total_seconds())
            case problem:
                known = _Known(rules=problem, size=0, until=self._clock() + AGAIN.total_seconds())
        self._known[origin] = known
        self._known.move_to_end(origin)
        while len(self._known) > _ORIGINS or sum(site.size for site in self._known.values()) > _CHARACTERS:
            self._known.popitem(last=False)
        return known
