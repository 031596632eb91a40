"""Decisions made from bytes, so that a fuzzer that changes bytes changes decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

_DEEPEST: Final = 5


class Choices:
    """Takes bytes from the front; where none are left, every number is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def are_left(self) -> bool:
        return self._at < len(self._data)

    def take_number(self, below: int) -> int:
        """A number from 0, less than `below`."""
        size = max((below - 1).bit_length() + 7 >> 3, 1)
        return int.from_bytes(self.take_bytes(size), "little") % below

    def take_bytes(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def take_rest(self) -> bytes:
        return self.take_bytes(max(len(self._data) - self._at, 0))

    def pick(self, among: Sequence[T]) -> T:
        return among[self.take_number(len(among))]

    def take_text(self, longest: int = 60) -> str:
        """Some text; halves of surrogate pairs too, as JSON can say them."""
        raw = self.take_bytes(self.take_number(longest + 1))
        return raw.decode("utf-8", "surrogatepass" if _holds_surrogates(raw) else "replace")

    def take_json(self, depth: int = 0) -> Any:
        """Any value that JSON can say."""
        match self.take_number(8 if depth < _DEEPEST else 5):
            case 0:
                return self.take_text()
            case 1:
                return self.take_number(1 << 16) - (1 << 8)
            case 2:
                return self.pick((None, True, False))
            case 3:
                return self.pick((0.5, -1.0, 1e300, 10**30, -(10**15), 1_795_000_000))
            case 4:
                return self.take_text(200)
            case 5 | 6:
                return {self.take_text(12): self.take_json(depth + 1) for _ in range(self.take_number(5))}
            case _:
                return [self.take_json(depth + 1) for _ in range(self.take_number(5))]


def _holds_surrogates(raw: bytes) -> bool:
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
