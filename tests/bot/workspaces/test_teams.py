"""From a team to its Slack: each by its own token, an organisation's teams by one, nobody's by mistake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.errors import NotInstalled, SealBroken
from bot.slack import Mark
from bot.storage.client import CountedRedis
from bot.workspaces import ManyWorkspaces, OneWorkspace
from bot.workspaces.installations import Installations
from tests.bot.installed import NEW, NOON, OLD, installation, vault
from tests.stand_ins.slack import Slack, slack

LATER = NOON + timedelta(minutes=1)
AT_ONCE = timedelta(0)


@pytest_asyncio.fixture
async def stand_in() -> AsyncIterator[Slack]:
    async with slack() as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture
async def installations(redis: CountedRedis) -> Installations:
    return Installations(redis, vault())


@pytest_asyncio.fixture
async def many(installations: Installations, http: aiohttp.ClientSession, stand_in: Slack) -> ManyWorkspaces:
    return ManyWorkspaces(installations, http, api_url=stand_in.api_url)


def forgetful(installations: Installations, http: aiohttp.ClientSession, stand_in: Slack) -> ManyWorkspaces:
    """As a copy of the process whose memory has just run out."""
    return ManyWorkspaces(installations, http, api_url=stand_in.api_url, remembered=AT_ONCE)


async def say(many: ManyWorkspaces, team: str) -> None:
    await (await many.slack_of(team)).post_message(
        "C1", text="hi", blocks=[], mark=Mark(run=f"{team}:r", part=0)
    )


async def test_each_team_is_spoken_to_with_its_own_token(
    many: ManyWorkspaces, installations: Installations, stand_in: Slack
) -> None:
    for team in ("T1", "T2"):
        await installations.save_installation(installation(team))
    await asyncio.gather(*(say(many, team) for team in ("T1", "T2", "T1")))
    assert sorted(stand_in.tokens("chat.postMessage")) == ["xoxb-T1", "xoxb-T1", "xoxb-T2"]


async def test_who_has_not_installed_is_not_spoken_to(many: ManyWorkspaces, stand_in: Slack) -> None:
    with pytest.raises(NotInstalled) as caught:
        await many.slack_of("T1")
    assert caught.value.code == "not_installed"
    assert stand_in.calls == []


async def test_a_team_that_is_spoken_to_often_costs_one_look_up(
    many: ManyWorkspaces, installations: Installations, redis: CountedRedis
) -> None:
    await installations.save_installation(installation("T1"))
    before = redis.requests
    first = await many.slack_of("T1")
    assert redis.requests == before + 1
    assert await many.slack_of("T1") is first
    assert redis.requests == before + 1


async def test_all_who_ask_at_once_queue_in_one_place(
    many: ManyWorkspaces, installations: Installations
) -> None:
    await installations.save_installation(installation("T1"))
    found = await asyncio.gather(*(many.slack_of("T1") for _ in range(10)))
    assert len(set(map(id, found))) == 1


async def test_a_new_token_is_used_and_the_same_one_keeps_its_queues(
    installations: Installations, http: aiohttp.ClientSession, stand_in: Slack
) -> None:
    many = forgetful(installations, http, stand_in)
    await installations.save_installation(installation("T1"))
    first = await many.slack_of("T1")
    assert await many.slack_of("T1") is first
    await installations.save_installation(installation("T1", token="xoxb-again"))
    await say(many, "T1")
    assert stand_in.tokens("chat.postMessage") == ["xoxb-again"]


async def test_what_another_process_has_removed_is_known_here_after_a_while(
    installations: Installations, http: aiohttp.ClientSession, stand_in: Slack, many: ManyWorkspaces
) -> None:
    soon = forgetful(installations, http, stand_in)
    await installations.save_installation(installation("T1"))
    held = await many.slack_of("T1")
    await soon.slack_of("T1")
    assert await installations.remove_installation("T1", before=LATER)
    with pytest.raises(NotInstalled):
        await soon.slack_of("T1")
    assert await many.slack_of("T1") is held
    many.forget_token("T1")
    with pytest.raises(NotInstalled):
        await many.slack_of("T1")


async def test_an_organisation_installs_once_for_all_its_teams(
    many: ManyWorkspaces, installations: Installations, stand_in: Slack, redis: CountedRedis
) -> None:
    await installations.save_installation(installation(None, enterprise="E1"))
    with pytest.raises(NotInstalled):
        await many.slack_of("T1")
    await many.note_joined("T1", enterprise="E1")
    await many.note_joined("T2", enterprise="E1")
    before = redis.requests
    await many.note_joined("T1", enterprise="E1")
    assert redis.requests == before, "Slack says so with every delivery"
    await say(many, "T1")
    await say(many, "T2")
    assert stand_in.tokens("chat.postMessage") == ["xoxb-E1"] * 2
    assert await installations.list_members("E1") == ["T1", "T2"]


async def test_a_team_of_somebody_elses_organisation_is_not_reached(
    many: ManyWorkspaces, installations: Installations, redis_raw: RawRedis
) -> None:
    await installations.save_installation(installation(None, enterprise="E1"))
    await many.note_joined("T9", enterprise="E9")
    with pytest.raises(NotInstalled):
        await many.slack_of("T9")
    assert await redis_raw.keys("*T9*") == []
    await installations.save_installation(installation(None, enterprise="E9"))
    await many.note_joined("T9", enterprise="E9")
    await many.slack_of("T9")


async def test_one_workspace_answers_for_whatever_slack_sends_it(
    installations: Installations, many: ManyWorkspaces
) -> None:
    await installations.save_installation(installation("T1"))
    one = OneWorkspace(await many.slack_of("T1"))
    one.forget_token("T1")
    await one.note_joined("T2", enterprise="E1")
    first, second = await one.slack_of("T1"), await one.slack_of("T2")
    assert first.client is second.client
    assert [slack.list_arguments for slack in (first, second)] == [{"team_id": "T1"}, {"team_id": "T2"}]


# Records


async def test_no_token_can_be_read_in_redis(installations: Installations, redis_raw: RawRedis) -> None:
    await installations.save_installation(installation("T1", token="xoxb-very-secret"))
    (key,) = await redis_raw.keys("*")
    assert "secret" not in str(await redis_raw.get(key))
    assert await redis_raw.ttl(key) == -1, "an installation lives until it is uninstalled"
    found = await installations.find_installation("T1")
    assert found == installation("T1", token="xoxb-very-secret")
    assert "secret" not in repr(found)


async def test_a_record_copied_into_another_teams_place_gives_no_token(
    installations: Installations, redis_raw: RawRedis
) -> None:
    await installations.save_installation(installation("T1"))
    await redis_raw.copy("precache:installation:T1", "precache:installation:T2")
    with pytest.raises(SealBroken):
        await installations.find_installation("T2")


async def test_reading_under_an_old_key_seals_under_the_newest(redis: CountedRedis) -> None:
    await Installations(redis, vault(OLD)).save_installation(installation("T1"))
    assert await Installations(redis, vault(NEW, OLD)).find_installation("T1") == installation("T1")
    assert await Installations(redis, vault(NEW)).find_installation("T1") == installation("T1")
    with pytest.raises(SealBroken):
        await Installations(redis, vault(OLD)).find_installation("T1")


async def test_all_tokens_are_sealed_again_at_once_so_that_an_old_key_can_go(redis: CountedRedis) -> None:
    old = Installations(redis, vault(OLD))
    for team in (installation("T1"), installation("T2"), installation(None, enterprise="E1")):
        await old.save_installation(team)
    await old.join_enterprise("T3", enterprise="E1")
    both = Installations(redis, vault(NEW, OLD))
    await both.reseal_at_start()
    assert await both.reseal_tokens() == 0
    assert await Installations(redis, vault(NEW)).find_installation("T3") == installation(
        None, enterprise="E1"
    )


async def test_sealing_again_never_undoes_an_installation_of_this_moment(
    redis: CountedRedis,
) -> None:
    key = "precache:installation:T1"
    await Installations(redis, vault(OLD)).save_installation(installation("T1"))
    stale = await redis.get(key)
    assert stale is not None
    both = Installations(redis, vault(NEW, OLD))
    await both.save_installation(installation("T1", token="xoxb-fresh"))
    assert not await both._reseal_record("T1", stale, "xoxb-T1")  # noqa: SLF001 - a race, step by step
    found = await both.find_installation("T1")
    assert found is not None
    assert found.token == "xoxb-fresh"


async def test_late_news_of_an_uninstall_removes_no_newer_installation(installations: Installations) -> None:
    await installations.save_installation(installation("T1", installed=LATER))
    assert not await installations.remove_installation("T1", before=NOON)
    assert await installations.find_installation("T1") is not None
    assert await installations.remove_installation("T1", before=LATER + timedelta(seconds=1))
    assert await installations.find_installation("T1") is None
    assert await installations.remove_installation("T1", before=LATER), "it is gone already"


async def test_a_state_is_told_once_and_ends_by_itself(
    installations: Installations, redis_raw: RawRedis
) -> None:
    await installations.begin_install("state-1", browser="b-1")
    assert 0 < await redis_raw.ttl("precache:install:state-1") <= 600
    told = await asyncio.gather(*(installations.end_install("state-1") for _ in range(5)))
    assert sorted(told, key=str) == [None, None, None, None, "b-1"]
