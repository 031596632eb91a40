"""Slack in our words, whatever Slack or a proxy before it says, and nothing posted twice."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.errors import PostUnknown, SlackError, SlackRefused, SlackUnavailable
from bot.slack import (
    Mark,
    Slack,
    channels_of_person,
    complete_files,
    connect_slack,
    find_names,
    find_person,
    is_channel_member,
    is_in_any_group,
    read_history,
    read_thread,
    user_groups,
)
from bot.slack.direct_calls import is_slack_address
from bot.slack.kept_threads import KeptThreads
from tests.bot.sandbox.town import ADA, ATTIC, BOT, GENERAL, GRACE, NEWS, RANDOM, TOKEN, Town, open_town
from tests.waiting import wait_until

MARK = Mark(run="T0PRECACHE1:run-1", part=0)
NOWHERE = "C0NOWHERE01"

# Slack at its worst: bytes on a socket, so that nothing is impossible.


class Cut(bytes):
    """Sent as it is, and then the connection is reset."""


def http(status: str, body: bytes | str, kind: str = "application/json", **headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def ok(**fields: Any) -> bytes:
    return http("200 OK", json.dumps({"ok": True} | fields))


def no(code: str, status: str = "200 OK", **headers: str) -> bytes:
    return http(status, json.dumps({"ok": False, "error": code}), **headers)


@dataclass(kw_only=True)
class Wire:
    """Answers each request with the next of `replies`, the last one over and over; keeps what was asked."""

    replies: list[bytes]
    asked: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """Channels whose requests wait for their answer."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                self.asked.append(head.split(" ")[1].rpartition("/")[2].partition("?")[0])
                query = head.split(" ")[1].partition("?")[2] or ("" if body[:1] == b"{" else body.decode())
                self.queries.append(dict(parse_qsl(query)))
                self.bodies.append(json.loads(body) if body.startswith(b"{") else None)
                channel = json.loads(body).get("channel", "") if body.startswith(b"{") else ""
                self.channels.append(channel)
                if channel in self.held:
                    await self.held[channel].wait()
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                writer.write(reply)
                await writer.drain()
                if isinstance(reply, Cut):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side went away
        finally:
            writer.transport.abort()


@asynccontextmanager
async def open_wire(
    *replies: bytes, within: timedelta = timedelta(seconds=10)
) -> AsyncIterator[tuple[Wire, Slack]]:
    wire = Wire(replies=list(replies))
    async with (
        listening(wire.serve) as url,
        connect_slack(token="xoxb-wire", api_url=url, within=within) as slack,
    ):
        yield wire, slack


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    connections: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        await serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def post(slack: Slack, channel: str = GENERAL, **more: Any) -> Awaitable[str]:
    return slack.post_message(channel, text="An answer", blocks=[], mark=MARK, **more)


# The table of errors

PROXY = "<html><body>Bad gateway</body></html>"


@pytest.mark.parametrize(
    ("reply", "error", "told"),
    [
        (http("200 OK", "ok", "text/plain"), PostUnknown, "Slack answered 200"),
        (http("200 OK", PROXY, "text/html"), PostUnknown, "Slack answered 200"),
        (http("200 OK", b"\xff\xfe", "application/json"), PostUnknown, "Slack answered 200"),
        (http("200 OK", b"\xff\xfe", "text/plain"), PostUnknown, "Slack answered 200"),
        (http("200 OK", "{", "application/json"), PostUnknown, "Slack answered 200"),
        (http("200 OK", "", "application/json"), PostUnknown, "Slack answered 200"),
        (http("200 OK", "[1]"), PostUnknown, "Slack answered 200"),
        (http("200 OK", '"ok"'), PostUnknown, "Slack answered 200"),
        (http("200 OK", "null"), PostUnknown, "Slack answered 200"),
        (http("200 OK", b"ok", "application/gzip"), PostUnknown, "Slack answered 200"),
        (ok(), PostUnknown, "without the message's ts"),
        (ok(ts=None), PostUnknown, "without the message's ts"),
        (b"nonsense\r\n\r\n", PostUnknown, "no answer from Slack"),
        (Cut(b""), PostUnknown, "no answer from Slack"),
        (Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), PostUnknown, "no answer from Slack"),
        (http("403 Forbidden", PROXY, "text/html"), PostUnknown, "Slack answered 403"),
        (http("502 Bad Gateway", '{"error": {"code": 502}}'), PostUnknown, "Slack answered 502"),
        (http("200 OK", '{"ok": false, "error": ["odd"]}'), PostUnknown, "Slack answered 200"),
        *(
            (http(status, body, kind), PostUnknown, f"Slack answered {status[:3]}")
            for status in ("500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable")
            for kind, body in (("text/html", PROXY), ("application/json", ""), ("application/json", "{}"))
        ),
        (http("503 Service Unavailable", "sorry", "text/plain"), PostUnknown, ""),
        *(
            (no(code), PostUnknown, f"Slack answered 200 {code}")
            for code in ("fatal_error", "internal_error", "request_timeout")
        ),
        (no("service_unavailable", "503 Service Unavailable"), SlackUnavailable, "service_unavailable"),
        *(
            (no(code), SlackUnavailable, f"Slack answered {code}")
            for code in ("service_unavailable", "team_added_to_org", "org_login_required", "accesslimited")
        ),
        (no("ratelimited", "429 Too Many Requests"), SlackUnavailable, "limits the rate"),
        (http("429 Too Many Requests", PROXY, "text/html"), SlackUnavailable, "limits the rate"),
        (no("ratelimited"), SlackUnavailable, "limits the rate"),
        (no("rate_limited"), SlackUnavailable, "limits the rate"),
        (no("message_limit_exceeded"), SlackUnavailable, "limits the rate"),
        (no("ratelimited", "429 Too Many Requests", Retry_After="31"), SlackUnavailable, "limits the rate"),
        *(
            (
                no("ratelimited", "429 Too Many Requests", Retry_After=wait),
                SlackUnavailable,
                "limits the rate",
            )
            for wait in ("soon", "", "nan", "inf", "1e400", "9" * 30)
        ),
        *(
            (no(code), SlackRefused, f"Slack answered {code}")
            for code in (
                "not_in_channel",
                "channel_not_found",
                "is_archived",
                "invalid_auth",
                "token_revoked",
                "account_inactive",
                "missing_scope",
                "invalid_blocks",
                "msg_too_long",
                "restricted_action",
                "a_code_of_the_future",
            )
        ),
    ],
)
async def test_each_answer_to_a_post_means_one_thing_and_is_asked_for_once(
    reply: bytes, error: type[SlackError], told: str
) -> None:
    async with open_wire(reply) as (wire, slack):
        with pytest.raises(SlackError) as caught:
            await post(slack)
    assert type(caught.value) is error
    assert told in str(caught.value)
    assert wire.asked == ["chat.postMessage"]


async def test_a_code_says_what_slack_refused() -> None:
    async with open_wire(no("is_archived")) as (_, slack):
        with pytest.raises(SlackRefused) as refused:
            await post(slack)
    assert refused.value.code == "is_archived"


async def test_a_connection_that_is_reset_at_once_tells_nothing_of_the_post() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with listening(reset) as url, connect_slack(token="xoxb-wire", api_url=url) as slack:
        with pytest.raises(PostUnknown):
            await post(slack)


async def test_a_post_that_is_never_answered_is_given_up() -> None:
    async with open_wire(ok(), within=timedelta(milliseconds=100)) as (wire, slack):
        wire.held[GENERAL] = asyncio.Event()
        with pytest.raises(PostUnknown, match=r"no answer from Slack \(TimeoutError\)"):
            await post(slack)
    assert wire.asked == ["chat.postMessage"]


async def test_a_post_that_reaches_nobody_was_not_posted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with connect_slack(token="xoxb-wire", api_url=f"http://127.0.0.1:{port}/") as slack:
        with pytest.raises(SlackUnavailable, match="no connection to Slack"):
            await post(slack)


@pytest.mark.parametrize(
    "reply", [Cut(b""), http("200 OK", "ok", "text/plain"), no("fatal_error"), no("service_unavailable")]
)
async def test_what_was_only_asked_can_be_asked_again_whatever_went_wrong(reply: bytes) -> None:
    async with open_wire(reply) as (wire, slack):
        for ask in (
            slack.who_am_i,
            lambda: slack.check_channel(GENERAL),
            lambda: slack.find_post(GENERAL, mark=MARK, since=datetime.now(UTC)),
        ):
            with pytest.raises(SlackUnavailable):
                await ask()
    assert {*wire.asked} == {"auth.test", "conversations.info", "conversations.history"}


async def test_a_zone_that_slack_does_not_tell_is_not_none_and_is_asked_for_again() -> None:
    async with open_wire(no("fatal_error"), ok(user={"tz": "Asia/Tokyo"})) as (wire, slack):
        with pytest.raises(SlackUnavailable):
            await slack.time_zone(ADA)
        assert await slack.time_zone(ADA) == "Asia/Tokyo"
        assert await slack.time_zone(ADA) == "Asia/Tokyo"
    assert wire.asked == ["users.info"] * 2


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "only_one_table_allowed"])
async def test_where_slack_refuses_the_blocks_the_text_goes_alone_once(code: str) -> None:
    blocks = [{"type": "divider"}]
    async with open_wire(no(code), ok(ts="17.000001")) as (wire, slack):
        assert await slack.post_message(GENERAL, text="An answer", blocks=blocks, mark=MARK) == "17.000001"
        assert wire.asked == ["chat.postMessage"] * 2
    first, second = wire.bodies
    assert first["blocks"] == blocks
    assert "blocks" not in second
    assert second["text"] == "An answer"
    assert second["metadata"] == first["metadata"] == MARK.metadata()
    async with open_wire(no(code)) as (wire, slack):
        with pytest.raises(SlackRefused):
            await slack.post_message(GENERAL, text="An answer", blocks=blocks, mark=MARK)
    assert len(wire.asked) == 2


@pytest.mark.parametrize("code", ["restricted_action", "is_archived", "msg_too_long"])
async def test_what_has_nothing_to_do_with_blocks_is_not_tried_without_them(code: str) -> None:
    async with open_wire(no(code)) as (wire, slack):
        with pytest.raises(SlackRefused):
            await slack.post_message(GENERAL, text="An answer", blocks=[{"type": "divider"}], mark=MARK)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("kind", ["channel", "thread"])
async def test_of_a_history_in_small_pages_what_came_is_used(kind: str) -> None:
    messages = [{"ts": f"{17 + number}.000001", "text": f"m{number}"} for number in range(15)]
    page = ok(messages=messages, response_metadata={"next_cursor": "next"})
    limited = no("ratelimited", "429 Too Many Requests", Retry_After="60")
    async with open_wire(page, limited) as (wire, slack):
        since = datetime.fromtimestamp(1, UTC)
        if kind == "channel":
            said = await read_history(slack, GENERAL, since, most=200, in_part=False)  # no try gets more
        else:
            said = await read_thread(slack, GENERAL, "17.000001")
        assert len(said.messages) == 15
        assert said.has_more
        assert len(wire.asked) == 2
        if kind == "channel":  # no third call within the minute, and what came is used again
            for beginning in (datetime.fromtimestamp(0, UTC), since):
                again = await read_history(slack, GENERAL, beginning, most=200)
                assert (again.messages, again.has_more) == (said.messages, True)
            for other, in_part in ((NEWS, True), (GENERAL, False)):
                with pytest.raises(SlackUnavailable) as refused:
                    await read_history(slack, other, since, most=200, in_part=in_part)
                assert refused.value.retry_after is not None
            assert len(wire.asked) == 2
        with pytest.raises(SlackUnavailable):  # nothing came, so there is nothing to use
            await read_thread(slack, GENERAL, "99.000001")


async def test_a_thread_that_was_just_read_is_topped_up_and_read_again_only_when_slack_allows_it() -> None:
    first = ok(messages=[{"ts": "9.000001", "text": "m0"}, {"ts": "10.000001", "text": "m1"}])
    more = ok(messages=[{"ts": "9.000001", "text": "m0"}, {"ts": "11.000001", "text": "m2"}])
    limited = no("ratelimited", "429 Too Many Requests", Retry_After="60")
    async with open_wire(first, more, limited) as (wire, slack):
        assert len((await read_thread(slack, GENERAL, "9.000001")).messages) == 2
        said = await read_thread(slack, GENERAL, "9.000001")
        assert [message["text"] for message in said.messages] == ["m0", "m1", "m2"]
        assert not said.has_more
        assert [query.get("oldest") for query in wire.queries] == [None, "10.000001"]
        for _ in range(2):  # Slack refuses the third call, and no fourth is made within the minute
            said = await read_thread(slack, GENERAL, "9.000001")
            assert (len(said.messages), said.has_more) == (3, True)
        with pytest.raises(SlackUnavailable) as refused:
            await read_thread(slack, GENERAL, "5.000001")
        assert refused.value.retry_after is not None
        assert len(wire.asked) == 3


async def test_a_thread_that_was_read_is_kept_a_minute_however_often_it_is_asked_for_and_only_so_much() -> (
    None
):
    kept = KeptThreads()
    thread = kept.thread_of(GENERAL, "1.000001")
    kept.keep_on(thread)
    until = thread.ends
    kept.keep_on(thread)
    assert thread.ends == until, "an edit is seen by then"
    thread.has_more = True
    kept.keep_on(thread)
    assert thread.ends > until, "it is not read to its end"
    other = thread
    for number in range(2, 6):
        other = kept.thread_of(GENERAL, f"{number}.000001")
        other.messages = {str(ts): {} for ts in range(2_000)}
        kept.keep_on(other)
    assert kept.thread_of(GENERAL, "1.000001") is not thread
    assert kept.thread_of(GENERAL, "5.000001") is other
    thread = kept.thread_of(GENERAL, "7.000001")
    kept.forget_old()
    assert kept.thread_of(GENERAL, "7.000001") is not thread


async def test_a_thread_that_is_kept_takes_no_other_ones_place() -> None:
    kept = KeptThreads()
    threads = []
    for number in range(50):
        threads.append(kept.thread_of(GENERAL, f"{number}.000001"))
        kept.keep_on(threads[-1])
    again = [kept.thread_of(GENERAL, f"{number}.000001") for number in range(50)]
    assert [id(thread) for thread in again] == [id(thread) for thread in threads]
    kept.thread_of(GENERAL, "50.000001")
    assert kept.thread_of(GENERAL, "1.000001") is threads[1]
    assert kept.thread_of(GENERAL, "0.000001") is not threads[0], "the oldest makes room for a new one"


async def test_calls_that_list_name_the_workspace_that_asked() -> None:
    reply = ok(members=[], channels=[], users=[], usergroups=[])
    async with open_wire(reply) as (wire, slack):
        of_team = slack.for_team("T0PRECACHE1")
        await find_person(of_team, "ada")
        await channels_of_person(of_team, ADA)
        await is_in_any_group(of_team, ADA, ["S0EDITORS01"])
        await user_groups(of_team)
        listed = ["users.list", "users.conversations", "usergroups.users.list", "usergroups.list"]
        assert wire.asked == listed
        assert [query.get("team_id") for query in wire.queries] == ["T0PRECACHE1"] * 4
        await find_person(slack, "ada")
        assert "team_id" not in wire.queries[-1]
        assert of_team.for_team("T0PRECACHE1") is of_team
        assert slack.for_team("") is slack


@pytest.mark.parametrize(
    ("channel", "names"),
    [
        ({"name": "news", "is_private": False}, {NEWS: "news"}),
        ({"name": "layoffs", "is_private": True}, {}),
        ({"name": "mpdm-ada--grace-1", "is_mpim": True, "is_private": True}, {}),
    ],
)
async def test_the_name_of_a_private_channel_is_told_to_nobody(
    channel: dict[str, object], names: dict[str, str]
) -> None:
    async with open_wire(ok(channel=channel)) as (_, slack):
        assert await find_names(slack, [NEWS]) == names


@pytest.mark.parametrize(("reply", "names"), [(ok(channel={"name": "news"}), {NEWS: "news"}), (no("x"), {})])
async def test_a_channel_is_asked_for_its_name_once_in_ten_minutes_whatever_slack_answered(
    reply: bytes, names: dict[str, str]
) -> None:
    async with open_wire(reply) as (wire, slack):
        for team in ("T0PRECACHE1", "T0PRECACHE2"):
            assert await find_names(slack.for_team(team), [NEWS]) == names
        assert wire.asked == ["conversations.info"]


async def test_the_bot_asks_once_who_it_is_whatever_team_it_speaks_to() -> None:
    async with open_wire(ok(user_id="U0PRECACHE1")) as (wire, slack):
        for team in ("T0PRECACHE1", "T0PRECACHE1", "T0PRECACHE2"):
            assert await slack.for_team(team).own_id() == "U0PRECACHE1"
        assert wire.asked == ["auth.test"]


@pytest.mark.parametrize(
    ("token", "guests"),
    [
        ({"team_id": "T0OURS"}, [False, False]),
        ({"team_id": "T0THEIRS"}, [True, True]),
        ({"team_id": "T0OTHER", "is_enterprise_install": True}, [False, True]),
        ({"team_id": "E0ORG"}, [False, True]),
        ({}, [False, True]),
    ],
)
async def test_a_token_of_one_workspace_says_whose_it_is_and_an_organisations_leaves_that_to_who_asks(
    token: dict[str, object], guests: list[bool]
) -> None:
    """What comes from a shared channel may name another workspace."""
    person = {"id": ADA, "team_id": "T0OURS"}
    async with open_wire(ok(user=person), ok(user_id="U0PRECACHE1", **token)) as (wire, slack):
        teams = ("T0OURS", "T0SISTER")
        assert [(await slack.for_team(team).user_profile(ADA)).is_guest for team in teams] == guests
        assert wire.asked == ["users.info", "auth.test"]


async def test_files_of_another_company_get_their_names_and_others_are_left_as_they_are() -> None:
    stub = {"id": "F0CONNECT01", "mode": "file_access", "file_access": "check_file_info"}
    known = {"id": "F0CONNECT02", "name": "notes.txt", "mimetype": "text/plain"}
    told = {"id": "F0CONNECT01", "name": "plan.txt", "mimetype": "text/plain", "file_access": "visible"}
    async with open_wire(ok(file=told), no("file_not_found")) as (wire, slack):
        first, second, third = await complete_files(slack, [stub, known, {**stub, "id": "F0CONNECT03"}])
        assert (first["name"], first["mimetype"], second) == ("plan.txt", "text/plain", known)
        assert third["file_access"] == "check_file_info"
        assert wire.asked == ["files.info"] * 2
        assert await complete_files(slack, None) == []


# One's turn in a channel


@pytest.mark.parametrize("there", [True, False])
async def test_of_a_channel_with_more_members_than_are_listed_each_is_asked_where_they_are(
    there: bool,
) -> None:
    crowd = ok(members=["U0OTHER00001"], response_metadata={"next_cursor": "more"})
    places = ok(channels=[{"id": NEWS}, {"id": GENERAL if there else RANDOM}])
    async with open_wire(*[crowd] * 50, places) as (wire, slack):
        assert await is_channel_member(slack, GENERAL, ADA) is there
    assert wire.asked == ["conversations.members"] * 50 + ["users.conversations"]


async def test_a_post_whose_time_has_passed_when_its_connection_is_there_is_not_sent(
    slack: Slack, town: Town
) -> None:
    looks: list[int] = []

    def check() -> None:
        looks.append(1)
        if len(looks) == 2:  # the first look was in time, and then the process stood still
            raise SlackUnavailable("too late")

    with pytest.raises(PostUnknown):
        await slack.post_message(GENERAL, text="Hi.", blocks=(), mark=MARK, check=check)
    assert await slack.find_post(GENERAL, mark=MARK, since=datetime.now(UTC) - timedelta(hours=1)) is None
    await slack.post_message(GENERAL, text="Hi.", blocks=(), mark=MARK, check=check)
    assert await slack.find_post(GENERAL, mark=MARK, since=datetime.now(UTC) - timedelta(hours=1))


@pytest.mark.parametrize(
    "limited",
    [no("ratelimited", "429 Too Many Requests", Retry_After="1"), no("ratelimited", Retry_After="0")],
)
async def test_a_post_that_comes_too_soon_waits_as_long_as_slack_says_and_is_posted_once(
    limited: bytes,
) -> None:
    async with open_wire(limited, ok(ts="1.2")) as (wire, slack):
        before = asyncio.get_running_loop().time()
        assert await post(slack) == "1.2"
        assert asyncio.get_running_loop().time() - before >= 1, (
            "even if Slack says 0, which would be a busy loop"
        )
    assert wire.asked == ["chat.postMessage"] * 2


async def test_how_long_slack_wants_to_be_left_alone_is_handed_on_when_it_is_too_long_to_wait() -> None:
    async with open_wire(no("ratelimited", "429 Too Many Requests", Retry_After="120")) as (_, slack):
        with pytest.raises(SlackUnavailable) as limited:
            await post(slack)
    assert limited.value.retry_after == timedelta(minutes=2)


async def test_posts_to_one_channel_queue_and_another_channel_goes_ahead() -> None:
    async with open_wire(ok(ts="1.2")) as (wire, slack):
        wire.held[GENERAL] = asyncio.Event()
        queued = [asyncio.ensure_future(post(slack)) for _ in range(3)]
        await wait_until(lambda: wire.channels == [GENERAL], "the first post is under way")
        await post(slack, NEWS)
        assert wire.channels == [GENERAL, NEWS]
        wire.held[GENERAL].set()
        assert await asyncio.gather(*queued) == ["1.2"] * 3
        assert wire.channels == [GENERAL, NEWS, GENERAL, GENERAL]


async def test_a_post_that_fails_lets_the_next_one_through() -> None:
    async with open_wire(no("fatal_error"), ok(ts="1.2")) as (_, slack):
        failed, posted = await asyncio.gather(post(slack), post(slack), return_exceptions=True)
    assert isinstance(failed, PostUnknown)
    assert posted == "1.2"


# A word to one person


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (http("404 Not Found", "used_url", "text/plain"), SlackRefused),
        (http("500 Internal Server Error", PROXY, "text/html"), SlackRefused),
        (http("200 OK", b"\xff", "text/plain; charset=utf-8"), PostUnknown),
        (Cut(b""), PostUnknown),
    ],
)
async def test_a_response_url_that_does_not_work_says_so_and_is_tried_once(
    reply: bytes, error: type[SlackError]
) -> None:
    async with open_wire(reply) as (wire, slack):
        with pytest.raises(error):
            await slack.respond_to_url(f"{slack.client.base_url}respond", "Hello")
    assert len(wire.asked) == 1


async def test_an_answer_to_a_command_goes_to_slack_alone_and_not_on_from_there() -> None:
    async with open_wire(http("307 Temporary Redirect", "", "text/plain", Location="/elsewhere")) as (
        wire,
        slack,
    ):
        with pytest.raises(PostUnknown):
            await slack.respond_to_url(slack.client.base_url.replace("127.0.0.1", "localhost"), "Hello")
        assert wire.asked == []
        with pytest.raises(SlackRefused):
            await slack.respond_to_url(f"{slack.client.base_url}respond", "Hello")
        assert len(wire.asked) == 1


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("https://hooks.slack.com/commands/T1/1/x", True),
        ("https://hooks.slack-gov.com/actions/T1/1/x", True),
        ("https://proxy.example/respond", True),
        ("http://hooks.slack.com/commands/T1/1/x", False),
        ("https://hooks.slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("https://hooks.slack.com@evil.example/x", False),
        ("http://169.254.169.254/latest", False),
        ("http://[::1/", False),
        ("", False),
    ],
)
def test_the_addresses_at_which_slack_takes_answers(url: str, is_slacks: bool) -> None:
    assert is_slack_address(url, api_url="https://proxy.example/api/") is is_slacks


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://127.0.0.1/", "http://127.0.0.1:1/"])
async def test_a_response_url_that_is_none_does_not_break_anything(url: str) -> None:
    async with open_wire(ok()) as (_, slack):
        with pytest.raises(SlackError):
            await slack.respond_to_url(url, "Hello")


async def test_who_cannot_be_told_in_the_channel_is_told_directly() -> None:
    async with open_wire(no("user_not_in_channel"), ok(ts="1.2")) as (wire, slack):
        await slack.tell_person(ADA, "Hello", channel=GENERAL)
    assert wire.asked == ["chat.postEphemeral", "chat.postMessage"]
    assert wire.channels == [GENERAL, ADA]


async def test_an_outage_is_no_reason_to_tell_someone_elsewhere() -> None:
    async with open_wire(no("service_unavailable")) as (wire, slack):
        with pytest.raises(SlackUnavailable):
            await slack.tell_person(ADA, "Hello", channel=GENERAL)
    assert wire.asked == ["chat.postEphemeral"]


# Against a whole workspace


@pytest_asyncio.fixture
async def workspace(redis_raw: RawRedis) -> AsyncIterator[tuple[Town, Slack]]:
    async with (
        open_town(redis_raw) as town,
        connect_slack(token=TOKEN, api_url=f"{town.url}/sandbox/api/") as slack,
    ):
        yield town, slack


async def test_a_post_is_found_again_by_its_mark_and_by_no_other(workspace: tuple[Town, Slack]) -> None:
    _, slack = workspace
    since = datetime.now(UTC) - timedelta(minutes=1)
    ts = await post(slack)
    reply = await slack.post_message(
        GENERAL, text="More", blocks=[], mark=Mark(run=MARK.run, part=1), thread=ts
    )
    assert await slack.find_post(GENERAL, mark=MARK, since=since) == ts
    in_thread = Mark(run=MARK.run, part=1)
    assert await slack.find_post(GENERAL, mark=in_thread, since=since, thread=ts) == reply
    assert await slack.find_post(GENERAL, mark=in_thread, since=since) is None
    assert await slack.find_post(GENERAL, mark=Mark(run="another", part=0), since=since) is None
    assert await slack.find_post(GENERAL, mark=MARK, since=datetime.now(UTC) + timedelta(minutes=1)) is None


async def test_what_another_app_has_marked_alike_is_not_taken_for_ours() -> None:
    marked = {"text": "Hello", "metadata": MARK.metadata()}
    others = [
        {**marked, "ts": "9.1", "user": ADA},
        {**marked, "ts": "9.2", "bot_id": "B2"},
        {**marked, "ts": "9.3"},
    ]
    ours = [{**marked, "ts": "9.4", "user": "U1"}, {**marked, "ts": "9.5", "bot_id": "B1", "user": None}]
    me, since = ok(user_id="U1", bot_id="B1"), datetime.now(UTC)
    async with open_wire(ok(messages=others), me, *(ok(messages=[*others, own]) for own in ours)) as (
        wire,
        slack,
    ):
        assert await slack.find_post(GENERAL, mark=MARK, since=since) is None
        assert [await slack.find_post(GENERAL, mark=MARK, since=since) for _ in ours] == ["9.4", "9.5"]
        assert Counter(wire.asked) == {"conversations.history": 3, "auth.test": 1}
    for untold in (no("fatal_error"), ok()):  # then it is asked again, and nothing is posted meanwhile
        async with open_wire(ok(messages=ours), untold) as (_, slack):
            with pytest.raises(SlackUnavailable):
                await slack.find_post(GENERAL, mark=MARK, since=since)


async def test_a_post_that_was_made_and_not_confirmed_is_found(workspace: tuple[Town, Slack]) -> None:
    town, slack = workspace
    await town.do("faults", method="chat.postMessage", kind="lost_response")
    since = datetime.now(UTC) - timedelta(minutes=1)
    with pytest.raises(PostUnknown):
        await post(slack)
    (message,) = await town.sees()
    assert await slack.find_post(GENERAL, mark=MARK, since=since) == message["ts"]


async def test_more_posts_than_a_channel_takes_at_once_all_arrive(workspace: tuple[Town, Slack]) -> None:
    town, slack = workspace
    marks = [Mark(run="many", part=part) for part in range(7)]
    await asyncio.gather(*(slack.post_message(NEWS, text="x", blocks=[], mark=mark) for mark in marks))
    sent = [message["metadata"]["event_payload"]["part"] for message in await town.sees(NEWS)]
    assert sorted(sent) == list(range(7))


@pytest.mark.parametrize(
    ("channel", "code"), [(RANDOM, "not_in_channel"), (ATTIC, "is_archived"), (NOWHERE, "channel_not_found")]
)
async def test_where_nothing_can_be_posted_is_known_beforehand(
    workspace: tuple[Town, Slack], channel: str, code: str
) -> None:
    _, slack = workspace
    for attempt in (slack.check_channel(channel), post(slack, channel)):
        with pytest.raises(SlackRefused) as refused:
            await attempt
        assert refused.value.code == code
    await slack.check_channel(GENERAL)


async def test_a_person_is_told_where_only_they_see_it(workspace: tuple[Town, Slack]) -> None:
    town, slack = workspace
    await slack.tell_person(ADA, "Only you", channel=GENERAL)
    assert [message["text"] for message in await town.sees(user=ADA)] == ["Only you"]
    assert await town.sees(user=GRACE) == []


async def test_the_workspace_says_who_the_bot_is_and_where_people_live(workspace: tuple[Town, Slack]) -> None:
    _, slack = workspace
    assert (await slack.who_am_i())["user_id"] == BOT
    assert await slack.time_zone(ADA) == "Europe/Berlin"
