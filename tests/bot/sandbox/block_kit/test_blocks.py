"""Every limit of Block Kit, on both of its sides."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.block_kit import (
    block_problems,
    count_characters,
    fill_in_ids,
    interactive_elements,
    slack_files,
)

Json = dict[str, Any]


def plain(length: int = 2) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 2) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **fields}


def row(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain(), **fields}


def option(number: int = 0, **fields: Any) -> Json:
    return {"text": plain(), "value": str(number), **fields}


def options(count: int) -> list[Json]:
    return [option(number) for number in range(count)]


def select(**fields: Any) -> Json:
    return {"type": "static_select", "options": options(1), **fields}


def confirm(title: int = 1, text: int = 1, ok: int = 1, deny: int = 1) -> Json:
    return {"title": plain(title), "text": mrkdwn(text), "confirm": plain(ok), "deny": plain(deny)}


def image(**fields: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "x", **fields}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def table(rows: int = 1, cells: int = 1) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


def data_table(*, rows: int = 2, cells: int = 2, text: str = "x", **fields: Any) -> Json:
    header = [{"type": "raw_text", "text": "n"}] * cells
    body = [[{"type": "raw_text", "text": text}] * cells] * (rows - 1)
    return {"type": "data_table", "caption": "c", "rows": [header, *body], **fields}


def chart(*, title: str = "t", labels: Sequence[str] = ("a", "b"), series: int = 1) -> Json:
    points = [{"label": label, "value": 1.5} for label in labels]
    rows = [{"name": f"s{number}", "data": points} for number in range(series)]
    data = {"type": "bar", "series": rows, "axis_config": {"categories": list(labels), "x_label": "x"}}
    return {"type": "data_visualization", "title": title, "chart": data}


def pie(segments: int = 1, **segment: Any) -> Json:
    parts = [{"label": "a", "value": 1, **segment}] * segments
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": parts}}


def trash() -> Json:
    return {"type": "icon_button", "icon": "trash", "text": plain()}


def thumbs(**button: Any) -> Json:
    one = {"text": plain(), "value": "v", **button}
    element = {"type": "feedback_buttons", "positive_button": one, "negative_button": one}
    return {"type": "context_actions", "elements": [element]}


LIMITS: list[tuple[str, int, Callable[[int], list[Json]]]] = [
    ("blocks", 50, lambda n: [{"type": "divider"}] * n),
    ("section text", 3000, lambda n: [section(text=mrkdwn(n))]),
    ("section plain text", 3000, lambda n: [section(text=plain(n))]),
    ("section fields", 10, lambda n: [section(fields=[plain()] * n)]),
    ("field", 2000, lambda n: [section(fields=[mrkdwn(n)])]),
    ("header", 150, lambda n: [{"type": "header", "text": plain(n)}]),
    ("context elements", 10, lambda n: [{"type": "context", "elements": [mrkdwn()] * n}]),
    ("context text", 3000, lambda n: [{"type": "context", "elements": [mrkdwn(n)]}]),
    ("actions", 25, lambda n: [row(*[button()] * n)]),
    ("button text", 75, lambda n: [row(button(text=plain(n)))]),
    ("button value", 2000, lambda n: [row(button(value="x" * n))]),
    ("button url", 3000, lambda n: [row(button(url="x" * n))]),
    ("accessibility label", 75, lambda n: [row(button(accessibility_label="x" * n))]),
    ("option text", 75, lambda n: [row(select(options=[option(text=plain(n))]))]),
    ("option value", 150, lambda n: [row(select(options=[option(value="x" * n)]))]),
    ("option description", 75, lambda n: [row(select(options=[option(description=plain(n))]))]),
    ("options", 100, lambda n: [row(select(options=options(n)))]),
    ("option groups", 100, lambda n: [row(grouped(n))]),
    ("overflow options", 5, lambda n: [row({"type": "overflow", "options": options(n)})]),
    ("checkboxes", 10, lambda n: [row({"type": "checkboxes", "options": options(n)})]),
    ("radio buttons", 10, lambda n: [row({"type": "radio_buttons", "options": options(n)})]),
    ("placeholder", 150, lambda n: [row(select(placeholder=plain(n)))]),
    ("confirm title", 100, lambda n: [row(button(confirm=confirm(title=n)))]),
    ("confirm text", 300, lambda n: [row(button(confirm=confirm(text=n)))]),
    ("confirm button", 30, lambda n: [row(button(confirm=confirm(ok=n)))]),
    ("deny button", 30, lambda n: [row(button(confirm=confirm(deny=n)))]),
    ("image alt text", 2000, lambda n: [image(alt_text="x" * n)]),
    (
        "image title",
        2000,
        lambda n: [{"type": "image", "image_url": "u", "alt_text": "x", "title": plain(n)}],
    ),
    ("image url", 3000, lambda n: [image(image_url="x" * n)]),
    ("block id", 255, lambda n: [{"type": "divider", "block_id": "x" * n}]),
    ("action id", 255, lambda n: [row(button(action_id="x" * n))]),
    ("markdown", 12_000, lambda n: [{"type": "markdown", "text": "x" * n}]),
    ("markdown together", 12_000, lambda n: [{"type": "markdown", "text": "x" * (n // 2)}, _rest(n)]),
    ("table rows", 100, lambda n: [table(rows=n)]),
    ("table cells", 20, lambda n: [table(cells=n)]),
    ("tables", 1, lambda n: [table()] * n),
    ("context actions", 5, lambda n: [{"type": "context_actions", "elements": [trash()] * n}]),
    ("feedback text", 75, lambda n: [thumbs(text=plain(n))]),
    ("feedback value", 2_000, lambda n: [thumbs(value="x" * n)]),
    ("feedback label", 75, lambda n: [thumbs(accessibility_label="x" * n)]),
    ("data table rows", 101, lambda n: [data_table(rows=n)]),
    ("data table cells", 20, lambda n: [data_table(cells=n)]),
    ("rows of a page", 100, lambda n: [data_table(page_size=n)]),
    ("characters of a data table", 10_000, lambda n: [data_table(cells=1, text="x" * (n - 1))]),
    ("chart title", 50, lambda n: [chart(title="x" * n)]),
    ("charts", 2, lambda n: [chart()] * n),
    ("categories", 20, lambda n: [chart(labels=[str(number) for number in range(n)])]),
    ("category", 20, lambda n: [chart(labels=["x" * n])]),
    ("series", 6, lambda n: [chart(series=n)]),
    ("segments", 6, lambda n: [pie(n)]),
    ("column settings", 20, lambda n: [{**table(), "column_settings": [{"align": "right"}] * n}]),
    ("list indent", 8, lambda n: [rich(bullets(indent=n))]),
]


def _rest(n: int) -> Json:
    return {"type": "markdown", "text": "x" * (n - n // 2)}


def grouped(count: int) -> Json:
    groups = [{"label": plain(), "options": [option(number)]} for number in range(count)]
    return {"type": "static_select", "option_groups": groups}


def bullets(**fields: Any) -> Json:
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    return {"type": "rich_text_list", "style": "bullet", "elements": [item], **fields}


@pytest.mark.parametrize(("limit", "build"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_a_limit_can_be_reached_and_not_passed(limit: int, build: Callable[[int], list[Json]]) -> None:
    assert block_problems(build(limit)) == []
    assert block_problems(build(limit + 1)) != []


INLINE: list[Json] = [
    {"type": "text", "text": "x", "style": {"bold": True, "italic": True, "strike": True, "code": True}},
    {"type": "link", "url": "https://example.com", "text": "there"},
    {"type": "user", "user_id": "U1"},
    {"type": "channel", "channel_id": "C1"},
    {"type": "usergroup", "usergroup_id": "S1"},
    {"type": "broadcast", "range": "here"},
    {"type": "emoji", "name": "wave"},
    {"type": "date", "timestamp": 1_700_000_000, "format": "{date}", "fallback": "then"},
    {"type": "color", "value": "#aabbcc"},
]

ACCEPTED: list[Json] = [
    section(accessory=button()),
    section(accessory={"type": "image", "image_url": "u", "alt_text": "x"}),
    section(accessory={"type": "multi_static_select", "options": options(3), "max_selected_items": 2}),
    section(expand=True, text={"type": "mrkdwn", "text": "x", "verbatim": True}),
    {"type": "section", "fields": [plain()]},
    row(select(initial_option=option()), button(style="danger")),
    row(
        {"type": "datepicker", "initial_date": "2027-01-15"}, {"type": "timepicker", "initial_time": "09:30"}
    ),
    row({"type": "datetimepicker", "initial_date_time": 1_800_000_000}),
    row(*({"type": f"{kind}_select"} for kind in ("users", "channels", "conversations", "external"))),
    {"type": "image", "slack_file": {"id": "F0A12BCDE"}, "alt_text": "x"},
    {"type": "image", "slack_file": {"url": "https://files.slack.com/x.png"}, "alt_text": "x"},
    rich({"type": "rich_text_section", "elements": INLINE}),
    rich({"type": "rich_text_quote", "elements": INLINE}),
    rich({"type": "rich_text_preformatted", "elements": INLINE[:2], "language": "python"}),
    rich(bullets(), bullets(style="ordered", indent=1, offset=3, border=1)),
    {
        "type": "table",
        "rows": [
            [
                {"type": "raw_text", "text": ""},
                {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": INLINE}]},
            ]
        ],
        "column_settings": [None, {"is_wrapped": True}],
    },
]


@pytest.mark.parametrize("block", ACCEPTED, ids=str)
def test_what_slack_takes_is_taken(block: Json) -> None:
    assert block_problems([block]) == []


REFUSED: list[tuple[Any, str, str]] = [
    ({"type": "input"}, "unsupported type: input", "/blocks/0/type"),
    ({"type": "blink"}, "unsupported type: blink", "/blocks/0/type"),
    ({"text": plain()}, "missing required field: type", "/blocks/0"),
    ("divider", "must be an object", "/blocks/0"),
    ({"type": "divider", "colour": "red"}, "invalid additional property: colour", "/blocks/0"),
    ({"type": "divider", "block_id": ""}, "must be more than 0 characters", "/blocks/0/block_id"),
    ({"type": "section"}, "must have at least one of: text, fields", "/blocks/0"),
    ({"type": "section", "text": "bare"}, "must be an object", "/blocks/0/text"),
    (section(text=mrkdwn(0)), "must be more than 0 characters", "/blocks/0/text/text"),
    (section(text={**mrkdwn(), "emoji": True}), "invalid additional property: emoji", "/blocks/0/text"),
    (section(text={**plain(), "verbatim": True}), "invalid additional property: verbatim", "/blocks/0/text"),
    (section(fields=[]), "no fewer than 1 items allowed", "/blocks/0/fields"),
    (
        section(accessory={"type": "plain_text_input"}),
        "unsupported type: plain_text_input",
        "/blocks/0/accessory/type",
    ),
    ({"type": "header", "text": mrkdwn()}, "unsupported type: mrkdwn", "/blocks/0/text/type"),
    ({"type": "header"}, "missing required field: text", "/blocks/0"),
    ({"type": "context", "elements": []}, "no fewer than 1 items allowed", "/blocks/0/elements"),
    (
        {"type": "context", "elements": [button()]},
        "unsupported type: button",
        "/blocks/0/elements/0/type",
    ),
    (row(), "no fewer than 1 items allowed", "/blocks/0/elements"),
    (row(button(action_id="a"), button(action_id="a")), "`action_id` a already exists", "/blocks/0"),
    (row(button(style="green")), "must be one of: primary, danger", "/blocks/0/elements/0/style"),
    (row(button(text=mrkdwn())), "unsupported type: mrkdwn", "/blocks/0/elements/0/text/type"),
    (
        row({"type": "multi_users_select"}),
        "unsupported type: multi_users_select",
        "/blocks/0/elements/0/type",
    ),
    (
        row(button(confirm={"title": plain(), "text": plain(), "confirm": plain()})),
        "missing required field: deny",
        "/blocks/0/elements/0/confirm",
    ),
    (row({"type": "static_select"}), "exactly one of: options, option_groups", "/blocks/0/elements/0"),
    (row(select(options=[option(), option()])), "different values", "/blocks/0/elements/0"),
    (row(select(initial_option=option(9))), "must be one of the options", "/blocks/0/elements/0"),
    (
        row({"type": "datepicker", "initial_date": "15.1.27"}),
        "YYYY-MM-DD",
        "/blocks/0/elements/0/initial_date",
    ),
    (row({"type": "timepicker", "initial_time": "25:00"}), "HH:mm", "/blocks/0/elements/0/initial_time"),
    ({"type": "image", "alt_text": "x"}, "exactly one of: image_url, slack_file", "/blocks/0"),
    ({"type": "image", "image_url": "u"}, "missing required field: alt_text", "/blocks/0"),
    (
        {"type": "image", "slack_file": {}, "alt_text": "x"},
        "exactly one of: id, url",
        "/blocks/0/slack_file",
    ),
    (
        {"type": "image", "slack_file": {"id": "F0A12BCDE", "url": "u"}, "alt_text": "x"},
        "exactly one of: id, url",
        "/blocks/0/slack_file",
    ),
    (
        {"type": "image", "slack_file": {"id": "f1"}, "alt_text": "x"},
        "must match regex pattern: ^[F][A-Z0-9]{8,}$",
        "/blocks/0/slack_file/id",
    ),
    ({"type": "markdown", "text": ""}, "must be more than 0 characters", "/blocks/0/text"),
    (
        rich({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}),
        "must be more than 0 characters",
        "/blocks/0/elements/0/elements/0/text",
    ),
    (
        rich({"type": "rich_text_preformatted", "elements": [INLINE[2]]}),
        "unsupported type: user",
        "/blocks/0/elements/0/elements/0/type",
    ),
    (rich(bullets(style="dash")), "must be one of: bullet, ordered", "/blocks/0/elements/0/style"),
    (
        rich({"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "all"}]}),
        "must be one of: here, channel, everyone",
        "/blocks/0/elements/0/elements/0/range",
    ),
    (
        {"type": "table", "rows": [[{"type": "mrkdwn", "text": "x"}]]},
        "unsupported type: mrkdwn",
        "/blocks/0/rows/0/0/type",
    ),
    (data_table(rows=1), "no fewer than 2 items allowed", "/blocks/0/rows"),
    (
        {**data_table(), "rows": [*data_table()["rows"], [{"type": "raw_text", "text": "x"}]]},
        "all rows must have the same number of cells",
        "/blocks/0",
    ),
    (
        {**data_table(), "rows": [[rich(bullets())], [{"type": "raw_text", "text": "x"}]]},
        "header cells must not be rich_text",
        "/blocks/0",
    ),
    (data_table(row_header_column_index=2), "row_header_column_index must name a column", "/blocks/0"),
    (pie(value=0), "must be greater than 0", "/blocks/0/chart/segments/0"),
    (pie(value="1"), "must be a number", "/blocks/0/chart/segments/0/value"),
    (
        {**chart(), "chart": {**chart(series=1)["chart"], "series": chart(series=1)["chart"]["series"] * 2}},
        "series names must be unique",
        "/blocks/0/chart",
    ),
    (
        {**chart(), "chart": {**chart()["chart"], "axis_config": {"categories": ["b", "a"]}}},
        "data labels must match axis_config.categories",
        "/blocks/0/chart",
    ),
    ({**chart(), "chart": {"type": "radar"}}, "unsupported type: radar", "/blocks/0/chart/type"),
]


@pytest.mark.parametrize(("block", "reason", "pointer"), REFUSED, ids=[case[1] for case in REFUSED])
def test_what_slack_refuses_is_refused_with_a_pointer(block: Any, reason: str, pointer: str) -> None:
    (problem,) = block_problems([block])
    assert reason in problem
    assert problem.endswith(f"[json-pointer:{pointer}]")


def test_block_ids_are_unique_in_a_message() -> None:
    (problem,) = block_problems([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}])
    assert "already exists in this message" in problem


@pytest.mark.parametrize("blocks", [None, "[]", {}, 3])
def test_blocks_are_a_list(blocks: object) -> None:
    assert block_problems(blocks) == ["must be an array [json-pointer:/blocks]"]


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_WORDS = st.sampled_from(["type", "text", "elements", "options", "value", "rows", "accessory", "fields"])
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4)
)


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a node."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]


@given(block=st.sampled_from(ACCEPTED), anything=_ANYTHING, data=st.data())
def test_whatever_is_put_into_a_block_is_judged_and_never_breaks_the_judge(
    block: Json, anything: Any, data: st.DataObject
) -> None:
    broken = copy.deepcopy(block)
    container, key = data.draw(st.sampled_from(_places(broken)))
    container[key] = anything
    if block_problems([broken]) == []:
        assert len(fill_in_ids([broken])) == 1
        assert count_characters([broken]) >= 0
        list(interactive_elements(fill_in_ids([broken])))
        assert all(named_by.keys() <= {"id", "url"} for _, named_by in slack_files([broken]))


def test_characters_are_those_of_all_texts() -> None:
    assert count_characters([section(text=mrkdwn(5), fields=[plain(7)]), row(button(text=plain(3)))]) == 15
    assert count_characters([rich({"type": "rich_text_section", "elements": INLINE})]) == len("x" + "there")


def test_ids_are_made_up_where_the_app_gave_none() -> None:
    blocks = fill_in_ids([section(accessory=button()), row(button(), button(action_id="mine"))])
    ids = [(block_id, element["action_id"]) for block_id, element in interactive_elements(blocks)]
    assert all(block_id and action_id for block_id, action_id in ids)
    assert len(set(ids)) == 3
    assert ids[2][1] == "mine"
