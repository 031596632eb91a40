"""The Events API: what the app hears of, and how often Slack tries."""

from __future__ import annotations

from redis.asyncio import Redis
from starlette.responses import Response

from bot.sandbox.deliveries import Answered, Failed
from tests.bot.sandbox.town import ADA, ADAS_DM, BOT, GENERAL, LEADS, NEWS, RANDOM, open_town
from tests.waiting import wait_until

ALL = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "channel_archive",
    "channel_left",
    "member_joined_channel",
)


async def test_the_app_hears_what_it_subscribed_to(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=ALL) as town:
        heard = town.app.received
        ts = (await town.type("@precache hello"))["ts"]
        await wait_until(lambda: len(heard) == 2, "a message and a mention")
        assert {event["event"]["type"] for event in heard} == {"message", "app_mention"}
        for envelope in heard:
            assert (envelope["type"], envelope["team_id"]) == ("event_callback", "T0PRECACHE1")
            assert (envelope["event"]["ts"], envelope["event"]["user"]) == (ts, ADA)
            assert envelope["event"]["text"] == f"<@{BOT}> hello"
        assert len({envelope["event_id"] for envelope in heard}) == 2

        heard.clear()
        await town.type("psst", channel=ADAS_DM)
        await wait_until(lambda: heard, "a direct message")
        assert heard[0]["event"]["channel_type"] == "im"

        heard.clear()
        await town.do("invite", user=ADA, channel=LEADS)
        await wait_until(lambda: heard, "the bot joined")
        assert heard[0]["event"] | {"user": BOT, "channel": LEADS} == heard[0]["event"]

        heard.clear()
        await town.do("archive", user=ADA, channel=NEWS)
        await wait_until(lambda: heard, "a channel was archived")
        assert (heard[0]["event"]["type"], heard[0]["event"]["channel"]) == ("channel_archive", NEWS)


async def test_the_app_hears_nothing_else(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=("app_mention",)) as town:
        await town.type("not for the bot")
        await town.type("@precache where it is not", channel=RANDOM)
        await town.slack.chat_postEphemeral(channel=GENERAL, user=ADA, text=f"<@{BOT}>")
        await town.type("@precache hello")
        await wait_until(lambda: town.app.received, "the mention")
        assert [envelope["event"]["text"] for envelope in town.app.received] == [f"<@{BOT}> hello"]


async def test_an_event_that_is_not_taken_comes_again_with_its_number(redis_raw: Redis) -> None:
    async with open_town(redis_raw, retries=(0, 0, 0)) as town:
        town.app.answers += [Response(status_code=500), Response(status_code=404), Response()]
        assert isinstance(await town.sandbox.deliver_event({"type": "tokens_revoked"}), Answered)
        numbers = [headers.get("x-slack-retry-num") for headers in town.app.headers]
        assert numbers == [None, "1", "2"]
        assert town.app.headers[1]["x-slack-retry-reason"] == "http_error"
        assert len({envelope["event_id"] for envelope in town.app.received}) == 1


async def test_slack_gives_up_after_the_third_retry(redis_raw: Redis) -> None:
    async with open_town(redis_raw, patience=0.1, retries=(0, 0, 0)) as town:
        town.app.answer = town.app.never
        outcome = await town.sandbox.deliver_event({"type": "app_uninstalled"})
        assert outcome == Failed(error="operation_timeout", reason="http_timeout")
        assert len(town.app.received) == 4


async def test_an_app_may_decline_retries(redis_raw: Redis) -> None:
    async with open_town(redis_raw, retries=(0, 0, 0)) as town:
        town.app.answers.append(Response(status_code=500, headers={"x-slack-no-retry": "1"}))
        answer = await town.do("events", event={"type": "app_home_opened"})
        assert (answer["ok"], answer["error"]) == (False, "http_error")
        assert len(town.app.received) == 1
