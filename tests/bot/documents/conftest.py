"""One reader of documents for a file of tests, which a busy machine makes slow and not wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from bot.documents import Documents, Patience, open_documents


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def documents() -> AsyncIterator[Documents]:
    patience = Patience(wait=timedelta(minutes=3), queue=timedelta(minutes=3))
    async with open_documents(patience=patience) as opened:
        yield opened
