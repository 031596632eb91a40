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

from tests.browser.small_views import Block, button, home, modal, options, prompt_and_time, section

TOKEN: Final = "xoxb-browser-tests"
SECRET: Final = "0123456789abcdef0123456789abcdef"


class SmallApp:
    """`/precache help` is answered in the acknowledgement, any other text in the channel.

    A shortcut opens `self.form`; `self.verdict` answers its submission. Opening the Home publishes one.
    """

    def __init__(self) -> None:
        self.slack = AsyncWebClient(token=TOKEN)
        self.clicks: list[dict[str, Any]] = []
        self.commands: list[str] = []
        self.shortcuts: list[dict[str, Any]] = []
        self.submissions: list[dict[str, Any]] = []
        self.closed: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.form = prompt_and_time()
        self.verdict: dict[str, Any] = {}
        self.home = home("News", "Weather")
        self.may_acknowledge = asyncio.Event()
        self.may_acknowledge.set()
        self.refuses_clicks = False
        self._verifier = SignatureVerifier(SECRET)

    async def endpoint(self, request: Request) -> Response:
        body = await request.body()
        if not self._verifier.is_valid_request(body, dict(request.headers)):
            return Response(status_code=401)
        if request.headers["content-type"].startswith("application/json"):
            return self._event(json.loads(body)["event"])
        form = dict(parse_qsl(body.decode()))
        await self.may_acknowledge.wait()
        if "payload" not in form:
            return self._command(form)
        payload = json.loads(form["payload"])
        return self._interactions[payload["type"]](payload)

    @property
    def _interactions(self) -> dict[str, Callable[[dict[str, Any]], Response]]:
        return {
            "block_actions": self._click,
            "block_suggestion": self._suggest,
            "shortcut": self._shortcut,
            "message_action": self._shortcut,
            "view_submission": self._submission,
            "view_closed": self._closed,
        }

    # --- commands and messages

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
        action = payload["actions"][0]
        match action["action_id"]:
            case "refresh":
                hook = AsyncWebhookClient(payload["response_url"])
                await hook.send(text="Fresh again.", replace_original=True, response_type="in_channel")
            case "it":
                understood = action["value"] or ""
                view = prompt_and_time(understood)
                await self.slack.views_update(view_id=payload["view"]["id"], view=view)
            case "advanced":
                view = modal("Advanced", section("Nothing yet."), submit=None, notify_on_close=True)
                await self.slack.views_push(trigger_id=payload["trigger_id"], view=view)
            case "compose":
                await self.slack.views_open(trigger_id=payload["trigger_id"], view=self.form)

    # --- shortcuts, modals, the Home

    def _shortcut(self, payload: dict[str, Any]) -> Response:
        self.shortcuts.append(payload)
        if self.refuses_clicks:
            return Response(status_code=500)
        return Response(background=_later(self._open, payload))

    async def _open(self, payload: dict[str, Any]) -> None:
        await self.slack.views_open(trigger_id=payload["trigger_id"], view=self.form)

    def _suggest(self, payload: dict[str, Any]) -> Response:
        found = [
            word for word in ("Caches", "Caching", "Weather") if payload["value"].lower() in word.lower()
        ]
        return JSONResponse({"options": options(*found)})

    def _submission(self, payload: dict[str, Any]) -> Response:
        self.submissions.append(payload["view"]["state"]["values"])
        return JSONResponse(self.verdict) if self.verdict else Response()

    def _closed(self, payload: dict[str, Any]) -> Response:
        self.closed.append(payload["view"]["callback_id"])
        return Response()

    def _event(self, event: dict[str, Any]) -> Response:
        self.events.append(event)
        if event["type"] == "app_home_opened" and event["tab"] == "home":
            return Response(background=_later(self.publish, event["user"]))
        return Response()

    async def publish(self, user: str, view: Block | None = None) -> None:
        self.home = view or self.home
        await self.slack.views_publish(user_id=user, view=self.home)

    # --- what a test says through it

    async def say(self, text: str, channel: str, *elements: Block, **more: Any) -> str:
        """Posts `text` with `elements` below it; its time stamp."""
        blocks = [section(text), {"type": "actions", "elements": list(elements)}] if elements else None
        return await self.post(channel, text=text, blocks=blocks, **more)

    async def post(self, channel: str, **message: Any) -> str:
        """The time stamp of a message by `chat.postMessage`."""
        return str((await self.slack.chat_postMessage(channel=channel, **message))["ts"])


def _later(work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> BackgroundTask:
    return BackgroundTask(work, *arguments)
