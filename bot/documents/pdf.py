"""A PDF → the text of its pages."""

from __future__ import annotations

from bot.documents.document import Document, Unparsed, as_document


def read_pdf(content: bytes) -> Document | Unparsed:
    from langchain_community.document_loaders.parsers.pdf import PyPDFParser
    from langchain_core.documents.base import Blob
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, WrongPasswordError

    # Page by page it would work out the labels of all pages for each of them.
    parser = PyPDFParser(mode="single", pages_delimiter="\n\n")
    try:
        (document,) = parser.lazy_parse(Blob.from_data(content, mime_type="application/pdf"))
    except (DependencyError, FileNotDecryptedError, WrongPasswordError):
        return Unparsed(problem="encrypted")
    except LimitReachedError:
        return Unparsed(problem="too_large")
    return as_document("pdf", title=str(document.metadata.get("title") or ""), text=document.page_content)
