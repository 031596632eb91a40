"""Those who take part: copies of Precache, and the contenders, each in a process of its own on one core."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.benchmarks.contenders import BARE, PORT, STARLETTE, STOCK
from tests.benchmarks.contest.cases import PRECACHE, SOCKET, Case
from tests.benchmarks.contest.sender import Sender
from tests.benchmarks.contest.services import Services
from tests.benchmarks.processes import ROOT, App, keep_to_core, run_app, run_contender

SERVERS, LOAD = 0, 1
"""The cores: one for the process under test, one for the load and everything that it asks."""

_SHARES = {STOCK: 0.1, PORT: 0.1}
"""The part of a turn that is enough for a slow one, if it is not less than this."""
_ENOUGH = 64


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One or more processes, and the services that they ask."""

    name: str
    copies: Sequence[App]
    services: Services
    slot: datetime
    """The slot of its schedules."""
    is_ours: bool = False
    """True for Precache, which comes to hold answers."""
    over_socket: bool = False

    def sender_to(self, copies: Sequence[App], *, name: str = "") -> Sender:
        """A sender whose runs and prompts are no other contestant's."""
        letters = "".join(letter for letter in self.name.lower() if letter.isalnum())
        return Sender(
            name=f"{letters}{name}",
            urls=[copy.url for copy in copies],
            slack_url=self.services.addresses.slack,
            slot=self.slot,
        )

    def playing(self, case: Case) -> Sequence[App]:
        """The copies that take part in a case; of one process, that one."""
        return self.copies[case.copies] or self.copies[:1]

    def turn_length(self, case: Case) -> int:
        """The number of its requests; a crowd is a crowd for all."""
        if case.concurrency >= case.number:
            return case.number
        return max(round(case.number * _SHARES.get(self.name, 1)), min(case.number, _ENOUGH))


@asynccontextmanager
async def open_copies(
    services: Services,
    folder: Path,
    *,
    number: int,
    over_socket: bool = False,
    command: Sequence[str] = (str(ROOT / "app.py"),),
) -> AsyncIterator[list[App]]:
    """So many copies of Precache; `command` is another start of it."""
    environ = services.environ(over_socket=over_socket)
    async with AsyncExitStack() as stack:
        copies = []
        for copy in range(number):
            home = folder / f"home-{copy}-{'socket' if over_socket else 'rest'}"
            home.mkdir()
            with keep_to_core(SERVERS):
                app = run_app(environ, folder=home, http=services.http, command=command)
                copies.append(await stack.enter_async_context(app))
        yield copies


@asynccontextmanager
async def open_precache(
    services: Services, folder: Path, *, slot: datetime
) -> AsyncIterator[list[Contestant]]:
    """Two copies of Precache, and one with its Redis on a socket."""
    async with (
        open_copies(services, folder, number=2) as both,
        open_copies(services, folder, number=1, over_socket=True) as other,
    ):
        yield [
            Contestant(name=PRECACHE, copies=both, services=services, slot=slot, is_ours=True),
            Contestant(
                name=SOCKET, copies=other, services=services, slot=slot, is_ours=True, over_socket=True
            ),
        ]


@asynccontextmanager
async def open_rivals(services: Services, *, slot: datetime) -> AsyncIterator[list[Contestant]]:
    async with AsyncExitStack() as stack:
        rivals = []
        for name in (STOCK, PORT, STARLETTE, BARE):
            with keep_to_core(SERVERS):
                app = await stack.enter_async_context(run_contender(name, services.environ()))
            rivals.append(Contestant(name=name, copies=[app], services=services, slot=slot))
        yield rivals


def that_take_part(contestants: Sequence[Contestant], case: Case) -> list[Contestant]:
    names = {PRECACHE, *case.rivals, *([SOCKET] if case.over_socket else ())}
    return [contestant for contestant in contestants if contestant.name in names]
