"""Names whose servers do not answer keep their own threads busy, and nobody else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.fetch import Fetched, Unfetched
from bot.fetch.lookup import AT_ONCE, ThreadPerName, ask_system
from tests.bot.fetch.site import Site, fetching
from tests.waiting import wait_until


@dataclass
class Servers:
    """Name servers that do not answer for names with `dead`, before they are let go; all others are here."""

    let_go: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def look_up(self, host: str, family: socket.AddressFamily) -> Sequence[Any]:
        self.asked.append(host)
        if "dead" in host:
            self.let_go.wait()
        return ask_system("127.0.0.1", family)


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.let_go.set()


async def test_names_whose_servers_do_not_answer_hold_nothing_else_up(site: Site, servers: Servers) -> None:
    site.says("/", "x")
    port = site.url.rpartition(":")[2]
    async with fetching(resolver=ThreadPerName(look_up=servers.look_up)) as fetcher:
        dead = [asyncio.create_task(fetcher.fetch(f"http://dead{number}.test/")) for number in range(50)]
        await wait_until(lambda: len(servers.asked) == len(dead), "all that are not answered")
        assert isinstance(await fetcher.fetch(f"http://alive.test:{port}/"), Fetched)
        assert await asyncio.to_thread(int) == 0  # as does everything that shares the loop's threads
        assert not any(task.done() for task in dead)
        servers.let_go.set()
        await asyncio.gather(*dead)


async def test_nobody_waits_longer_than_the_patience(servers: Servers) -> None:
    brief = ThreadPerName(patience=timedelta(milliseconds=20), look_up=servers.look_up)
    async with fetching(resolver=brief) as fetcher:
        assert await fetcher.fetch("http://dead.test/") == Unfetched(problem="slow")


async def test_all_who_ask_for_a_name_meanwhile_share_its_thread(servers: Servers) -> None:
    names = ThreadPerName(look_up=servers.look_up)
    asking = [asyncio.create_task(names.resolve("dead.test", port)) for port in (80, 443)]
    await wait_until(lambda: servers.asked, "the thread")
    given_up = asyncio.create_task(names.resolve("dead.test", 8080))
    await asyncio.sleep(0)
    given_up.cancel()
    servers.let_go.set()
    found = await asyncio.gather(*asking)
    assert [(answer["host"], answer["port"]) for (answer,) in found] == [
        ("127.0.0.1", 80),
        ("127.0.0.1", 443),
    ]
    assert servers.asked == ["dead.test"]
    await names.resolve("dead.test", 80)
    assert servers.asked == ["dead.test"] * 2


async def test_a_name_too_many_is_refused_at_once(servers: Servers) -> None:
    names = ThreadPerName(look_up=servers.look_up)
    asking = [asyncio.create_task(names.resolve(f"dead{number}.test")) for number in range(AT_ONCE)]
    await wait_until(lambda: len(servers.asked) == AT_ONCE, "every thread there is")
    with pytest.raises(OSError, match="too many"):
        await names.resolve("alive.test")
    servers.let_go.set()
    await asyncio.gather(*asking)
    assert await names.resolve("alive.test")


async def test_the_system_is_asked_with_its_hosts_file_and_what_it_refuses_is_an_error() -> None:
    names = ThreadPerName()
    found = await names.resolve("localhost", 80, socket.AF_UNSPEC)
    assert {answer["host"] for answer in found} <= {"127.0.0.1", "::1"}
    assert {answer["hostname"] for answer in found} == {"localhost"}
    for name in ("a..b", "a" * 70 + ".test", "nul\0.test"):
        with pytest.raises(OSError, match=r"(?i)name"):
            await names.resolve(name, 80, socket.AF_INET)


def test_a_loop_may_end_while_a_name_is_looked_up(servers: Servers) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await ThreadPerName(patience=timedelta(0), look_up=servers.look_up).resolve("dead.test")

    asyncio.run(give_up())
    servers.let_go.set()
