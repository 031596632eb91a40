"""A page's tree → Markdown, in order and whole: headings, lists, tables, listings, links with addresses.

Nothing is weighed or escaped here: each text is written as people see it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urljoin

from bot.documents.visible import class_names, words_in

_BREAK: Final = "\x1e"
"""The end of a line that is meant, among those that only the source has."""
_APART: Final = "\x1f"
"""A blank, where letters would touch."""
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS: Final = frozenset(
    {
        *_HEADINGS,
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
        ),
        *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup"),
        *("hr", "legend", "li", "main", "menu", "nav", "noscript", "ol", "p", "pre", "search", "section"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "optgroup"),
    }
)
_APART_TAGS: Final = frozenset({"time", "label", "button", "output", "option", "data", "meter"})
_HOLDS: Final = "data-holds-blocks"
_DEEPEST: Final = 200
_LONGEST_ADDRESS: Final = 1_000
_MOST_OPTIONS: Final = 30
_KINDS: Final = (
    "note",
    "tip",
    "hint",
    "important",
    "warning",
    "caution",
    "danger",
    "attention",
    "error",
    "info",
)
_ADMONITION: Final = frozenset(
    {"admonition", "admonitionblock", "alert", "callout", "custom-block", "notice"}
)
_ICON: Final = re.compile(r":(?:material|octicons|fontawesome|simple|fa)-[\w-]+:")
_TOUCHING: Final = re.compile(f"(?<=\\w){_APART}+(?=\\w)")


def write_markdown(tree: Any, url: str) -> str:
    """The tree as Markdown; addresses in it start from `url`."""
    for element in tree.iter():
        if element.tag in _BLOCKS:
            _mark_parents(element)
    return "\n\n".join(_Writer(url).write_blocks(tree, 0))


def flat_text(tree: Any) -> str:
    """All text of a tree, a line for each block."""
    import lxml.etree  # type: ignore[import-untyped]  # it ships no types

    pieces: list[str] = []
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if element.tag in _BLOCKS or element.tag == "br":
            pieces.append(_BREAK)
        pieces.append((element.text if event == "start" else element is not tree and element.tail) or "")
    return _flow("".join(pieces))


def _mark_parents(element: Any) -> None:
    parent = element.getparent()
    while parent is not None and parent.get(_HOLDS) is None:
        parent.set(_HOLDS, "")
        parent = parent.getparent()


def _flow(text: str) -> str:
    """Text with its blanks as a browser shows them."""
    text = _TOUCHING.sub(" ", _ICON.sub("", text)).replace(_APART, "").replace("\xad", "")
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def _is_block(element: Any) -> bool:
    return element.tag in _BLOCKS or element.get(_HOLDS) is not None


class _Writer:
    def __init__(self, url: str) -> None:
        self._url = url

    def write_blocks(self, element: Any, depth: int) -> list[str]:
        """The blocks within an element; text between them is one, too."""
        if depth > _DEEPEST:
            return [text] if (text := flat_text(element)) else []
        blocks: list[str] = []
        line: list[str] = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str):
                if _is_block(child):
                    blocks += _filled(_flow("".join(line)))
                    line = []
                    blocks += self._write_block(child, depth + 1)
                else:
                    line.append(self._write_inline(child, depth + 1))
            line.append(child.tail or "")
        blocks += _filled(_flow("".join(line)))
        return _named_kind(element, blocks)

    def _write_block(self, element: Any, depth: int) -> list[str]:
        match element.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                text = " ".join(_flow(self._write_children(element, depth)).split())
                return [f"{'#' * int(element.tag[1])} {text}"] if text else []
            case "ul" | "ol" | "menu" | "dir":
                return _filled(self._write_list(element, depth))
            case "dl":
                return _filled(self._write_terms(element, depth))
            case "table":
                return self._write_table(element, depth)
            case "pre":
                return _filled(_fence(_verbatim(element)))
            case "blockquote":
                quoted = "\n\n".join(self.write_blocks(element, depth))
                return [_set_in(quoted, "> ", "> ")] if quoted else []
            case "a":
                return self._write_card(element, depth)
            case "math" | "svg":
                return _filled(_flow(self._write_inline(element, depth)))
            case _:
                return self.write_blocks(element, depth)

    def _write_card(self, link: Any, depth: int) -> list[str]:
        """A link around whole blocks: its address stands with the headline, or else the first of them."""
        blocks, address = self.write_blocks(link, depth), self._address_of(link)
        if not blocks or not address:
            return blocks
        head = next((place for place, block in enumerate(blocks) if block.startswith("#")), 0)
        marks, _, words = (
            blocks[head].rpartition("# ") if blocks[head].startswith("#") else ("", "", blocks[head])
        )
        if "\n" in words or "](" in words:
            return [*blocks, address]
        blocks[head] = (
            f"{marks}# [{words}]({address})" if blocks[head].startswith("#") else f"[{words}]({address})"
        )
        return blocks

    def _write_list(self, element: Any, depth: int) -> str:
        items = []
        step = -1 if element.get("reversed") is not None else 1
        number = _number_of(element.get("start"), len(element.findall("li")) if step < 0 else 1)
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if child.tag == "li":
                number = _number_of(child.get("value"), number)
                marker = f"{number}. " if element.tag == "ol" else "- "
                number += step
                text = "\n".join(self.write_blocks(child, depth + 1))
                if text:
                    items.append(_set_in(text, marker, " " * len(marker)))
            else:
                nested = "\n".join(
                    self._write_block(child, depth + 1)
                    if _is_block(child)
                    else _filled(_flow(self._write_inline(child, depth + 1)))
                )
                items += _filled(_set_in(nested, "  ", "  ")) if nested else []
            items += _filled(_flow(child.tail or ""))
        return "\n".join(_filled(_flow(element.text or "")) + items)

    def _write_terms(self, element: Any, depth: int) -> str:
        lines = []
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if child.tag == "dd":
                text = "\n".join(self.write_blocks(child, depth + 1))
                lines += [_set_in(text, ": ", "  ")] if text else []
            elif child.tag == "div":
                lines += _filled(self._write_terms(child, depth + 1))
            elif child.tag == "dt":
                lines += _filled("\n".join(self.write_blocks(child, depth + 1)))
            else:
                lines += self._write_block(child, depth + 1)
        return "\n".join(lines)

    def _write_table(self, table: Any, depth: int) -> list[str]:
        blocks: list[str] = []
        for caption in table.findall("caption"):
            blocks += self.write_blocks(caption, depth + 1)
        rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in _rows_of(table)]
        if not rows or _is_layout(table, rows):
            for child in table:
                if isinstance(child.tag, str) and child.tag != "caption":
                    blocks += self.write_blocks(child, depth + 1)
            return blocks
        lines: list[str] = []
        below: dict[int, tuple[int, str]] = {}  # of a cell over several rows: how many are left, and its text
        for cells in rows:
            texts: list[str] = []
            waiting = iter(cells)
            while True:
                left, text = below.pop(len(texts), (0, ""))
                if left:
                    if left > 1:
                        below[len(texts)] = (left - 1, text)
                    texts.append(text)
                    continue
                cell = next(waiting, None)
                if cell is None:
                    break
                text = " ".join(" ".join(self.write_blocks(cell, depth + 2)).split())
                height, width = (min(_number_of(cell.get(name), 1), 50) for name in ("rowspan", "colspan"))
                for place in range(max(width, 1)):
                    if height > 1:
                        below[len(texts)] = (height - 1, text if not place else "")
                    texts.append(text if not place else "")
            if any(texts):
                lines.append(f"| {' | '.join(texts)} |")
                if len(lines) == 1:
                    lines.append(f"|{' --- |' * len(texts)}")
        return [*blocks, *_filled("\n".join(lines))]

    def _write_children(self, element: Any, depth: int) -> str:
        if depth > _DEEPEST:
            return flat_text(element)
        pieces = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str):
                pieces.append(self._write_inline(child, depth + 1))
            pieces.append(child.tail or "")
        return "".join(pieces)

    def _write_inline(self, element: Any, depth: int) -> str:
        match element.tag:
            case "br":
                return _BREAK
            case "a":
                return self._write_link(element, depth)
            case "input":
                return _field_text(element)
            case "img":
                return f" {element.get('alt') or ''} " if "math" in (element.get("class") or "") else ""
            case "i" if box := _box_icon(element):
                return box
            case "math":
                return f" {_formula(element)} "
            case "svg":
                words = (words_in(text) for text in element.iter("{*}text", "text", "foreignobject"))
                return "".join(f"{_BREAK}{text}{_BREAK}" for text in words if text)
            case "select":
                options = [words_in(option) for option in element.iter("option")]
                return f" {', '.join(_filled_all(options[:_MOST_OPTIONS]))} "
        text = self._write_children(element, depth)
        match element.tag:
            case "sup":
                return _raised(text, linked=element.find(".//a") is not None)
            case "del" | "s" | "strike":
                return f"~~{text.strip()}~~" if text.strip() else ""
            case "q":
                return f"“{text}”"
            case "rt":
                return f"({text})"
            case tag if tag in _APART_TAGS or _is_block(element):
                return f"{_APART}{text}{_APART}"
        return text

    def _write_link(self, link: Any, depth: int) -> str:
        text, address = self._write_children(link, depth), self._address_of(link)
        label = " ".join(_flow(text).split())
        if not label or not address or label == address:
            return text
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() else ""
        return f"{before}[{label}]({address}){after}"

    def _address_of(self, link: Any) -> str:
        """Its address made whole; empty if it leads nowhere that can be read."""
        told = (link.get("href") or "").strip()
        if not told or told.startswith("#"):
            return ""
        try:
            address = urljoin(self._url, told)
        except ValueError:
            return ""
        usable = address.startswith(("http://", "https://")) and len(address) <= _LONGEST_ADDRESS
        return address.replace(" ", "%20") if usable else ""


def _filled(text: str) -> list[str]:
    return [text] if text else []


def _filled_all(texts: list[str]) -> Iterator[str]:
    return (text for text in texts if text)


def _number_of(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\s*-?\d{1,6}\s*", text, re.ASCII) else otherwise


def _set_in(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((others + line).rstrip() for line in lines[1:])])


def _fence(code: str) -> str:
    code = code.strip("\n").rstrip()
    if not code.strip():
        return ""
    longest = max((len(run) for run in re.findall("`{3,}", code)), default=2)
    return f"{'`' * (longest + 1)}\n{code}\n{'`' * (longest + 1)}"


def _verbatim(element: Any) -> str:
    """The text of a listing; each line that is an element of its own ends as one."""
    import lxml.etree

    pieces: list[str] = []
    for event, piece in lxml.etree.iterwalk(element, events=("start", "end")):
        if not isinstance(piece.tag, str):
            continue
        if event == "start":
            pieces.append("\n" if piece.tag == "br" else piece.text or "")
            continue
        if piece.tag in ("div", "p", "li", "tr") and pieces and not "".join(pieces[-3:]).endswith("\n"):
            pieces.append("\n")
        if piece is not element:
            pieces.append(piece.tail or "")
    return "".join(pieces)


def _rows_of(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.findall("tr")


def _is_layout(table: Any, rows: list[list[Any]]) -> bool:
    """True of a table that only puts things side by side."""
    if table.get("role") in ("presentation", "none") or max(map(len, rows)) < 2:
        return True
    return any(True for cell in table.iter("td") for _ in cell.iter("table", "pre", *_HEADINGS))


def _named_kind(element: Any, blocks: list[str]) -> list[str]:
    """The blocks of a note, with the kind of it where only its colour tells that."""
    named = class_names(element) if blocks and element.tag in ("div", "aside", "section") else frozenset()
    kind = next((kind for kind in _KINDS if kind in named), None) if named & _ADMONITION else None
    if kind is None or kind in blocks[0].lower()[:40]:
        return blocks
    return [f"{kind.capitalize()}:", *blocks]


def _field_text(field: Any) -> str:
    kind = (field.get("type") or "text").lower()
    if kind == "checkbox":
        beside = any(parent.tag in ("li", "label") for parent in field.iterancestors())
        mark = "[x] " if field.get("checked") is not None else "[ ] "
        return mark if beside else ""
    shown = kind in ("text", "number", "date", "email", "url", "tel", "time", "month")
    return f" {field.get('value') or ''} " if shown else ""


def _box_icon(icon: Any) -> str:
    named = class_names(icon)
    if named & {"fa-check-square-o", "fa-check-square"}:
        return "[x] "
    return "[ ] " if named & {"fa-square-o", "fa-square"} else ""


def _raised(text: str, *, linked: bool) -> str:
    inner = text.strip()
    if linked:
        return f"[{inner.strip('[]')}]" if inner and "](" not in inner else text
    return f"^{inner}" if re.fullmatch(r"[-−+]?\d+|[a-z]", inner) else text


def _formula(math: Any) -> str:
    """A formula as it was written in TeX, or else its parts in a row."""
    for note in math.iter("annotation"):
        if "tex" in (note.get("encoding") or ""):
            return words_in(note)
    return " ".join(_formula_part(math, 0).split())


def _formula_part(part: Any, depth: int) -> str:
    if not isinstance(part.tag, str) or depth > _DEEPEST or part.tag in ("annotation", "annotation-xml"):
        return ""
    inner = [_formula_part(child, depth + 1) for child in part]
    write = _FORMULAS.get(part.tag)
    if write is not None and len(inner) > 1:
        return write(inner)
    if part.tag == "msqrt":
        return f"√({' '.join(inner)})"
    return f"{(part.text or '').strip()}{' '.join(inner)}"


_FORMULAS: Final[dict[str, Callable[[list[str]], str]]] = {
    "mfrac": lambda inner: f"({inner[0]})/({inner[1]})",
    "msup": lambda inner: f"{inner[0]}^{inner[1]}",
    "msub": lambda inner: f"{inner[0]}_{inner[1]}",
    "mroot": lambda inner: f"{inner[1]}√({inner[0]})",
}
