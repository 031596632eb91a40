"""Slack as far as posting goes: it counts what it is asked, and misbehaves in a given order.

The workspace of `bot/sandbox` is the strict one; this one has no rate limit, and every fault at hand.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stand_ins.serve import serve

TOKEN = "xoxb-of-the-stand-in"
BOT_USER = "U0BOT000001"

Arguments = Mapping[str, Any]
Behaviour = Callable[["Slack", str, Arguments], Awaitable[Response]]


def refuses(code: str) -> Behaviour:
    """Says no, in Slack's way."""

    async def behave(_: Slack, __: str, ___: Arguments) -> Response:
        return JSONResponse({"ok": False, "error": code})

    return behave


def limits(seconds: int) -> Behaviour:
    """Asks for patience."""

    async def behave(_: Slack, __: str, ___: Arguments) -> Response:
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})

    return behave


async def obeys(slack: Slack, method: str, arguments: Arguments) -> Response:
    """Does what is asked, and says so."""
    return JSONResponse(slack.do(method, arguments))


async def strays(slack: Slack, method: str, arguments: Arguments) -> Response:
    """Posts to the channel what was meant for a thread that is gone, and says that all is well."""
    outside = {name: value for name, value in arguments.items() if name != "thread_ts"}
    told = slack.do(method, outside)
    return JSONResponse({**told, "message": {"ts": told["ts"], "text": arguments.get("text", "")}})


async def fails(_: Slack, __: str, ___: Arguments) -> Response:
    """Does nothing, and does not say so."""
    return Response("<html>", 502)


async def loses(slack: Slack, method: str, arguments: Arguments) -> Response:
    """Does what is asked, and does not say so."""
    slack.do(method, arguments)
    return Response("<html>", 502)


async def stalls(slack: Slack, method: str, arguments: Arguments) -> Response:
    """Does what is asked, and never answers."""
    slack.do(method, arguments)
    await asyncio.Event().wait()
    raise AssertionError("waited for ever, and past it")


@dataclass(kw_only=True)
class Slack:
    """The running stand-in: what was posted and asked, and how it is to answer."""

    url: str = ""
    """The value for `SLACK_API_URL`."""
    posts: list[dict[str, Any]] = field(default_factory=list)
    whispers: list[str] = field(default_factory=list)
    members: Sequence[str] = ("U1", "U2")
    """The people in each channel."""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The people in each user group."""
    deactivated: Sequence[str] = ()
    """People whose accounts are deactivated."""
    private: bool = False
    """All channels are."""
    closed: Collection[str] = ()
    """The private channels, if not all are."""
    requests: Counter[str] = field(default_factory=Counter)
    now: Callable[[], float] = time.time
    """The clock that messages are dated by."""
    next: dict[str, deque[Behaviour]] = field(default_factory=lambda: defaultdict(deque))
    """The answers to the coming requests of a method, in order."""

    async def answer(self, request: Request) -> Response:
        method = request.path_params["method"]
        self.requests[method] += 1
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        in_json = "json" in request.headers.get("content-type", "")
        arguments: Arguments = await request.json() if in_json else request.query_params
        behaviour = self.next[method].popleft() if self.next[method] else obeys
        return await behaviour(self, method, arguments)

    def do(self, method: str, arguments: Arguments) -> dict[str, Any]:
        """Do what is asked, as a Slack in good health does it."""
        match method:
            case "auth.test":
                return {"ok": True, "user_id": BOT_USER, "bot_id": "B1"}
            case "conversations.members":
                return {"ok": True, "members": [*self.members]}
            case "users.list":
                return {"ok": True, "members": [{"id": user} for user in self.members]}
            case "users.info":
                user = arguments["user"]
                named = {"id": user, "real_name": f"Name of {user}", "deleted": user in self.deactivated}
                return {"ok": True, "user": named}
            case "users.conversations" if arguments.get("types") == "im":
                people = sorted({post["channel"] for post in self.posts if post["channel"].startswith("U")})
                # The conversation with someone goes by their own id here.
                return {"ok": True, "channels": [{"id": user, "user": user} for user in people]}
            case "chat.postMessage":
                ts = f"{int(self.now())}.{self.requests[method]:06d}"
                self.posts.append({**arguments, "ts": ts, "user": BOT_USER})
                return {"ok": True, "ts": ts, "channel": arguments["channel"]}
            case "chat.update":
                (post,) = [post for post in self.posts if post["ts"] == arguments["ts"]]
                post |= arguments
                return {"ok": True, "ts": arguments["ts"]}
            case "chat.delete":
                kept = [post for post in self.posts if post["ts"] != arguments["ts"]]
                if len(kept) == len(self.posts):
                    return {"ok": False, "error": "message_not_found"}
                self.posts = kept
                return {"ok": True, "ts": arguments["ts"]}
            case "chat.postEphemeral":
                self.whispers.append(arguments["text"])
                return {"ok": True, "message_ts": f"{int(self.now())}.000000"}
            case "usergroups.users.list":
                return {"ok": True, "users": [*self.groups.get(arguments["usergroup"], ())]}
            case "conversations.info":
                channel = arguments["channel"]
                is_private = self.private or channel in self.closed
                return {
                    "ok": True,
                    "channel": {"id": channel, "name": "general", "is_private": is_private},
                }
            case "chat.getPermalink":
                channel, ts = arguments["channel"], arguments["message_ts"]
                if not any((post["channel"], post["ts"]) == (channel, ts) for post in self.posts):
                    return {"ok": False, "error": "message_not_found"}
                link = f"https://town.slack.example/archives/{channel}/p{ts.replace('.', '')}"
                return {"ok": True, "channel": channel, "permalink": link}
            case "users.conversations":
                return {"ok": True, "channels": []}
            case "conversations.history":
                return self._messages(arguments, thread=None)
            case "conversations.replies":
                return self._messages(arguments, thread=arguments["ts"])
            case _:
                return {"ok": False, "error": "unknown_method"}

    def _messages(self, arguments: Arguments, *, thread: str | None) -> dict[str, Any]:
        found = [
            post
            for post in self.posts
            if post["channel"] == arguments["channel"]
            and post.get("thread_ts") == thread
            and float(post["ts"]) > float(arguments["oldest"])
        ]
        return {"ok": True, "messages": found[::-1], "has_more": False}

    def parts(self, run: str) -> list[int]:
        """The parts of a run that were posted, in order."""
        payloads = [post["metadata"]["event_payload"] for post in self.posts if "metadata" in post]
        return [payload["part"] for payload in payloads if payload["run"] == run]

    def shown(self, index: int = -1) -> str:
        """All that a post shows."""
        return json.dumps(self.posts[index]["blocks"], ensure_ascii=False)


@asynccontextmanager
async def slack_channel(stand_in: Slack | None = None) -> AsyncIterator[Slack]:
    """The Web API on a free port of this machine."""
    stand_in = stand_in or Slack()
    routes = [Route("/api/{method}", stand_in.answer, methods=["GET", "POST"])]
    async with serve(Starlette(routes=routes)) as address:
        stand_in.url = f"{address}/api/"
        yield stand_in
