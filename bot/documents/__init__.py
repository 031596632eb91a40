"""Bytes that strangers made → text. Read in a process of their own, which they may break, hold up or fill."""

from bot.documents.document import (
    MOST_ITEMS,
    Document,
    DocumentProblem,
    Item,
    Unparsed,
    decode_document,
    encode_document,
    one_line,
)
from bot.documents.process import Documents, Patience, open_documents

__all__ = [
    "MOST_ITEMS",
    "Document",
    "DocumentProblem",
    "Documents",
    "Item",
    "Patience",
    "Unparsed",
    "decode_document",
    "encode_document",
    "one_line",
    "open_documents",
]
