"""Bytes that strangers made → text. Read in a process of their own, which they may break, hold up or fill."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.documents.document import (
        MOST_FIGURES,
        MOST_ITEMS,
        MOST_SCANS,
        SMALLEST_SIDE,
        Document,
        DocumentProblem,
        Figure,
        Item,
        Unparsed,
        as_document,
        decode_document,
        encode_document,
        one_line,
        with_words_at,
    )
    from bot.documents.media.picture import Picture, PictureProblem, Undecoded
    from bot.documents.media.reader import Listening, Media, open_media
    from bot.documents.media.recording import (
        LARGEST_RECORDING,
        Recording,
        RecordingProblem,
        Sound,
        Stretch,
        Unheard,
    )
    from bot.documents.media.signatures import Signature, signature_of
    from bot.documents.process import Documents, Patience, open_documents
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "LARGEST_RECORDING",
    "MOST_FIGURES",
    "MOST_ITEMS",
    "MOST_SCANS",
    "SMALLEST_SIDE",
    "Document",
    "DocumentProblem",
    "Documents",
    "Figure",
    "Item",
    "Listening",
    "Media",
    "Patience",
    "Picture",
    "PictureProblem",
    "Recording",
    "RecordingProblem",
    "Signature",
    "Sound",
    "Stretch",
    "Undecoded",
    "Unheard",
    "Unparsed",
    "as_document",
    "decode_document",
    "encode_document",
    "one_line",
    "open_documents",
    "open_media",
    "signature_of",
    "with_words_at",
]
