"""The smallest app that Slack would accept: it checks the signature, acknowledges, and answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

TOKEN: Final = "xoxb-browser-tests"
SECRET: Final = "0123456789abcdef0123456789abcdef"

Block = dict[str, Any]


def button(action_id: str, text: str, **more: Any) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": action_id,
        **more,
    }


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


class SmallApp:
    """`/precache help` is answered in the acknowledgement, any other text in the channel."""

    def __init__(self) -> None:
        self.slack = AsyncWebClient(token=TOKEN)
        self.clicks: list[dict[str, Any]] = []
        self.commands: list[str] = []
        self.may_acknowledge = asyncio.Event()
        self.may_acknowledge.set()
        self.refuses_clicks = False
        self._verifier = SignatureVerifier(SECRET)

    async def endpoint(self, request: Request) -> Response:
        body = await request.body()
        if not self._verifier.is_valid_request(body, dict(request.headers)):
            return Response(status_code=401)
        form = dict(parse_qsl(body.decode()))
        await self.may_acknowledge.wait()
        return self._click(json.loads(form["payload"])) if "payload" in form else self._command(form)

    def _command(self, form: dict[str, str]) -> Response:
        self.commands.append(form.get("text", ""))
        if form.get("text") == "help":
            return JSONResponse({"text": "Try `/precache` and a question, <@" + form["user_id"] + ">."})
        return Response(background=_later(self._answer, form))

    async def _answer(self, form: dict[str, str]) -> None:
        hook = AsyncWebhookClient(form["response_url"])
        await hook.send(text="On it…", response_type="ephemeral")
        await self.say(f"You asked: {form['text']}", form["channel_id"], button("refresh", "Refresh"))

    def _click(self, payload: dict[str, Any]) -> Response:
        self.clicks.append(payload["actions"][0])
        if self.refuses_clicks:
            return Response(status_code=500)
        return Response(background=_later(self._clicked, payload))

    async def _clicked(self, payload: dict[str, Any]) -> None:
        hook = AsyncWebhookClient(payload["response_url"])
        if payload["actions"][0]["action_id"] == "refresh":
            await hook.send(text="Fresh again.", replace_original=True, response_type="in_channel")

    async def say(self, text: str, channel: str, *elements: Block, **more: Any) -> str:
        """Posts `text` with `elements` below it; its time stamp."""
        blocks = [section(text), {"type": "actions", "elements": list(elements)}] if elements else None
        return await self.post(channel, text=text, blocks=blocks, **more)

    async def post(self, channel: str, **message: Any) -> str:
        """The time stamp of a message by `chat.postMessage`."""
        return str((await self.slack.chat_postMessage(channel=channel, **message))["ts"])


def _later(work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> BackgroundTask:
    return BackgroundTask(work, *arguments)
