"""SECURITY.md: each row of its tables names tests that exist, and every address of the app has a row."""

from __future__ import annotations

import ast
import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from bot.server import create_app, open_listener
from bot.server.connect import connect_services
from bot.server.connect.services import Services
from bot.settings import Settings
from tests.running import Precache, serving
from tests.waiting import wait_until

ROOT: Final = Path(__file__).parents[1]
COLUMNS: Final = ["Threat", "What holds it", "Test"]
FOR_ALL: Final = {"/healthz", "/readyz", "/metrics", "/slack/install", "/slack/oauth_redirect"}
"""Where anyone may ask; the table says what they are told."""
_OWN_REQUESTS: Final = 20
"""What the process may ask Redis by itself meanwhile: the checks and chores of a start."""
NOBODY: Final = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True)
class Row:
    subject: str
    """The heading of its table: an entry point or an asset."""
    threat: str
    held_by: str
    tests: tuple[str, ...]


def read_rows() -> list[Row]:
    """All rows of SECURITY.md's tables with these columns, each under its heading."""
    rows, subject, is_table = [], "", False
    for line in (ROOT / "SECURITY.md").read_text().splitlines():
        if line.startswith("### "):
            subject = line.removeprefix("### ")
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("| "))]
        if cells == COLUMNS:
            is_table = True
        elif not line.startswith("|"):
            is_table = False
        elif is_table and not set(line) <= set("|-: "):
            threat, held_by, tests = cells
            names = tuple(re.findall(r"`([^`]+)`", tests))
            rows.append(Row(subject=subject, threat=threat, held_by=held_by, tests=names))
    return rows


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of the tests in a file, which is read and not run."""
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    file = ROOT / path
    return name.startswith("test_") and file.is_file() and name in names_in(file)


def test_every_row_says_what_holds_it_and_names_tests_that_exist() -> None:
    rows = read_rows()
    assert len(rows) > 60
    assert [row for row in rows if not (row.subject and row.threat and row.held_by and row.tests)] == []
    missing = [test for row in rows for test in row.tests if not is_there(test)]
    assert missing == []


def test_a_test_that_is_renamed_or_gone_would_be_noticed() -> None:
    assert is_there("tests/test_security_table.py::test_a_test_that_is_renamed_or_gone_would_be_noticed")
    assert not is_there("tests/test_security_table.py::test_that_was_renamed")
    assert not is_there("tests/test_that_is_gone.py::test_x")
    assert not is_there("tests/test_security_table.py::is_there")


@dataclass(frozen=True, kw_only=True)
class Address:
    path: str
    methods: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class House:
    """The real app with its embedded services, and every address that it answers at."""

    bot: Precache
    own: list[Address]
    stand_ins: list[Address]


def addresses_of(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[Address]:
    for route in routes:
        match route:
            case Route():
                yield Address(path=prefix + route.path, methods=frozenset(route.methods or {"GET"}))
            case WebSocketRoute():
                yield Address(path=prefix + route.path, methods=frozenset())
            case Mount():
                yield from addresses_of(route.routes, prefix + route.path)
            case _:
                raise AssertionError(f"a kind of route that this test does not know: {route}")


def layers_of(app: Any) -> Iterator[Any]:
    """An ASGI application, and what each of its wrappers wraps."""
    while True:
        yield app
        if isinstance(app, Starlette):
            return
        app = vars(app)["_app"]


@pytest_asyncio.fixture
async def house(valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path) -> AsyncIterator[House]:
    found: list[Services] = []

    @asynccontextmanager
    async def connect(settings: Settings) -> AsyncIterator[Services]:
        async with connect_services(settings) as services:
            found.append(services)
            yield services

    environ = {
        "PORT": "0",
        "REDIS_URL": f"unix://{valkey_socket}",
        "PRECACHE_DATA": str(tmp_path),
        "OPENAI_BASE_URL": NOBODY,
    }
    listener, settings = open_listener(Settings.from_environ(environ))
    app = create_app(settings, connect)
    *wrappers, inner = layers_of(app)
    taken = {path for wrapper in wrappers for path in vars(wrapper).get("_paths", ())}
    own = [*addresses_of(inner.routes), *(Address(path=path, methods=frozenset({"POST"})) for path in taken)]
    async with serving(app, listener, settings) as bot:
        yield House(bot=bot, own=own, stand_ins=list(addresses_of(found[0].stand_ins.routes)))


async def test_every_address_of_the_app_has_a_row(house: House) -> None:
    named = {path for row in read_rows() for path in re.findall(r"`(?:[A-Z]+ )?(/[\w/]*\*?)`", row.subject)}

    def has_row(path: str) -> bool:
        return path in named or any(
            path.startswith(begin.removesuffix("*")) for begin in named if begin.endswith("/*")
        )

    known = {address.path for address in (*house.own, *house.stand_ins)}
    assert {"/api/announce", "/slack/events", "/metrics", "/sandbox/api/{method}"} <= known
    assert {path for path in known if not has_row(path)} == set()
    assert {path for path in named if not path.endswith("*")} <= known, "a row about nothing"


async def test_a_stranger_gets_nothing_from_any_address(house: House, redis_raw: RawRedis) -> None:
    """One who comes by a proxy, and can sign nothing."""
    before = await redis_raw.dbsize()
    for address in (*house.own, *house.stand_ins):
        if address.path in FOR_ALL:
            continue
        path = re.sub(r"\{[^}]*\}", "x", address.path)
        for method in sorted(address.methods - {"HEAD"}):
            async with house.bot.http.request(
                method,
                f"{house.bot.url}{path}",
                data=b'{"query": "Why?", "user": "U0ADA000001"}',
                headers={"Host": "bot.example.com", "Content-Type": "application/json"},
                allow_redirects=False,
            ) as answer:
                refused = {403} if address in house.stand_ins else {401, 404}
                assert answer.status in refused, (method, path)
    assert await redis_raw.dbsize() == before


async def test_a_crowd_at_the_open_addresses_costs_one_request_a_second(house: House) -> None:
    async def requests() -> float:
        async with house.bot.http.get(f"{house.bot.url}/metrics") as answer:
            found = re.search(r"^precache_redis_requests_total (\S+)$", await answer.text(), re.MULTILINE)
        assert found
        return float(found[1])

    async def look(path: str) -> None:
        async with house.bot.http.get(f"{house.bot.url}{path}") as answer:
            await answer.read()

    before, began = await requests(), time.monotonic()
    await asyncio.gather(*(look(path) for path in ("/readyz", "/metrics") * 100))
    after, seconds = await requests(), time.monotonic() - began
    assert after - before <= seconds + 2 + _OWN_REQUESTS


async def test_what_anyone_may_ask_tells_no_more_than_its_row_says(house: House) -> None:
    async def ask(path: str) -> tuple[int, str]:
        async with house.bot.http.get(f"{house.bot.url}{path}") as answer:
            return answer.status, await answer.text()

    async def is_ready() -> bool:
        return await ask("/readyz") == (200, "ok\n")

    await wait_until(is_ready, "it is ready, and says no more than that")
    said = {path: await ask(path) for path in sorted(FOR_ALL)}
    assert said["/healthz"] == (200, "ok\n")
    assert said["/slack/install"][0] == said["/slack/oauth_redirect"][0] == 404, "only for many workspaces"
    status, page = said["/metrics"]
    labels = set(re.findall(r'(\w+)="', page))
    assert status == 200
    assert labels <= {
        "verdict",
        "cache",
        "outcome",
        "reason",
        "le",
        "version",
        "python",
        "model",
        "way",
        "vote",
        "held",
        "result",
    }
