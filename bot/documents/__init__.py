"""Bytes that strangers made → text. Read in a process of their own, which they may break, hold up or fill."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
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
else:
    __getattr__ = open_door(__name__)

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
