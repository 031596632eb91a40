"""What Slack sends: messages with their blocks and markup, and the state of windows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from bot.sandbox.block_kit import is_too_large, view_problems
from bot.schedules import Draft
from bot.slack import said_moment, words_of_message, words_sent_along
from bot.sources import attached_files, codes_to_name, links_in, plain_text
from bot.sources.conversation import codes_in_messages, counts_as_said, has_words, run_of_message
from bot.sources.mrkdwn import link_markup
from bot.ui.composer.draft import check_form
from bot.ui.composer.form import Form
from bot.ui.composer.modal import composer_view
from bot.ui.composer.source_fields import Offer
from bot.ui.composer.state import read_form
from bot.ui.mentions import text_to_bot
from scheduler import Closures
from tests.fuzz.choices import Choices
from tests.fuzz.odd import oddly_changed
from tests.fuzz.target import target

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
_TEXT: Final[list[Any]] = [
    {"type": "text", "text": "Hello", "style": {"bold": True}},
    {"type": "user", "user_id": "U1"},
    {"type": "link", "url": "https://a.example", "text": "a"},
    {"type": "emoji", "name": "wave", "unicode": "1f44b"},
    {"type": "date", "timestamp": 1_795_000_000, "format": "{date}", "fallback": "then"},
]
_RICH: Final[dict[str, Any]] = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": _TEXT},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [{"elements": _TEXT}]},
        {"type": "rich_text_preformatted", "elements": _TEXT},
    ],
}
MESSAGE: Final[dict[str, Any]] = {
    "type": "message",
    "user": "U1",
    "ts": "1700000000.000100",
    "text": "see <https://a.example|this>, <@U1>",
    "blocks": [
        _RICH,
        {"type": "section", "text": {"type": "mrkdwn", "text": "*b*"}, "fields": [{"text": "c"}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}, _RICH]]},
        {
            "type": "context",
            "elements": [{"type": "image", "alt_text": "d"}, {"type": "mrkdwn", "text": "e"}],
        },
    ],
    "attachments": [
        {"fallback": "f", "pretext": "g", "fields": [{"title": "h", "value": "i"}], "blocks": []}
    ],
    "files": [{"id": "F1", "name": "a.pdf", "title": "A", "mimetype": "application/pdf", "size": 5}],
    "metadata": {"event_type": "precache_run", "event_payload": {"run": "T1:a", "part": 0}},
    "room": {"name": "huddle"},
    "reactions": [{"name": "eyes", "count": 2}],
}


def _read_message(message: dict[str, Any]) -> None:
    words = words_of_message(message)
    assert isinstance(words, str)
    words_sent_along(message)
    attached_files(message)
    plain_text(words, {"U1": "ada"})


@target(b"", bytes(range(60)), b"\3\1\0\5\2\1\3\1\7\2\0\1\6", longest=600)
def messages(data: bytes) -> None:
    changed = oddly_changed(Choices(data), (MESSAGE,))
    _read_message(changed)
    if all(isinstance(changed.get(name, ""), str) for name in ("text", "user", "subtype")) and isinstance(
        changed.get("metadata") or {}, dict
    ):
        has_words(changed)
        counts_as_said(changed, me="U0BOT")
        codes_in_messages([changed])
        run_of_message(changed, me="U1")


@target(b"", bytes(range(80)), b"\x05\x03\x04text\x00\x05hello", longest=600)
def any_blocks(data: bytes) -> None:
    choices = Choices(data)
    _read_message({name: choices.take_json() for name in ("text", "blocks", "attachments", "files")})
    said_moment(choices.take_json())


@target(
    "see <https://a.example|a&amp;b>, <@U1|ada>, <#C1>, <!here>, <!subteam^S1|@x>, <!date^5^{date}|then> *b*",
    "<mailto:a@b.example|a> &lt;b&gt; <https://x.example|https://x.example>",
    longest=500,
)
def markup(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for keep_links in (True, False):
        plain_text(text, {"U1": "ada", "C1": "news"}, keep_links=keep_links)
    assert all(code.isalnum() for code in codes_to_name(text))
    text_to_bot(text, bot="U1")
    shown = link_markup(text)
    if shown.startswith("<http"):  # nothing in the address ends the link
        assert shown.count("<") == shown.count(">") == shown.count("|") == 1


OFFER: Final = Offer(links_in=links_in, models=("openai:test",))
FORM: Final = Form(
    prompt="What is new? " * 300,
    when="every weekday at 9am",
    channel="C0GENERAL01",
    name="News",
    zone="Europe/Berlin",
    links="https://a.example",
    channels=("C0NEWS00001",),
    over=24,
    until="2027-03-01",
    holidays="DE-BY",
    mentions=("U0ADA000001", "here"),
    unfolded=True,
    editing="kolu-tane",
    revision=7,
)


def show_form(form: Form) -> dict[str, Any]:
    return composer_view(form, now=NOW, closures=Closures(), offer=OFFER)


_STATES: Final = {
    "initial_value": "value",
    "initial_conversation": "selected_conversation",
    "initial_conversations": "selected_conversations",
    "initial_date": "selected_date",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_users": "selected_users",
}


def _returned(view: dict[str, Any]) -> dict[str, Any]:
    """As Slack sends it back, its metadata read for once, so that it can be changed like the rest."""
    values = {
        block["block_id"]: {
            block["element"]["action_id"]: {
                "type": block["element"]["type"],
                **{_STATES[name]: value for name, value in block["element"].items() if name in _STATES},
            }
        }
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return {**view, "private_metadata": json.loads(view["private_metadata"]), "state": {"values": values}}


RETURNED: Final = _returned(show_form(FORM))


@target(b"", bytes(range(60)), b"\2\5\0\1\3\2\4", longest=600)
def windows(data: bytes) -> None:
    """A form can be read from any window, and Slack takes the window of any form."""
    choices = Choices(data)
    view = oddly_changed(choices, (RETURNED,))
    if choices.take_number(8):
        view["private_metadata"] = json.dumps(view.get("private_metadata"))
    form = read_form(view)
    checked = check_form(form, now=NOW, offer=OFFER)
    assert isinstance(checked, Draft) or all(checked.values())
    again = show_form(form)
    assert not view_problems(again, "modal"), view_problems(again, "modal")
    assert not is_too_large(again)
    kept = Form.decode(form.encode())
    assert kept.query == form.query
