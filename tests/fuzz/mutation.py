"""Inputs made from others without a look at what they reach: for the suite, and where atheris is not."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

_TELLING: Final = (
    *(
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        "🙂".encode(),
        "\u202e\u0130\u2028".encode(),
        b"\r\n",
        b"\\",
        b'"',
        b"{",
    ),
    *(b"<", b">", b"[[", b"```", b"|", b"&#0;", b"%00", b"-1", b"1e999", b"9" * 30, b"NaN", b" " * 40),
)
"""Bytes that have a meaning somewhere."""


def make_inputs(seeds: Sequence[bytes], number: int, *, longest: int, seed: int) -> Iterator[bytes]:
    """So many changed seeds; the same ones each time for the same `seed`."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(number):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            _change_bytes(data, seeds, chance)
        yield bytes(data[:longest])


def _change_bytes(data: bytearray, seeds: Sequence[bytes], chance: random.Random) -> None:
    start = chance.randint(0, len(data))
    end = min(start + chance.randint(0, 8), len(data))
    match chance.randrange(6):
        case 0:
            del data[start:end]
        case 1:
            data[start:end] = chance.choice(_TELLING)
        case 2:
            data[start:start] = chance.randbytes(chance.randint(1, 8))
        case 3:
            data[start:start] = data[start : start + chance.randint(1, 200)]
        case 4:
            other = chance.choice(seeds)
            data[start:] = other[chance.randint(0, len(other)) :]
        case _ if data:
            data[start % len(data)] ^= 1 << chance.randrange(8)
