"""A Slack that takes everything at once and counts it: no rate limit, so that it never is what is measured.

Bare ASGI, because it shares one core with the load and the other stand-ins.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from tests.stand_ins.serve import serve

BOT_TOKEN = "xoxb-for-the-benchmark"
SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
RESPONSE = "response_url"
"""The name under which answers to commands are counted."""


@dataclass(kw_only=True)
class Slack:
    """The running stand-in, and how often each method was called."""

    url: str = ""
    requests: Counter[str] = field(default_factory=Counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        method = scope["path"].rpartition("/")[2]
        self.requests[method] += 1
        body = json.dumps(self._answer(method)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, method: str) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": "T0BENCHMARK", "user_id": "U0BOT", "bot_id": "B0BOT"}
            case "chat.postMessage":
                return {"ok": True, "ts": f"1790000000.{self.requests[method]:06d}"}
            case "conversations.info":
                return {"ok": True, "channel": {"is_member": True}}
            case "users.info":
                return {"ok": True, "user": {"tz": "Europe/Berlin"}}
            case "response_url":
                return {"ok": True}
            case _:
                return {"ok": False, "error": "unknown_method"}


@asynccontextmanager
async def slack() -> AsyncIterator[Slack]:
    """`/api/` and the method's name, and `/response_url` for what commands answer."""
    stand_in = Slack()
    async with serve(stand_in) as stand_in.url:
        yield stand_in
