"""Answers that this process holds: bounded by their bytes, with those that are rendered counted in."""

from __future__ import annotations

import asyncio
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.answers import Answer, NearCache, Question, Renderings
from bot.day import Moment
from bot.markdown import to_parts

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
LETTERS = "A **bold** word and [a link](https://docs.example/x), then a few more of them. "


def question(number: int) -> Question:
    return Question(key=f"T1:{number:032x}", query=f"Question {number}", team="T1", made_after=NOW)


def answer(number: int, size: int = 1_000) -> Answer:
    return Answer(
        text=f"{number} ".ljust(size, "x"), made=NOW, model="m", tokens_in=number, tokens_out=number
    )


def test_ten_thousand_ordinary_answers_are_held_at_once() -> None:
    near_cache = NearCache()
    for number in range(10_000):
        near_cache.hold_answer(question(number), answer(number))
    for number in range(10_000):
        assert near_cache.find_answer(question(number)) is not None
    lookups = near_cache.lookups["answer"]
    assert (lookups.hits, lookups.misses) == (10_000, 0)


def test_what_was_used_longest_ago_makes_way_for_what_is_new() -> None:
    near_cache = NearCache(room=100_000)
    for number in range(1_000):
        near_cache.hold_answer(question(number), answer(number))
        assert near_cache.find_answer(question(0)) is not None
        assert near_cache.size <= 100_000
    held = [number for number in range(1_000) if near_cache.find_answer(question(number))]
    assert len(held) > 50
    assert held == [0, *range(1_001 - len(held), 1_000)]


def test_a_rendering_takes_room_from_the_same_bytes_as_the_answers() -> None:
    near_cache = NearCache(room=100_000)
    near_cache.hold_answer(question(0), answer(0))
    before = near_cache.size
    near_cache.hold_rendering("text", to_parts("text"), tables=True)
    assert near_cache.size > before
    for number in range(50):
        text = LETTERS * 12 + str(number)
        near_cache.hold_rendering(text, to_parts(text), tables=True)
        near_cache.find_answer(question(0))
    assert near_cache.find_rendering("text", tables=True) is None
    assert near_cache.find_answer(question(0)) is not None
    assert near_cache.size <= 100_000


def test_what_has_no_room_at_all_is_not_held_and_pushes_nothing_out() -> None:
    near_cache = NearCache(room=5_000)
    near_cache.hold_answer(question(0), answer(0))
    near_cache.hold_answer(question(1), answer(1, size=10_000))
    assert near_cache.find_answer(question(0)) is not None
    assert near_cache.find_answer(question(1)) is None
    nothing = NearCache(room=0)
    nothing.hold_answer(question(0), answer(0))
    assert nothing.find_answer(question(0)) is None
    assert nothing.size == 0


def test_the_bytes_that_are_counted_are_the_bytes_that_are_taken() -> None:
    near_cache = NearCache()
    to_parts(LETTERS)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(100):
            near_cache.hold_answer(question(number), answer(number))
            text = LETTERS * 12 + str(number)
            near_cache.hold_rendering(text, to_parts(text), tables=True)
            body = f'{{"v":1,"query":"Question {number}"}}'.encode()
            near_cache.hold_body(body, key=question(number).key, max_age=timedelta(hours=1))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.8 < (after - before) / near_cache.size < 1.2


def test_looking_again_on_the_same_road_counts_only_what_it_finds() -> None:
    near_cache = NearCache()
    near_cache.find_answer(question(0))
    near_cache.find_answer(question(0), again=True)
    near_cache.hold_answer(question(0), answer(0))
    near_cache.find_answer(question(0), again=True)
    lookups = near_cache.lookups["answer"]
    assert (lookups.hits, lookups.misses) == (1, 1)


def test_what_came_in_the_same_body_before_has_the_newest_answer_that_is_fresh_by_then() -> None:
    near_cache, hour = NearCache(), timedelta(hours=1)
    near_cache.hold_answer(question(0), answer(0))
    assert near_cache.find_again(b"0", now=NOW) is None
    near_cache.hold_body(b"0", key=question(0).key, max_age=hour)
    near_cache.hold_body(b"1", key=question(1).key, max_age=hour)
    assert near_cache.find_again(b"0", now=NOW + hour) == answer(0)
    assert near_cache.find_again(b"0", now=NOW + hour + timedelta(seconds=1)) is None
    assert near_cache.find_again(b"1", now=NOW) is None
    newer = replace(answer(0), text="newer", made=NOW + hour)
    near_cache.hold_answer(question(0), newer)
    assert near_cache.find_again(b"0", now=NOW + 2 * hour) == newer
    lookups = near_cache.lookups["answer"]
    assert (lookups.hits, lookups.misses) == (2, 0)


def test_bodies_make_way_before_any_answer_does() -> None:
    near_cache = NearCache(room=100_000)
    for number in range(50):
        near_cache.hold_answer(question(number), answer(number))
        near_cache.hold_body(b"%d" % number * 500, key=question(number).key, max_age=timedelta(hours=1))
    assert all(near_cache.find_answer(question(number)) for number in range(50))
    assert near_cache.find_again(b"49" * 500, now=NOW) == answer(49)
    assert near_cache.find_again(b"0" * 500, now=NOW) is None


def test_a_body_whose_question_uses_the_day_asks_the_same_until_that_day_is_over() -> None:
    near_cache, moment = NearCache(), Moment(at=NOW, zone="Asia/Tokyo")  # six in the evening
    today = replace(question(0), day=moment.day, moment=moment)
    near_cache.hold_answer(today, answer(0))
    near_cache.hold_body(b"0", key=today.key, max_age=timedelta(days=1), moment=moment)
    assert near_cache.find_again(b"0", now=NOW + timedelta(hours=5)) == answer(0)
    assert near_cache.find_again(b"0", now=NOW + timedelta(hours=6)) is None


async def test_an_answer_is_rendered_once_for_all_who_post_it_and_again_when_it_changes() -> None:
    renderings = Renderings(near_cache=NearCache())
    for text in (LETTERS, LETTERS * 200):
        same = [Answer(text=text, made=NOW, model=f"m{number}") for number in range(5)]
        first, *others = await asyncio.gather(*map(renderings.render_answer, same))
        assert first == to_parts(text)
        assert all(parts is first for parts in others)
        changed = Answer(text=f"{text}changed", made=NOW, model="m")
        assert await renderings.render_answer(changed) == to_parts(changed.text)


async def test_each_form_has_a_rendering_of_its_own() -> None:
    renderings = Renderings(near_cache=NearCache())
    table = Answer(text="| a | b |\n|---|---|\n| 1 | 2 |", made=NOW, model="m")
    for _ in range(2):
        assert await renderings.render_answer(table) == to_parts(table.text)
        assert await renderings.render_answer(table, tables=False) == to_parts(table.text, tables=False)


async def test_others_have_their_turn_while_a_long_answer_is_rendered() -> None:
    renderings = Renderings(near_cache=NearCache())
    long = Answer(text=LETTERS * 400, made=NOW, model="m")
    rendering = asyncio.create_task(renderings.render_answer(long))
    turns = 0
    while not rendering.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 2
    assert await rendering == to_parts(long.text)


async def test_who_gives_up_a_long_rendering_leaves_it_to_those_who_wait() -> None:
    renderings = Renderings(near_cache=NearCache())
    long = Answer(text=LETTERS * 200, made=NOW, model="m")
    first = asyncio.create_task(renderings.render_answer(long))
    second = asyncio.create_task(renderings.render_answer(long))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == to_parts(long.text)
    assert first.cancelled()
