"""Pieces of a PDF page's text with their places, as its operators show them.

LangChain's parser hands its visitors to pypdf: one hears each operator, the other the font of the text
before it. Only the advance of each string is worked out here (PDF 32000-1, 9.4.4): pypdf's plain text does
not tell it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

MOST_FRAGMENTS: Final = 20_000
_MANY_SPACES: Final = b" " * 5
_SPACES: Final = re.compile(rb"(?<=[^ ])( {5,})")
_PLAIN: Final = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_PARAMETERS: Final = {b"Tc": 0.0, b"Tw": 0.0, b"Tz": 100.0, b"Ts": 0.0}


class Fragment(NamedTuple):
    """A string in a frame whose x runs along its baseline; `turned` is the angle of that frame in degrees."""

    text: str
    left: float
    right: float
    base: float
    size: float
    turned: int


@dataclass(frozen=True)
class _Shown:
    """A string, or a number that moves the next one; `begins` where the text was placed anew before it."""

    raw: bytes | float
    matrix: Sequence[float]
    begins: bool
    size: float
    parameters: dict[bytes, float]


class Fragments:
    """Collects the fragments of a page; `taken` hands them out and begins the next page."""

    _found: list[Fragment]
    _waiting: list[_Shown]

    def __init__(self) -> None:
        self._fonts: dict[int, tuple[Any, Any]] = {}
        self._begin_page()

    def taken(self) -> list[Fragment]:
        """The page's fragments in the order of its stream; none where their places are not known."""
        found = self._found if self._usable else []
        self._begin_page()
        return found

    def enter_form(self, operator: bytes, _operands: Any, cm: Any, _tm: Any) -> None:
        if operator == b"Do":
            self._frames.append(_matrix_product(cm, self._frames[-1]))

    def hear_operator(self, operator: bytes, operands: Any, cm: Any, tm: Any) -> None:
        try:
            self._take_operator(operator, operands, cm, tm)
        except (TypeError, ValueError, IndexError):
            self._usable = False

    def hear_text(self, text: str, _cm: Any, _tm: Any, font: Any, _size: float) -> None:
        """Place what was shown since the last call: all of it is in this font."""
        if not text or not self._waiting:
            return
        shown, self._waiting = self._waiting, []
        try:
            known = self._fonts.get(id(font)) or self._known(font)
            for one in shown:
                self._place_shown(one, known[1])
        except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, ImportError):
            self._usable = False

    def _begin_page(self) -> None:
        self._found = []
        self._waiting = []
        self._frames: list[Sequence[float]] = [_PLAIN]
        self._parameters = dict(_PARAMETERS)
        self._saved: list[tuple[dict[bytes, float], float]] = []
        self._size = self._advance = 0.0
        self._begins = self._usable = True

    def _known(self, font: Any) -> tuple[Any, Any]:
        from pypdf.generic._font import Font

        # The resource is kept beside it, so that its id stays its own.
        self._fonts[id(font)] = known = (font, Font.from_font_resource(font))
        return known

    def _take_operator(self, operator: bytes, operands: Any, cm: Any, tm: Any) -> None:
        match operator:
            case b"Tf":
                self._size = float(operands[1])
            case b"Tc" | b"Tw" | b"Tz" | b"Ts":
                self._parameters = {**self._parameters, operator: float(operands[0])}
            case b"q":
                self._saved.append((self._parameters, self._size))
            case b"Q" if self._saved:
                self._parameters, self._size = self._saved.pop()
            case b"Do" if len(self._frames) > 1:
                self._frames.pop()
            case b"BT" | b"Td" | b"TD" | b"Tm" | b"T*":
                self._begins = True
            case b"Tj":
                self._take_text(operands[:1], cm, tm)
            case b"TJ":
                self._take_text(operands[0], cm, tm)
            case b"'" | b'"':
                self._begins = True
                self._take_text(operands[-1:], cm, tm)

    def _take_text(self, shown: Any, cm: Any, tm: Any) -> None:
        self._usable = self._usable and len(self._found) + len(self._waiting) < MOST_FRAGMENTS
        if not self._usable:
            return
        matrix = _matrix_product(_matrix_product(tm, cm), self._frames[-1])
        for one in shown:
            raw = one if isinstance(one, bytes) else float(one)
            self._waiting.append(_Shown(raw, matrix, self._begins, self._size, self._parameters))
            self._begins = False

    def _place_shown(self, shown: _Shown, font: Any) -> None:
        if shown.begins:
            self._advance = 0.0
        wide = shown.parameters[b"Tz"] / 100
        if isinstance(shown.raw, float):
            self._advance -= shown.raw / 1000 * shown.size * wide
            return
        for part in _parts_of(shown.raw):
            begin = self._advance
            codes, text = _read_codes(part, font)
            spaces = part.count(b" ") if len(codes) == len(part) else 0
            moved = font.get_text_width(codes) / 1000 * shown.size + len(codes) * shown.parameters[b"Tc"]
            self._advance += (moved + spaces * shown.parameters[b"Tw"]) * wide
            if text and (text.strip() or part is shown.raw):
                self._found.append(_fragment_of(text, shown, begin, self._advance))


def _parts_of(raw: bytes) -> list[bytes]:
    """A string cut at many spaces inside it: they part cells."""
    return _SPACES.split(raw) if _MANY_SPACES in raw.lstrip() else [raw]


def _read_codes(raw: bytes, font: Any) -> tuple[str, str]:
    """The characters that the font's widths are told for, and the text that they stand for."""
    if isinstance(font.encoding, str):
        codes = raw.decode(font.encoding, "replace")
        return codes, "".join(font.character_map.get(code, code) for code in codes)
    codes = "".join(map(chr, raw))
    decoded = (font.encoding.get(code, chr(code)) for code in raw)
    return codes, "".join(font.character_map.get(code, code) for code in decoded)


def _fragment_of(text: str, shown: _Shown, begin: float, end: float) -> Fragment:
    across, up, _, height, left, base = shown.matrix
    scale = math.hypot(across, up) or 1.0
    cosine, sine = across / scale, up / scale
    x, y = left * cosine + base * sine, base * cosine - left * sine
    tall = math.hypot(shown.matrix[2], height)
    turned = round(math.degrees(math.atan2(up, across)))
    risen = y + shown.parameters[b"Ts"] * tall
    return Fragment(text, x + begin * scale, x + end * scale, risen, abs(shown.size) * tall, turned)


def _matrix_product(one: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
    """Both matrices as one, the first applied first."""
    a, b, c, d, e, f = one
    k, m, n, o, p, q = other
    return (a * k + b * n, a * m + b * o, c * k + d * n, c * m + d * o, e * k + f * n + p, e * m + f * o + q)
