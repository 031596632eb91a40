"""Pictures inside a page: those that carry content, with the best address, words and place of each; pure.

Icons, logos, portraits and what only counts visitors are passed over by their sizes and names, as are the
pictures of links to other pages: those are told by their headlines.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from bot.documents.document import MOST_FIGURES, SMALLEST_SIDE, Figure, clean_text
from bot.documents.visible import words_in

_MOST_FOUND: Final = 500
_LONGEST_ADDRESS: Final = 2_000
_LONGEST_ALT: Final = 500
_WANTED_WIDTH: Final = 1_000
_LARGE: Final = 90_000
"""Points of a picture that is no ornament."""
_SOURCES: Final = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src", "src")
"""Scripts put the former into the place of the last, which holds an empty picture until then."""
_SETS: Final = ("data-srcset", "data-lazy-srcset", "srcset")
_LONGEST_SET: Final = 10_000
_COMMA: Final = re.compile(r",\s+|(?<=\d[wx]),")
_DESCRIPTOR: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)([wx])")
_SIZE: Final = re.compile(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*")
_STYLED_SIZE: Final = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*(\d{1,5})(?:\.\d+)?px", re.IGNORECASE)
_ORNAMENT: Final = re.compile(
    r"(?:^|[\W_])(?:icons?|logos?|avatars?|gravatar|badges?|spacer|pixel|tracking|tracker|sprites?|spinner"
    r"|loader|loading|blank|placeholder|smiley|emoticon|captcha|portrait|profile|headshot|userpic|favicon"
    r"|advert|ads?|sponsor|button|bullet|divider|flag)(?:[\W_]|$)",
    re.IGNORECASE,
)
_ORNAMENT_BY_WORDS: Final = re.compile(r"(?:^|\W)(?:logo|icon|avatar|badge|favicon)\W*$", re.IGNORECASE)
_TELLING: Final = re.compile(
    r"(?:^|[\W_])(?:charts?|graphs?|diagrams?|plots?|screenshots?|screen|maps?|tables?|figures?|fig"
    r"|infographics?|timeline|timetable|schedule|plan|curve|heatmap|histogram|schema|architecture|diagramm"
    r"|grafik|karte|tabelle|carte|graphique|schéma)(?:[\W_]|\d|$)",
    re.IGNORECASE,
)
_PICTURE_FILE: Final = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|bmp|tiff?)\Z", re.IGNORECASE)
_DRAWING: Final = re.compile(r"\.(?:svgz?|ico)\Z", re.IGNORECASE)
_FILE_NAME: Final = re.compile(r"\S+\.(?:png|jpe?g|gif|webp|avif|svg|bmp|tiff?)", re.IGNORECASE)
_MARKERS_ALONE: Final = re.compile(r"[#>\-*\s]*|\d+\.\s*")
"""The signs of a heading, a quotation or an item that held nothing but a picture."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    url: str
    """Empty for one that no server gives."""
    rank: int
    mark: str


class Figures:
    """The pictures of one page, each marked in its text until its place there is known."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._sign = secrets.token_hex(4)  # no page can write it
        self._marks = re.compile(f"\ufdd0{self._sign}:(\\d+)\ufdd1")
        self._found: list[_Found] = []
        self._told: dict[Any, str] = {}
        self._words: dict[Any, str] = {}
        """Of captions, links and frames that are asked about once for each picture in them."""

    def write_picture(self, image: Any) -> str:
        """The words that it has, and its mark if it may be looked at; the same however often it is asked."""
        if (told := self._told.get(image)) is None:
            told = self._told[image] = self._write_once(image)
        return told

    def lift_marks(self, text: str) -> tuple[str, str]:
        """A text without its marks, and the marks."""
        if self._sign not in text:
            return text, ""
        return self._marks.sub("", text), "".join(found[0] for found in self._marks.finditer(text))

    def settle_places(self, markdown: str) -> tuple[str, tuple[Figure, ...], int]:
        """The text without marks, the pictures that carry most, and how many others there are."""
        lines: list[str] = []
        after: dict[int, int] = {}
        for line in clean_text(markdown).split("\n"):
            numbers = [int(found[1]) for found in self._marks.finditer(line)]
            kept = _without(self._marks, line) if numbers else line
            is_row = kept.startswith("|")
            is_gap = not kept.strip() or (numbers and _MARKERS_ALONE.fullmatch(kept))
            if not is_gap:
                lines.append(kept)
            elif lines and lines[-1] and not numbers:
                lines.append("")
            after.update({number: (-len(lines) if is_row else len(lines)) for number in numbers})
        while lines and not lines[-1]:
            lines.pop()
        ranked = sorted(
            (number for number in after if self._found[number].url), key=lambda n: (-self._found[n].rank, n)
        )
        chosen = sorted(ranked[:MOST_FIGURES])
        text = "\n".join(lines)
        figures = (
            Figure(at=_end_of_lines(lines, after[number]), url=self._found[number].url) for number in chosen
        )
        return text, tuple(figures), len(after) - len(chosen)

    def _write_once(self, image: Any) -> str:
        alt = _words_for(image)
        if alt and _is_sign(image, alt):
            return f" {alt} " if re.search(r"\w", alt) else alt
        if _is_ornament(image, alt):
            return ""
        link = next(image.iterancestors("a"), None)
        if link is not None and link.get("href") and not self._shows_itself(image, link.get("href")):
            return "" if self._once(link, words_in) else alt
        shown = f" (Picture: {alt})" if alt and alt != self._caption_of(image) else ""
        return f"{shown}{self._mark_for(image, alt)} "

    def _mark_for(self, image: Any, alt: str) -> str:
        address = self._address_of(image)
        if address is None or len(self._found) >= _MOST_FOUND:
            return ""
        if address and any(found.url == address for found in self._found):
            return ""
        mark = f"\ufdd0{self._sign}:{len(self._found)}\ufdd1"
        self._found.append(_Found(url=address, rank=self._rank_of(image, alt, address), mark=mark))
        return mark

    def _address_of(self, image: Any) -> str | None:
        """The address of its best copy; empty if it stands in the page itself, None where it has none."""
        told = next((best for name in _SETS if (best := _best_of(image.get(name) or ""))), "")
        told = told or next((at for name in _SOURCES if (at := (image.get(name) or "").strip())), "")
        frame = next(image.iterancestors("picture"), None)
        if not told and frame is not None:
            told = self._once(frame, _first_source)
        if told.startswith("data:"):
            return "" if len(told) > _LONGEST_ADDRESS else None
        try:
            address = urljoin(self._url, told)
            parts = urlsplit(address)
        except ValueError:
            return None
        usable = told and parts.scheme in ("http", "https") and len(address) <= _LONGEST_ADDRESS
        if not usable or _DRAWING.search(parts.path) or address == self._url:
            return None
        return address.replace(" ", "%20")

    def _once(self, element: Any, tell: Callable[[Any], str]) -> str:
        """What there is to tell of an element, which may hold many pictures."""
        if (told := self._words.get(element)) is None:
            told = self._words[element] = tell(element)
        return told

    def _shows_itself(self, image: Any, address: str) -> bool:
        """True of a link around a picture that leads to the same in large, or of a figure with words."""
        return bool(_PICTURE_FILE.search(address.partition("?")[0])) or bool(self._caption_of(image))

    def _caption_of(self, image: Any) -> str:
        figure = next(image.iterancestors("figure"), None)
        return "" if figure is None else self._once(figure, _caption_in)

    def _rank_of(self, image: Any, alt: str, address: str) -> int:
        """Tell how likely it says what the text does not."""
        width, height = (_size_of(image.get(name)) for name in ("width", "height"))
        name = urlsplit(address).path.rpartition("/")[2]
        return (
            3 * bool(_TELLING.search(f"{alt} {self._caption_of(image)} {name}"))
            + 2 * any(True for _ in image.iterancestors("figure"))
            + bool(alt)
            + (width is not None and height is not None and width * height >= _LARGE)
        )


def _caption_in(figure: Any) -> str:
    caption = figure.find(".//figcaption")
    return "" if caption is None else words_in(caption)


def _first_source(frame: Any) -> str:
    """The best copy of the first form in which a picture is given."""
    sets = (_best_of(source.get("srcset") or "") for source in frame.iter("source"))
    return next(filter(None, sets), "")


def _without(marks: re.Pattern[str], line: str) -> str:
    """A line without its marks, and without the blanks that stood around them."""
    start = len(line) - len(line.lstrip())
    return line[:start] + re.sub(" {2,}", " ", marks.sub(" ", line[start:])).strip()


def _end_of_lines(lines: list[str], count: int) -> int:
    """The place after so many lines; of a row of a table, told as a negative number, after the table."""
    if count < 0:
        count = -count
        while count < len(lines) and lines[count].startswith("|"):
            count += 1
    return len("\n".join(lines[:count]).rstrip())


def _words_for(image: Any) -> str:
    alt = " ".join((image.get("alt") or image.get("aria-label") or "").split())
    return "" if _FILE_NAME.fullmatch(alt) else alt[:_LONGEST_ALT]


def _is_sign(image: Any, alt: str) -> bool:
    """True of a formula, or of a sign within the text, such as an emoji."""
    named = (image.get("class") or "").lower()
    return "math" in named or "emoji" in named or not re.search(r"\w", alt)


def _is_ornament(image: Any, alt: str) -> bool:
    if image.get("role") in ("presentation", "none") or image.get("aria-hidden") == "true":
        return True
    sizes = [_size_of(image.get(name)) for name in ("width", "height")]
    sizes += [int(size) for size in _STYLED_SIZE.findall(image.get("style") or "")]
    if any(size is not None and size < SMALLEST_SIDE for size in sizes):
        return True
    return bool(_ORNAMENT_BY_WORDS.search(alt)) or any(map(_ORNAMENT.search, _names_of(image)))


def _names_of(image: Any) -> Iterator[str]:
    """Its names; of its address, only the name of the file tells anything."""
    yield from (image.get("class") or "", image.get("id") or "")
    for name in ("src", "data-src"):
        address = image.get(name) or ""
        if not address.startswith("data:"):
            yield address.partition("?")[0].rpartition("/")[2][:_LONGEST_ALT]


def _size_of(told: str | None) -> int | None:
    found = _SIZE.fullmatch(told or "")
    return int(found[1]) if found else None


def _best_of(srcset: str) -> str:
    """The smallest copy that is as wide as a model looks at, or else the largest there is."""
    copies: list[tuple[float, str]] = []
    for told in _COMMA.split(srcset[:_LONGEST_SET].strip()):
        address, _, rest = told.strip().strip(",").partition(" ")
        size = _DESCRIPTOR.fullmatch(rest.strip())
        width = 1.0 if size is None else float(size[1]) * (1 if size[2] == "w" else _WANTED_WIDTH / 2)
        if address:
            copies.append((width, address))
    wide = [copy for copy in copies if copy[0] >= _WANTED_WIDTH]
    return min(wide)[1] if wide else max(copies)[1] if copies else ""
