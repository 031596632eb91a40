"""People: admins, strangers, groups, people who leave; and the workspace without the app."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from tests.bot.sandbox.town import (
    ADA,
    BOT,
    GENERAL,
    GRACE,
    NEWS,
    PARTNERS,
    RANDOM,
    ROSALIND,
    Town,
    error,
    open_town,
)
from tests.waiting import wait_until

ALL = (
    "user_change",
    "channel_rename",
    "channel_left",
    "member_joined_channel",
    "member_left_channel",
    "app_mention",
    "app_uninstalled",
    "tokens_revoked",
)


async def profile(town: Town, user: str) -> dict[str, Any]:
    found: dict[str, Any] = (await town.slack.users_info(user=user))["user"]
    return found


async def test_one_of_the_people_is_an_admin(town: Town) -> None:
    ada, grace = await profile(town, ADA), await profile(town, GRACE)
    assert (ada["is_admin"], ada["is_owner"]) == (True, True)
    assert (grace["is_admin"], grace["is_owner"], grace["deleted"]) == (False, False, False)


async def test_slack_tells_a_locale_only_to_those_who_ask_for_it(town: Town) -> None:
    asked = (await town.slack.users_info(user=GRACE, include_locale=True))["user"]
    assert asked["locale"] == "en-US"
    assert "locale" not in await profile(town, GRACE)


async def test_slack_does_not_say_where_a_stranger_lives(town: Town) -> None:
    stranger = await profile(town, ROSALIND)
    assert not {"tz", "tz_offset", "tz_label"} & set(stranger)
    assert stranger["team_id"] == "T0ELSEWHERE"
    assert "is_stranger" not in stranger, "while they share a channel with the app"
    await town.do("leave", user=ROSALIND, channel=PARTNERS)
    assert (await profile(town, ROSALIND))["is_stranger"]


async def test_a_stranger_writes_where_both_companies_are_and_has_no_commands(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=["app_mention"]) as town:
        assert [channel["id"] for channel in (await town.state(ROSALIND))["channels"]] == [PARTNERS]
        assert (await town.type("hi", user=ROSALIND))["error"] == "channel_not_found"
        await town.type("/precache hi", user=ROSALIND, channel=PARTNERS)
        assert "not a valid command" in (await town.sees(PARTNERS, ROSALIND))[0]["text"]
        await town.type("@precache hi", user=ROSALIND, channel=PARTNERS)
        await wait_until(lambda: town.app.received, "the mention")
        (envelope,) = town.app.received
        assert (envelope["event"]["user"], envelope["event"]["team"]) == (ROSALIND, "T0ELSEWHERE")


async def test_a_group_has_a_name_and_people(town: Town) -> None:
    (group,) = (await town.slack.usergroups_list(include_users=True))["usergroups"]
    assert (group["handle"], group["users"], group["user_count"]) == ("editors", [ADA], 1)
    assert (await town.slack.usergroups_users_list(usergroup=group["id"]))["users"] == [ADA]
    assert await error(town.slack.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"
    await town.type("@editors please")
    assert (await town.sees())[0]["notified"] == [group["id"]]


async def test_somebody_who_leaves_the_company_is_known_to_have_left(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=ALL) as town:
        assert (await town.do("deactivate", user=ADA, target=GRACE))["ok"]
        await wait_until(lambda: town.app.received, "the event")
        event = town.app.received[0]["event"]
        assert (event["type"], event["user"]["id"], event["user"]["deleted"]) == ("user_change", GRACE, True)
        assert "tz" not in await profile(town, GRACE)
        assert (await town.type("hi", user=GRACE))["error"] == "user_not_found"
        assert await error(town.slack.conversations_open(users=[GRACE])) == "user_disabled"
        assert (await town.do("deactivate", user=ADA, target=ADA))["error"] == "cant_deactivate_self"
        await town.do("deactivate", user=ADA, target=GRACE, deleted=False)
        assert (await town.type("back", user=GRACE))["ok"]


async def test_channels_are_renamed_entered_and_left(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=ALL) as town:

        async def heard() -> dict[str, Any]:
            await wait_until(lambda: town.app.received, "an event")
            event: dict[str, Any] = town.app.received.pop()["event"]
            return event

        assert (await town.do("rename", user=ADA, channel=NEWS, name="general"))["error"] == "name_taken"
        await town.do("rename", user=ADA, channel=NEWS, name="headlines")
        event = await heard()
        assert (event["type"], event["channel"]["name"]) == ("channel_rename", "headlines")
        await town.do("leave", user=GRACE, channel=NEWS)
        event = await heard()
        assert (event["type"], event["user"], event["channel"]) == ("member_left_channel", GRACE, NEWS)
        await town.do("join", user=GRACE, channel=NEWS)
        event = await heard()
        assert (event["type"], event["user"]) == ("member_joined_channel", GRACE)
        await town.do("remove", user=ADA, channel=NEWS)
        event = await heard()
        assert (event["type"], event["channel"]) == ("channel_left", NEWS)
        assert await error(town.slack.chat_postMessage(channel=NEWS, text="hi")) == "not_in_channel"
        await town.do("leave", user=GRACE, channel=RANDOM)  # where the bot is not, it hears nothing
        await town.do("invite", user=ADA, channel=NEWS)
        event = await heard()
        assert (event["type"], event["user"]) == ("member_joined_channel", BOT)
        assert town.app.received == []


async def test_an_uninstalled_app_hears_it_and_is_gone(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=ALL) as town:
        await town.slack.views_publish(user_id=ADA, view={"type": "home", "blocks": []})
        await town.do("uninstall", user=ADA)
        await wait_until(lambda: len(town.app.received) == 2, "two events")
        events = {body["event"]["type"]: body["event"] for body in town.app.received}
        assert set(events) == {"app_uninstalled", "tokens_revoked"}
        assert events["tokens_revoked"]["tokens"]["bot"] == [BOT]
        assert await error(town.slack.auth_test()) == "account_inactive"
        state = await town.state()
        assert (state["commands"], state["shortcuts"], state["home"]) == ([], [], None)
        assert (state["team"]["installed"], state["channels"][0]["bot_in"]) == (False, False)
        await town.type("/precache hi")
        await town.type("@precache hi")
        assert "not a valid command" in (await town.sees())[0]["text"]
        assert (await town.do("shortcut", user=ADA, callback_id="compose"))["status"] == 400
        assert (await town.do("invite", user=ADA, channel=GENERAL))["status"] == 400
        assert len(town.app.received) == 2
