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
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.models import blocks as sdk
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox import Sandbox, Shortcut, SlashCommand
from bot.sandbox.block_kit import block_problems, view_problems
from tests.stand_ins.serve import serve
from tests.waiting import wait_until

ADA, GENERAL, RANDOM = "U0ADA000001", "C0GENERAL01", "C0RANDOM001"


@asynccontextmanager
async def bolt_app(
    redis: Redis, listen: Callable[[AsyncApp], None], *, over_http: bool = True
) -> AsyncIterator[Callable[..., Any]]:
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
            shortcuts=[
                Shortcut(type="message", name="Summarise", callback_id="summarise", description="This thread")
            ],
            subscriptions=["app_mention", "member_joined_channel", "app_home_opened"],
            app_token="xapp-contract",
        )
        handler = AsyncSlackRequestHandler(app)
        served.router.routes += sandbox.routes
        if over_http:
            served.router.routes.append(Route("/slack/events", handler.handle, methods=["POST"]))

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
            return {message["text"] for message in (await page("state", user=ADA))["messages"][GENERAL]}

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
                (
                    message
                    for message in (await page("state", user=ADA))["messages"][GENERAL]
                    if message["bot"]
                ),
                None,
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


DAYS: list[dict[str, Any]] = [
    {"text": {"type": "plain_text", "text": day}, "value": day} for day in ("Monday", "Friday")
]
FORM = {
    "type": "modal",
    "callback_id": "compose",
    "title": {"type": "plain_text", "text": "Compose"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "prompt",
            "label": {"type": "plain_text", "text": "Prompt"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "day",
            "optional": True,
            "label": {"type": "plain_text", "text": "Day"},
            "element": {"type": "external_select", "action_id": "day"},
        },
    ],
}


async def test_bolt_opens_a_modal_suggests_finds_fault_and_takes_it(redis_raw: Redis) -> None:
    taken: list[dict[str, Any]] = []

    def listen(app: AsyncApp) -> None:
        @app.command("/precache")
        async def _(ack: Any, client: Any, command: Any) -> None:
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
            await ack()

        @app.options("day")
        async def _(ack: Any, payload: Any) -> None:
            await ack(options=[day for day in DAYS if day["value"].startswith(payload["value"])])

        @app.view("compose")
        async def _(ack: Any, view: Any) -> None:
            values = view["state"]["values"]
            if len(values["prompt"]["text"]["value"]) < 5:
                await ack(response_action="errors", errors={"prompt": "Too short."})
            else:
                taken.append(values)
                await ack()

    async with bolt_app(redis_raw, listen) as page:
        await page("send", user=ADA, channel=GENERAL, text="/precache")
        (view,) = (await page("state", user=ADA))["views"]
        about = {"user": ADA, "view_id": view["id"]}
        found = await page("suggest", block_id="day", action_id="day", query="Fri", **about)
        assert found["options"] == DAYS[1:]
        refused = await page("submit", values={"prompt": {"text": "hm"}}, **about)
        assert refused["errors"] == {"prompt": "Too short."}
        filled = {"prompt": {"text": "what is new?"}, "day": {"day": "Friday"}}
        assert (await page("submit", values=filled, **about))["ok"]
        assert taken[0]["day"]["day"]["selected_option"] == DAYS[1]
        assert (await page("state", user=ADA))["views"] == []


async def test_bolt_shows_a_home_and_hears_its_buttons(redis_raw: Redis) -> None:
    def listen(app: AsyncApp) -> None:
        @app.event("app_home_opened")
        async def _(client: Any, event: Any) -> None:
            button = sdk.ButtonElement(text="Run", action_id="run", value="7")
            blocks = [sdk.ActionsBlock(elements=[button], block_id="row")]
            await client.views_publish(user_id=event["user"], view=View(type="home", blocks=blocks))

        @app.action("run")
        async def _(ack: Any, client: Any, body: Any) -> None:
            await ack()
            home = View(type="home", blocks=[sdk.HeaderBlock(text="Done")])
            await client.views_publish(user_id=ADA, hash=body["view"]["hash"], view=home)

    async with bolt_app(redis_raw, listen) as page:
        await page("home", user=ADA, tab="home")

        async def home() -> Any:
            return (await page("state", user=ADA))["home"]

        view = await wait_until(home, "a home")
        await page("act", user=ADA, view_id=view["id"], block_id="row", action_id="run")

        async def changed() -> bool:
            return bool((await home())["blocks"][0]["type"] == "header")

        await wait_until(changed, "the changed home")


async def test_bolt_takes_a_message_shortcut(redis_raw: Redis) -> None:
    def listen(app: AsyncApp) -> None:
        @app.shortcut("summarise")
        async def _(ack: Any, respond: Any, shortcut: Any) -> None:
            await ack()
            await respond(f"in short: {shortcut['message']['text']}")

    async with bolt_app(redis_raw, listen) as page:
        ts = (await page("send", user=ADA, channel=GENERAL, text="long"))["ts"]
        await page("shortcut", user=ADA, callback_id="summarise", channel=GENERAL, message_ts=ts)

        async def said() -> Any:
            return [message["text"] for message in (await page("state", user=ADA))["messages"][GENERAL]][1:]

        assert await wait_until(said, "the answer") == ["in short: long"]


async def test_bolt_works_the_same_over_a_socket(redis_raw: Redis) -> None:
    apps: list[AsyncApp] = []

    def listen(app: AsyncApp) -> None:
        apps.append(app)

        @app.command("/precache")
        async def _(ack: Any, command: Any, client: Any) -> None:
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
            await ack(f"acknowledged {command['text']}")

        @app.view("compose")
        async def _(ack: Any) -> None:
            await ack(response_action="errors", errors={"prompt": "Over a socket."})

    async with bolt_app(redis_raw, listen, over_http=False) as page:
        handler = AsyncSocketModeHandler(apps[0], "xapp-contract")
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt types neither
        try:
            await page("send", user=ADA, channel=GENERAL, text="/precache the payload")
            state = await page("state", user=ADA)
            assert [message["text"] for message in state["messages"][GENERAL]] == ["acknowledged the payload"]
            about = {"user": ADA, "view_id": state["views"][0]["id"]}
            refused = await page("submit", values={"prompt": {"text": "hm"}}, **about)
            assert refused["errors"] == {"prompt": "Over a socket."}
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]


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
    assert block_problems([build(limit)]) == []
    assert block_problems([build(limit + 1)]) != []


def _modal(**fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": PLAIN, "blocks": [{"type": "divider"}], **fields}


def _input(**fields: Any) -> dict[str, Any]:
    asked = {"type": "input", "label": PLAIN, "element": {"type": "plain_text_input"}, **fields}
    return _modal(submit=PLAIN, blocks=[asked])


@pytest.mark.parametrize(
    ("limit", "build"),
    [
        (View.title_max_length, lambda n: _modal(title=_text(n))),
        (View.submit_max_length, lambda n: _modal(submit=_text(n))),
        (View.close_max_length, lambda n: _modal(close=_text(n))),
        (View.blocks_max_length, lambda n: _modal(blocks=[{"type": "divider"}] * n)),
        (View.callback_id_max_length, lambda n: _modal(callback_id="x" * n)),
        (View.private_metadata_max_length, lambda n: _modal(private_metadata="x" * n)),
        (sdk.InputBlock.label_max_length, lambda n: _input(label=_text(n))),
        (sdk.InputBlock.hint_max_length, lambda n: _input(hint=_text(n))),
    ],
)
def test_the_sdks_limits_on_views_are_ours(limit: int, build: Callable[[int], dict[str, Any]]) -> None:
    assert view_problems(build(limit), "modal") == []
    assert view_problems(build(limit + 1), "modal") != []
