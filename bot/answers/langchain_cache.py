"""LangChain's cache, for one question.

LangChain asks the cache first, its rate limiter second, where the meter is (see `bot/model`), and the model
last, then hands the answer to the cache. So a flight (see `flight.py`) is a cache that is bound to one
question: looking up takes the lease on it or finds that another process has answered it, and landing stores
the answer under our own key, in our own bytes. This module imports LangChain; import it only where a model is
about to be called.
"""

from __future__ import annotations

import logging
from typing import Any

from langchain_core.caches import RETURN_VAL_TYPE, BaseCache
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from bot.answers.flight import Flight
from bot.answers.records import Answer
from bot.errors import RedisUnavailable
from bot.model import Reply

logger = logging.getLogger(__name__)


class FlightCache(BaseCache):
    """The stored answers, as LangChain sees them during one flight."""

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self._found: Answer | None = None

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """An answer that is fresh enough, waited for if another process is at it; None takes the lease."""
        self._found = await self._flight.find_or_take()
        if self._found is None:
            return None
        return [ChatGeneration(message=AIMessage(content=self._found.text))]

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Store nothing yet: `Model.reply_to` judges what the model said, then `land_reply` stores it."""

    async def land_reply(
        self, reply: Reply, *, cost: int | None = None, ahead: bool = False
    ) -> tuple[Answer, bool]:
        """Return the answer of the flight, and if a model was called for it; store a whole answer.

        `cost` is that of all its calls, those included that failed.
        """
        if self._found is not None:
            return self._found, False
        if self._flight.began is None:
            raise RuntimeError("LangChain has not looked into its cache")
        answer = Answer(
            text=reply.text.encode(errors="replace").decode(),  # a model can emit half of a surrogate pair
            made=self._flight.began,  # an answer is as old as its question
            model=reply.model,
            complete=reply.complete,
            shortened=reply.shortened,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cost=cost,
            partly_read=reply.partly_read,
        )
        try:
            await self._flight.land_answer(answer if answer.may_be_kept else None, ahead=ahead)
        except RedisUnavailable as exc:
            # The answer is there and paid for: people get it all the same, and the lease ends by itself.
            logger.warning("answer.not_stored: %s", exc)
        return answer, True

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        raise TypeError("a flight is asynchronous: call ainvoke")

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        raise TypeError("a flight is asynchronous: call ainvoke")

    def clear(self, **kwargs: Any) -> None:
        raise TypeError("a flight holds one answer, which lives as long as its key")
