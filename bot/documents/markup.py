"""A page's tree → Markdown, in order and whole: headings, lists, tables, listings, links with addresses.

Nothing is weighed or escaped here: each text is written as people see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin

from bot.documents.figures import Figures
from bot.documents.flow import (
    APART,
    BLOCKS,
    BREAK,
    fence_code,
    flat_text,
    flow_text,
    is_block,
    mark_parents,
    verbatim_text,
)
from bot.documents.inline import drawn_box, field_text, formula_text, raised_text
from bot.documents.tables import is_layout, lay_out, number_of, rows_of, table_lines
from bot.documents.visible import class_names, words_in

_APART_TAGS: Final = frozenset({"time", "label", "button", "output", "option", "data", "meter"})
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
_PLAIN_KINDS: Final = frozenset({"tip", "hint", "important", "warning", "caution", "danger", "attention"})
"""Names that say enough by themselves."""
_ADMONITION: Final = frozenset(
    {"admonition", "admonitionblock", "alert", "callout", "custom-block", "notice"}
)


def write_markdown(tree: Any, url: str, figures: Figures) -> str:
    """The tree as Markdown, its `figures` marked; addresses in it start from `url`."""
    for element in tree.iter():
        if element.tag in BLOCKS:
            mark_parents(element)
    return "\n\n".join(_Writer(url, figures).write_blocks(tree, 0))


class _Writer:
    def __init__(self, url: str, figures: Figures) -> None:
        self._url = url
        self._figures = figures

    def write_blocks(self, element: Any, depth: int) -> list[str]:
        """The blocks within an element; text between them is one, too."""
        if depth > _DEEPEST:
            return [text] if (text := flat_text(element)) else []
        blocks: list[str] = []
        line: list[str] = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str):
                if is_block(child):
                    blocks += _unless_empty(flow_text("".join(line)))
                    line = []
                    blocks += self._write_block(child, depth + 1)
                else:
                    line.append(self._write_inline(child, depth + 1))
            line.append(child.tail or "")
        blocks += _unless_empty(flow_text("".join(line)))
        return _named_kind(element, blocks)

    def _write_block(self, element: Any, depth: int) -> list[str]:
        match element.tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                text = " ".join(flow_text(self._write_children(element, depth)).split())
                return [f"{'#' * int(element.tag[1])} {text}"] if text else []
            case "ul" | "ol" | "menu" | "dir":
                return _unless_empty(self._write_list(element, depth))
            case "dl":
                return _unless_empty(self._write_terms(element, depth))
            case "table":
                return self._write_table(element, depth)
            case "pre":
                return _unless_empty(fence_code(verbatim_text(element)))
            case "blockquote":
                quoted = "\n\n".join(self.write_blocks(element, depth))
                return [_set_in(quoted, "> ", "> ")] if quoted else []
            case "a":
                return self._write_card(element, depth)
            case "math" | "svg":
                return _unless_empty(flow_text(self._write_inline(element, depth)))
            case _:
                return self.write_blocks(element, depth)

    def _write_card(self, link: Any, depth: int) -> list[str]:
        """A link around whole blocks: its address stands with the headline, or else the first of them."""
        blocks, address = self.write_blocks(link, depth), self._address_of(link)
        if not blocks or not address:
            return blocks
        told = [
            place
            for place, block in enumerate(blocks)
            if self._figures.lift_marks(block)[0].strip("# \n")  # more than a picture in a heading
        ]
        if not told:
            return blocks
        head = next((place for place in told if blocks[place].startswith("#")), told[0])
        block, pictures = self._figures.lift_marks(blocks[head])
        marks, _, words = block.rpartition("# ") if block.startswith("#") else ("", "", block)
        if "\n" in words or "](" in words:
            return [*blocks, address]
        before = f"{marks}# " if block.startswith("#") else ""
        blocks[head] = f"{before}[{words.strip()}]({address}){pictures}"
        return blocks

    def _write_list(self, element: Any, depth: int) -> str:
        items = []
        step = -1 if element.get("reversed") is not None else 1
        number = number_of(element.get("start"), len(element.findall("li")) if step < 0 else 1)
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if child.tag == "li":
                number = number_of(child.get("value"), number)
                marker = f"{number}. " if element.tag == "ol" else "- "
                number += step
                text = "\n".join(self.write_blocks(child, depth + 1))
                if text:
                    items.append(_set_in(text, marker, " " * len(marker)))
            else:
                nested = "\n".join(
                    self._write_block(child, depth + 1)
                    if is_block(child)
                    else _unless_empty(flow_text(self._write_inline(child, depth + 1)))
                )
                items += _unless_empty(_set_in(nested, "  ", "  ")) if nested else []
            items += _unless_empty(flow_text(child.tail or ""))
        return "\n".join(_unless_empty(flow_text(element.text or "")) + items)

    def _write_terms(self, element: Any, depth: int) -> str:
        lines = []
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if child.tag == "dd":
                text = "\n".join(self.write_blocks(child, depth + 1))
                lines += [_set_in(text, ": ", "  ")] if text else []
            elif child.tag == "div":
                lines += _unless_empty(self._write_terms(child, depth + 1))
            elif child.tag == "dt":
                lines += _unless_empty("\n".join(self.write_blocks(child, depth + 1)))
            else:
                lines += self._write_block(child, depth + 1)
        return "\n".join(lines)

    def _write_table(self, table: Any, depth: int) -> list[str]:
        blocks: list[str] = []
        for caption in table.findall("caption"):
            blocks += self.write_blocks(caption, depth + 1)
        rows = rows_of(table)
        if is_layout(table, rows):
            for child in table:
                if isinstance(child.tag, str) and child.tag != "caption":
                    blocks += self.write_blocks(child, depth + 1)
            return blocks
        laid = lay_out(rows, lambda cell: " ".join(" ".join(self.write_blocks(cell, depth + 2)).split()))
        return [*blocks, *_unless_empty(table_lines(laid))]

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
                return BREAK
            case "a":
                return self._write_link(element, depth)
            case "input":
                return field_text(element)
            case "img":
                return self._figures.write_picture(element)
            case "i" | "span" if box := drawn_box(element):
                return box + self._write_children(element, depth)
            case "math":
                return f" {formula_text(element)} "
            case "svg":
                words = (words_in(text) for text in element.iter("{*}text", "text", "foreignobject"))
                return "".join(f"{BREAK}{text}{BREAK}" for text in words if text)
            case "select":
                options = [words_in(option) for option in element.iter("option")]
                return f" {', '.join(_filled_all(options[:_MOST_OPTIONS]))} "
        text = self._write_children(element, depth)
        match element.tag:
            case "sup":
                return raised_text(text, linked=element.find(".//a") is not None)
            case "del" | "s" | "strike":
                return f"~~{text.strip()}~~" if text.strip() else ""
            case "q":
                return f"“{text}”"
            case "rt":
                return f"({text})"
            case tag if tag in _APART_TAGS or is_block(element):
                return f"{APART}{text}{APART}"
        return text

    def _write_link(self, link: Any, depth: int) -> str:
        whole, address = self._write_children(link, depth), self._address_of(link)
        text, marks = self._figures.lift_marks(whole)
        label = " ".join(flow_text(text).split())
        if not label or not address or label == address:
            return whole
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() else ""
        return f"{before}[{label}]({address}){marks}{after}"

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


def _unless_empty(text: str) -> list[str]:
    return [text] if text else []


def _filled_all(texts: list[str]) -> Iterator[str]:
    return (text for text in texts if text)


def _set_in(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((others + line).rstrip() for line in lines[1:])])


def _named_kind(element: Any, blocks: list[str]) -> list[str]:
    """The blocks of a note, with the kind of it where only its colour tells that."""
    named = class_names(element) if blocks and element.tag in ("div", "aside", "section") else frozenset()
    is_note = bool(named & _ADMONITION) or (len(named) == 1 and not named.isdisjoint(_PLAIN_KINDS))
    kind = next((kind for kind in _KINDS if kind in named), None) if is_note else None
    if kind is None or kind in blocks[0].lower()[:40]:
        return blocks
    return [f"{kind.capitalize()}:", *blocks]
