"""Records in Redis as other versions of Precache have left them, or will."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.answers import Answer
from bot.answers.judging.comparison import Last
from bot.answers.records import NoAnswer
from bot.errors import NewerRecord, SealBroken
from bot.runs.state.claims import Begun
from bot.schedules import Run, Schedule, decode_schedule, encode_run
from bot.schedules.history.run import decode_run
from bot.schedules.schedule_record import encode_schedule
from bot.sources import Channel, File, Link, Quotation, Thread, decode_source
from bot.ui.composer.form import Form
from bot.ui.composer.shown_preview import ShownPreview
from bot.ui.home import decode_page
from bot.ui.intents import Intent
from bot.workspaces.token_encryption import Vault, read_keys
from tests.fuzz.choices import Choices
from tests.fuzz.target import target

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCHEDULE: Final = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="What is new? 🌤️",
    zone="Europe/Berlin",
    cron="0 9 * * 1-5",
    name="News",
    until=NOW,
    first_day=NOW.date(),
    step=2,
    mentions=("U1", "here"),
    max_age=timedelta(minutes=20),
    sources=(
        *(Link(url="https://a.example"), Channel(channel="C2", hours=24), File(file="F1")),
        *(Thread(channel="C2", ts="1.2"), Quotation(text="q")),
    ),
    created=NOW,
    state="active",
    revision=2,
)


def _read_schedule(text: str) -> Any:
    return asyncio.run(decode_schedule((text, "active", "2")))


KINDS: Final[tuple[tuple[str, Callable[[str], Any]], ...]] = (
    (Answer(text="A", made=NOW, model="m", tokens_in=1, read=NOW, whole="w").encode(), Answer.decode),
    (NoAnswer(reason="model_refused", name="n", status=404).encode(), NoAnswer.decode),
    ('["model_refused","n"]', NoAnswer.decode),
    (Last(asked="a", text="t", made=NOW).encode(), Last.decode),
    (encode_run(Run(at=NOW, outcome="posted", ts="1.2", cost=5)), decode_run),
    (encode_schedule(SCHEDULE), _read_schedule),
    (Form(prompt="p", when="w", channels=("C1",), others=SCHEDULE.sources, keep=NOW).encode(), Form.decode),
    (ShownPreview(question="q", state="done", blocks=({"type": "divider"},)).encode(), ShownPreview.decode),
    (Begun(at=NOW, ts="1.2").encode(), Begun.decode),
    (
        '{"v":1,"user":"U1","channel":"C1","text":"list","response_url":"https://a"}',
        lambda text: Intent.decode("T1:i", text),
    ),
    ('{"v":2,"page":3}', decode_page),
)


@target(b"", bytes(range(60)), b"\5\1\3new\0\5hello", b"\6\0\2\1", longest=300)
def stored_records(data: bytes) -> None:
    """Fields that we do not know change nothing, and a version that we do not know is told from a fault."""
    choices = Choices(data)
    record, decode = choices.pick(KINDS)
    genuine = decode(record)
    if not record.startswith("{"):
        return
    fields = json.loads(record)
    version = fields.pop("v")
    new = {f"new{choices.take_text(8)}": choices.take_json() for _ in range(choices.take_number(4))}
    written = {"v": version, **new, **fields} if choices.take_number(2) else {"v": version, **fields, **new}
    assert decode(json.dumps(written)) == genuine
    later = {"v": version + 90 + choices.take_number(200), **new}
    try:
        decode(json.dumps(later))
    except NewerRecord as exc:
        assert exc.version == later["v"]
    else:
        raise AssertionError("read a version that is yet to come")


@target(b"", bytes(range(60)), b"\1\4type\0\4link\3url\0\5https", longest=300)
def stored_sources(data: bytes) -> None:
    """A source of any version is kept to the letter."""
    choices = Choices(data)
    kind = choices.pick(("link", "file", "thread", "channel", "quotation", "of tomorrow"))
    names = ("url", "file", "channel", "ts", "hours", "text", "new")
    wire = {"type": kind, **{choices.pick(names): choices.take_json() for _ in range(choices.take_number(5))}}
    source = decode_source(wire)
    assert source.encode() == wire
    assert decode_source(source.encode()) == source
    source.label, source.readers, source.is_readable  # noqa: B018 - none of them raises


KEY: Final = base64.b64encode(b"a made-up key of thirty-two byte").decode()
VAULT: Final = Vault(read_keys(KEY))
SEALED: Final = VAULT.seal_secret("xoxb-made-up", owner="T1")


@target(SEALED, b"v1.", b"", longest=300)
def sealed_tokens(data: bytes) -> None:
    """What was not sealed with our key for this owner is not opened."""
    text = data.decode("utf-8", "replace")
    try:
        opened = VAULT.open_secret(text, owner="T1")
    except SealBroken:
        return
    assert opened.secret == "xoxb-made-up"
    with suppress(SealBroken):
        VAULT.open_secret(text, owner="T2")
        raise AssertionError("opened for another owner")


@target(KEY, f"{KEY},{KEY}", "not base64", longest=200)
def sealing_keys(data: bytes) -> None:
    with suppress(ValueError):
        assert all(len(key) == 44 for key in read_keys(data.decode("utf-8", "replace")))
