"""A copy of Precache at whose desk people ask for things, and what becomes of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Self

from slack_bolt.async_app import AsyncBoltRequest

from bot.background import Background
from bot.promises import Promises
from bot.schedules import Schedule
from bot.server.parts.surface import build_intake, build_surface
from bot.server.slack_endpoint import make_bolt_app
from bot.slack import Wish
from bot.ui.intents import LOST_AFTER, Intake, Intent, Intents
from scheduler import Job
from tests.bot.announcing import Process
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Slack
from tests.waiting import wait_until

LATER: Final = LOST_AFTER + timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A copy of Precache, and what it does for people."""

    process: Process
    workspace: Slack
    qstash: QStash
    intake: Intake

    @classmethod
    def of_process(cls, running: Process, workspace: Slack, qstash: QStash) -> Self:
        ground = running.ground
        bolt = make_bolt_app(ground.workspaces, ground.services.slack.client)
        intake = build_intake(ground, build_surface(ground), bolt)
        return cls(process=running, workspace=workspace, qstash=qstash, intake=intake)

    async def hear(self, body: Mapping[str, Any]) -> int:
        """Hear it as Slack sends it, and see it answered; the status of the acknowledgement."""
        request = AsyncBoltRequest(mode="socket_mode", body=dict(body))
        answer = await self.intake.async_dispatch(request)
        await self.rest()
        return answer.status

    async def lose(self, body: Mapping[str, Any], *, wish: str = "wish-1") -> None:
        """Note it as if its process had been lost right after the acknowledgement."""
        noted = Wish(id=wish, at=self.process.clock())
        await self.other_notes().note_intent(Intent(team="T1", wish=noted, body=body))

    def other_notes(self) -> Intents:
        """Of another copy, which is lost itself."""
        promises = Promises(
            redis=self.process.redis, publisher=self.process.publisher, now=self.process.clock
        )
        return Intents(
            redis=self.process.redis, background=Background(), promises=promises, now=self.process.clock
        )

    async def take_up(self, *, after: timedelta = LATER) -> None:
        """Find what is lost, and see it answered."""
        self.process.clock.turn_to(self.process.clock() + after)
        await self.intake.take_up_lost()
        await self.rest()

    async def rest(self) -> None:
        await wait_until(lambda: self.process.ground.background.running == 0, "all is done")

    @property
    def jobs(self) -> list[Job]:
        return [Job.decode(body) for body in self.qstash.waiting.values()]

    @property
    def said(self) -> list[str]:
        """All that the person was told, in the channel or directly."""
        return [*self.workspace.whispers, *(post["text"] for post in self.workspace.posts)]

    async def schedules(self) -> list[Schedule]:
        return await self.process.schedule_store.list_records("T1")

    async def notes(self) -> list[str]:
        return await self.process.redis.keys("precache:intent*")
