"""Pictures that stand in a thread or a channel of the sandbox, for a model that sees."""

from __future__ import annotations

from dataclasses import replace

from bot.documents import Document, Signature
from bot.hearing import Unseen
from bot.slack import SharedFile, Slack
from bot.sources import Channel, Material, Thread
from bot.sources.conversation import PostedPictures, look_at_posted
from bot.sources.material import SENT_ALONG
from bot.storage.client import CountedRedis
from tests.bot.sandbox.filing import png, share
from tests.bot.sandbox.town import GENERAL, PARTNERS, Town
from tests.bot.sources.reading import open_reader


class Seer:
    """Sees the same in each picture."""

    async def can_see(self) -> bool:
        return True

    async def take_along(self, content: bytes, signature: Signature) -> bytes | Unseen:
        return b"jpeg"

    async def see(
        self, content: bytes, signature: Signature, *, title: str = "", least_side: int = 0
    ) -> Document | Unseen:
        return Document(kind="picture", title=title, text=f"A {signature.format} of a bridge.")


async def test_a_thread_and_a_channel_tell_what_their_pictures_show(
    town: Town, slack: Slack, redis: CountedRedis
) -> None:
    root = str((await town.type("Look at the bridge"))["ts"])
    content = png(300)
    files = [
        await share(town, content, "bridge.png", thread_ts=root),
        await share(town, content, "bridge.png"),
    ]
    async with open_reader(slack, redis, now=town.clock) as opened:
        reader = replace(opened, eye=Seer())
        for file in files:
            reader.drawer.files[file] = SharedFile(
                name="bridge.png", mime="image/png", content=content, permalink=""
            )
        for source in (Thread(channel=GENERAL, ts=root), Channel(channel=GENERAL, hours=1)):
            found = await reader.read(source)
            assert isinstance(found, Material)
            (piece,) = found.pieces
            *messages, told, shown = piece.text.splitlines()
            assert messages[0].endswith("Look at the bridge")
            assert told.endswith("] The file bridge.png, a picture: what it shows:")
            assert shown == "    A PNG of a bridge."
            plain = await opened.read(source)
            assert isinstance(plain, Material)
            assert plain.pieces[0].text.splitlines() == messages


async def test_a_picture_of_another_company_and_one_that_was_forwarded_are_looked_at(
    town: Town, slack: Slack, redis: CountedRedis
) -> None:
    file = await share(town, content := png(300), "bridge.png", channel=PARTNERS)
    (stub,) = (await town.slack.conversations_history(channel=PARTNERS))["messages"]
    assert "mimetype" not in stub["files"][0]
    inside = {"ts": "1.0", "files": [{"id": file, "mimetype": "image/png"}]}
    forward = {"ts": "1795510800.000001", "attachments": [{"is_share": True, "files": inside["files"]}]}
    again = {"ts": "1795510800.000002", "attachments": [{"message_blocks": [{"message": inside}]}]}
    async with open_reader(slack, redis, now=town.clock) as opened:
        reader = replace(opened, eye=Seer())
        reader.drawer.files[file] = SharedFile(
            name="bridge.png", mime="image/png", content=content, permalink=""
        )
        for message in (stub, forward, again):
            found = await look_at_posted(slack, [message], reader.context())
            assert found.text.endswith("A PNG of a bridge.")
        text = {"ts": "1.0", "files": [{"id": "F1", "mimetype": "text/csv"}]}
        assert await look_at_posted(slack, [text], reader.context()) == PostedPictures()


async def test_what_is_asked_in_a_thread_goes_with_its_newest_pictures(
    town: Town, slack: Slack, redis: CountedRedis
) -> None:
    root = str((await town.type("Look"))["ts"])
    files = [await share(town, png(300), f"{n}.png", thread_ts=root) for n in range(3)]
    before = str((await town.type("@precache what is the error?", thread_ts=root))["ts"])
    async with open_reader(slack, redis, now=town.clock) as opened:
        reader = replace(opened, eye=Seer())
        for number, file in enumerate(files):
            reader.drawer.files[file] = SharedFile(
                name=f"{number}.png", mime="image/png", content=png(300), permalink=""
            )
        asked = Thread(channel=GENERAL, ts=root, before=before)
        for source, sent in ((asked, 2), (replace(asked, before=None), 0)):
            found = await reader.read(source, directly=True)
            assert isinstance(found, Material)
            assert found.pictures == (b"jpeg",) * sent
            assert found.pieces[0].text.count(SENT_ALONG) == sent
            assert found.pieces[0].text.count("A PNG of a bridge.") == 3 - sent
            without = found.without_pictures()
            assert isinstance(without, Material)
            assert (without.pictures, SENT_ALONG in without.prompt) == ((), False)
        assert (await reader.read(asked)) != await reader.read(asked, directly=True)
