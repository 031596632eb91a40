"""The scenarios: which requests, how many at once, and what they may cost.

The budgets count what others were asked, so they hold on any machine; times are only printed.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from scheduler import Job
from tests.benchmarks.slack import RESPONSE, SIGNING_SECRET
from tests.signing import sign

TEAM: Final = "T0BENCHMARK"
STORED: Final = 600
"""Prompts whose answers are in Redis, and in no process, before anything is measured."""
COMMANDS_PER_SECOND: Final = 50

HIT: Final = frozenset({"200 HIT"})
MISS: Final = frozenset({"200 MISS"})


@dataclass(frozen=True, kw_only=True)
class Request:
    path: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that a scenario may ask of others, in all; None where nothing is promised."""

    model: int
    redis: int | None = None
    slack: int | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    name: str
    requests: Callable[[Target], Sequence[Request]]
    budget: Budget
    concurrency: int = 32
    per_second: float | None = None
    """The pace, instead of the concurrency."""
    answers: Collection[str] = HIT
    """Status and X-Cache, as any answer may have them."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The app under test; `name` keeps its runs and prompts apart from those of the others."""

    name: str
    url: str
    slack_url: str

    def delivery(self, job: Job) -> Request:
        """The request that QStash sends."""
        body, path = job.encode(), "/api/announce"
        token = sign(body, f"{self.url}{path}", now=datetime.now(UTC))
        headers = {"Upstash-Signature": token, "Content-Type": "application/json"}
        return Request(path=path, body=body, headers=headers)

    def post(self, run: str, query: str) -> Request:
        """A run with a channel of its own: Slack takes one message a second in each."""
        name = f"{self.name}-{run}"
        return self.delivery(Job(query=query, id=name, team=TEAM, channel=f"C-{name}", user="U0BENCHMARK"))

    def command(self, text: str) -> Request:
        """The request that Slack sends when someone types /precache."""
        body = urlencode(
            {
                "command": "/precache",
                "text": text,
                "team_id": TEAM,
                "channel_id": "C0BENCHMARK",
                "user_id": "U0BENCHMARK",
                "response_url": f"{self.slack_url}/{RESPONSE}",
            }
        ).encode()
        moment = str(int(time.time()))
        digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256)
        headers = {
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return Request(path="/slack/events", body=body, headers=headers)


def stored(number: int) -> str:
    """A prompt whose answer is in Redis."""
    return f"What changed in release {number}, and what may break?"


def warm_up(target: Target) -> Sequence[Request]:
    """Loads LangChain, opens the connections, and holds the answer that the hot scenario asks for."""
    cold = [target.post(f"first-{n}", f"{target.name} first {n}") for n in range(32)]
    return [*cold, *(target.delivery(Job(query=stored(0))) for _ in range(32))]


def all_of_them(
    *, hot: int = 3_000, cold: int = 160, crowd: int = 200, commands: int = 200
) -> Sequence[Scenario]:
    """In this order: nothing that a later one needs is held by the process before it."""
    return (
        Scenario(
            name="cached answer, posted",
            requests=lambda to: [to.post(f"run-{n}", stored(n)) for n in range(STORED)],
            budget=Budget(model=0, redis=2 * STORED, slack=STORED),
        ),
        Scenario(
            name='cached answer, `{"query"}`, in Redis',
            requests=lambda to: [to.delivery(Job(query=stored(n))) for n in range(1, STORED)],
            budget=Budget(model=0, redis=STORED - 1, slack=0),
        ),
        Scenario(
            name='cached answer, `{"query"}`, in the process',
            requests=lambda to: [to.delivery(Job(query=stored(STORED - 1)))] * hot,
            budget=Budget(model=0, redis=0, slack=0),
        ),
        Scenario(
            name="new prompt, posted",
            requests=lambda to: [to.post(f"new-{n}", f"{to.name} new {n}") for n in range(cold)],
            budget=Budget(model=cold, slack=cold),
            answers=MISS,
        ),
        Scenario(
            name=f"the same new prompt, {crowd} at once, posted",
            requests=lambda to: [to.post(f"crowd-{n}", f"{to.name} crowd") for n in range(crowd)],
            budget=Budget(model=1, slack=crowd),
            concurrency=crowd,
            answers=HIT | MISS,
        ),
        Scenario(
            name=f"slash command → acknowledgement, {COMMANDS_PER_SECOND} a second",
            requests=lambda to: [to.command(f"{to.name} asks {n}") for n in range(commands)],
            budget=Budget(model=0, redis=commands),
            per_second=COMMANDS_PER_SECOND,
            answers={"200"},
        ),
    )
