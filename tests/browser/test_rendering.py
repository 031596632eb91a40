"""Messages as the page draws them; a hostile one can do nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.acting import run_shortcut
from tests.browser.conftest import Site, Visit
from tests.browser.small_views import button, field, modal, plain, section

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DRAW = """
async ([module, name, text]) => {
  const { [name]: draw } = await import(`/sandbox/${module}.js`);
  const names = { U1: "Ada", C1: "general", S1: "editors" };
  const find = (id) => names[id] ?? null;
  const lookups = { userName: find, channelName: find, groupName: find, openChannel() {} };
  const reader = { me: "U1", zone: "Europe/Berlin", ...lookups };
  const box = document.createElement("div");
  box.append(...draw(text, reader));
  for (const node of box.querySelectorAll("*"))
    for (const { name } of [...node.attributes])
      if (!["href", "start"].includes(name)) node.removeAttribute(name);
  return box.innerHTML;
}
"""


MRKDWN = [
    ("plain", "plain"),
    ("*bold* _it_ ~gone~ `code`", "<strong>bold</strong> <em>it</em> <s>gone</s> <code>code</code>"),
    ("*a _b ~c~_*", "<strong>a <em>b <s>c</s></em></strong>"),
    ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
    ("* not bold * and ** nor this **", "* not bold * and ** nor this **"),
    ("*`a*b` c*", "<strong><code>a*b</code> c</strong>"),
    ("`*raw* &lt;b&gt;`", "<code>*raw* &lt;b&gt;</code>"),
    ("(*x*), *y*.", "(<strong>x</strong>), <strong>y</strong>."),
    ("a\nb", "a<br>b"),
    ("&gt; q1\n&gt; *q2*\nafter", "<blockquote>q1<br><strong>q2</strong></blockquote>after"),
    ("x\n```\na &lt; b\n  *c*\n```\ny", "x<pre><code>a &lt; b\n  *c*</code></pre>y"),
    ("```never closed *x*", "```never closed <strong>x</strong>"),
    ("<https://a.example/?x=1&amp;y=2|a &amp; b>", '<a href="https://a.example/?x=1&amp;y=2">a &amp; b</a>'),
    ("see https://a.example/x.", 'see <a href="https://a.example/x">https://a.example/x</a>.'),
    ("<mailto:a@b.example|mail>", '<a href="mailto:a@b.example">mail</a>'),
    ("<javascript:alert(1)|go>", "&lt;javascript:alert(1)|go&gt;"),
    ("<data:text/html,x>", "&lt;data:text/html,x&gt;"),
    ("<@U1> <@U9|bo> <#C1|old> <#C9|> <!here>", None),
    ("<!date^1893488400^{date_num} at {time}|soon>", "<time>01/01/2030 at 10:00</time>"),
    (
        "<!date^1893488400^{time}^https://a.example|soon>",
        '<a href="https://a.example/"><time>10:00</time></a>',
    ),
    ("<!subteam^S1> <!subteam^S9>", "<span>@editors</span> <span>@group</span>"),
    ("<!date^nonsense|soon>", "&lt;!date^nonsense|soon&gt;"),
    (":tada: :no_such_one: 10:30:45", "🎉 :no_such_one: 10:30:45"),
    ("&amp;lt;b&amp;gt;", "&amp;lt;b&amp;gt;"),
    ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
]

MARKDOWN = [
    (
        "a **b** *c* __d__ _e_ ~~f~~",
        "<p>a <strong>b</strong> <em>c</em> <strong>d</strong> <em>e</em> <s>f</s></p>",
    ),
    ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    ("# One\n### Three", "<div>One</div><div>Three</div>"),
    ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
    ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("- [x] a\n- [ ] b", "<ul><li><span>☑ </span>a</li><li><span>☐ </span>b</li></ul>"),
    ("> a\n> - b", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>"),
    ("```js\nlet a = '<b>';\n```", "<pre><code>let a = '&lt;b&gt;';</code></pre>"),
    ("```\nopen", "<pre><code>open</code></pre>"),
    ("---", "<hr>"),
    (
        "| a | b |\n|:--|--:|\n| 1 | `x` |",
        "<div><table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><code>x</code></td></tr></tbody></table></div>",
    ),
    ("[x](https://a.example/(b)) y", '<p><a href="https://a.example/(b)">x</a> y</p>'),
    ("![alt](https://a.example/i.png)", '<p><a href="https://a.example/i.png">alt</a></p>'),
    ("[x](javascript:alert)", "<p><span>x</span></p>"),
    (r"\*not\* 2 * 3 * 4", "<p>*not* 2 * 3 * 4</p>"),
    ("``a ` b``", "<p><code>a ` b</code></p>"),
    ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    ("a & b &lt;", "<p>a &amp; b &amp;lt;</p>"),
]


async def test_mrkdwn_is_drawn_as_slack_draws_it(visit: Visit) -> None:
    page = await visit()
    for text, expected in MRKDWN:
        drawn = await page.evaluate(DRAW, ["mrkdwn", "mrkdwn", text])
        assert drawn == (expected if expected is not None else MENTIONS), text


MENTIONS = (
    "<span>@Ada</span> <span>@bo</span> <button>#general</button> "
    "<span>#private channel</span> <span>@here</span>"
)


async def test_markdown_is_drawn_with_its_structure(visit: Visit) -> None:
    page = await visit()
    for text, expected in MARKDOWN:
        assert await page.evaluate(DRAW, ["markdown", "markdown", text]) == expected, text


ENDLESS = [
    "*" * 12_000,
    "*a " * 4_000,
    "_<a" * 4_000,
    "`" * 12_000,
    "**a " * 3_000,
    "> " * 6_000,
    "[" * 12_000,
    "[a](" * 3_000,
    "- " * 6_000,
    "|" * 12_000,
    "https://" * 1_500,
    "<!date^" * 1_700,
]


async def test_no_text_makes_the_page_wait(visit: Visit) -> None:
    page = await visit()
    for text in ENDLESS:
        async with asyncio.timeout(60):
            for module in ("mrkdwn", "markdown"):
                await page.evaluate(DRAW, [module, module, text])


EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload=alert(1)>'
ESCAPED = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def evil_blocks() -> list[dict[str, Any]]:
    plain = {"type": "plain_text", "text": EVIL[:70]}
    rich = {"type": "text", "text": EVIL}
    return [
        section(ESCAPED, accessory=button("a1", EVIL[:70])),
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": ESCAPED}, {"type": "plain_text", "text": EVIL}],
        },
        {"type": "header", "text": plain},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": ESCAPED}]},
        {"type": "image", "alt_text": EVIL, "image_url": "https://elsewhere.example/pixel.png"},
        {
            "type": "actions",
            "elements": [
                button("a2", EVIL[:70]),
                {
                    "type": "static_select",
                    "action_id": "a3",
                    "placeholder": plain,
                    "options": [{"text": plain, "value": EVIL[:70]}],
                },
            ],
        },
        {"type": "markdown", "text": f"{EVIL}\n\n# {EVIL}\n\n| {EVIL} | b |\n|---|---|\n| {EVIL} | c |"},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [rich, {"type": "link", "url": "https://a.example", "text": EVIL}],
                },
                {"type": "rich_text_preformatted", "elements": [rich]},
            ],
        },
    ]


async def test_hostile_text_is_inert_everywhere(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await page.locator("#composer").fill(EVIL)
    await page.locator("#composer").press("Enter")
    await expect(page.locator("#list .message")).to_have_count(1)
    await expect(page.locator("#list .message").first).to_contain_text(EVIL)
    await site.app.post(site.channels["general"], text=ESCAPED, blocks=evil_blocks())
    await expect(page.locator("#list .message")).to_have_count(2)
    await expect(page.locator("#list .message").last.locator(".block")).to_have_count(8)
    assert await page.locator("#list :is(img, script, iframe, svg:not(.icon))").count() == 0
    assert await page.evaluate("() => window.pwned") is None
    links = await page.locator("#list .body a").evaluate_all(
        "nodes => nodes.map((node) => [node.rel, node.protocol])"
    )
    assert {tuple(link) for link in links} == {("noopener noreferrer", "https:")}


async def test_blocks_are_drawn(site: Site, visit: Visit) -> None:
    raw = [{"type": "raw_text", "text": "What"}, {"type": "raw_text", "text": "How long"}]
    item = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": "an item", "style": {"bold": True}}],
    }
    person = {"type": "user", "user_id": site.people["grace"]}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "A header :tada:"}},
        section("*Left*", fields=[{"type": "mrkdwn", "text": "_field_"}]),
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "plain_text", "text": "made 08:57"}]},
        {"type": "image", "alt_text": "A chart", "image_url": "https://elsewhere.example/chart.png"},
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [person, {"type": "broadcast", "range": "here"}]},
                {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [item]},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
            ],
        },
        {
            "type": "table",
            "rows": [raw, [{"type": "raw_text", "text": "Redis"}, {"type": "raw_text", "text": "2 ms"}]],
        },
    ]
    await site.app.post(site.channels["general"], text="all of it", blocks=blocks)
    body = (await visit("ada")).locator("#list .message .body")
    await expect(body.get_by_role("heading", name="A header 🎉")).to_be_visible()
    await expect(body.locator(".block-section strong")).to_have_text("Left")
    await expect(body.locator(".fields em")).to_have_text("field")
    await expect(body.locator(".block-context")).to_have_text("made 08:57")
    await expect(body.get_by_role("link", name="A chart")).to_have_attribute(
        "href", "https://elsewhere.example/chart.png"
    )
    await expect(body.get_by_text("@Grace Hopper")).to_be_visible()
    await expect(body.locator("ol.indent-1[start='3'] li strong")).to_have_text("an item")
    await expect(body.locator("blockquote")).to_have_text("quoted")
    await expect(body.get_by_role("columnheader", name="How long")).to_be_visible()
    await expect(body.get_by_role("cell", name="2 ms")).to_be_visible()


async def test_hostile_text_is_inert_in_a_modal(site: Site, visit: Visit) -> None:
    named = {"text": plain(EVIL[:70]), "value": "x", "description": plain(EVIL[:70])}
    site.app.form = modal(
        EVIL[:20],
        field("text", EVIL, "plain_text_input", initial_value=EVIL, placeholder=plain(EVIL[:70]))
        | {"hint": plain(EVIL)},
        field("one", EVIL, "static_select", options=[named], initial_option=named),
        field("some", EVIL, "multi_static_select", options=[named], initial_options=[named]),
        field("few", EVIL, "checkboxes", optional=True, options=[named]),
        *(block for block in evil_blocks() if block["type"] != "markdown"),  # has no place in a modal
        submit=EVIL[:20],
    )
    site.app.verdict = {"response_action": "errors", "errors": {"text": EVIL}}
    page = await visit("ada")
    await run_shortcut(page)
    await page.get_by_role("combobox").first.click()
    await expect(page.get_by_role("option")).to_contain_text(EVIL[:70])
    await page.keyboard.press("Escape")
    await page.locator("dialog button[type=submit]").click()
    await expect(page.locator("dialog .field-problem").first).to_have_text(EVIL)
    assert (
        await page.locator(
            "dialog :is(img:not([src='/sandbox/icon.svg']), script, iframe, svg:not(.icon))"
        ).count()
        == 0
    )
    assert await page.evaluate("() => window.pwned") is None


async def test_feedback_is_drawn_and_told(visit: Visit) -> None:
    page = await visit()
    thumb = {"text": plain("Good"), "value": "good"}
    block = {
        "type": "context_actions",
        "block_id": "b",
        "elements": [
            {"type": "feedback_buttons", "action_id": "f", "positive_button": thumb},
            {"type": "icon_button", "action_id": "i", "icon": "trash", "text": plain("Remove")},
            *(
                {
                    "type": "icon_button",
                    "action_id": f"only_{user}",
                    "icon": "trash",
                    "text": plain(f"Only {user}"),
                    "visible_to_user_ids": [user],
                }
                for user in ("U1", "U2")
            ),
        ],
    }
    told = await page.evaluate(
        """async (block) => {
          const { renderBlocks } = await import("/sandbox/blocks.js");
          const told = [];
          const scene = { act: async (...what) => void told.push(what), reader: { me: "U1" } };
          const [node] = renderBlocks([block], scene);
          for (const button of node.querySelectorAll("button")) button.click();
          return [[...node.querySelectorAll("button")].map((button) => button.ariaLabel), told];
        }""",
        block,
    )
    pressed = [["b", "f", "good"], ["b", "i", None], ["b", "only_U1", None]]
    assert told == [["Good", "Remove", "Only U1"], pressed]


def _numbers(*rows: tuple[str, float]) -> list[list[dict[str, Any]]]:
    return [
        [{"type": "raw_text", "text": name}, {"type": "raw_number", "value": value, "text": f"{value} kg"}]
        for name, value in rows
    ]


async def test_a_chart_is_drawn_and_says_its_numbers(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    points = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": -1}]
    series = [{"name": "in", "data": points}, {"name": "out", "data": points}]
    axes = {"categories": ["Mon", "Tue"], "y_label": "Tickets"}
    charts: list[dict[str, Any]] = [
        {"type": kind, "series": series, "axis_config": axes} for kind in ("bar", "line", "area")
    ]
    charts.append({"type": "pie", "segments": [{"label": "a", "value": 1}, {"label": "b", "value": 3}]})
    for number, chart in enumerate(charts):
        block = {"type": "data_visualization", "title": f"Chart {number}", "chart": chart}
        await site.app.post(site.channels["general"], text="x", blocks=[block])
    for number, (shape, count) in enumerate((("rect", 4), ("polyline", 2), ("polygon", 2), ("path", 2))):
        image = page.get_by_role("img", name=f"Chart {number}.")
        await expect(image.locator(shape)).to_have_count(count)
    await expect(page.get_by_role("img", name="Chart 0. in: Mon: 1, Tue: -1; out:")).to_be_visible()
    marks = page.get_by_role("img", name="Chart 0.").locator("text")
    await expect(marks).to_have_text(["-1", "0", "1", "Mon", "Tue"])
    await expect(page.get_by_role("img", name="Chart 3. a: 1, b: 3")).to_be_visible()


async def test_a_table_of_data_has_pages_and_is_sorted_by_the_column_that_is_pressed(
    site: Site, visit: Visit
) -> None:
    page = await visit("ada")
    header = [{"type": "raw_text", "text": name} for name in ("What", "Weight")]
    rows = _numbers(("pear", 20), ("fig", 3), ("kiwi", 100))
    block = {"type": "data_table", "caption": "Fruit", "page_size": 2, "rows": [header, *rows]}
    await site.app.post(site.channels["general"], text="x", blocks=[block])
    table = page.get_by_role("table", name="Fruit")
    await expect(table.locator("tbody th")).to_have_text(["pear", "fig"])
    weight = table.get_by_role("button", name="Weight")
    await weight.click()
    await expect(table.locator("tbody th")).to_have_text(["fig", "pear"])
    await weight.click()
    await expect(table.locator("tbody th")).to_have_text(["kiwi", "pear"])
    await page.get_by_role("button", name="Next").click()
    await expect(table.locator("tbody td")).to_have_text(["3 kg"])
    await expect(page.get_by_role("button", name="Next")).to_be_disabled()
    await expect(page.locator(".table-pages")).to_contain_text("3–3 of 3")


async def test_what_the_app_suggests_is_sent_and_what_it_does_is_said(site: Site, visit: Visit) -> None:
    page = await visit("ada")
    await page.get_by_role("link", name="Precache").click()
    direct = page.url.partition("#")[2].partition("/")[0]
    prompts = [{"title": "What runs next?", "message": "list my schedules"}]
    await site.app.slack.assistant_threads_setSuggestedPrompts(
        channel_id=direct, prompts=prompts, title="Try"
    )
    await page.get_by_role("button", name="What runs next?").click()
    row = page.locator("#list .message", has_text="list my schedules")
    await expect(row).to_be_visible()
    ts = str((await site.app.slack.conversations_history(channel=direct))["messages"][0]["ts"])
    await site.app.slack.assistant_threads_setStatus(channel_id=direct, thread_ts=ts, status="is looking …")
    await expect(page.locator("#working")).to_have_text("Precache is looking …")
    await site.app.post(direct, text="Nothing yet.", thread_ts=ts)
    await expect(page.locator("#working")).to_be_hidden()
