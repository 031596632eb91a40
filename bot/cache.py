"""LangChain's cache, for one question.

LangChain asks the cache first, its rate limiter second, where the meter is (see `bot/model`), and the model
last, then hands the answer to the cache. So one flight (see `answer.py`) is a cache that is bound to one
question: looking up takes the lease on it or finds that another process has answered it, and landing stores
the answer under our own key, in our own bytes. This module imports LangChain; import it only where a model is
about to be called.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Self

from langchain_core.caches import RETURN_VAL_TYPE, BaseCache
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from bot.claims import Wait
from bot.errors import RedisUnavailable
from bot.model import Reply
from bot.records import Answer
from bot.store import Store

logger = logging.getLogger(__name__)

_FIRST_POLL: Final = 0.1  # seconds; doubled up to the last: a model takes a second at the very least
_LAST_POLL: Final = 1.0


class FlightCache(BaseCache):
    """The stored answers, as LangChain sees them during one flight; leaving it frees the question."""

    def __init__(
        self,
        store: Store,
        *,
        key: str,
        made_after: datetime,
        lease: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._key = key
        self._made_after = made_after
        self._lease = lease
        self._now = now
        self._token = secrets.token_hex(8)
        self._asked: datetime | None = None
        self._leased = False  # or perhaps: an answer from Redis may be lost
        self._found: Answer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._leased:
            await self._land(None)

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """An answer that is fresh enough, waited for if another process is at it; None takes the lease."""
        pause = _FIRST_POLL
        self._leased = True
        while True:
            reply = await self._store.take_flight(
                self._key, token=self._token, made_after=self._made_after, lease=self._lease
            )
            match reply:
                case Answer():
                    self._found, self._leased = reply, False
                    return [ChatGeneration(message=AIMessage(content=reply.text))]
                case Wait(left=left):
                    await asyncio.sleep(min(pause, left.total_seconds() + 0.01))
                    pause = min(pause * 2, _LAST_POLL)
                case None:
                    self._asked = self._now()
                    return None

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Nothing yet: what the model said is judged by `Model.ask` first, and then comes to `land`."""

    async def land(self, reply: Reply, *, cost: int | None = None) -> tuple[Answer, bool]:
        """What came of the flight, and whether a model was called for it; a whole answer is stored.

        `cost` is that of all its calls, those included that failed.
        """
        if self._asked is None:
            if self._found is None:
                raise RuntimeError("LangChain has not looked into its cache")
            return self._found, False
        answer = Answer(
            text=reply.text.encode(errors="replace").decode(),  # a model can emit half of a surrogate pair
            made=self._asked,  # an answer is as old as its question
            model=reply.model,
            complete=reply.complete,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cost=cost,
        )
        await self._land(answer if answer.complete else None)
        return answer, True

    async def _land(self, answer: Answer | None) -> None:
        self._leased = False
        try:
            await self._store.land_flight(self._key, token=self._token, answer=answer)
        except RedisUnavailable as exc:
            # The answer is there and paid for: whoever asked gets it, and the lease ends by itself.
            logger.warning("answer.not_stored: %s", exc)

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        raise TypeError("a flight is asynchronous: call ainvoke")

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        raise TypeError("a flight is asynchronous: call ainvoke")

    def clear(self, **kwargs: Any) -> None:
        raise TypeError("a flight holds one answer, which lives as long as its key")
