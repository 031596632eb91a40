"""The process that reads documents: one after the other, within limits that the kernel keeps.

Run by `process.py`, with its limits as arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.child_process import Ease, Frame, serve_within_limits
from bot.documents.document import Document, Unparsed, encode_document
from bot.documents.feed import read_feed
from bot.documents.page import read_page
from bot.documents.pdf import read_pdf
from bot.documents.plain_text import read_plain
from bot.documents.sniff import kind_of


def _answer_asked(content: bytes, asked: dict[str, Any], ease: Ease) -> Iterator[Frame]:
    yield {"read": encode_document(_read_document(content, asked))}, b""


def _read_document(content: bytes, asked: dict[str, Any]) -> Document | Unparsed:
    try:
        match kind_of(content, asked["mime"], asked["charset"]):
            case None:
                return Unparsed(problem="not_text")
            case "pdf":
                return read_pdf(content)
            case "feed":
                return read_feed(content, charset=asked["charset"], url=asked["url"])
            case "page":
                return read_page(content, asked["charset"], url=asked["url"])
            case "text":
                return read_plain(content, asked["charset"])
    except MemoryError:
        return Unparsed(problem="too_large")
    except Exception:  # noqa: BLE001 — a parser may raise anything at what a stranger made
        return Unparsed(problem="broken")


if __name__ == "__main__":
    serve_within_limits(_answer_asked)
