"""All that people see in the body of a page is read, in its order; menus and hidden text are not."""

from __future__ import annotations

import pytest

from bot.documents import Document, Documents, Unparsed

URL = "https://example.com/news/"


def paragraph(number: int) -> str:
    return (
        f"<p>The {number}. part: the mill by the river was"
        f" built of oak and stone, and those who came to see it "
        f"wrote a book of {7 * number} pages.</p>"
    )


FAILED = '{"tests": {"t": [{"testId": "g", "result": "Error", "log": "&amp;lt;x&amp;gt;"}]}}'


def page(body: str, *, head: str = "") -> str:
    return f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}</body></html>"


def article(body: str) -> str:
    return page(f"<article><h1>Top</h1>{paragraph(1)}{body}{paragraph(2)}{paragraph(3)}</article>")


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def text_read(documents: Documents, html: str) -> str:
    found = await documents.read_document(html.encode(), mime="text/html", charset="utf-8", url=URL)
    assert isinstance(found, Document), found
    assert found.kind == "page"
    return found.text


CARDS = "".join(
    f'<div class="card"><h3><a href="/n{n}">Headline {n}</a></h3><p>A few words on the news of day {n}.</p>'
    f'<time datetime="2026-11-1{n}">1{n} Nov 2026</time></div>'
    for n in range(5)
)
RELEASES = "".join(
    f"<article><header><h2>Version 1.{n}</h2><time>2026-11-0{n + 1}</time></header>"
    f"<ul><li>Fixed part {n} of the gate</li></ul></article>"
    for n in range(4)
)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (
            article("<p>Dr\x1by land\x0b,\x0cand a <noscript>x</noscript>\x1bwell\ufffe&#27;.</p>"),
            ["Dry land, and a well."],
        ),
        (
            article("<p>It is planned for <time>1 December 2026</time> at noon.</p>"),
            ["for 1 December 2026 at noon"],
        ),
        (
            page(f"<main>{CARDS}</main>"),
            ["10 Nov 2026", "14 Nov 2026", "[Headline 3](https://example.com/n3)"],
        ),
        (page(f"<main><h1>Changes</h1>{RELEASES}</main>"), ["Version 1.0", "Version 1.3", "2026-11-04"]),
        (article("<figure><pre><code>pip install x</code></pre></figure>"), ["```\npip install x\n```"]),
        (article("<figure><img src=x><figcaption>Level in May</figcaption></figure>"), ["Level in May"]),
        (
            article('<aside class="admonition"><p>This deletes all data.</p></aside>'),
            ["This deletes all data"],
        ),
        (article("<footer>Correction: the price is 30 EUR.</footer>"), ["the price is 30 EUR"]),
        (article("<p>Now <output>17</output> of 30 seats are free.</p>"), ["Now 17 of 30"]),
        (article("<dialog open><p>Service ends on 1 May.</p></dialog>"), ["Service ends on 1 May"]),
        (
            article("<fieldset><legend>Fees</legend><label>Adults 12 EUR</label></fieldset>"),
            ["Fees", "12 EUR"],
        ),
        (article("<menu><li>Monday: soup 5 EUR</li></menu>"), ["- Monday: soup 5 EUR"]),
        (article("<p>So <math><mi>E</mi><mo>=</mo><mn>42</mn></math>.</p>"), ["E = 42"]),
        (article("<p><math><mfrac><mn>1</mn><mn>2</mn></mfrac></math></p>"), ["(1)/(2)"]),
        (article("<svg><title>icon</title><text>Chart 55 %</text></svg>"), ["Chart 55 %"]),
        (article("<address>Main street 1, Berlin</address>"), ["Main street 1"]),
        (
            article("<p>Up <data value=9>99 %</data>, <kbd>Ctrl</kbd>, <mark>now</mark>.</p>"),
            ["Up 99 %, Ctrl, now."],
        ),
        (article("<p>As long as 3 &lt; 4 holds, a_b * c is shut.</p>"), ["3 < 4 holds, a_b * c"]),
        (article("<p>Take 10<sup>6</sup> drops of H<sub>2</sub>O.</p>"), ["10^6 drops of H2O"]),
        (article('<ol start="5"><li>close the tap</li><li>open the vent</li></ol>'), ["5. close", "6. open"]),
        (article("<ol reversed><li>two</li><li>one</li></ol>"), ["2. two\n1. one"]),
        (article("<ul><li>a<ul><li>b</li></ul></li></ul>"), ["- a\n  - b"]),
        (article("<dl><dt>Term</dt><dd>Meaning</dd></dl>"), ["Term\n: Meaning"]),
        (article("<details><summary>More</summary><p>Open at nine.</p></details>"), ["More", "Open at nine"]),
        (article("<p><del>99 EUR</del> 79 EUR</p>"), ["~~99 EUR~~ 79 EUR"]),
        (
            article(
                "<figure><table><tr><th>Plan<th>Price<tr><td>Basic<td>10 EUR"
                "</table><figcaption>Of 2026</figure>"
            ),
            ["| Plan | Price |", "| Basic | 10 EUR |", "Of 2026"],
        ),
        (
            article("<table><tr><th>A<th>B<th>C<tr><td rowspan=2>x<td>1<td>2<tr><td><td>4</table>"),
            ["| x | 1 | 2 |\n| x |  | 4 |"],
        ),
    ],
)
async def test_text_is_read_whatever_element_it_stands_in(
    documents: Documents, html: str, words: list[str]
) -> None:
    text = await text_read(documents, html)
    assert [word for word in words if word not in text] == []


REPLIES = "".join(f'<div class="comment"><p>The gasket {n} has to be renewed.</p></div>' for n in range(4))
POSTS = "".join(
    f'<div class="post"><span class="user">reader{n}</span>{paragraph(n)}</div>' for n in range(4)
)
STORIES = "".join(f"<article><h2><a href=/p{n}>Story {n}</a></h2>{paragraph(n)}</article>" for n in range(5))
LINKS = "".join(f'<li><a href="https://a.example/s{n}">Story {n} on compilers</a></li>' for n in range(8))


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (page(f"<main>{STORIES}</main>"), ["Story 0", "Story 1", "Story 4", "book of 28 pages"]),
        (page(STORIES), ["Story 0", "Story 4"]),
        (
            page(f"<div class=content>{paragraph(1)}</div><div id=comments>{REPLIES}</div>"),
            ["gasket 0", "gasket 3"],
        ),
        (page(f'<div class="mw-heading"><h2 id="A">Alpha</h2></div>{paragraph(1)}'), ["## Alpha"]),
        (page(f"<main><ul>{LINKS}</ul></main>"), ["[Story 3 on compilers](https://a.example/s3)"]),
        (page(f"<ul>{LINKS}</ul>"), ["https://a.example/s7"]),
        (
            article('<p>Read the <a href="report.pdf">full report</a>.</p>'),
            ["(https://example.com/news/report.pdf)"],
        ),
        (
            page(f"<h1>Outage</h1><p>Since 10:00.</p><article>{paragraph(1)}</article>"),
            ["# Outage", "Since 10:00"],
        ),
        (page(f'<div class="thread">{POSTS}</div>'), ["reader2", "book of 14 pages"]),
        (
            page(
                "<h1>Minutes</h1><h2>Decisions</h2><ul><li>We move</li></ul>"
                "<h2>Tasks</h2><ol><li>Boxes</li></ol>"
            ),
            ["# Minutes\n\n## Decisions\n\n- We move\n\n## Tasks\n\n1. Boxes"],
        ),
        (page("<p>There are <!-- -->12<!-- --> open places.</p>"), ["There are 12 open places."]),
        (
            page("<ul><li>Begins on <!--[-->3 December<!--]--> at <?x?>seven</li></ul>"),
            ["on 3 December at seven"],
        ),
        (
            page(f"<noscript><article>{paragraph(1) * 3}</article></noscript><p>Hello</p>"),
            ["book of 7 pages"],
        ),
        (
            page(f'<p>Hello</p><div hidden id="S:0">{paragraph(2)}</div><script>$RC("B:0","S:0")</script>'),
            ["book of 14 pages"],
        ),
        (
            page(
                '<h1>A</h1><footer><nav><a href="/x">Imprint</a></nav><p>Last updated 3 May 2026</p></footer>'
            ),
            ["3 May 2026"],
        ),
        (
            page('<pre><a name="l-1"></a>pip install x\n<a name="l-2"></a>run x</pre>'),
            ["pip install x\nrun x"],
        ),
        (page("<pre><div class=line>one</div><div class=line>two</div></pre>"), ["one\ntwo"]),
        (page("<pre>a</pre><pre>b</pre><p>After</p>"), ["```\na\n```\n\n```\nb\n```\n\nAfter"]),
        (page("<figure><figcaption>app.py</figcaption><pre>x = 1</pre></figure>"), ["app.py\n\n```\nx = 1"]),
        (
            page(
                "<table class=highlighttable><tr><td class=linenos><pre>1</pre>"
                "</td><td><pre>x = 1</pre></td></table>"
            ),
            ["```\nx = 1\n```"],
        ),
        (
            page(
                "<ul><li><label><input type=checkbox checked> Book</label></li>"
                "<li><input type=checkbox> Pay</li></ul>"
            ),
            ["- [x] Book\n- [ ] Pay"],
        ),
        (
            page(
                "<div role=tablist><button role=tab>Docker</button><button role=tab>Debian</button></div>"
                "<div role=tabpanel>run it</div><div role=tabpanel hidden>install it</div>"
            ),
            ["Docker:\n\nrun it\n\nDebian:\n\ninstall it"],
        ),
        (
            page(
                '<div class="tabbed-set"><input type=radio><input type=radio>'
                '<div class="tabbed-labels"><label>One'
                '</label><label>Two</label></div><div class="tabbed-content">'
                "<div>a b</div><div>c d</div></div></div>"
            ),
            ["One:\n\na b\n\nTwo:\n\nc d"],
        ),
        (page('<div class="admonition warning"><p>It burns.</p></div>'), ["Warning:\n\nIt burns."]),
        (page('<div class="warning"><p>It burns.</p></div>'), ["Warning:\n\nIt burns."]),
        (
            page(
                '<button id="more">Show all the fees</button><div id="fees" style="display:none">12 EUR</div>'
                '<script>at("more").addEventListener("click", () => open("fees"))</script>'
            ),
            ["Show all the fees\n\n12 EUR"],
        ),
        (page("<h3><a aria-expanded=false>Fees</a></h3><div hidden>12 EUR</div>"), ["### Fees\n\n12 EUR"]),
        (
            page(
                "<div><div class=tabs><input type=radio id=a><label for=a>npm</label>"
                "<input type=radio id=b><label for=b>yarn</label></div>"
                "<div class=blocks><div>a b</div><div>c d</div></div></div>"
            ),
            ["npm:\n\na b\n\nyarn:\n\nc d"],
        ),
        (
            page(
                "<ul><li><span role=checkbox aria-checked=true></span> Book</li>"
                "<li><span role=checkbox></span> Pay</li></ul>"
            ),
            ["- [x] Book\n- [ ] Pay"],
        ),
        (
            page(
                "<button onclick=\"show('fees')\">Fees</button>"
                '<div id="fees" style="display:none">Adults 12 EUR</div>'
            ),
            ["Fees\n\nAdults 12 EUR"],
        ),
        (
            page(
                '<a-card><template shadowrootmode="open"><h2>Depth</h2><slot></slot></template>7 m</a-card>'
            ),
            ["## Depth\n\n7 m"],
        ),
        (page('<p>As told<sup><a href="#fn1">1</a></sup>.</p>'), ["As told[1]."]),
        (
            page('<div data-jsonblob=\'{"tests": {"t": [{"testId": "gate", "result": "Failed"}]}}\'></div>'),
            ["gate: Failed"],
        ),
        (
            page(f"<div data-jsonblob='{FAILED}'></div>"),
            ["g: Error\n  <x>"],
        ),
        (
            page(
                '<p class="tab">Apples</p>', head="<style>.tab{display:none}.open .tab{display:block}</style>"
            ),
            ["Apples"],
        ),
        (
            page(
                '<p class="tab">Pears</p><script>open("tab")</script>',
                head="<style>.tab{display:none}</style>",
            ),
            ["Pears"],
        ),
        (
            page(
                '<header><h1>Report</h1><p><a class="nav" href="/v">meter v7</a>, made on 3 May</p></header>'
            ),
            ["meter v7", "made on 3 May"],
        ),
    ],
)
async def test_all_of_a_page_is_read_however_it_was_made(
    documents: Documents, html: str, words: list[str]
) -> None:
    text = await text_read(documents, html)
    assert [word for word in words if word not in text] == []


COOKIES = "<p>We use cookies to improve your experience. Accept all?</p>" * 8


@pytest.mark.parametrize(
    ("html", "words", "not_read"),
    [
        (page(f"<nav><a href=/b>Careers</a></nav><main>{paragraph(1)}</main>"), "book of 7", "Careers"),
        (page(f"<div class=navbar><a href=/b>Careers</a></div>{paragraph(1)}"), "book of 7", "Careers"),
        (page(f"<article>{paragraph(1)}</article><div><a href=/b>Careers</a></div>"), "book of 7", "Careers"),
        (
            page(f'<div class="cookie-consent">{COOKIES}</div><aside class="main">{paragraph(1)}</aside>'),
            "book of 7",
            "improve your experience",
        ),
        (article("<p hidden>SECRET</p>"), "book of 7", "SECRET"),
        (article('<div hidden="hidden"><p>SECRET</p></div>'), "book of 7", "SECRET"),
        (article("<dialog><p>SECRET</p></dialog>"), "book of 7", "SECRET"),
        (article("<div popover>SECRET</div>"), "book of 7", "SECRET"),
        (page('<p>It is 10 EUR.</p><div style="display: none">It is 99 EUR.</div>'), "10 EUR", "99 EUR"),
        (
            page(
                '<p>It is 10 EUR.</p><p class="x old">It is 99 EUR.</p>',
                head="<style>p.old{display:none}</style>",
            ),
            *("10 EUR", "99 EUR"),
        ),
        (
            page(
                '<p>Done.</p><p class="run hidden">Still running</p><script src=a.js></script>',
                head="<style>@media print{a{top:0}} .run.hidden, #y { top: 0; DISPLAY : none }</style>",
            ),
            *("Done.", "Still running"),
        ),
        (page('<p>It is 10 EUR.</p><span class="sr-only">for ears</span>'), "10 EUR", "for ears"),
        (page('<h2>Gate<a class="headerlink" href="#gate">¶</a></h2>'), "## Gate", "¶"),
        (
            page('<div><h2>Gate</h2><a href="#gate"><span>Section titled “Gate”</span></a></div>'),
            "## Gate",
            "titled",
        ),
        (page("<p>:material-clock: Noon</p>"), "Noon", "material"),
        (page("<pre>x</pre><button>Copy</button>"), "x", "Copy"),
        (article("<p>1<sup>st</sup> of a<sub>n</sub></p>"), "1st of an", "<su"),
        (page(f"<noscript>Turn the script on.</noscript>{paragraph(1)}"), "book of 7", "Turn the script"),
    ],
)
async def test_what_people_do_not_see_and_what_only_leads_elsewhere_is_left_out(
    documents: Documents, html: str, words: str, not_read: str
) -> None:
    text = await text_read(documents, html)
    assert words in text
    assert not_read not in text


@pytest.mark.parametrize(
    ("html", "why"),
    [
        (page("<div>Please enable JavaScript and cookies to continue</div>"), "no_text"),
        (page('<div id="app">Loading…</div><script>1</script>'), "no_text"),
        (page("<h1>Are you a robot?</h1><p>Please verify you are human by doing this.</p>"), "no_text"),
        (page("<h1>Sign in</h1><form><input type=email><button>Next</button></form>"), "login"),
        (page("<nav><a href=/>Home</a></nav><div hidden>x</div>", head="<style>p{}</style>"), None),
        (page("<p>The library is closed on Friday.</p>"), None),
        (
            page(
                "<h1>How to tell people from robots</h1>"
                + "".join(map(paragraph, range(5)))
                + "Are you human?"
            ),
            None,
        ),
        (page("<p>Loading bay closed on Friday</p>"), None),
        (page("<p>Please complete the CAPTCHA to continue.</p>"), "no_text"),
        (page("<h1>Access Denied</h1>You don't have permission to access this server."), "no_text"),
        (page("<h1>Sorry, you have been blocked</h1>"), "no_text"),
        (page("<p>Your browser is too old. Please turn on JavaScript.</p>"), "no_text"),
        (page("<h1>Log in</h1><p>Continue with <a href=/g>Google</a></p>"), "login"),
        (page("<form><input type=email><button>Continue with email</button></form><p>Hi</p>"), "login"),
        (page("<h1>Opening hours</h1><p>9 to 5</p><form><input name=q></form><a href=/l>Sign in</a>"), None),
    ],
)
async def test_a_page_before_the_page_is_told_as_that(
    documents: Documents, html: str, why: str | None
) -> None:
    found = await documents.read_document(html.encode(), mime="text/html", url=URL)
    assert (found.problem if isinstance(found, Unparsed) else None) == why


@pytest.mark.parametrize(
    "body",
    [
        f"{'<div class=menu>' * 200}{'<a href=/x>x</a>' * 20_000}",
        "".join(
            f"<div role=tablist><a role=tab>{n}</a></div><div role=tabpanel>x</div>" for n in range(3_000)
        ),
        "<p>The price</p><div class=gutter>is 10 EUR</div>",
    ],
)
async def test_a_page_of_many_menus_or_tabs_is_read_in_time(documents: Documents, body: str) -> None:
    assert await text_read(documents, page(body))
