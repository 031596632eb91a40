"""The last look, at the very address that a socket is made for."""

from __future__ import annotations

import aiohttp
import pytest

from bot.fetch.guard import NotPublic, guarded_connector
from tests.bot.fetch.site import Names, Site


async def test_a_literal_address_that_no_resolver_sees_gets_no_socket(site: Site) -> None:
    async with aiohttp.ClientSession(connector=guarded_connector(lambda address: False)) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.get(site.url)
    assert isinstance(refused.value.os_error, NotPublic)
    assert not site.asked


async def test_what_was_allowed_when_it_was_resolved_is_asked_for_again(site: Site) -> None:
    answers = iter((True, False))
    connector = guarded_connector(lambda address: next(answers), Names(a_test=[["127.0.0.1"]]))
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://a.test:{site.url.rpartition(':')[2]}/")
    assert not site.asked
