"""The checks of a start, which begin when the process listens: what each service says, told to the operator.

First those that are answered at once, then the table, then those that take their time. What a service refuses
ends the process; what has not answered is asked again until it does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from bot.model import ModelsSettings
from bot.server.checks.finding import Finding
from bot.server.checks.models import check_keys
from bot.server.checks.readiness import Readiness
from bot.server.checks.redis import check_redis
from bot.server.checks.round_trip import RoundTrip
from bot.server.checks.slack import check_reach, check_slack
from bot.server.connect.clock import Now, real_time
from bot.server.connect.services import Services
from bot.server.connect.table import mark_unreached, public_part
from bot.server.serve import startup_table
from bot.server.socket_connection import SocketConnection
from bot.settings import Embedded, HostedQStash, ManySlack, RestRedis, Settings, SocketRedis
from bot.slack import connect_slack
from bot.workspaces import Hears
from scheduler import CHECK

logger = logging.getLogger("precache")

_WITHIN: Final = timedelta(seconds=5)
_AGAIN: Final = timedelta(seconds=30)
"""Before what has not answered is asked again."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question to a service; `what` names the service as the table does."""

    name: str
    what: str
    ask: Callable[[], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True, kw_only=True)
class Start:
    """The checks of this process, and where their findings go."""

    settings: Settings
    services: Services
    readiness: Readiness
    round_trip: RoundTrip | None
    socket: SocketConnection | None
    when_checked: Callable[[], None]
    """Begins what is not needed for an answer, unless a service has refused us."""
    again: timedelta = _AGAIN

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Check until the block ends; nothing is waited for before it."""
        checks, slow_checks = self._quick_checks(), self._slow_checks()
        for check in (*checks, *slow_checks):
            self.readiness.begin_check(check.what)
        task = asyncio.create_task(self._run_checks(checks, slow_checks), name="checks")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run_checks(self, checks: Sequence[Check], slow_checks: Sequence[Check]) -> None:
        try:
            await self._run_all(checks)
            if self.readiness.refusal is not None:
                return
            self._tell_table()
            self.when_checked()
            if slow_checks:
                await self._run_all(slow_checks)
                if not self.readiness.reasons():
                    logger.info("ready")
            await self._ask_again([*checks, *slow_checks])
        except Exception:
            logger.exception("checks.failed")

    def _tell_table(self) -> None:
        rows = mark_unreached(self.services.table, self.readiness.unreached)
        word = "started" if self.readiness.reasons() else "ready"
        logger.info("%s\n%s", word, startup_table(self.settings, rows))

    async def _run_all(self, checks: Sequence[Check]) -> None:
        await asyncio.gather(*(self._run_one(check) for check in checks))

    async def _run_one(self, check: Check) -> None:
        findings = await check.ask()
        self.readiness.end_check(check.name, check.what, findings)
        for finding in findings:
            if finding.state == "refused" and self.readiness.refusal is None:
                logger.error("%s", finding.advice)
                self.readiness.refuse(finding)
            elif finding.advice and self.readiness.refusal is None:
                logger.warning("%s", finding.advice)

    async def _ask_again(self, checks: Sequence[Check]) -> None:
        """Ask what has not answered until it has; by then the process serves, and no answer ends it."""
        while waiting := [check for check in checks if self.readiness.is_unreached(check.name)]:
            await asyncio.sleep(self.again.total_seconds())
            for check in waiting:
                findings = await check.ask()
                self.readiness.replace_findings(check.name, findings)
                for finding in findings:
                    self._tell_change(finding)

    def _tell_change(self, finding: Finding) -> None:
        if finding.state == "fine":
            logger.info("%s: reached", finding.what)
        elif finding.state != "unreached":
            logger.warning("%s", finding.advice)

    # Each check, where its service is somebody else's

    def _quick_checks(self) -> list[Check]:
        return [*self._redis_checks(), *self._slack_checks(), *self._qstash_checks()]

    def _slow_checks(self) -> list[Check]:
        found = []
        if self.round_trip is not None:
            found.append(Check(name="return", what="QStash", ask=self.round_trip.wait_for_return))
        if self.settings.check_models and isinstance(self.settings.models, ModelsSettings):
            ask = partial(check_keys, self.services.models, self.settings.models)
            found.append(Check(name="models", what="Model", ask=ask))
        return found

    def _redis_checks(self) -> list[Check]:
        match self.settings.redis:
            case RestRedis(url=url):
                variable, place = "UPSTASH_REDIS_REST_URL", url
            case SocketRedis(url=url):
                variable, place = "REDIS_URL", public_part(url)
            case _:
                return []
        ask = partial(check_redis, self.services.redis, variable=variable, place=place)
        return [Check(name="redis", what="Redis", ask=ask)]

    def _slack_checks(self) -> list[Check]:
        if isinstance(self.settings.slack, Embedded):
            return []
        found = [Check(name="slack", what="Slack", ask=self._check_slack)]
        if self.socket is not None:
            found.append(Check(name="socket", what="Slack", ask=self.socket.tell_state))
        return found

    async def _check_slack(self) -> list[Finding]:
        slack = self.settings.slack
        assert not isinstance(slack, Embedded)  # noqa: S101 - it is not asked then
        token = "" if isinstance(slack, ManySlack) else slack.bot_token
        async with connect_slack(token=token, api_url=slack.api_url, within=_WITHIN) as client:
            check = check_reach if isinstance(slack, ManySlack) else check_slack
            return await check(client, now=real_time)

    def _qstash_checks(self) -> list[Check]:
        if self.round_trip is None:
            return []
        return [Check(name="qstash", what="QStash", ask=self.round_trip.send_message)]


def make_round_trip(settings: Settings, services: Services, *, now: Now) -> RoundTrip | None:
    """Make the message to ourselves; there is none through the QStash inside this process."""
    if not isinstance(settings.qstash, HostedQStash):
        return None
    return RoundTrip(
        publisher=services.publisher,
        receiver=services.receiver,
        redis=services.redis,
        check_url=settings.announce_url + CHECK,
        now=now,
    )


def open_socket(services: Services, app: Hears) -> SocketConnection | None:
    """Make the connection of Socket Mode; None where Slack calls us."""
    return SocketConnection(services.slack, app) if services.slack.app_token is not None else None
