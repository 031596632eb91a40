"""Pictures inside pages: the ones that carry content are found with their places, ornaments are not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import Document, with_words_at
from bot.documents.page import read_page
from tests.measuring import grows_evenly

URL = "https://example.com/news/a"


def read(body: str) -> Document:
    html = f"<!doctype html><html><head><title>T</title></head><body><main>{body}</main></body></html>"
    found = read_page(html.encode(), "utf-8", url=URL)
    assert isinstance(found, Document), found
    return found


def seen(body: str) -> list[tuple[str, str]]:
    """The addresses of its pictures, each with the text that stands before it."""
    found = read(f"<p>One.</p>{body}<p>Two.</p>")
    return [(figure.url, found.text[: figure.at]) for figure in found.figures]


SITE = "https://example.com"


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("<img src=chart.png>", f"{SITE}/news/chart.png"),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="/late.webp">', f"{SITE}/late.webp"),
        ("<img data-original=//cdn.example/late.jpg>", "https://cdn.example/late.jpg"),
        ('<img srcset="/s.jpg 320w, /m.jpg 1024w, /l.jpg 4000w" src=/x.jpg>', f"{SITE}/m.jpg"),
        ('<img srcset="/s,1.jpg 320w,/m,1.jpg 640w">', f"{SITE}/m,1.jpg"),
        ('<img srcset="/one.jpg, /two.jpg 2x">', f"{SITE}/two.jpg"),
        ('<picture><source srcset="/p.avif 1x"><img alt=""></picture>', f"{SITE}/p.avif"),
        ('<noscript><img src="/plain.jpg"></noscript>', f"{SITE}/plain.jpg"),
        ('<a href="/large.png"><img src="/small.png"></a>', f"{SITE}/small.png"),
        ('<img src="/a b.png" width="640" height="400">', f"{SITE}/a%20b.png"),
    ],
)
def test_a_picture_is_found_wherever_its_address_stands(image: str, url: str) -> None:
    assert seen(image) == [(url, "One.")]


@pytest.mark.parametrize(
    "image",
    [
        "<img src=/p.gif width=1 height=1>",
        "<img src=/p.png style='width: 24px'>",
        "<img src=/site-logo.png>",
        "<img src=/x.png class='author avatar'>",
        "<img src=/x.png role=presentation>",
        "<img src=/x.svg>",
        "<img src=/x.png alt='The company logo'>",
        "<img src=data:image/gif;base64,R0lGOD>",
        "<img src=ftp://x.example/a.png>",
        "<img src='https://[x/a.png'>",
        "<img>",
        "<img src=a>",  # the page itself
        "<div hidden><img src=/x.png></div>",
        "<a href=/story><img src=/teaser.jpg></a>",
        "<nav><a href=/><img src=/x.png></a></nav>",
    ],
)
def test_an_ornament_or_a_teaser_is_left_alone(image: str) -> None:
    assert seen(image) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<p>So <img src=/a.png alt='a rising line'>, it rose.</p>",
            "So (Picture: a rising line) , it rose.",
        ),
        ("<figure><img src=/a.png alt=May><figcaption>May</figcaption></figure>", "May"),
        ("<img src=/IMG_1.jpg alt=IMG_1.jpg>", ""),
        (
            "<a href=/story><img src=/t.jpg alt='Mill reopens'></a>",
            "[Mill reopens](https://example.com/story)",
        ),
        (
            "<a href=/story><img src=/t.jpg alt='Mill reopens'>Read on</a>",
            "[Read on](https://example.com/story)",
        ),
        ("<p>Done <img class=emoji alt=🎉 src=/e.png></p>", "Done 🎉"),
        ("<ul><li>First</li><li><img src=/a.png></li><li>Last</li></ul>", "- First\n- Last"),
        ("<h2><img src=/a.png> Costs</h2>", "## Costs"),
        ("<a href=/a.png><div><img src=/b.png></div></a>", ""),
        ("<a href=/a.png><div><img src=/b.png> Large</div></a>", "[Large](https://example.com/a.png)"),
    ],
)
def test_its_words_stay_and_leave_no_trace_of_its_mark(body: str, text: str) -> None:
    found = read(f"<p>One.</p>{body}<p>Two.</p>")
    assert found.text.split("\n\n") == list(filter(None, ("One.", text, "Two.")))


def test_of_many_the_ones_that_tell_most_are_kept_in_their_order() -> None:
    many = "".join(f"<p>Part {number}.</p><img src=/{number}.jpg>" for number in range(6))
    found = read(f"{many}<figure><img src=/sales-chart.png></figure>")
    assert [figure.url.rpartition("/")[2] for figure in found.figures] == [
        "0.jpg",
        "1.jpg",
        "sales-chart.png",
    ]
    assert [found.text[figure.at - 7 : figure.at] for figure in found.figures] == [
        "Part 0.",
        "Part 1.",
        "Part 5.",
    ]
    assert found.more_figures == 4


def test_a_row_of_a_table_is_not_torn_apart() -> None:
    rows = "".join(
        f"<tr><td>{year}</td><td>{10 * year} EUR<img src=/{year}.png></td></tr>" for year in (2025, 2026)
    )
    found = read(f"<table><tr><th>Year</th><th>Cost</th></tr>{rows}</table><p>After.</p>")
    assert {found.text[figure.at :] for figure in found.figures} == {"\n\nAfter."}


@pytest.mark.parametrize(
    ("around", "image"),
    [
        ("<figure>{}<figcaption>All</figcaption></figure>", "<img src=/{}.png>"),
        ("<a href=/x>{}</a>", "<img src=/{}.png>"),
        ("<picture>{}</picture>", "<img>"),
        ("{}", "<noscript><img src=/{}.png></noscript>"),
    ],
)
def test_many_take_no_more_time_than_their_number(around: str, image: str) -> None:
    short, long = (
        f"<p>Words.</p>{around.format(''.join(image.format(n) for n in range(count)))}"
        for count in (700, 1_400)
    )
    assert grows_evenly(read, short, long)


BOXES = (
    "div",
    "p",
    "a href=/x",
    "a href=/x.png",
    "figure",
    "figcaption",
    "picture",
    "table",
    "tr",
    "td",
    "li",
)
PIECES = st.sampled_from(
    ("Words. ", "| x ", "\n", *(f"<img src=/{n}.png alt='{'a b' * (n % 2)}'>" for n in range(6)))
)
MARKUP = st.recursive(
    st.lists(PIECES, min_size=1, max_size=4).map("".join),
    lambda inner: st.tuples(
        st.sampled_from((*BOXES, "ul", "ol", "h2", "blockquote", "section", "noscript")), inner, inner
    ).map(lambda made: f"<{made[0]}>{made[1]}</{made[0].split()[0]}>{made[2]}"),
    max_leaves=8,
)


@given(MARKUP)
def test_wherever_pictures_stand_their_places_are_in_order_and_the_text_is_as_whole_as_before(
    markup: str,
) -> None:
    found = read(f"<p>One.</p>{markup}")
    assert "\ufdd0" not in found.text
    assert "[](" not in found.text
    shown = with_words_at(found.text, [(figure.at, f"SHOWN{n}") for n, figure in enumerate(found.figures)])
    assert re.findall(r"SHOWN\d", shown) == [f"SHOWN{n}" for n in range(len(found.figures))]
    assert {f"SHOWN{n}" for n in range(len(found.figures))} <= {*shown.split("\n\n")}
    assert re.sub(r"SHOWN\d|\s", "", shown) == re.sub(r"\s", "", found.text)
