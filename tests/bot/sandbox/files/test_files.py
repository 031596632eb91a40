"""Files: brought by the app and by people, kept, shown, and given only to who may have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.sandbox.files.uploads import LARGEST, LIFETIME, mime_of
from bot.sandbox.protocol.page_json import message_view
from bot.sandbox.workspace import (
    FIRST,
    File,
    FileKept,
    Journal,
    Live,
    Message,
    Posted,
    Workspace,
    message_json,
)
from tests.bot.sandbox.filing import attach, get, picture, png, share, upload
from tests.bot.sandbox.town import (
    ADA,
    BOT,
    GENERAL,
    GRACE,
    LEADS,
    PARTNERS,
    RANDOM,
    Town,
    error,
    new_workspace,
    open_town,
)
from tests.waiting import wait_until

NOBODYS = "F0NOBODYS01"
PROCESSED = timedelta(seconds=1)


# The app's own files.


async def test_an_upload_is_a_file_with_its_bytes_title_and_description(town: Town) -> None:
    file = await upload(town, png(3))
    town.clock.ahead = PROCESSED
    told = (await town.slack.files_info(file=file))["file"]
    assert (told["name"], told["title"], told["mimetype"], told["alt_txt"], told["size"], told["user"]) == (
        "chart.png",
        "The chart",
        "image/png",
        "A chart",
        len(png(3)),
        BOT,
    )
    for url in (told["url_private"], told["url_private_download"]):
        status, headers, content = await get(town, url)
        assert (status, headers["content-type"], content) == (200, "image/png", png(3))


async def test_a_new_file_has_no_type_until_it_is_processed(town: Town) -> None:
    file = await upload(town)
    assert (await town.slack.files_info(file=file))["file"]["mimetype"] == ""
    posting = town.slack.chat_postMessage(channel=GENERAL, text="x", blocks=[picture(file)])
    assert await error(posting) == "invalid_blocks"
    town.clock.ahead = PROCESSED
    assert (await town.slack.files_info(file=file))["file"]["mimetype"] == "image/png"
    assert (await town.slack.chat_postMessage(channel=GENERAL, text="x", blocks=[picture(file)]))["ok"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"length": 0}, "missing_argument"),
        ({"length": "many"}, "invalid_arguments"),
        ({"length": LARGEST + 1}, "file_upload_size_restricted"),
        ({"filename": ""}, "invalid_arguments"),
        ({"filename": "x" * 256}, "invalid_arguments"),
        ({"alt_txt": "x" * 1_001}, "alt_txt_too_large"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_an_upload_slack_would_refuse_is_refused(
    town: Town, arguments: Mapping[str, Any], code: str
) -> None:
    asked = {"filename": "a.txt", "length": 1, **arguments}
    _, _, answer = await town.raw("files.getUploadURLExternal", **asked)
    assert (answer["ok"], answer["error"]) == (False, code)


async def test_other_bytes_than_were_announced_are_refused(town: Town) -> None:
    ticket = await town.slack.files_getUploadURLExternal(filename="a.txt", length=4)
    for content in (b"abc", b"abcde"):
        async with town.http.post(ticket["upload_url"], data=content) as answer:
            assert answer.status == 400
    completing = town.slack.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "a"}])
    assert await error(completing) == "file_not_found"


async def test_only_the_address_that_was_given_takes_bytes(town: Town) -> None:
    ticket = await town.slack.files_getUploadURLExternal(filename="a.txt", length=1)
    guessed = ticket["upload_url"].rpartition("/")[0] + "/guessed"
    async with town.http.post(guessed, data=b"x") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([], "invalid_arguments"),
        ("F1", "invalid_arguments"),
        ([{"title": "no id"}], "invalid_arguments"),
        ([{"id": NOBODYS}], "file_not_found"),
    ],
    ids=str,
)
async def test_only_what_was_brought_can_be_completed(town: Town, files: object, code: str) -> None:
    _, _, answer = await town.raw("files.completeUploadExternal", files=files)
    assert answer["error"] == code


async def test_an_upload_is_completed_once_and_by_the_one_who_began_it(town: Town) -> None:
    file = await upload(town)
    again = town.slack.files_completeUploadExternal(files=[{"id": file, "title": "again"}])
    assert await error(again) == "file_not_found"
    adas = (await attach(town))["file"]
    taken = town.slack.files_completeUploadExternal(files=[{"id": adas, "title": "mine"}])
    assert await error(taken) == "file_not_found"


# Who may have them.


async def test_without_the_token_there_is_a_login_page_with_status_200(town: Town) -> None:
    file = await upload(town)
    url = (await town.slack.files_info(file=file))["file"]["url_private_download"]
    for token in (None, "xoxb-other"):
        status, headers, content = await get(town, url, token)
        assert (status, headers["content-type"].partition(";")[0]) == (200, "text/html")
        assert b"Sign in" in content


async def test_a_file_is_the_bots_to_read_where_it_is_shared_with_it(town: Town) -> None:
    seen = await share(town)
    assert (await town.slack.files_info(file=seen))["file"]["channels"] == [GENERAL]
    for channel in (RANDOM, LEADS):
        hidden = await share(town, channel=channel)
        assert await error(town.slack.files_info(file=hidden)) == "file_not_found"
        url = f"{town.url}/sandbox/files-pri/{FIRST.id}-{hidden}/table.csv"
        assert (await get(town, url))[0] == 404
    assert await error(town.slack.files_info(file=NOBODYS)) == "file_not_found"


async def test_a_file_is_never_served_as_something_a_browser_runs(town: Town) -> None:
    for name, content in (("x.html", b"<script>alert(1)</script>"), ("x.svg", b"<svg onload='alert(1)'/>")):
        file = await share(town, content, name)
        _, headers, _ = await get(town, f"{town.url}/sandbox/files/{file}", None)
        assert headers["content-type"] == "application/octet-stream"
        assert headers["content-disposition"] == f'attachment; filename="{name}"'
        assert headers["x-content-type-options"] == "nosniff"


# People's.


async def test_a_message_with_a_file_says_so_in_history_and_on_the_page(town: Town) -> None:
    file = await share(town, png(), "Chart of May.png", text="see *this*", alt="A rising line")
    (said,) = (await town.slack.conversations_history(channel=GENERAL))["messages"]
    assert (said["subtype"], said["text"], said["upload"]) == ("file_share", "see *this*", False)
    (told,) = said["files"]
    assert (told["id"], told["name"], told["mimetype"], told["alt_txt"], told["file_access"]) == (
        file,
        "Chart of May.png",
        "image/png",
        "A rising line",
        "visible",
    )
    assert (await get(town, told["url_private_download"]))[2] == png()
    (seen,) = await town.sees(user=GRACE)
    shown = {"id": file, "name": "Chart of May.png", "size": len(png()), "mime": "image/png"}
    assert seen["files"] == [{**shown, "alt": "A rising line"}]
    assert (await get(town, f"{town.url}/sandbox/files/{file}", None))[2] == png()
    status, headers, _ = await get(town, told["permalink"], None)
    assert (status, headers["location"]) == (307, f"/#{GENERAL}/{said['ts']}")


async def test_a_file_needs_no_words_and_makes_no_command(town: Town) -> None:
    await share(town, text="")
    await share(town, text="/precache help")
    said = (await town.slack.conversations_history(channel=GENERAL))["messages"]
    assert [message["text"] for message in said] == ["/precache help", ""]
    assert town.app.received == []


async def test_a_file_in_a_thread_is_in_its_replies(town: Town) -> None:
    parent = (await town.type("parent"))["ts"]
    file = await share(town, thread_ts=parent)
    thread = (await town.slack.conversations_replies(channel=GENERAL, ts=parent))["messages"]
    assert [shared["id"] for shared in thread[1]["files"]] == [file]


async def test_the_app_hears_of_files_with_a_message_and_a_mention(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=["app_mention", "message.channels"]) as town:
        file = await share(town, text="@precache read this")
        await wait_until(lambda: len(town.app.received) == 2, "both events")
        events = {body["event"]["type"]: body["event"] for body in town.app.received}
        assert [shared["id"] for shared in events["message"]["files"]] == [file]
        assert [shared["id"] for shared in events["app_mention"]["files"]] == [file]
        assert events["message"]["subtype"] == "file_share"
        assert "subtype" not in events["app_mention"]


async def test_in_a_shared_channel_only_files_info_says_what_a_file_is(town: Town) -> None:
    file = await share(town, channel=PARTNERS)
    (said,) = (await town.slack.conversations_history(channel=PARTNERS))["messages"]
    (told,) = said["files"]
    assert (told["id"], told["mode"], told["file_access"]) == (file, "file_access", "check_file_info")
    assert "url_private_download" not in told
    assert (await town.slack.files_info(file=file))["file"]["mimetype"] == "text/csv"


async def test_what_cannot_be_attached_is_refused(town: Town) -> None:
    assert (await attach(town, b"x" * (LARGEST + 1)))["error"] == "file_upload_size_restricted"
    assert (await attach(town, name=""))["error"] == "invalid_arguments"
    assert (await attach(town, user="U0NOBODY001"))["error"] == "user_not_found"
    adas = (await attach(town))["file"]
    for files, code in (
        ([{"id": NOBODYS}], "file_not_found"),
        ([{"id": f"F0MANY{n:05}"} for n in range(11)], "too_many_files"),
        ([{"id": adas, "alt": "x" * 1_001}], "alt_txt_too_large"),
        ("all", "invalid_arguments"),
    ):
        assert (await town.type("hi", files=files))["error"] == code
    assert (await town.type("hi", user=GRACE, files=[{"id": adas}]))["error"] == "file_not_found"
    assert await town.sees() == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x"])
async def test_another_site_cannot_attach_for_a_person(town: Town, kind: str) -> None:
    async with town.http.post(
        f"{town.url}/sandbox/upload",
        params={"user": ADA, "name": "x"},
        data=b"x",
        headers={"content-type": kind},
    ) as answer:
        assert answer.status == 415


# In blocks.


async def test_a_picture_is_shown_by_its_id_or_its_address(town: Town) -> None:
    file = await upload(town)
    town.clock.ahead = PROCESSED
    told = (await town.slack.files_info(file=file))["file"]
    for block in (
        picture(file),
        picture(file, url=told["url_private"]),
        picture(file, url=told["permalink"]),
        {"type": "context", "elements": [picture(file)]},
    ):
        assert (await town.slack.chat_postMessage(channel=GENERAL, text="x", blocks=[block]))["ok"]


async def test_a_file_that_is_not_there_or_no_picture_is_refused_wherever_blocks_go(town: Town) -> None:
    text, hidden = (
        await upload(town, b"words", "words.txt"),
        await share(town, png(), "a.png", channel=RANDOM),
    )
    town.clock.ahead = PROCESSED
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="x"))["ts"]
    for file in (NOBODYS, text, hidden):
        blocks = [picture(file)]
        for method, arguments in (
            ("chat.postMessage", {}),
            ("chat.postEphemeral", {"user": ADA}),
            ("chat.update", {"ts": ts}),
        ):
            _, _, answer = await town.raw(method, channel=GENERAL, text="x", blocks=blocks, **arguments)
            assert (answer["error"], answer["errors"]) == (
                "invalid_blocks",
                ["invalid slack file [json-pointer:/blocks/0/slack_file]"],
            )
        view = {"type": "home", "blocks": blocks}
        _, _, answer = await town.raw("views.publish", user_id=ADA, view=view)
        assert answer["response_metadata"]["messages"] == [
            "[ERROR] invalid slack file [json-pointer:/view/blocks/0/slack_file]"
        ]
    await town.type("/precache hi")
    async with town.http.post(
        town.app.received[-1]["response_url"], json={"text": "x", "blocks": [picture(NOBODYS)]}
    ) as reply:
        assert (reply.status, await reply.text()) == (400, "invalid_blocks")


# Kept, and for how long.


async def test_files_are_there_after_the_process_is_gone(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as before:
        shared, own = await share(before, alt="two rows"), await upload(before)
        begun = await before.slack.files_getUploadURLExternal(filename="later.txt", length=5)
        async with open_town(redis_raw) as after:
            assert await after.sees() == await before.sees()
            told = (await after.slack.files_info(file=shared))["file"]
            assert (await get(after, told["url_private_download"]))[2] == b"a,b\n1,2\n"
            assert (await after.slack.files_info(file=own))["ok"]
            async with after.http.post(
                begun["upload_url"].replace(before.url, after.url), data=b"later"
            ) as answer:
                assert answer.status == 200
            done = after.slack.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "x"}])
            assert (await done)["ok"]


def kept(number: int) -> FileKept:
    file = File(
        id=f"F0KEPT{number:04}",
        name="a.txt",
        title="a",
        mime="text/plain",
        size=1,
        user=ADA,
        created=number,
        ready=number,
    )
    return FileKept(file, b"x")


async def test_the_oldest_files_make_room_and_their_messages_say_so(redis_raw: Redis) -> None:
    live = Live(journal=Journal(redis_raw, most_files=2), workspace=Workspace(team=FIRST))
    await live.load_workspace()
    for number in range(3):
        await live.commit(kept(number))
    assert [*live.workspace.files] == ["F0KEPT0001", "F0KEPT0002"]
    assert await live.journal.file_content("F0KEPT0000") is None
    assert await live.journal.file_content("F0KEPT0001") == b"x"
    again = Live(journal=Journal(redis_raw, most_files=2), workspace=Workspace(team=FIRST))
    await again.load_workspace()
    assert again.workspace.files == live.workspace.files
    assert await redis_raw.hlen("sandbox:contents") == 2


def test_a_message_outlives_its_file() -> None:
    workspace = new_workspace()
    workspace.apply_change(
        Posted(message := Message(ts="1.000000", channel=GENERAL, user=ADA, text="", files=(NOBODYS,)))
    )
    assert message_json(message, workspace)["files"] == [{"id": NOBODYS, "mode": "tombstone"}]
    assert message_view(message, workspace)["files"] == [{"id": NOBODYS}]


async def test_only_uploads_that_nobody_completed_expire(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as town:
        await share(town)
        assert [key async for key in redis_raw.scan_iter("sandbox:upload:*")] == []
        await attach(town)
    waiting = [key async for key in redis_raw.scan_iter("sandbox:upload:*")]
    assert len(waiting) == 2
    for key in waiting:
        assert 0 < await redis_raw.pttl(key) <= LIFETIME.total_seconds() * 1000


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("a.png", png(), "image/png"),
        ("renamed.txt", png(), "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("fake.png", b"no picture", "text/plain"),
        ("fake.png", b"\xff\xfe\x00", "application/octet-stream"),
        ("a.svg", b"<svg/>", "image/svg+xml"),
        ("a.html", b"<p>", "text/html"),
        ("a.csv", b"a,b", "text/csv"),
        ("README", b"words", "text/plain"),
        ("blob", b"\xff\x00", "application/octet-stream"),
    ],
)
def test_a_files_type_is_what_it_holds(name: str, content: bytes, mime: str) -> None:
    assert mime_of(name, content) == mime


async def test_nothing_of_a_file_is_served_under_another_name(town: Town) -> None:
    file = await share(town)
    async with aiohttp.ClientSession() as stranger:
        for path in (f"/sandbox/files/{file}", f"/files/{ADA}/{file}/table.csv"):
            async with stranger.get(f"{town.url}{path}", headers={"host": "evil.example"}) as answer:
                assert answer.status == 403
