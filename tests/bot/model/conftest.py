"""The provider that the models of these tests ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.stand_ins.openai import OpenAI, openai


@pytest.fixture
async def server() -> AsyncIterator[OpenAI]:
    async with openai() as running:
        yield running
