"""The requests that QStash and Slack send, signed and ready to go out."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from scheduler import Job
from tests.benchmarks.slack import RESPONSE, SIGNING_SECRET
from tests.benchmarks.wire import prepare_request
from tests.signing import sign

TEAM: Final = "T0BENCHMARK"
USER: Final = "U0BENCHMARK"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Bytes, and the number of the copy that they are for."""

    copy: int
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends to the copies of one contestant; `name` keeps its runs, prompts and channels apart."""

    name: str
    urls: Sequence[str]
    slack_url: str
    slot: datetime
    """The slot of its schedules."""

    def deliver(self, job: Job, *, copy: int = 0) -> Request:
        """The request that QStash sends."""
        body, path = job.encode(), "/api/announce"
        url = self.urls[copy % len(self.urls)]
        token = sign(body, f"{url}{path}", now=datetime.now(UTC))
        headers = {"Upstash-Signature": token, "Content-Type": "application/json"}
        return Request(copy=copy % len(self.urls), payload=prepare_request(url, path, body, headers))

    def ask(self, query: str) -> Request:
        """A prompt alone: its answer is returned."""
        return self.deliver(Job(query=query))

    def post(self, run: str, query: str, *, copy: int = 0) -> Request:
        """A run with a channel of its own: Slack takes one message a second in each."""
        name = f"{self.name}-{run}"
        job = Job(query=query, id=name, team=TEAM, channel=f"C-{name}", user=USER)
        return self.deliver(job, copy=copy)

    def slot_job(self, number: int, query: str) -> Job:
        """The job of a slot: each schedule has one, and a channel of its own."""
        name = f"{self.name}-slot-{number}"
        cron = f"{self.slot.minute} {self.slot.hour} * * *"
        return Job(
            query=query, schedule=name, team=TEAM, channel=f"C-{name}", user=USER, cron=cron, zone="UTC"
        )

    def command(self, text: str) -> Request:
        """The request that Slack sends when someone types /precache."""
        body = urlencode(
            {
                "command": "/precache",
                "text": text,
                "team_id": TEAM,
                "channel_id": "C0BENCHMARK",
                "user_id": USER,
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
        return Request(copy=0, payload=prepare_request(self.urls[0], "/slack/events", body, headers))
