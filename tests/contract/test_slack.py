"""The sandbox beside Slack's own libraries: what they send it takes, what it sends they take.

Bolt checks the signatures and reads the payloads; the SDK's models know some limits, which must be the
ones that the sandbox enforces.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.models import blocks as sdk
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox import Sandbox, SlashCommand
from bot.sandbox.block_kit.blocks import problems
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

ADA, GENERAL, RANDOM = "U0ADA000001", "C0GENERAL01", "C0RANDOM001"


@asynccontextmanager
async def bolt_app(redis: Redis, listen: Callable[[AsyncApp], None]) -> AsyncIterator[Callable[..., Any]]:
    """A Bolt app in the sandbox; gives a function that posts to the page's protocol."""
    served = Starlette()
    async with serve(served) as url, aiohttp.ClientSession() as http:
        client = AsyncWebClient("xoxb-contract", base_url=f"{url}/sandbox/api/", session=http)
        app = AsyncApp(client=client, signing_secret="contract")
        listen(app)
        sandbox = Sandbox(
            redis,
            app_url=f"{url}/slack/events",
            own_url=url,
            bot_token="xoxb-contract",
            signing_secret="contract",
            commands=[SlashCommand(command="/precache", description="Ask")],
            subscriptions=["app_mention", "member_joined_channel"],
        )
        handler = AsyncSlackRequestHandler(app)
        served.router.routes += [Route("/slack/events", handler.handle, methods=["POST"]), *sandbox.routes]

        async def page(action: str, **body: Any) -> Any:
            ask = {"params": body} if action == "state" else {"json": body}
            verb = "GET" if action == "state" else "POST"
            async with http.request(verb, f"{url}/sandbox/{action}", **ask) as answer:  # type: ignore[arg-type]  # by name
                return await answer.json()

        async with sandbox.running():
            yield page


async def test_bolt_takes_a_command_and_answers_in_its_three_ways(redis_raw: Redis) -> None:
    def listen(app: AsyncApp) -> None:
        @app.command("/precache")
        async def _(ack: Any, respond: Any, say: Any, command: Any) -> None:
            await ack(f"acknowledged {command['text']}")
            await respond("responded", response_type="in_channel")
            await say("said")

    async with bolt_app(redis_raw, listen) as page:
        assert (await page("send", user=ADA, channel=GENERAL, text="/precache ünïcode & <tags>"))["ok"]

        async def texts() -> set[str]:
            return {each["text"] for each in (await page("state", user=ADA))["messages"][GENERAL]}

        await wait_until(_three(texts), "an acknowledgement, a response and a message")
        assert await texts() == {"acknowledged ünïcode & <tags>", "responded", "said"}


def _three(texts: Callable[[], Any]) -> Callable[[], Any]:
    async def there() -> bool:
        return len(await texts()) == 3

    return there


async def test_bolt_takes_a_click_and_replaces_the_message(redis_raw: Redis) -> None:
    def listen(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def _(say: Any) -> None:
            button = sdk.ButtonElement(text="Go", action_id="go", value="7")
            await say(text="Sure?", blocks=[sdk.ActionsBlock(elements=[button], block_id="row")])

        @app.action("go")
        async def _(ack: Any, respond: Any, action: Any) -> None:
            await ack()
            await respond(f"went with {action['value']}", replace_original=True)

    async with bolt_app(redis_raw, listen) as page:
        await page("send", user=ADA, channel=GENERAL, text="@precache please")

        async def message() -> Any:
            return next(
                (each for each in (await page("state", user=ADA))["messages"][GENERAL] if each["bot"]), None
            )

        ts = (await wait_until(message, "the bot's question"))["ts"]
        await page("act", user=ADA, channel=GENERAL, message_ts=ts, block_id="row", action_id="go")

        async def replaced() -> bool:
            return bool((await message())["text"] == "went with 7")

        await wait_until(replaced, "the replaced message")


async def test_bolt_hears_that_the_bot_was_invited(redis_raw: Redis) -> None:
    heard: list[dict[str, Any]] = []

    def listen(app: AsyncApp) -> None:
        @app.event("member_joined_channel")
        async def _(event: Any) -> None:
            heard.append(event)

    async with bolt_app(redis_raw, listen) as page:
        await page("invite", user=ADA, channel=RANDOM)
        await wait_until(lambda: heard, "the event")
        assert heard[0]["channel"] == RANDOM


PLAIN = {"type": "plain_text", "text": "x"}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "x"}


def _text(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def _row(count: int) -> dict[str, Any]:
    return {"type": "actions", "elements": [{"type": "button", "text": PLAIN}] * count}


def _button(**fields: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": [{"type": "button", "text": PLAIN, **fields}]}


@pytest.mark.parametrize(
    ("limit", "build"),
    [
        (sdk.HeaderBlock.text_max_length, lambda n: {"type": "header", "text": _text(n)}),
        (sdk.SectionBlock.text_max_length, lambda n: {"type": "section", "text": _text(n)}),
        (sdk.SectionBlock.fields_max_length, lambda n: {"type": "section", "fields": [PLAIN] * n}),
        (sdk.MarkdownBlock.text_max_length, lambda n: {"type": "markdown", "text": "x" * n}),
        (sdk.ImageBlock.alt_text_max_length, lambda n: {**IMAGE, "alt_text": "x" * n}),
        (sdk.ImageBlock.image_url_max_length, lambda n: {**IMAGE, "image_url": "x" * n}),
        (sdk.ImageBlock.title_max_length, lambda n: {**IMAGE, "title": _text(n)}),
        (sdk.ContextBlock.elements_max_length, lambda n: {"type": "context", "elements": [PLAIN] * n}),
        (
            sdk.ActionsBlock.elements_max_length,
            lambda n: {**_button(), "elements": _button()["elements"] * n},
        ),
        (sdk.ButtonElement.text_max_length, lambda n: _button(text=_text(n))),
        (sdk.ButtonElement.value_max_length, lambda n: _button(value="x" * n)),
        (sdk.ButtonElement.url_max_length, lambda n: _button(url="x" * n)),
        (sdk.ButtonElement.action_id_max_length, lambda n: _button(action_id="x" * n)),
        (sdk.Block.block_id_max_length, lambda n: {"type": "divider", "block_id": "x" * n}),
    ],
)
def test_the_sdks_limits_are_the_sandboxs(limit: int, build: Callable[[int], dict[str, Any]]) -> None:
    assert problems([build(limit)]) == []
    assert problems([build(limit + 1)]) != []
