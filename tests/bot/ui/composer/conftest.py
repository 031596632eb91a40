"""The composer in a real workspace, and a model that says one thing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from tests.bot.composing import Desk, desk
from tests.stand_ins.openai import OpenAI, says


@pytest.fixture
def model(model: OpenAI) -> OpenAI:
    model.otherwise = says("Because of **Rayleigh** scattering.")
    return model


@pytest_asyncio.fixture
async def bot(model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running
