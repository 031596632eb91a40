"""The chart is looked at as pixels, for that is what people see."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from bot import replies
from bot.schedules.schedule import Schedule
from bot.stats.canvas import Canvas, drawable_text, one_line
from bot.stats.chart import BLUE, GROUND, HEIGHT, INK, MUTED, ORANGE, WIDTH, axis_scale, draw_chart
from bot.stats.usage import Day, Spender, Statistics, Usage
from tests.examples import examples

DOLLAR = 10**9
DARK_PAGE, LIGHT_PAGE = "#1A1D21", "#FFFFFF"  # Slack's
BESIDE_NAMES = 790  # how far the days reach where schedules stand beside them
HOSTILE = (
    "Weekly $\\frac{a}{b}$ digest",
    "$",
    "100 % \\n _x_ ^2 {",
    "👩‍👩‍👧‍👦" * 20,
    "\u202eأهلا وسهلا\u202e",
    "שלום",
    "漢字かな",
    "\u0000\u0007\n\t",
    "a\u0301" * 300,
    "x" * 3_000,
    "\ud800",
)


def usage(days: Sequence[Day], *, last: date | None = None, **more: Any) -> Usage:
    sums: dict[str, Any] = {
        "calls": sum(day.calls for day in days),
        "cached": sum(day.cached for day in days),
        "spent": sum(day.spent for day in days),
        "saved": sum(day.saved for day in days),
        "put_off": 0,
        "posted": 12,
        "failed": 0,
        "tokens_in": 0,
        "tokens_out": 0,
    }
    return Usage(month=last or date(2027, 1, len(days)), days=tuple(days), **(sums | more))


def spender(name: str | None = None, *, cost: int = 4 * DOLLAR, calls: int = 3) -> Spender:
    schedule = Schedule(
        id="kolu-tane",
        team="T1",
        channel="C1",
        user="U1",
        query="Why?",
        zone="UTC",
        cron="0 9 * * *",
        name=name,
    )
    return Spender(id="kolu-tane", cost=cost, calls=calls, schedule=schedule)


def drawn(statistics: Statistics) -> bytes:
    return draw_chart(statistics, replies.chart_words(statistics))


def picture(statistics: Statistics) -> Image.Image:
    image = Image.open(io.BytesIO(drawn(statistics)))
    assert image.format == "PNG"
    assert image.size == (WIDTH, HEIGHT)
    assert image.convert("RGBA").getchannel("A").getextrema() == (255, 255), "it brings its own ground"
    return image.convert("RGB")


def bars(image: Image.Image, colour: str, *, right: int = WIDTH) -> list[int]:
    """The height of each day's bar of this colour, from left to right."""
    plot, wanted = image.crop((48, 200, right, 528)), ImageColor.getrgb(colour)
    heights: list[int] = []
    inside = False
    for x in range(plot.width):
        column = [plot.getpixel((x, y)) == wanted for y in range(plot.height)]
        if any(column) and not inside:
            heights.append(0)
        inside = any(column)
        if inside:
            heights[-1] = max(heights[-1], sum(column))
    return heights


def luminance(colour: str) -> float:
    parts = [part / 255 for part in ImageColor.getrgb(colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2: 4.5 lets text be read, 3 lets a bar be seen."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_each_day_has_a_bar_of_what_was_spent_with_what_was_saved_on_top() -> None:
    days = [Day(spent=number * DOLLAR, saved=(5 - number) * DOLLAR) for number in (1, 2, 3, 4)]
    image = picture(Statistics(usage=usage(days)))
    spent, saved = bars(image, BLUE), bars(image, ORANGE)
    unit = spent[0]
    assert unit > 40
    assert spent == pytest.approx([unit, 2 * unit, 3 * unit, 4 * unit], abs=3)
    assert saved == pytest.approx([4 * unit, 3 * unit, 2 * unit, unit], abs=5)  # less the gap between them


def test_without_prices_the_bars_are_calls_and_answers_from_the_cache() -> None:
    image = picture(Statistics(usage=usage([Day(calls=10, cached=20), Day(calls=30, cached=0)])))
    called, cached = bars(image, BLUE), bars(image, ORANGE)
    assert called[1] == pytest.approx(3 * called[0], abs=3)
    assert cached == pytest.approx([2 * called[0]], abs=5)


def test_a_day_with_next_to_nothing_can_still_be_seen_and_one_with_nothing_has_no_bar() -> None:
    days = [Day(spent=1), Day(), Day(spent=1_000 * DOLLAR)]
    small, large = bars(picture(Statistics(usage=usage(days))), BLUE)
    assert (small, large > 200) == (2, True)


@pytest.mark.parametrize("length", [28, 29, 30, 31])
def test_a_whole_month_has_a_bar_for_each_of_its_days(length: int) -> None:
    last = {28: date(2027, 2, 28), 29: date(2028, 2, 29), 30: date(2027, 4, 30), 31: date(2027, 1, 31)}
    month = usage([Day(spent=DOLLAR)] * length, last=last[length])
    assert len(bars(picture(Statistics(usage=month)), BLUE)) == length
    with_names = picture(Statistics(usage=month, top=(spender(),)))
    assert len(bars(with_names, BLUE, right=BESIDE_NAMES)) == length


def test_the_first_day_of_a_month_has_its_place_at_the_left() -> None:
    image = picture(Statistics(usage=usage([Day(spent=DOLLAR)])))
    (_,) = bars(image, BLUE)
    assert max(x for x in range(WIDTH) if image.getpixel((x, 520)) == ImageColor.getrgb(BLUE)) < 200


def test_an_empty_month_is_drawn_without_bars() -> None:
    image = picture(Statistics(usage=usage([Day()] * 22, posted=0)))
    assert bars(image, BLUE) == bars(image, ORANGE) == []


def test_the_bars_of_schedules_are_as_long_as_their_costs() -> None:
    top = tuple(spender(cost=cost) for cost in (8 * DOLLAR, 4 * DOLLAR, 2 * DOLLAR))
    image = picture(Statistics(usage=usage([Day(spent=14 * DOLLAR)]), top=top))
    rows = [image.crop((832, 290 + 62 * place, WIDTH, 320 + 62 * place)) for place in range(3)]
    wanted = ImageColor.getrgb(BLUE)
    lengths = [
        max(sum(row.getpixel((x, y)) == wanted for x in range(row.width)) for y in range(row.height))
        for row in rows
    ]
    assert lengths == [320, 160, 80]


def test_all_that_is_written_and_drawn_can_be_told_from_its_ground() -> None:
    assert contrast(INK, GROUND) > 7
    assert contrast(MUTED, GROUND) > 4.5
    assert contrast(BLUE, GROUND) > 3
    assert contrast(ORANGE, GROUND) > 3
    assert contrast(BLUE, ORANGE) > 1.5, "also for who sees no colours"
    image = picture(Statistics(usage=usage([Day(spent=DOLLAR, saved=DOLLAR)]), top=(spender(),)))
    found: Any = image.getcolors(maxcolors=WIDTH * HEIGHT)
    colours = ["#{:02X}{:02X}{:02X}".format(*colour) for _, colour in sorted(found, reverse=True)]
    assert colours[0] == GROUND
    assert {INK, MUTED, BLUE, ORANGE} <= set(colours)


@pytest.mark.parametrize("page", [DARK_PAGE, LIGHT_PAGE])
def test_the_picture_ends_somewhere_on_every_page(page: str) -> None:
    image = picture(Statistics(usage=usage([Day()])))
    edge = "#{:02X}{:02X}{:02X}".format(*image.getpixel((0, HEIGHT // 2)))  # type: ignore[misc]  # three of RGB
    assert contrast(edge, page) > 1.3
    assert image.getpixel((10, 10)) == ImageColor.getrgb(GROUND)


def test_the_same_numbers_make_the_same_picture_in_any_thread() -> None:
    statistics = Statistics(usage=usage([Day(spent=DOLLAR, saved=DOLLAR)] * 9), top=(spender("News"),))
    with ThreadPoolExecutor(4) as threads:
        assert {*threads.map(drawn, [statistics] * 8)} == {drawn(statistics)}


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_drawn_as_it_is_and_stays_in_its_place(name: str) -> None:
    kept = picture(Statistics(usage=usage([Day(spent=DOLLAR)]), top=(spender(name),)))
    none = picture(Statistics(usage=usage([Day(spent=DOLLAR)]), top=(spender("News"),)))
    assert kept.crop((0, 0, 820, HEIGHT)).tobytes() == none.crop((0, 0, 820, HEIGHT)).tobytes()
    margin_is_empty(kept)


def margin_is_empty(image: Image.Image) -> None:
    for box in ((6, 6, 44, HEIGHT - 6), (WIDTH - 44, 6, WIDTH - 6, HEIGHT - 6)):
        assert image.crop(box).getcolors() == [
            ((box[2] - box[0]) * (box[3] - box[1]), ImageColor.getrgb(GROUND))
        ]


def test_what_looks_like_mathematics_is_text() -> None:
    canvas = Canvas(width=WIDTH, height=HEIGHT, ground=GROUND, edge=GROUND)
    assert canvas.text_width("$x^2$", size=8) > canvas.text_width("x2", size=8) * 1.5


def test_a_name_in_signs_that_the_font_lacks_gives_way_to_the_id() -> None:
    assert drawable_text("👩‍👩‍👧‍👦") == ""
    assert drawable_text("☕ Morning 📰 news") == "☕ Morning news"
    by_name = Statistics(usage=usage([Day(spent=DOLLAR)]), top=(spender("👩‍👩‍👧‍👦"),))
    by_id = Statistics(usage=usage([Day(spent=DOLLAR)]), top=(spender("kolu-tane"),))
    assert drawn(by_name) == drawn(by_id)


@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            Day,
            calls=st.integers(0, 10**12),
            cached=st.integers(0, 10**12),
            spent=st.integers(0, 10**18),
            saved=st.integers(0, 10**18),
        ),
        min_size=1,
        max_size=31,
    ),
    st.lists(
        st.builds(spender, st.text(), cost=st.integers(0, 10**18), calls=st.integers(0, 10**9)), max_size=5
    ),
)
def test_whatever_is_counted_stays_within_the_picture(days: list[Day], top: list[Spender]) -> None:
    margin_is_empty(picture(Statistics(usage=usage(days), top=tuple(top))))


def test_the_words_for_it_have_the_numbers() -> None:
    days = [Day(spent=DOLLAR, saved=2 * DOLLAR, calls=3, cached=4), Day(spent=5 * DOLLAR, calls=9)]
    top = (
        spender("Morning news", cost=4 * DOLLAR),
        Spender(id="gone-gone", cost=0, calls=1, over="deleted"),
    )
    assert replies.chart_alt(Statistics(usage=usage(days, missed=12), top=top)) == (
        "Bar chart of this workspace's usage on each day of January 2027, up to 2 January: spent: $6.00, "
        "saved by reuse: $2.00, 25% of 16 answers reused, 12 model calls. "
        "The highest bar is day 2: spent: $5.00, saved by reuse: $0.00. "
        "Top schedules: Morning news ($4.00, 3 calls); gone-gone, deleted (1 call)."
    )


@pytest.mark.parametrize(
    ("nano", "words"),
    [
        (12, "$0.000000012"),
        (420_000, "$0.00042"),
        (9_900_000, "$0.0099"),
        (10_000_000, "$0.01"),
        (264_341_000, "$0.2643"),
        (99_999 * DOLLAR, "$99,999.00"),
        (1_250_000 * DOLLAR, "$1.2M"),
        (3_000_000 * DOLLAR, "$3M"),
    ],
)
def test_money_is_as_short_as_a_scale_needs_it(nano: int, words: str) -> None:
    assert f"spent: {words}," in replies.chart_alt(Statistics(usage=usage([Day(spent=nano)])))


@given(most=st.integers(0, 40 * DOLLAR), priced=st.booleans())
def test_no_two_numbers_of_a_scale_look_the_same(most: int, priced: bool) -> None:
    steps = axis_scale(most, priced=priced)
    assert len(set(steps.values())) == len(steps) > 1
    assert max(steps) >= most


def test_a_scale_of_half_cents_has_them() -> None:
    assert list(axis_scale(DOLLAR // 50, priced=True).values()) == [
        "$0.00",
        "$0.005",
        "$0.01",
        "$0.015",
        "$0.02",
    ]


def test_the_words_for_an_unpriced_month_have_calls() -> None:
    told = replies.chart_alt(Statistics(usage=usage([Day(calls=150_000, cached=1)])))
    assert "model calls: 150K, answers reused: 1" in told
    assert "$" not in told


@given(st.lists(st.text() | st.sampled_from(HOSTILE), max_size=5), st.integers(0, 10**30))
def test_the_words_fit_whatever_the_names_are(names: list[str], cost: int) -> None:
    top = tuple(spender(name, cost=cost) for name in names)
    told = replies.chart_alt(Statistics(usage=usage([Day(spent=cost)]), top=top))
    assert 0 < len(told.encode("utf-16-le", "surrogatepass")) // 2 <= 2_000
    assert "\n" not in told
    assert "\u202e" not in told


@given(st.text())
def test_a_name_is_one_line(name: str) -> None:
    line = one_line(name)
    assert len(line) <= 60
    assert line == " ".join(line.split())
