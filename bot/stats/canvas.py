"""A picture in pixels, on matplotlib: rectangles and text, each where it was said to be.

What people have typed is drawn as it is, never read as mathematics, and only as far as the font that comes
with matplotlib has it: nothing depends on the fonts of a machine.
"""

from __future__ import annotations

import io
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

_DPI: Final = 200
_LONGEST: Final = 60  # characters of a name that are measured at all


class Canvas:
    """Measured from its upper left corner; sizes of text are in points."""

    def __init__(self, *, width: int, height: int, ground: str, edge: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # it takes a second to import
        from matplotlib.figure import Figure

        self._width, self._height, self._edge = width, height, edge
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=ground)
        self._figure.patch.set_linewidth(1.2)
        FigureCanvasAgg(self._figure)

    def to_png(self) -> bytes:
        file = io.BytesIO()
        self._figure.savefig(file, format="png", edgecolor=self._edge, metadata={"Software": None})
        return file.getvalue()

    def draw_text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        colour: str,
        bold: bool = False,
        align: Literal["left", "center", "right"] = "left",
    ) -> Any:
        """`y` is the line that the letters stand on."""
        return self._figure.text(
            x / self._width,
            1 - y / self._height,
            words,
            fontproperties=_font_of(size, bold),
            color=colour,
            parse_math=False,
            va="baseline",
            ha=align,
        )

    def draw_box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        from matplotlib.patches import Rectangle

        corner = (x / self._width, 1 - (y + height) / self._height)
        self._figure.add_artist(
            Rectangle(
                corner,
                width / self._width,
                height / self._height,
                transform=self._figure.transFigure,
                facecolor=colour,
                linewidth=0,
                snap=True,
            )
        )

    def text_width(self, words: str, *, size: float, bold: bool = False) -> float:
        text = self.draw_text(0, 0, words, size=size, bold=bold, colour="black")
        width = float(text.get_window_extent().width)
        text.remove()
        return width

    def fit_text(self, words: str, room: float, *, size: float) -> str:
        """Keep as much of it as there is room for."""
        if self.text_width(words, size=size) <= room:
            return words
        short, long = 0, len(words)
        while long - short > 1:
            middle = (short + long) // 2
            if self.text_width(f"{words[:middle].rstrip()}…", size=size) <= room:
                short = middle
            else:
                long = middle
        return f"{words[:short].rstrip()}…"


def one_line(text: str) -> str:
    """Take the start of it, without what turns the direction of all that comes after it."""
    start = text[: 4 * _LONGEST]
    kept = "".join(
        character
        for character in start
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs") or character.isspace()
    )
    return " ".join(kept.split())[:_LONGEST].rstrip()


def drawable_text(text: str) -> str:
    """Keep of `one_line` what the font has; empty where it has nothing of it."""
    known = _known_characters()
    return " ".join("".join(character for character in one_line(text) if ord(character) in known).split())


@lru_cache(maxsize=1)
def _known_characters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_fonts_folder() / "DejaVuSans.ttf")).get_charmap())


def _font_of(size: float, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(
        fname=_fonts_folder() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size=size
    )


def _fonts_folder() -> Path:
    from matplotlib import get_data_path

    return Path(get_data_path(), "fonts", "ttf")
