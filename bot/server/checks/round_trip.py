"""A message to ourselves through QStash: the token sends it, the keys sign it, PUBLIC_URL brings it back.

It may come back to another copy than the one that sent it. A copy whose keys fit keeps its signature in
Redis, and the sender looks at that with its own keys; nothing that is unsigned costs a request.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from upstash_redis.asyncio import Redis

from bot.errors import RedisUnavailable
from bot.server.checks.finding import (
    Finding,
    doubtful_finding,
    fine_finding,
    refused_finding,
    unreached_finding,
)
from bot.storage import check_key
from scheduler import Done, Drop, Publisher, PublishError, Receiver, Refused, Retry, Unsigned, Verdict

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=10)
"""QStash usually brings a message within one."""

_WHAT: Final = "QStash"
_KEPT: Final = 900  # seconds
_LOOK: Final = 1.0  # seconds between two looks at what other copies got
_SIGNATURE: Final = "upstash-signature"


class RoundTrip:
    """One message, and what became of it."""

    def __init__(
        self,
        *,
        publisher: Publisher,
        receiver: Receiver,
        redis: Redis,
        check_url: str,
        now: Callable[[], datetime],
        patience: timedelta = PATIENCE,
    ) -> None:
        self._publisher = publisher
        self._receiver = receiver
        self._redis = redis
        self._check_url = check_url
        self._now = now
        self._patience = patience
        self._body = secrets.token_hex(16).encode()
        self._is_sent = False
        self._came_back = asyncio.Event()
        self._fault: str | None = None

    async def send_message(self) -> list[Finding]:
        """Hand the message to QStash, which looks at the token."""
        try:
            await self._publisher.publish_check(self._body)
        except Refused as exc:
            return [refused_finding(_WHAT, f"QStash takes no message of ours: {exc}")]
        except PublishError as exc:
            return [
                unreached_finding(
                    _WHAT,
                    f"QStash has not taken a message yet: {exc}. Look at the network of this machine, and at "
                    "QSTASH_URL if it is set",
                )
            ]
        self._is_sent = True
        return [fine_finding(_WHAT)]

    async def wait_for_return(self) -> list[Finding]:
        """Wait until it comes back, to this copy or another one."""
        if not self._is_sent:
            return [unreached_finding(_WHAT, "")]  # the reason has been told
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                while not self._came_back.is_set():
                    await self._look_elsewhere()
        except TimeoutError:
            return [
                unreached_finding(
                    _WHAT,
                    f"PUBLIC_URL: the message that QStash should bring to {self._check_url} has not come "
                    "yet; see that the internet reaches this process there",
                )
            ]
        return [explain_fault(self._fault)]

    async def take_message(self, headers: Mapping[str, str], body: bytes) -> Verdict | None:
        """Take the message of any copy; None if its signature does not fit our keys."""
        ours = secrets.compare_digest(body, self._body)
        try:
            self._receiver.open_check(headers, body, now=self._now())
        except Unsigned as exc:
            if ours:  # nobody else knows it, so this is QStash
                self._end_trip(exc.reason)
            return None
        if ours:
            self._end_trip(None)
            return Done(text="it came back\n")
        return await self._keep_for_sender(headers, body)

    async def _keep_for_sender(self, headers: Mapping[str, str], body: bytes) -> Verdict:
        if len(body) != len(self._body) or not body.isalnum():
            return Drop(reason="no check")
        try:
            await self._redis.set(check_key(body.decode()), headers[_SIGNATURE], ex=_KEPT)
        except RedisUnavailable as exc:
            logger.info("check.not_kept: %s", exc)
            return Retry(after=timedelta(seconds=10), reason="Redis")
        return Done(text="kept for the copy that sent it\n")

    async def _look_elsewhere(self) -> None:
        try:
            await asyncio.wait_for(self._came_back.wait(), _LOOK)
        except TimeoutError:
            await self._look_in_redis()

    async def _look_in_redis(self) -> None:
        try:
            signature = await self._redis.get(check_key(self._body.decode()))
        except RedisUnavailable:
            return  # which has a check of its own
        if signature is None:
            return
        try:
            self._receiver.open_check({_SIGNATURE: signature}, self._body, now=self._now())
        except Unsigned as exc:
            self._end_trip(exc.reason)
        else:
            self._end_trip(None)

    def _end_trip(self, fault: str | None) -> None:
        self._fault = fault
        self._came_back.set()


def explain_fault(reason: str | None) -> Finding:
    """Say what is wrong with a signature that QStash has certainly made."""
    if reason is None:
        return fine_finding(_WHAT)
    advice = advise_on_signature(reason) or f"QStash: its signature is not valid ({reason})"
    return doubtful_finding(_WHAT, advice, blocks=True)


def advise_on_signature(reason: str) -> str | None:
    """Say what to do when a signature is turned away for this reason; None if it cannot be QStash's."""
    match reason:
        case "key":
            return (
                "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY are not the keys that QStash signs "
                "with; copy both again from the console, of the same account and region as QSTASH_TOKEN"
            )
        case "url":
            return "PUBLIC_URL is not the address that QStash calls; set the one that the internet reaches"
        case "expired" | "early":
            return (
                "the clock of this machine and QStash's differ by more than a minute, so its deliveries are "
                "turned away; set the clock, for example with NTP"
            )
        case _:
            return None
