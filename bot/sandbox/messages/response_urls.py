"""The app's reply to a command or a click: in the acknowledgement, or through its response_url.

docs.slack.dev/interactivity/handling-user-interaction: five uses in thirty minutes, ephemeral unless told
otherwise, and also where the bot could not post by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.sandbox.calls import ApiError, Arguments, load_json
from bot.sandbox.files import check_pictures
from bot.sandbox.messages.content import Content, read_content
from bot.sandbox.workspace import Deleted, Edited, Journal, Live, Message, Workspace

USES: Final = 5
LIFETIME: Final = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Context:
    """The person and the channel that a reply is for, and the message that was clicked, if any."""

    user: str
    channel: str
    origin: str | None
    made: float


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The reply of the app; without `content`, it only deletes something or shows the command as typed."""

    content: Content | None
    in_channel: bool
    replace_original: bool
    delete_original: bool
    thread_ts: str | None


def read_reply(body: Mapping[str, Any]) -> Reply:
    arguments = Arguments(values={name: value for name, value in body.items() if value is not None})
    kind = arguments.optional_text("response_type") or "ephemeral"
    if kind not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_payload")
    delete = arguments.flag("delete_original")
    silent = delete or (kind == "in_channel" and set(arguments.values) == {"response_type"})
    return Reply(
        content=None if silent else read_content(arguments),
        in_channel=kind == "in_channel",
        replace_original=arguments.flag("replace_original"),
        delete_original=delete,
        thread_ts=arguments.optional_text("thread_ts"),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class ResponseUrls:
    """Hands out response_urls and shows what comes back."""

    live: Live
    journal: Journal
    workspace: Workspace

    async def make_url(self, context: Context) -> str:
        token = secrets.token_urlsafe(24)
        # A minute longer than it is good for, so that the sandbox's own clock decides, not that of Redis.
        await self.journal.keep_response_url(token, asdict(context), LIFETIME + timedelta(minutes=1))
        return f"{self.workspace.url}/sandbox/respond/{self.workspace.team.id}/{token}"

    def make_context(self, user: str, channel: str, origin: str | None = None) -> Context:
        return Context(user=user, channel=channel, origin=origin, made=self.live.now().timestamp())

    async def respond_endpoint(self, request: Request) -> Response:
        """The response_url itself: plain words for answers, as Slack's has."""
        try:
            reply = read_reply(await _read_json(request))
        except ApiError as error:
            return PlainTextResponse(error.code, 400)
        record = await self.journal.spend_response_url(request.path_params["token"], USES)
        if record == "used":
            return PlainTextResponse("used_url", 404)
        if not isinstance(record, dict):
            return PlainTextResponse("expired_url", 404)
        context = Context(**record)
        if self.live.now().timestamp() > context.made + LIFETIME.total_seconds():
            return PlainTextResponse("expired_url", 404)
        try:
            await self.show_reply(context, reply)
        except ApiError as error:
            return PlainTextResponse(error.code, 400)
        return PlainTextResponse("ok")

    async def show_reply(self, context: Context, reply: Reply) -> None:
        origin = self.workspace.find_message(context.channel, context.origin or "")
        if reply.delete_original:
            if origin is not None:
                await self.live.commit(Deleted(origin))
        elif reply.content is not None:
            check_pictures(reply.content.blocks, self.workspace, self.live.now())
            if reply.replace_original and origin is not None:
                await self.live.commit(Edited(self._replace_content(origin, reply.content)))
            else:
                await self.live.post_message(
                    reply.content.as_message(
                        by=self.workspace.bot,
                        ts=self.live.next_ts(),
                        channel=context.channel,
                        thread_ts=reply.thread_ts,
                        only_for=None if reply.in_channel else context.user,
                    )
                )

    def _replace_content(self, origin: Message, content: Content) -> Message:
        """Its visibility stays what it was, whatever the reply asks for."""
        everyone = origin.only_for is None
        return replace(
            origin,
            text=content.text,
            blocks=content.blocks,
            edited_ts=self.live.next_ts() if everyone else None,
            notified=content.notified if everyone else (),
        )


async def _read_json(request: Request) -> Mapping[str, Any]:
    raw = await request.body()
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raw = parse_qs(raw.decode())["payload"][0].encode()
        body = load_json(raw)
    except (ValueError, KeyError):
        raise ApiError("invalid_payload") from None
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return body
