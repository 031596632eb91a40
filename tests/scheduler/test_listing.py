"""Long arrays, however they are cut into pieces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.qstash.transport import PAGE, read_array

ITEMS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


async def cut(text: bytes, length: int) -> AsyncIterator[bytes]:
    for start in range(0, len(text), length):
        yield text[start : start + length]


async def read(text: bytes, length: int) -> list[list[Any]]:
    return [page async for page in read_array(cut(text, length))]


@given(
    items=st.lists(ITEMS, max_size=8),
    length=st.integers(1, 40),
    indent=st.none() | st.just(1),
    bare=st.booleans(),
)
async def test_an_array_reads_the_same_in_any_pieces(
    items: list[Any], length: int, indent: int | None, bare: bool
) -> None:
    text = json.dumps(items, indent=indent, ensure_ascii=bare)
    pages = await read(text.encode("utf-8", "surrogatepass"), length)
    assert [item for page in pages for item in page] == items


async def test_a_long_array_comes_in_pages() -> None:
    pages = await read(json.dumps(list(range(3 * PAGE + 1))).encode(), 10_000)
    assert [len(page) for page in pages] == [PAGE, PAGE, PAGE, 1]


async def test_an_item_larger_than_many_pieces_is_read_at_the_end_of_the_answer() -> None:
    item = {"body": "x" * 1_000}
    assert await read(json.dumps([item]).encode(), 900) == [[item]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{}",
        "null",
        '"[1]"',
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]]",
        "[1] x",
        '[{"a": 1]',
        "]",
    ],
)
async def test_what_is_no_array_or_not_whole_is_no_empty_list(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        await read(text.encode(), 2)
